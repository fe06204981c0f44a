"""The WSGI environment of a request, which is all that the data plane's views get."""

from typing import Any

Environ = dict[str, Any]


def path_of(environ: Environ) -> str:
    """Return the path as text; WSGI hands its bytes over as Latin-1."""
    path: str = environ.get("PATH_INFO", "")
    return path if path.isascii() else path.encode("latin-1").decode(errors="replace")
