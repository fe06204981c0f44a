"""What must change in an OpenAI-shaped answer before a client sees it.

Bodies and events go through as they are, but for this: reasoning text also appears under the
name that clients know, a provider's own finish reasons become OpenAI's, and what the catalog's
quirks name is put right.  Every member that is not concerned keeps its bytes.

Sources: the providers' API references; the names of the quirks in ``type_rules``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from oneapi.providers.adaptors.openai_text import content_text
from oneapi.providers.catalog import ChannelType
from oneapi.providers.type_rules import Quirk
from oneapi.wire import json_edit

MESSAGE: Final = "message"
DELTA: Final = "delta"


@dataclass(slots=True)
class ChoiceEdit:
    """Changes to one choice and to the message or delta inside it."""

    choice: dict[str, Any] = field(default_factory=dict)
    piece: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.choice or self.piece)


Extra = Callable[[Mapping[str, Any], Mapping[str, Any], ChoiceEdit], None]
"""A further look at a choice and its message or delta."""


class Repairs:
    """The changes that answers of one channel type need."""

    def __init__(self, channel_type: ChannelType) -> None:
        quirks = channel_type.quirks
        self.finish_reasons = channel_type.finish_reasons
        self.content_lists = Quirk.CONTENT_LISTS in quirks
        self.cache_hits = Quirk.CACHE_HITS in quirks
        self.choice_usage = Quirk.CHOICE_USAGE in quirks
        self.sparse = Quirk.SPARSE_CHUNKS in quirks

    def apply(
        self,
        raw: bytes,
        tree: Mapping[str, Any],
        piece: str,
        *,
        extra: Extra | None = None,
        top: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the body or event with everything put right; the same bytes if all is well.

        ``piece`` is ``MESSAGE`` or ``DELTA``; ``top`` holds changes of top-level members.
        """
        edits = {}
        for place, choice in enumerate(_choices(tree)):
            if isinstance(choice, Mapping) and (edit := self._edit(choice, piece, extra)):
                edits[place] = edit
        changes = {**self._usage(tree), **(top or {})}
        if not edits and not changes:
            return raw
        if edits:
            changes["choices"] = _edited_choices(raw, edits, piece)
        return json_edit.edit(raw, changes)

    def _edit(self, choice: Any, piece: str, extra: Extra | None) -> ChoiceEdit:
        edit = ChoiceEdit()
        if not isinstance(choice, Mapping):
            return edit
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason in self.finish_reasons:
            edit.choice["finish_reason"] = self.finish_reasons[reason]
        inner = choice.get(piece)
        if self.sparse and reason is None:
            edit.choice["finish_reason"] = _unsaid_reason(inner) if piece == MESSAGE else None
        if isinstance(inner, Mapping):
            if self.content_lists and isinstance(inner.get("content"), list):
                _split_content(inner["content"], piece, edit)
            else:
                _name_reasoning(inner, edit)
            if self.sparse and isinstance(inner.get("tool_calls"), Mapping):
                edit.piece["tool_calls"] = [{"index": 0, **inner["tool_calls"]}]
            if extra is not None:
                extra(choice, inner, edit)
        return edit

    def _usage(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        usage = tree.get("usage")
        if self.choice_usage and usage is None:
            choices = _choices(tree)
            inner = choices[0].get("usage") if choices else None
            return {"usage": inner} if isinstance(inner, Mapping) else {}
        if self.cache_hits and isinstance(usage, Mapping) and _lacks_details(usage):
            hits = {"cached_tokens": usage["prompt_cache_hit_tokens"]}
            return {"usage": {**usage, "prompt_tokens_details": hits}}
        return {}


def _lacks_details(usage: Mapping[str, Any]) -> bool:
    return "prompt_cache_hit_tokens" in usage and usage.get("prompt_tokens_details") is None


def _unsaid_reason(message: Any) -> str:
    calls = message.get("tool_calls") if isinstance(message, Mapping) else None
    return "tool_calls" if calls else "stop"


def _choices(tree: Mapping[str, Any]) -> list[Any]:
    choices = tree.get("choices")
    return choices if isinstance(choices, list) else []


def _name_reasoning(inner: Mapping[str, Any], edit: ChoiceEdit) -> None:
    reasoning = inner.get("reasoning")
    if isinstance(reasoning, str) and reasoning and not inner.get("reasoning_content"):
        edit.piece["reasoning_content"] = reasoning


def _split_content(parts: list[Any], piece: str, edit: ChoiceEdit) -> None:
    """Put thinking pieces under ``reasoning_content`` and leave the text as content."""
    thinking = [part for part in parts if _is_thinking(part)]
    text = content_text([part for part in parts if not _is_thinking(part)])
    if thinking:
        edit.piece["reasoning_content"] = content_text(thinking)
    edit.piece["content"] = text if text or piece == MESSAGE or not thinking else json_edit.DROP


def _is_thinking(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "thinking"


def _edited_choices(raw: bytes, edits: Mapping[int, ChoiceEdit], piece: str) -> bytes:
    choices = json_edit.items(json_edit.members(raw)["choices"])
    for place, edit in edits.items():
        if edit.piece:
            inner = json_edit.members(choices[place])[piece]
            edit.choice[piece] = json_edit.edit(inner, edit.piece)
        choices[place] = msgspec.Raw(json_edit.edit(choices[place], edit.choice))
    return json_edit.encode(choices)
