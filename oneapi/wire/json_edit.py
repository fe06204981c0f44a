"""Change single members of a JSON object and leave every other byte of it alone.

orjson would respell numbers and lose big integers; here the untouched members keep their
spelling, order and unknown content (relay bodies must survive as the client wrote them).
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import orjson

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


class _Drop:
    """Marks a member that goes away."""


DROP: Final = _Drop()


def members(raw: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return the members of a JSON object, each still as its bytes."""
    return _MEMBERS.decode(raw)


def items(raw: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """Return the items of a JSON list, each still as its bytes."""
    return _ITEMS.decode(raw)


def encode(value: Any) -> bytes:
    """Write a value that may hold untouched pieces (``msgspec.Raw``)."""
    return msgspec.json.encode(value)


def edit(raw: bytes | msgspec.Raw, changes: Mapping[str, Any]) -> bytes:
    """Return the object with ``changes`` applied; ``DROP`` removes a member, new ones go last.

    The caller has parsed ``raw`` with orjson before: this decoder would let invalid UTF-8 pass.
    """
    tree: dict[str, Any] = dict(members(raw))
    for key, value in changes.items():
        if value is DROP:
            tree.pop(key, None)
        elif isinstance(value, msgspec.Raw):
            tree[key] = value
        elif isinstance(value, bytes):
            tree[key] = msgspec.Raw(value)
        else:
            tree[key] = msgspec.Raw(orjson.dumps(value))
    return msgspec.json.encode(tree)
