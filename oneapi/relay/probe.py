"""A small call through one channel that says whether it works.

Nobody pays for it, and it changes neither status nor cool-downs of the channel; its time, its
result and a log row are kept.
"""

import time
from dataclasses import dataclass, replace

from oneapi import logbook, resources, snapshot
from oneapi.channels import extras, store
from oneapi.errors import Refusal, UpstreamError
from oneapi.lib import clock, request_ids
from oneapi.logbook import Entry
from oneapi.models.log import LogType
from oneapi.providers.contract import UpstreamRequest
from oneapi.relay import probe_call, small_exchange
from oneapi.relay.route import Route, route_to
from oneapi.relay.whole import body_of
from oneapi.resources import db
from oneapi.snapshot import ChannelView
from oneapi.texts import text
from oneapi.wire.answers import Usage
from oneapi.wire.modes import RelayMode

LIMIT_S = 60.0
_GOOD = (200, 201)
_SHOWN = 500
_TEST_GROUP = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a test found out."""

    model: str
    """The model that was asked, as clients call it."""

    actual_model: str
    """What the upstream was asked for, after the channel's mapping."""

    elapsed_ms: int
    answer: str = ""
    """What the model said; empty for a model that does not talk."""

    error: UpstreamError | None = None

    @property
    def ok(self) -> bool:
        """Whether the channel works."""
        return self.error is None

    @property
    def reason(self) -> str:
        """Why it does not, for people; empty if it does."""
        return "" if self.error is None else f"{self.error.status}: {self.error.message}"


def probe(channel_id: int, model: str, *, request_id: str = "") -> ProbeResult:
    """Test a channel with a model of it, an empty name being its usual one.

    Raises:
        Refusal: ``record_not_found``; or the call could not be made at all, for its reason.
    """
    channel = find_channel(channel_id)
    request_id = request_id or request_ids.new_request_id()
    result = ask(channel, model, request_id=request_id)
    response_ms = result.elapsed_ms if result.ok else 0
    keep(channel, result, response_ms=response_ms, request_id=request_id)
    return result


def find_channel(channel_id: int) -> ChannelView:
    """Return a channel as it is now, also if another worker has just changed it.

    Raises:
        Refusal: ``record_not_found``.
    """
    snapshot.refresh_if_moved()
    channel = snapshot.current().channels.get(channel_id)
    if channel is None:
        raise Refusal("record_not_found")
    return channel


def ask(channel: ChannelView, model: str, *, request_id: str) -> ProbeResult:
    """Make the call and say how it went.

    Raises:
        Refusal: the call could not be made at all.
    """
    if RelayMode.PROXY in channel.type.modes:
        return _knock(channel)
    model = probe_call.model_for(channel, model)
    prompt = resources.settings.test_prompt
    call = probe_call.call_for(channel, model, prompt=prompt, request_id=request_id)
    bare = replace(channel, system_prompt="")
    now = snapshot.current()
    route = route_to(bare, call, now, group=(*channel.groups, _TEST_GROUP)[0], ask_usage=False)
    request = route.adaptor.build_request(route.call, route.target)
    started = time.perf_counter()
    answer, error = "", None
    try:
        answer = probe_call.said(call.mode, _answer_of(route, request))
    except UpstreamError as failure:
        error = failure
    return ProbeResult(
        model=model,
        actual_model=route.model,
        elapsed_ms=_ms_since(started),
        answer=answer,
        error=error,
    )


def keep(channel: ChannelView, result: ProbeResult, *, response_ms: int, request_id: str) -> None:
    """Keep when and how the channel was tested; a failure stays visible until the next one."""
    now_s = clock.now_s()
    code = "log_test_passed" if result.ok else "log_test_failed"
    shown = (result.answer if result.ok else result.reason)[:_SHOWN]
    language = resources.settings.default_language
    entry = Entry(
        type=LogType.TEST,
        created_at=now_s,
        content=text(code, language, name=channel.name, id=channel.id, text=shown),
        model_name=result.actual_model,
        channel_id=channel.id,
        request_id=request_id,
        elapsed_time=result.elapsed_ms,
    )
    with db.transaction() as session:
        store.note_test(session, channel.id, response_ms=response_ms, now_s=now_s)
        if result.error is not None:
            extras.note_error(session, channel.id, result.reason, now_s=now_s)
        logbook.write(session, entry)


def _answer_of(route: Route, request: UpstreamRequest) -> bytes:
    """Send the call and return its answer in OpenAI's form."""
    reply = small_exchange.ask(request, limit_s=LIMIT_S, proxy=route.proxy)
    if reply.status not in _GOOD:
        raise route.adaptor.read_error(route.target, reply)
    answer = route.adaptor.read_reply(route.call, route.target, reply)
    body, _ = body_of(route, answer, Usage(), clock.now_s())
    return body


def _knock(channel: ChannelView) -> ProbeResult:
    """Ask a raw proxy's address for its head: any answer below 500 says that somebody is there."""
    request = UpstreamRequest(method="HEAD", url=channel.base_url)
    proxy = channel.config.get("proxy", "")
    started = time.perf_counter()
    error = None
    try:
        reply = small_exchange.ask(request, limit_s=LIMIT_S, proxy=proxy)
        if reply.status >= 500:
            error = UpstreamError("the address does not work", status=reply.status)
    except UpstreamError as failure:
        error = failure
    return ProbeResult(model="", actual_model="", elapsed_ms=_ms_since(started), error=error)


def _ms_since(started: float) -> int:
    return int((time.perf_counter() - started) * 1000)
