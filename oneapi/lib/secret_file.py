"""A secret that is made once and kept in a file, so that a restart and every worker share it."""

import os
import secrets
import time
from pathlib import Path

_LENGTH = 64
_WAIT_S = 0.05
_TRIES = 40


def load_or_create(path: Path) -> str:
    """Return the secret in the file; make file and secret if there is none.

    Only the owner may read it.  Of several processes that start at once, one makes it.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_hex(_LENGTH // 2)
        file.write(secret)
    return secret


def _read(path: Path) -> str:
    """Read the file; its maker may still be about to write it."""
    for _ in range(_TRIES):
        secret = path.read_text("ascii").strip()
        if secret:
            return secret
        time.sleep(_WAIT_S)
    raise OSError(f"{path} is empty; delete it to have a new secret made")
