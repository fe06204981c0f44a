"""Password hashes as One API writes them: bcrypt, cost 10, ``$2a$``."""

import bcrypt

from oneapi.lib.threads import CPU

COST = 10
LONGEST_BYTES = 72
"""bcrypt looks at no more; a longer password is refused rather than cut."""

DUMMY_HASH = "$2a$10$" + "C6UzMDM.H6dfI/f/IKxGhu" + "7kCiJ7yX8yVvUq5s3hC8m0y9vQmYb3K"
"""Fits nothing; checked for unknown users, so that an answer takes the same time."""


def hashed(password: str) -> str:
    """Return a new hash; the work happens in a native thread.

    Raises:
        ValueError: the password has more than 72 bytes.
    """
    raw = password.encode()
    if len(raw) > LONGEST_BYTES:
        raise ValueError("the password is longer than 72 bytes")
    return CPU.run(bcrypt.hashpw, raw, bcrypt.gensalt(COST, b"2a")).decode()


def verify(password: str, stored: str) -> bool:
    """Say whether the password fits; an empty or foreign hash fits nothing."""
    raw = password.encode()
    if not stored.startswith(("$2a$", "$2b$", "$2y$")) or len(raw) > LONGEST_BYTES:
        return False
    try:
        return CPU.run(bcrypt.checkpw, raw, stored.encode())
    except ValueError:
        return False
