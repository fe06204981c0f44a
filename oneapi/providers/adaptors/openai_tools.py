"""Tools in the request as single providers of the family want them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import orjson

from oneapi.providers.contract import Target
from oneapi.providers.type_rules import Quirk
from oneapi.wire import json_edit
from oneapi.wire.calls import RelayCall

_TEXT_SCHEMA_MODELS: Final = "abab"
_PLAIN_STYLE: Final = "openai"


def tool_changes(call: RelayCall, target: Target) -> Mapping[str, Any]:
    """Return what must change in ``tools``, ``tool_choice`` and their switches."""
    quirks, body = target.channel_type.quirks, call.body
    tools, choice = body.get("tools"), body.get("tool_choice")
    changes: dict[str, Any] = {}
    if Quirk.TOOL_CHOICE_ANY in quirks and choice == "required":
        changes["tool_choice"] = "any"
    if Quirk.NO_EMPTY_TOOLS in quirks and not tools:
        changes |= {n: json_edit.DROP for n in ("tools", "tool_choice") if n in body}
    if Quirk.TOOL_CALLS_SWITCH in quirks and tools:
        changes |= {"tool_calls_switch": True} if "tool_calls_switch" not in body else {}
    if Quirk.SCHEMA_AS_TEXT in quirks and _takes_text(target) and isinstance(tools, list):
        changes["tools"] = _with_text_schemas(call)
    return changes


def _takes_text(target: Target) -> bool:
    return (
        target.model.startswith(_TEXT_SCHEMA_MODELS)
        and target.config.get("api_style") != _PLAIN_STYLE
    )


def _with_text_schemas(call: RelayCall) -> bytes:
    """Return the tools with each function's parameters as a string of JSON."""
    raws = json_edit.items(json_edit.members(call.raw)["tools"])
    for place, tool in enumerate(call.body["tools"]):
        function = tool.get("function") if isinstance(tool, Mapping) else None
        if isinstance(function, Mapping) and isinstance(function.get("parameters"), Mapping):
            raw = json_edit.members(raws[place])["function"]
            schema = bytes(json_edit.members(raw)["parameters"]).decode()
            edited = json_edit.edit(raw, {"parameters": orjson.dumps(schema)})
            raws[place] = msgspec.Raw(json_edit.edit(raws[place], {"function": edited}))
    return json_edit.encode(raws)
