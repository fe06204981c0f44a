"""How a channel is doing: cool-downs, success rate, and when it is switched off by itself.

Only the class of a failure decides, never the text of an answer: a user's prompt may be quoted
there.  Cool-downs and the success window live in each worker's memory.
"""

import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from oneapi.options import Options
from oneapi.settings import Settings


class Failure(StrEnum):
    """What kind of failure an attempt met; retry, cool-down and disabling act on it."""

    LOCAL = "local"
    """This gateway refused; no upstream is to blame."""

    CLIENT = "client"
    """The upstream says that the request is wrong."""

    NOT_FOUND = "not_found"
    """The upstream does not know the model; another channel may."""

    CREDENTIAL = "upstream_credential"
    DENIED = "denied"
    """One model is closed to a key that is fine otherwise."""

    QUOTA = "upstream_quota"
    RATE = "rate"
    TRANSIENT = "upstream_transient"
    CANCELLED = "cancelled"
    """The client went away."""


COUNTED = frozenset({Failure.RATE, Failure.TRANSIENT})
"""Failures that lower a channel's success rate."""

_RATE_DEFAULT_S = 5.0
_TRANSIENT_S = 10.0
_LONGEST_S = 60.0
_STRIKES = 3
_STRIKES_WITHIN_S = 30.0
_QUOTA_WITHIN_S = 300.0


@dataclass(slots=True)
class _Cooling:
    until: float = 0.0
    last_s: float = 0.0
    strikes: deque[float] = field(default_factory=lambda: deque(maxlen=_STRIKES))


class CoolDowns:
    """Pauses per (channel, model) of this worker."""

    def __init__(self) -> None:
        self._states: dict[tuple[int, str], _Cooling] = defaultdict(_Cooling)

    def of_model(self, model: str, ids: list[int], *, now: float) -> Mapping[int, float]:
        """Return which of these channels cool for the model, and until when (monotonic)."""
        if not self._states:
            return {}
        found = {i: self._states[(i, model)].until for i in ids if (i, model) in self._states}
        return {i: until for i, until in found.items() if until > now}

    def until(self, channel_id: int, *, now: float) -> float:
        """Return the seconds until the channel is warm for every model."""
        ends = [s.until for (i, _), s in self._states.items() if i == channel_id]
        return max((end - now for end in ends if end > now), default=0.0)

    def succeeded(self, channel_id: int, model: str) -> None:
        """End the pause: the channel works."""
        if self._states:
            self._states.pop((channel_id, model), None)

    def failed(
        self,
        channel_id: int,
        model: str,
        failure: Failure,
        *,
        now: float,
        retry_after_s: float | None = None,
    ) -> None:
        """Start or lengthen the pause if this kind of failure asks for one."""
        if failure not in COUNTED:
            return
        state = self._states[(channel_id, model)]
        if failure is Failure.RATE:
            doubled = state.last_s * 2 if state.last_s else _RATE_DEFAULT_S
            pause = retry_after_s if retry_after_s is not None else doubled
        else:
            state.strikes.append(now)
            recent = [at for at in state.strikes if now - at <= _STRIKES_WITHIN_S]
            if len(recent) < _STRIKES:
                return
            state.strikes.clear()
            pause = state.last_s * 2 if state.last_s else _TRANSIENT_S
        state.last_s = min(pause, _LONGEST_S)
        state.until = now + state.last_s


class SuccessRates:
    """The last results of each channel (``ENABLE_METRIC``), in a window of fixed size."""

    def __init__(self, settings: Settings) -> None:
        self._on = settings.enable_metric
        self._size = max(settings.metric_queue_size, 1)
        self._threshold = settings.metric_success_rate_threshold
        self._results: dict[int, deque[bool]] = {}

    @property
    def rule(self) -> str:
        """What a rate fell short of, for the reason of a disabled channel."""
        return f"< {self._threshold:.2%} of {self._size} calls"

    def note(self, channel_id: int, *, good: bool) -> float | None:
        """Add a result; return the rate if it has fallen below the threshold, else ``None``."""
        if not self._on:
            return None
        results = self._results.setdefault(channel_id, deque(maxlen=self._size))
        results.append(good)
        rate = sum(results) / len(results)
        if good or len(results) < self._size or rate >= self._threshold:
            return None
        results.clear()
        return rate


class Health:
    """What this worker knows of its channels."""

    def __init__(self, settings: Settings) -> None:
        self.cool_downs = CoolDowns()
        self._rates = SuccessRates(settings)
        self._out_of_quota: dict[int, float] = {}

    def succeeded(self, channel_id: int, model: str) -> None:
        """Note an attempt that worked."""
        self.cool_downs.succeeded(channel_id, model)
        self._rates.note(channel_id, good=True)
        self._out_of_quota.pop(channel_id, None)

    def failed(
        self,
        channel_id: int,
        model: str,
        failure: Failure,
        options: Options,
        retry_after_s: float | None = None,
    ) -> str | None:
        """Note a failed attempt; return the reason if the channel is to be switched off.

        A dead key switches off at once, an empty account at the second time within five
        minutes, a poor success rate when ``ENABLE_METRIC`` says so.
        """
        now = time.monotonic()
        self.cool_downs.failed(channel_id, model, failure, now=now, retry_after_s=retry_after_s)
        if options.automatic_disable_channel_enabled:
            if failure is Failure.CREDENTIAL:
                return failure.value
            if failure is Failure.QUOTA and self._again_out_of_quota(channel_id, now):
                return failure.value
        if failure in COUNTED:
            rate = self._rates.note(channel_id, good=False)
            if rate is not None:
                return f"success_rate {rate:.2%} {self._rates.rule}"
        return None

    def _again_out_of_quota(self, channel_id: int, now: float) -> bool:
        before = self._out_of_quota.get(channel_id)
        self._out_of_quota[channel_id] = now
        return before is not None and now - before <= _QUOTA_WITHIN_S
