"""Numbers of streamed tool calls, where the upstream gives all of them the same."""

from collections.abc import Mapping
from typing import Any

from oneapi.providers.adaptors.openai_repair import ChoiceEdit


class CallNumbers:
    """Gives each call of a stream its own index: a new id under a used index is a new call."""

    def __init__(self) -> None:
        self._ids: dict[tuple[int, int], Any] = {}
        """By choice and index as sent out: the call's id."""

        self._now: dict[tuple[int, int], int] = {}
        """By choice and index as it came: the index as sent out."""

    def renumber(
        self, choice: Mapping[str, Any], delta: Mapping[str, Any], edit: ChoiceEdit
    ) -> None:
        """Note in ``edit`` the calls of a delta under their own numbers."""
        calls = delta.get("tool_calls")
        if not isinstance(calls, list) or not all(isinstance(call, Mapping) for call in calls):
            return
        numbers = [self._number(_place(choice.get("index")), call) for call in calls]
        if numbers != [call.get("index") for call in calls]:
            edit.piece["tool_calls"] = [
                {**call, "index": number} for call, number in zip(calls, numbers, strict=True)
            ]

    def _number(self, choice: int, call: Mapping[str, Any]) -> int:
        came, call_id = _place(call.get("index")), call.get("id")
        number = self._now.get((choice, came))
        if number is None or (call_id and self._ids.get((choice, number)) not in (call_id, None)):
            number = sum(1 for known, _ in self._ids if known == choice)
            self._now[choice, came] = number
            self._ids[choice, number] = call_id
        return number


def _place(index: Any) -> int:
    return index if isinstance(index, int) else 0
