"""What a client's headers say to the relay."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_PREFIX = "HTTP_"
_NEVER = frozenset(
    {
        "authorization",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "proxy-authorization",
        "cookie",
        "host",
        "x-real-ip",
        "forwarded",
        "content-length",
        "content-encoding",
        "accept-encoding",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
    }
)


class ClientHeaders(Mapping[str, str]):
    """The headers by lower-case name, without credentials, cookies and what belongs to one hop.

    Each is looked up when somebody asks: most calls pass hardly any of them on.
    """

    def __init__(self, environ: Mapping[str, Any], *, without_type: bool = False) -> None:
        self._environ = environ
        self._without_type = without_type
        """For a body that the relay writes itself."""

    def __getitem__(self, name: str) -> str:
        variable = _variable(name)
        if variable is None or (self._without_type and name == "content-type"):
            raise KeyError(name)
        value: str = self._environ[variable]
        return value

    def __contains__(self, name: object) -> bool:
        variable = _variable(str(name))
        return variable in self._environ and not (self._without_type and name == "content-type")

    def __iter__(self) -> Iterator[str]:
        names = (
            key.removeprefix(_PREFIX).lower().replace("_", "-")
            for key in self._environ
            if key.startswith(_PREFIX) or key == "CONTENT_TYPE"
        )
        return (name for name in names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@lru_cache(maxsize=1024)
def _variable(name: str) -> str | None:
    """Return where the server keeps a header; ``None`` for one that is nobody's business."""
    if name in _NEVER or name.startswith("x-forwarded-"):
        return None
    variable = name.upper().replace("-", "_")
    return variable if name == "content-type" else _PREFIX + variable
