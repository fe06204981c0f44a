"""Bodies for OpenAI-shaped upstreams: the client's own, changed only where it must be.

The rest of the JSON keeps its bytes: order, spelling of numbers and members nobody here knows.
What a provider refuses or names differently stands in the catalog.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import orjson
from msgspec.structs import replace

from oneapi.providers.adaptors.dropped import asks_for_something
from oneapi.providers.adaptors.openai_messages import edited_messages
from oneapi.providers.adaptors.openai_tools import tool_changes
from oneapi.providers.contract import Target
from oneapi.providers.type_rules import WebSearch
from oneapi.wire import json_edit
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import CHAT_LIKE, RelayMode

_JSON: Final = "application/json"
_INTERNET: Final = "-internet"


@dataclass(frozen=True, slots=True)
class Written:
    """A body ready to be sent, and which wishes of the client it leaves out."""

    content_type: str
    body: bytes
    dropped: tuple[str, ...] = ()


def write_body(call: RelayCall, target: Target) -> Written:
    """Return the body for this call: the client's bytes when nothing must change."""
    if call.form is not None:
        content_type, body = call.form.with_field("model", _model(target)).encode()
        return Written(content_type, body)
    if not call.raw:
        call = replace(call, raw=orjson.dumps(dict(call.body)))
    changes = _changes(call, target)
    dropped = tuple(
        sorted(
            name
            for name in target.channel_type.drop_params
            if asks_for_something(name, call.body.get(name))
        )
    )
    return Written(_JSON, json_edit.edit(call.raw, changes) if changes else call.raw, dropped)


def _changes(call: RelayCall, target: Target) -> dict[str, Any]:
    """Return the members of the body that must change, by name."""
    body, row = call.body, target.channel_type
    changes: dict[str, Any] = {}
    if body.get("model") != _model(target):
        changes["model"] = _model(target)
    if call.mode in CHAT_LIKE:
        changes |= _usage_wish(call, target)
    if call.mode is RelayMode.CHAT:
        if (messages := edited_messages(call, target)) is not None:
            changes["messages"] = messages
        changes |= tool_changes(call, target)
        changes |= _search(call, target)
    changes |= _renamed(body, row.rename_params)
    if call.mode is RelayMode.IMAGES:
        changes |= _renamed(body, row.image_params)
    changes |= {name: json_edit.DROP for name in row.drop_params if name in body}
    return changes


def _model(target: Target) -> str:
    """Return the model without the suffix that asks for the vendor's web search."""
    if target.channel_type.web_search is None:
        return target.model
    return target.model.removesuffix(_INTERNET)


def _usage_wish(call: RelayCall, target: Target) -> Mapping[str, Any]:
    """Ask for the token counts of a stream; the client's other stream options stay."""
    if not (call.stream and target.ask_usage) or call.wants_usage:
        return {}
    options = call.body.get("stream_options")
    given = options if isinstance(options, Mapping) else {}
    return {"stream_options": {**given, "include_usage": True}}


def _renamed(body: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    """Move members to the provider's names, unless the client used those itself."""
    changes: dict[str, Any] = {}
    for ours, theirs in names.items():
        if ours not in body:
            continue
        changes[ours] = json_edit.DROP
        if body[ours] is not None and body.get(theirs) is None:
            changes[theirs] = body[ours]
    return changes


def _search(call: RelayCall, target: Target) -> Mapping[str, Any]:
    """Switch the vendor's own web search on where the client asked for one."""
    rule, body = target.channel_type.web_search, call.body
    if rule is None:
        return {}
    options = body.get("web_search_options")
    changes: dict[str, Any] = {}
    if "web_search_options" in body:
        changes["web_search_options"] = json_edit.DROP
    if target.model.endswith(_INTERNET) or isinstance(options, Mapping):
        changes |= {name: value for name, value in rule.set.items() if name not in body}
        changes |= _search_tool(call, rule)
    return changes


def _search_tool(call: RelayCall, rule: WebSearch) -> Mapping[str, Any]:
    if not rule.tool:
        return {}
    tools = call.body.get("tools")
    given = tools if isinstance(tools, list) else []
    kind = rule.tool.get("type")
    if any(isinstance(tool, Mapping) and tool.get("type") == kind for tool in given):
        return {}
    kept = json_edit.items(json_edit.members(call.raw)["tools"]) if given else []
    return {"tools": json_edit.encode([*kept, msgspec.Raw(orjson.dumps(rule.tool))])}
