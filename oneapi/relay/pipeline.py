"""The story of one call: price, reserve, choose, send, translate, settle, and the retry around it.

Values in, an ``Answered`` out; no web framework.  Whatever happens, the hold on the caller's
quota is closed: here when the call fails, by the stream when it is one.
"""

import logging
import random
import time
from socket import socket

import gevent
from msgspec import Struct, field

from oneapi import metrics, snapshot
from oneapi.accounts.access import Caller
from oneapi.billing.entries import Payer
from oneapi.billing.hold import Hold
from oneapi.channels.health import Failure
from oneapi.errors import Refusal, UpstreamError
from oneapi.relay import attempt, blame
from oneapi.relay.answered import Answered
from oneapi.relay.failures import RETRIED, classify
from oneapi.relay.modes.table import mode_of
from oneapi.relay.prompt import Prompt
from oneapi.relay.route import Route, asks_usage, route_to
from oneapi.relay.settlement import CallRecord
from oneapi.routing import candidates, choose
from oneapi.snapshot import ChannelView, Snapshot
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

logger = logging.getLogger(__name__)

_SUCCESSES = metrics.UPSTREAM_ATTEMPTS.labels("success")
_LAST_RESORT_S = (0.2, 0.8)
_NO_USAGE_ASKED_S = 3600.0


class Client(Struct, frozen=True, kw_only=True):
    """The other end of the line, as far as the relay needs it."""

    caller: Caller
    language: str = "en"
    sock: socket | None = None
    """The client's connection, to notice that it has gone."""

    channel_id: int | None = None
    """The one channel that an administrator named."""

    arrived: float = field(default_factory=time.perf_counter)


def relay(call: RelayCall, client: Client) -> Answered:
    """Carry a call to an upstream and back.

    Raises:
        Refusal: a rule of this gateway said no.
        UpstreamError: the last attempt's failure.
        DatabaseUnavailable: the caller's quota could not be reserved.
    """
    now = snapshot.current()
    mode = mode_of(call.mode, now.options)
    call = mode.checked(call)
    caller = client.caller
    if call.mode is not RelayMode.PROXY and not caller.may_use(call.model):
        raise Refusal("model_not_allowed", status=403, model=call.model)
    payer = Payer(caller.user_id, caller.token_id, not caller.unlimited)
    record = CallRecord(
        request_id=call.request_id,
        caller=caller,
        options=now.options,
        hold=Hold(call.request_id, payer),
        requested_model=call.model,
        is_stream=call.stream,
        arrived=client.arrived,
    )
    try:
        return _Attempts(call, client, now, record).run()
    except BaseException:
        record.hold.close()
        raise


def check_proxy(caller: Caller, channel_id: int, *, is_admin: bool) -> None:
    """Let a caller use the raw proxy of one channel.

    Raises:
        Refusal: 400 ``invalid_channel_id``: there is none.  403 ``channel_not_allowed``: another
            type of channel, another group, or a token whose model list does not name
            ``proxy:<id>``.
    """
    channel = snapshot.current().channels.get(channel_id)
    if channel is None:
        raise Refusal("invalid_channel_id", status=400)
    allowed = (
        RelayMode.PROXY in channel.type.modes
        and (is_admin or caller.group in channel.groups)
        and (not caller.models or f"proxy:{channel_id}" in caller.models)
    )
    if not allowed:
        raise Refusal("channel_not_allowed", status=403)


_no_usage_asked: dict[int, float] = {}
"""Channels whose upstream refused to be asked for usage, and until when that is believed."""


