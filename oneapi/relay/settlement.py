"""The end of a call: the charge, its log row, and the numbers for the metrics."""

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct, field

from oneapi import metrics, resources
from oneapi.accounts.access import Caller
from oneapi.billing.hold import Hold
from oneapi.billing.prices import Price
from oneapi.lib import clock
from oneapi.models.log import LogType
from oneapi.options import Options
from oneapi.relay.modes.base import Charge
from oneapi.relay.route import Route
from oneapi.texts import text

_TOKENS_IN, _TOKENS_OUT = metrics.TOKENS.labels("input"), metrics.TOKENS.labels("output")


class CallRecord(Struct, kw_only=True):
    """What is known of a call beside its answer; filled on the way."""

    request_id: str
    caller: Caller
    options: Options
    hold: Hold
    requested_model: str
    is_stream: bool
    arrived: float = field(default_factory=time.perf_counter)
    attempts: list[dict[str, Any]] = []
    """Failed attempts before the last: channel, status, code."""

    first_byte_ms: int | None = None
    dropped: Sequence[str] = ()


def settle(record: CallRecord, route: Route, charge: Charge, *, ended: str = "complete") -> None:
    """Charge the call and write its row; returns when both are durable."""
    row = _log_row(record, route, charge, ended)
    record.hold.settle(
        charge.quota,
        channel_id=route.channel.id,
        log=row if record.options.log_consume_enabled else None,
    )
    metrics.count(_TOKENS_IN, charge.usage.prompt_tokens)
    metrics.count(_TOKENS_OUT, charge.usage.completion_tokens)
    if charge.estimated:
        metrics.count(metrics.ESTIMATED_USAGE)


def _log_row(record: CallRecord, route: Route, charge: Charge, ended: str) -> dict[str, Any]:
    caller = record.caller
    other = _details(record, route, charge, ended)
    return {
        "user_id": caller.user_id,
        "created_at": clock.now_s(),
        "type": int(LogType.CONSUME),
        "content": _sentence(route.price, resources.settings.default_language),
        "username": caller.username,
        "token_name": caller.token_name,
        "model_name": route.model,
        "quota": charge.quota,
        "prompt_tokens": charge.usage.prompt_tokens,
        "completion_tokens": charge.usage.completion_tokens,
        "channel_id": route.channel.id,
        "request_id": record.request_id,
        "elapsed_time": int((time.perf_counter() - record.arrived) * 1000),
        "is_stream": record.is_stream,
        "system_prompt_reset": route.prompt_was_set,
        "other": orjson.dumps(other).decode(),
    }


def _details(record: CallRecord, route: Route, charge: Charge, ended: str) -> Mapping[str, Any]:
    """Return what programs want to know: ratios, token kinds, how it went."""
    usage, price = charge.usage, route.price
    always = {
        "model_ratio": price.model_ratio,
        "group_ratio": price.group_ratio,
        "completion_ratio": price.completion_ratio,
        "requested_model": record.requested_model,
        "usage_source": "estimated" if charge.estimated else "upstream",
        "ended": ended,
    }
    sometimes = {
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "audio_tokens": usage.audio_prompt_tokens + usage.audio_completion_tokens,
        "image_tokens": usage.image_tokens,
        "dropped": list(record.dropped),
        "first_byte_ms": record.first_byte_ms,
        "attempts": record.attempts,
    }
    return always | {key: value for key, value in sometimes.items() if value}


@lru_cache(maxsize=1024)
def _sentence(price: Price, language: str) -> str:
    """Say for people how the charge comes about, up to six significant digits."""
    if price.fixed_usd is not None:
        return text("log_charge_fixed", language, price=f"{price.fixed_usd:.6g}")
    return text(
        "log_charge",
        language,
        model=f"{price.model_ratio:.6g}",
        group=f"{price.group_ratio:.6g}",
        completion=f"{price.completion_ratio:.6g}",
    )
