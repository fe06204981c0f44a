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
from oneapi.billing.entries import Closing, Payer, Reserve, Shortage
from oneapi.billing.line import PATIENCE_S, Key, Line
from oneapi.billing.writer import writer
from oneapi.errors import Refusal
from oneapi.lib import clock

_line = Line()
writer.on_closed(_line.on_closed)


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
        shortage = self._try(wish) if not self._line_ahead() else self._wait(wish)
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

    def _line_ahead(self) -> Key | None:
        return next((key for key in self._keys() if _line.is_forming(key)), None)

    def _keys(self) -> tuple[Key, Key]:
        return ("user", self._payer.user_id), ("token", self._payer.token_id)

    def _try(self, wish: Reserve) -> Shortage | None:
        shortage = writer.reserve(wish)
        if shortage is None or not self._may_come_back(shortage, wish.amount):
            return shortage
        return self._wait(wish, shortage)

    def _wait(self, wish: Reserve, shortage: Shortage | None = None) -> Shortage | None:
        key = self._line_ahead() or (self._keys()[0 if _is_user(shortage) else 1])
        ticket = _line.join(key)
        give_up = time.monotonic() + PATIENCE_S
        try:
            while _line.wait(key, ticket, give_up - time.monotonic()):
                shortage = writer.reserve(wish)
                if shortage is None or not self._may_come_back(shortage, wish.amount):
                    return shortage
        finally:
            _line.leave(key, ticket)
        return shortage if shortage is not None else writer.reserve(wish)

    def _may_come_back(self, shortage: Shortage, amount: int) -> bool:
        """Whether closing all open calls of this worker could make the amount fit."""
        keys = self._keys()
        of, row_id = keys[0] if _is_user(shortage) else keys[1]
        held = writer.open_sum(of, row_id)
        return held > 0 and shortage.left + held >= amount


def _is_user(shortage: Shortage | None) -> bool:
    return shortage is None or shortage.of == "user"


def _refusal(shortage: Shortage) -> Refusal:
    if shortage.of == "user":
        return Refusal("insufficient_user_quota", status=403)
    return Refusal("pre_consume_token_quota_failed", status=403)
