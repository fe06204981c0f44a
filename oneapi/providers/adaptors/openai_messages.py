"""Messages of the history as strict providers take them.

Each change is a named quirk of the catalog; a message that needs none keeps its bytes.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from oneapi.providers.contract import Target
from oneapi.providers.type_rules import Quirk
from oneapi.wire import json_edit
from oneapi.wire.calls import RelayCall

_SHORT_ID: Final = re.compile(r"[a-zA-Z0-9]{9}")
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

_SENDERS: Final = frozenset({"developer", "system", "user"})

_EDITING: Final = frozenset(
    {
        Quirk.SHORT_CALL_IDS,
        Quirk.NO_DEVELOPER,
        Quirk.NO_SENDER_NAMES,
        Quirk.NO_REASONING_HISTORY,
        Quirk.REASONER_HISTORY,
    }
)


def edited_messages(call: RelayCall, target: Target) -> bytes | None:
    """Return the list of messages as the provider takes it; ``None`` when it may stay."""
    messages = call.body.get("messages")
    quirks = _quirks(target)
    if not quirks or not isinstance(messages, list):
        return None
    edits = {
        place: changes
        for place, message in enumerate(messages)
        if isinstance(message, Mapping) and (changes := _changes(message, quirks))
    }
    if not edits:
        return None
    raws = json_edit.items(json_edit.members(call.raw)["messages"])
    for place, changes in edits.items():
        raws[place] = msgspec.Raw(_edited(raws[place], changes))
    return json_edit.encode(raws)


def short_call_id(call_id: str) -> str:
    """Return the id itself if it is nine letters or digits, else always the same nine."""
    if _SHORT_ID.fullmatch(call_id):
        return call_id
    number = int.from_bytes(hashlib.sha256(call_id.encode()).digest())
    digits = []
    for _ in range(9):
        number, digit = divmod(number, len(_BASE62))
        digits.append(_BASE62[digit])
    return "".join(digits)


def _quirks(target: Target) -> frozenset[Quirk]:
    found = target.channel_type.quirks & _EDITING
    if target.model != "deepseek-reasoner":
        found -= {Quirk.REASONER_HISTORY}
    return found


def _changes(message: Mapping[str, Any], quirks: frozenset[Quirk]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if Quirk.NO_DEVELOPER in quirks and message.get("role") == "developer":
        changes["role"] = "system"
    if Quirk.NO_SENDER_NAMES in quirks and message.get("role") in _SENDERS:
        _drop(message, "name", changes)
    if Quirk.NO_REASONING_HISTORY in quirks or (
        Quirk.REASONER_HISTORY in quirks and not message.get("tool_calls")
    ):
        _drop(message, "reasoning_content", changes)
    if Quirk.SHORT_CALL_IDS in quirks:
        changes |= _short_ids(message)
    return changes


def _drop(message: Mapping[str, Any], name: str, changes: dict[str, Any]) -> None:
    if name in message:
        changes[name] = json_edit.DROP


def _short_ids(message: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    answered = message.get("tool_call_id")
    if isinstance(answered, str) and not _SHORT_ID.fullmatch(answered):
        changes["tool_call_id"] = short_call_id(answered)
    calls = message.get("tool_calls")
    ids = [_id_of(call) for call in calls] if isinstance(calls, list) else []
    if any(call_id and not _SHORT_ID.fullmatch(call_id) for call_id in ids):
        changes["tool_calls"] = [short_call_id(call_id) if call_id else "" for call_id in ids]
    return changes


def _id_of(call: Any) -> str:
    value = call.get("id") if isinstance(call, Mapping) else None
    return value if isinstance(value, str) else ""


def _edited(raw: msgspec.Raw, changes: dict[str, Any]) -> bytes:
    """Apply the changes; those of ``tool_calls`` are new ids, one a call, empty to keep."""
    new_ids = changes.pop("tool_calls", None)
    if new_ids is not None:
        calls = json_edit.items(json_edit.members(raw)["tool_calls"])
        changes["tool_calls"] = json_edit.encode(
            [
                msgspec.Raw(json_edit.edit(call, {"id": new_id})) if new_id else call
                for call, new_id in zip(calls, new_ids, strict=True)
            ]
        )
    return json_edit.edit(raw, changes)