class _Attempts:
    """The attempts of one call, on one channel after the other."""

    def __init__(self, call: RelayCall, client: Client, now: Snapshot, record: CallRecord) -> None:
        self._call = call
        self._client = client
        self._snapshot = now
        self._record = record
        self._tried: set[int] = set()
        self._failures: list[Failure] = []
        self._last: ChannelView | None = None
        self._reserved = False
        named = client.channel_id is not None
        self._budget = 0 if named else now.options.retry_times
        self._channels = self._named() if named else self._candidates()

    def run(self) -> Answered:
        while True:
            channel = self._next()
            self._tried.add(channel.id)
            self._last = channel
            route = self._route(channel)
            self._reserve(route)
            try:
                answered = self._send(route)
            except UpstreamError as error:
                failure = classify(error)
                self._note(route, error, failure)
                if not self._goes_on(failure):
                    raise
                continue
            blame.praise(channel.id, self._call.model)
            metrics.count(_SUCCESSES)
            return answered

    def _named(self) -> tuple[ChannelView, ...]:
        channel = self._snapshot.channels.get(self._client.channel_id or 0)
        if channel is None:
            raise Refusal("invalid_channel_id", status=400)
        if not channel.enabled:
            raise Refusal("channel_disabled", status=403)
        return (channel,)

    def _candidates(self) -> tuple[ChannelView, ...]:
        return candidates(
            self._snapshot,
            group=self._client.caller.group,
            model=self._call.model,
            mode=self._call.mode,
        )

    def _next(self) -> ChannelView:
        cooling = blame.health().cool_downs.of_model(
            self._call.model, [channel.id for channel in self._channels], now=time.monotonic()
        )
        chosen = choose(self._channels, tried=self._tried, cooling=cooling, random=random.random)
        if chosen is not None:
            return chosen
        if self._last is None:
            raise Refusal("no_available_channel", status=503)
        gevent.sleep(random.uniform(*_LAST_RESORT_S))  # noqa: S311 - jitter, no secret
        return self._last

    def _goes_on(self, failure: Failure) -> bool:
        """Whether another attempt is allowed and makes sense after this failure."""
        if len(self._failures) > self._budget:
            return False
        others_left = any(channel.id not in self._tried for channel in self._channels)
        if failure is Failure.NOT_FOUND:
            return others_left and self._failures.count(Failure.NOT_FOUND) == 1
        if failure not in RETRIED:
            return False
        return others_left or failure is Failure.TRANSIENT

    def _route(self, channel: ChannelView) -> Route:
        ask = asks_usage(channel, self._call)
        if ask and _no_usage_asked.get(channel.id, 0) > time.monotonic():
            ask = self._call.wants_usage
        route = route_to(
            channel,
            self._call,
            self._snapshot,
            group=self._client.caller.group,
            ask_usage=ask,
        )
        mode_of(self._call.mode, self._snapshot.options).check_for(
            route.call, channel.mapping.get(self._call.model, self._call.model)
        )
        return route

    def _reserve(self, route: Route) -> None:
        if self._reserved:
            return
        mode = mode_of(self._call.mode, self._snapshot.options)
        options = self._snapshot.options
        prompt = Prompt(route.call, route.model, options)
        amount = mode.estimate(route.call, route.price, prompt, options)
        try:
            self._record.hold.reserve(amount)
        except Refusal:
            prompt.insist()
            amount = mode.estimate(route.call, route.price, prompt, options)
            self._record.hold.reserve(amount)
        self._reserved = True

    def _send(self, route: Route) -> Answered:
        """Try the route; an upstream that refuses the usage question is asked again without."""
        try:
            return attempt.send(route, self._record, self._client.sock, self._client.language)
        except UpstreamError as error:
            asked = route.call.stream and route.target.ask_usage and not self._call.wants_usage
            if not asked or error.status not in (400, 422) or not _about_usage(error):
                raise
            _no_usage_asked[route.channel.id] = time.monotonic() + _NO_USAGE_ASKED_S
            again = self._route(route.channel)
            return attempt.send(again, self._record, self._client.sock, self._client.language)

    def _note(self, route: Route, error: UpstreamError, failure: Failure) -> None:
        self._failures.append(failure)
        self._record.attempts.append(
            {"channel_id": route.channel.id, "status": error.status, "code": error.code}
        )
        metrics.count(metrics.UPSTREAM_ATTEMPTS.labels(failure.value))
        logger.warning(
            "an attempt failed",
            extra={
                "channel_id": route.channel.id,
                "user_id": self._client.caller.user_id,
                "status": error.status,
                "code": error.code,
                "failure": failure.value,
                "request_id": self._call.request_id,
            },
        )
        blame.blame(route.channel, self._call.model, error, failure, self._snapshot.options)


def _about_usage(error: UpstreamError) -> bool:
    """Whether the refusal names the field that we added; only asks again, decides nothing else."""
    return "stream_options" in error.message or "include_usage" in error.message
