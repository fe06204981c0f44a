"""JSON schema in the part of it that Gemini's ``Schema`` object knows.

Anything outside that part is answered with 400, so it is rewritten where an equal form exists
and left out where none does.
Source: https://ai.google.dev/api/caching#Schema, read 2025-11.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import orjson

_KEPT: Final = (
    "title",
    "description",
    "nullable",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "propertyOrdering",
)
"""Members that stand as they are; the others need a look."""

_FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("enum", "date-time"),
    "number": ("float", "double"),
    "integer": ("int32", "int64"),
}

_MAX_DEPTH: Final = 64
_MAX_NODES: Final = 20_000
"""A few references to each other can unfold into billions of nodes; nobody means that."""

_Json = dict[str, Any]
_Below = Callable[[Any], _Json]
"""Sanitises a schema one level below."""


def sanitise(schema: Mapping[str, Any]) -> _Json:
    """Return the schema with references resolved and only members that Gemini takes."""
    return _Walk(schema).node(schema)


def describes_something(schema: Mapping[str, Any]) -> bool:
    """Say whether a sanitised schema may stand as the parameters of a function.

    An object without properties is refused there; a function that takes nothing has none.
    """
    return bool(schema) and (schema.get("type") != "object" or "properties" in schema)


class _Walk:
    """One walk through one schema, with a limit on what its references unfold to."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._nodes = 0

    def node(self, schema: Any, path: tuple[str, ...] = (), depth: int = 0) -> _Json:
        """Sanitise one node; ``path`` holds the references that led to it."""
        self._nodes += 1
        if depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            return _anything()
        if not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            target = _resolve(self._root, reference)
            if target is None or reference in path:
                return _anything()
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            return self.node({**target, **beside}, (*path, reference), depth + 1)
        return _sanitised(schema, lambda below: self.node(below, path, depth + 1))


def _anything() -> _Json:
    """Stand for a schema that refers to itself or to nothing."""
    return {"type": "object"}


def _sanitised(schema: Mapping[str, Any], below: _Below) -> _Json:
    out: _Json = {key: schema[key] for key in _KEPT if schema.get(key) is not None}
    _set_type(out, schema)
    _set_properties(out, schema, below)
    _set_items(out, schema, below)
    _set_alternatives(out, [*_list(schema, "anyOf"), *_list(schema, "oneOf")], below)
    for member in _list(schema, "allOf"):
        _merge(out, below(member))
    _set_enum(out, schema)
    if schema.get("format") in _FORMATS.get(str(out.get("type")).lower(), ()):
        out["format"] = schema["format"]
    return out


def _set_type(out: _Json, schema: Mapping[str, Any]) -> None:
    given = schema.get("type")
    if isinstance(given, str):
        out["type"] = given
    if not isinstance(given, list):
        return
    types = [name for name in given if name != "null"]
    if len(types) < len(given):
        out["nullable"] = True
    if len(types) == 1:
        out["type"] = types[0]
    elif types:
        out["anyOf"] = [{"type": name} for name in types]


def _set_properties(out: _Json, schema: Mapping[str, Any], below: _Below) -> None:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return
    out.setdefault("type", "object")
    out["properties"] = {name: below(value) for name, value in properties.items()}
    # Gemini refuses a required name that is no property.
    if required := [name for name in _list(schema, "required") if name in properties]:
        out["required"] = required


def _set_items(out: _Json, schema: Mapping[str, Any], below: _Below) -> None:
    items = schema.get("items")
    if isinstance(items, Mapping):
        out.setdefault("type", "array")
        out["items"] = below(items)
    elif str(out.get("type")).lower() == "array":
        # Gemini refuses a list that does not say what it holds.
        out["items"] = {"type": "string"}


def _set_alternatives(out: _Json, options: list[Any], below: _Below) -> None:
    real = [option for option in options if not _is_null(option)]
    if len(real) < len(options):
        out["nullable"] = True
    if len(real) == 1:
        _merge(out, below(real[0]))
    elif real:
        out["anyOf"] = [below(option) for option in real]


def _merge(out: _Json, other: _Json) -> None:
    """Add what another schema demands; what both say about the same thing stays as it is."""
    properties = {**other.get("properties", {}), **out.get("properties", {})}
    required = [*out.get("required", []), *other.get("required", [])]
    for key, value in other.items():
        out.setdefault(key, value)
    if properties:
        out["properties"] = properties
    if required:
        out["required"] = list(dict.fromkeys(required))


def _set_enum(out: _Json, schema: Mapping[str, Any]) -> None:
    values = [schema["const"]] if "const" in schema else _list(schema, "enum")
    if None in values:
        out["nullable"] = True
    words = [value for value in values if value is not None]
    # Only strings can be enumerated; a truth value is told well enough by its type.
    if not words or all(isinstance(value, bool) for value in words):
        return
    out["type"] = "string"
    out["enum"] = list(_spelled(words))


def _spelled(values: Iterable[Any]) -> Iterable[str]:
    return (v if isinstance(v, str) else orjson.dumps(v).decode() for v in values)


def _resolve(root: Mapping[str, Any], reference: str) -> Mapping[str, Any] | None:
    """Follow a JSON pointer (RFC 6901) inside the document; ``None`` for any other reference."""
    if not reference.startswith("#"):
        return None
    found: Any = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _list(schema: Mapping[str, Any], name: str) -> list[Any]:
    value = schema.get(name)
    return value if isinstance(value, list) else []


def _is_null(option: Any) -> bool:
    return isinstance(option, Mapping) and option.get("type") == "null"
