"""Random keys and codes, all from the system's secure source; shapes are One API's."""

import secrets
import string
import uuid

ALPHABET = string.digits + string.ascii_letters


def new_token_key() -> str:
    """Return an API key without prefix: 48 letters and digits, never a dash."""
    head = random_text(16)
    tail = uuid.UUID(bytes=secrets.token_bytes(16), version=4).hex
    mixed = (c.upper() if i % 2 == 0 else c for i, c in enumerate(tail))
    return head + "".join(mixed)


def new_access_token() -> str:
    """Return 32 hex digits; redemption codes and reset tokens have the same shape."""
    return secrets.token_hex(16)


def random_text(length: int) -> str:
    """Return letters and digits: invitation codes (4), sign-in states (12)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
