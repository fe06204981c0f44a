"""Which fields of a client's request a converting adaptor did not send on.

The answer's header ``X-Oneapi-Dropped`` names them, so that nobody has to guess why a parameter
shows no effect.  A converter states once, as data, which paths it takes; what it takes or leaves
depending on the model it reports per call.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_BYTES: Final = 1024
"""Length of the whole header value, in bytes; names that do not fit are left out."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")

_ASKS_FOR_NOTHING: Final[Mapping[str, tuple[Any, ...]]] = {
    "best_of": (1,),
    "detail": ("auto",),
    "echo": (False,),
    "frequency_penalty": (0,),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "presence_penalty": (0,),
    "response_format": ({"type": "text"},),
    "service_tier": ("auto",),
    "store": (False,),
    "strict": (False,),
    "stream": (False,),
    "top_logprobs": (0,),
}
"""Per member name: values that say what would happen without them."""

_NEVER_NAMED = frozenset({"stream_options"})
"""Served by the gateway itself."""

COMMON: Final = (
    "model",
    "messages.role",
    "messages.content.type",
    "messages.content.text",
    "messages.content.refusal",
    "messages.tool_call_id",
    "messages.tool_calls.id",
    "messages.tool_calls.type",
    "messages.tool_calls.function.name",
    "messages.tool_calls.function.arguments",
    "stream",
    "tools.type",
    "tools.function.name",
    "tools.function.description",
    "tools.function.parameters",
    "tool_choice.type",
    "tool_choice.function.name",
)
"""What every converter of chat requests with tools takes."""

_Tree = dict[str, "_Tree"]


@dataclass(frozen=True, slots=True)
class TranslatedBody:
    """What to send, and the names of what the client asked for beyond it."""

    payload: dict[str, Any]
    dropped: tuple[str, ...]


class Taken:
    """The paths of a request that a converter sends on, in whatever form.

    A path is the member names joined by dots, without list positions.  It takes all that lies
    below it, unless longer paths are given too: then of its members only those are taken.
    """

    def __init__(self, *paths: str) -> None:
        self._tree: _Tree = {}
        for path in paths:
            node = self._tree
            for name in path.split("."):
                node = node.setdefault(name, {})

    def dropped(self, body: Mapping[str, Any], also: Iterable[str] = ()) -> tuple[str, ...]:
        """Return the names of what the body asks for beyond the taken paths, sorted.

        ``also`` names what this call lost for a reason of its own, such as its model.
        """
        found = set(also)
        for name, value in body.items():
            _walk(name, value, self._tree.get(name), found)
        return _fitting(sorted(found))


def asks_for_something(name: str, value: Any) -> bool:
    """Say whether leaving this member out could change the answer."""
    if value is None or (isinstance(value, (str, list, dict)) and not value):
        return False
    return value not in _ASKS_FOR_NOTHING.get(name, ()) and name not in _NEVER_NAMED


def _walk(path: str, value: Any, node: _Tree | None, found: set[str]) -> None:
    name = path.rpartition(".")[2]
    if not asks_for_something(name, value):
        return
    if node is None:
        if _NAME.fullmatch(name):
            found.add(path)
        return
    if not node:
        return
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for member, below in item.items():
                _walk(f"{path}.{member}", below, node.get(member), found)


def _fitting(names: list[str]) -> tuple[str, ...]:
    """Return the leading names that fit into the header when joined by comma and blank."""
    size = 0
    for count, name in enumerate(names):
        size += len(name) + 2
        if size - 2 > MAX_BYTES:
            return tuple(names[:count])
    return tuple(names)
