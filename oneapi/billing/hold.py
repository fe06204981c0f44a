"""One call's hold on quota: ``reserved`` until it is ``settled`` or ``released``, once.

Whatever happens to the call, ``close`` at its end gives back what is still held; after a
settlement it does nothing.
"""

import time
from collections.abc import Mapping
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self

from oneapi import resources
from oneapi.billing.entries import Closing, Payer, PayerKey, Reserve, Shortage
from oneapi.billing.line import PATIENCE_S, Line
from oneapi.billing.writer import writer
from oneapi.errors import Refusal
from oneapi.lib import clock

_line = Line()


def _on_closed(closing: Closing) -> None:
    if _line.is_empty:
        return
    for key in closing.payer.keys:
        if writer.open.held_of(key):
            _line.call_first(key)
        else:
            _line.call_all(key)


writer.on_closed(_on_closed)


class _State(Enum):
    NEW = auto()
    RESERVED = auto()
    CLOSED = auto()


class Hold:
    """The reservation of one call."""

    def __init__(self, request_id: str, payer: Payer) -> None:
        self._request_id = request_id
        self._payer = payer
        self._state = _State.NEW
        self.amount = 0

    def reserve(self, amount: int) -> None:
        """Hold ``amount`` of the user and of a limited token; 0 holds nothing.

        Waits up to three seconds while other calls of the payer hold what is missing.

        Raises:
            Refusal: ``insufficient_user_quota`` or ``pre_consume_token_quota_failed`` (403).
            DatabaseUnavailable: the database did not answer.
        """
        if amount <= 0:
            return
        wish = Reserve(
            request_id=self._request_id,
            payer=self._payer,
            amount=amount,
            owner=resources.settings.node_name,
            now_s=clock.now_s(),
        )
        shortage = _reserve(wish)
        if shortage is not None:
            raise _refusal(shortage)
        self._state, self.amount = _State.RESERVED, amount

    def settle(self, quota: int, *, channel_id: int, log: Mapping[str, Any] | None) -> None:
        """Take the true cost and write the log row; returns when both are durable."""
        self._close(quota=quota, channel_id=channel_id, log=log, counts=True)

    def close(self) -> None:
        """Give back what is held, unless the call was settled."""
        if self._state is _State.RESERVED:
            self._close(quota=0, channel_id=0, log=None, counts=False)
        self._state = _State.CLOSED

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def _close(
        self, *, quota: int, channel_id: int, log: Mapping[str, Any] | None, counts: bool
    ) -> None:
        if self._state is _State.CLOSED:
            return
        reserved = self._state is _State.RESERVED
        self._state = _State.CLOSED
        writer.close(
            Closing(
                request_id=self._request_id,
                payer=self._payer,
                reserved=reserved,
                quota=quota,
                counts_as_request=counts,
                channel_id=channel_id,
                log=log,
                now_s=clock.now_s(),
            )
        )


def _reserve(wish: Reserve) -> Shortage | None:
    """Reserve at once, or in line if others hold what is missing or somebody waits already."""
    if not _line.is_empty:
        ahead = next((key for key in wish.payer.keys if _line.is_forming(key)), None)
        if ahead is not None:
            return _reserve_in_line(wish, ahead)
    shortage = writer.reserve(wish)
    if shortage is None or not _may_come_back(wish, shortage):
        return shortage
    return _reserve_in_line(wish, _key_of(wish, shortage), shortage)


def _reserve_in_line(
    wish: Reserve, key: PayerKey, shortage: Shortage | None = None
) -> Shortage | None:
    ticket = _line.join(key)
    give_up = time.monotonic() + PATIENCE_S
    try:
        while ticket.wait(give_up - time.monotonic()):
            shortage = writer.reserve(wish)
            if shortage is None or not _may_come_back(wish, shortage):
                return shortage
    finally:
        _line.leave(key, ticket)
    return shortage if shortage is not None else writer.reserve(wish)


def _may_come_back(wish: Reserve, shortage: Shortage) -> bool:
    """Whether closing all open calls of this worker could make the amount fit."""
    held = writer.open.held_of(_key_of(wish, shortage))
    return held > 0 and shortage.left + held >= wish.amount


def _key_of(wish: Reserve, shortage: Shortage) -> PayerKey:
    user, token = wish.payer.keys
    return user if shortage.of == "user" else token


def _refusal(shortage: Shortage) -> Refusal:
    if shortage.of == "user":
        return Refusal("insufficient_user_quota", status=403)
    return Refusal("pre_consume_token_quota_failed", status=403)
