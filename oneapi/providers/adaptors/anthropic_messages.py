"""A chat's messages as Claude's system blocks and turns.

Where the two differ:

- instructions stand beside the turns, wherever they came in the chat;
- two roles only, and neighbours of one role are one turn, the first of them the user's;
- the result of a call is a block of a user's turn, before everything else in it;
- thoughts come back as the blocks that they were, signatures included;
- an assistant's message at the end is the beginning of the answer.

Source: https://platform.claude.com/docs/en/api/messages, read 2025-11.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from oneapi.errors import Refusal
from oneapi.providers.adaptors.anthropic_blocks import Sources, extended, to_blocks, to_texts
from oneapi.providers.adaptors.chat_tools import read_tool_calls

THOUGHTS: Final = ("thinking", "redacted_thinking")

_SYSTEM: Final = frozenset({"system", "developer"})

_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9_-]")
"""Characters that Claude refuses in the id of a call; other providers' ids may hold them."""

_Json = dict[str, Any]


def write_messages(
    messages: Iterable[Mapping[str, Any]], sources: Sources
) -> tuple[list[_Json], list[_Json]]:
    """Return the system blocks and the turns.

    Raises:
        Refusal: a message holds something that Claude does not read.
    """
    system: list[_Json] = []
    turns: list[_Json] = []
    for message in messages:
        if message.get("role") in _SYSTEM:
            system += to_texts(message.get("content"))
        else:
            _add(turns, *_turn(message, sources))
    _end_cleanly(turns)
    if not turns or turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": [{"type": "text", "text": "."}]})
    return system, [_results_first(turn) for turn in turns]


def calls_without_thoughts(turns: list[_Json]) -> bool:
    """Say whether the last assistant's turn calls tools and does not begin with its thoughts.

    Claude refuses to think on from such a turn.
    """
    for turn in reversed(turns):
        if turn["role"] == "assistant":
            blocks = turn["content"]
            calls = any(block["type"] == "tool_use" for block in blocks)
            return calls and blocks[0]["type"] not in THOUGHTS
    return False


def _turn(message: Mapping[str, Any], sources: Sources) -> tuple[str, list[_Json]]:
    role = message.get("role")
    if role == "user":
        return "user", to_blocks(message.get("content"), sources)
    if role == "tool":
        return "user", [_result(message, sources)]
    if role == "assistant":
        return "assistant", [*_thoughts(message), *_said(message, sources), *_calls(message)]
    raise Refusal("unsupported_value", param="messages.role")


def _thoughts(message: Mapping[str, Any]) -> list[_Json]:
    blocks = message.get("thinking_blocks")
    return [
        block
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict) and block.get("type") in THOUGHTS
    ]


def _said(message: Mapping[str, Any], sources: Sources) -> list[_Json]:
    """Return what the assistant said; a refusal stands where the content would."""
    return to_blocks(message.get("content") or message.get("refusal"), sources)


def _calls(message: Mapping[str, Any]) -> list[_Json]:
    return [
        {"type": "tool_use", "id": _call_id(call.id), "name": call.name, "input": call.arguments}
        for call in read_tool_calls(message)
    ]


def _result(message: Mapping[str, Any], sources: Sources) -> _Json:
    content = message.get("content")
    block: _Json = {
        "type": "tool_result",
        "tool_use_id": _call_id(message.get("tool_call_id")),
        "content": content if isinstance(content, str) else to_blocks(content, sources) or "",
    }
    if message.get("is_error") is True:
        block["is_error"] = True
    return extended(block, message, "cache_control")


def _call_id(value: Any) -> str:
    """Return an id that Claude takes, the same for a call and its result."""
    return _NOT_IN_IDS.sub("_", value) if isinstance(value, str) else ""


def _add(turns: list[_Json], role: str, blocks: list[_Json]) -> None:
    if not blocks:
        return
    if turns and turns[-1]["role"] == role:
        turns[-1]["content"] += blocks
    else:
        turns.append({"role": role, "content": blocks})


def _end_cleanly(turns: list[_Json]) -> None:
    """Strip the white space behind a begun answer, which Claude refuses."""
    if not turns or turns[-1]["role"] != "assistant":
        return
    blocks = turns[-1]["content"]
    if blocks[-1]["type"] == "text":
        text = blocks[-1]["text"].rstrip()
        blocks[-1:] = [{**blocks[-1], "text": text}] if text else []
    if not blocks:
        turns.pop()


def _results_first(turn: _Json) -> _Json:
    blocks = sorted(turn["content"], key=lambda block: block["type"] != "tool_result")
    return {**turn, "content": blocks}
