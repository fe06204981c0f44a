"""One attempt on one route: send, read the head, and make an answer of what comes.

A failure before the first byte for the client is an ``UpstreamError`` and may be tried elsewhere.
"""

import time
from collections.abc import Iterable
from functools import partial
from socket import socket

from oneapi import metrics
from oneapi.errors import UpstreamError
from oneapi.lib import clock
from oneapi.providers.contract import Framing, Reply, UpstreamRequest
from oneapi.providers.errors import PromptBlocked
from oneapi.relay import blame
from oneapi.relay.answered import STREAM_HEADERS, Answered, dropped_header, passed_headers
from oneapi.relay.failures import classify
from oneapi.relay.modes.base import Used
from oneapi.relay.modes.table import mode_of
from oneapi.relay.prompt import Prompt
from oneapi.relay.raw_stream import RawStream
from oneapi.relay.render import Renderer
from oneapi.relay.route import Route
from oneapi.relay.settlement import CallRecord, settle
from oneapi.relay.stream import AnswerStream, StreamEnds
from oneapi.relay.tally import Tally
from oneapi.relay.upstream import Exchange, limited_in_total, upstreams
from oneapi.relay.whole import as_chunks, body_of, used_by
from oneapi.wire.answers import Answer, Embeddings, Usage
from oneapi.wire.modes import RelayMode

_GOOD = (200, 201)
_EVENT_TYPES = frozenset({"text/event-stream", "application/x-ndjson", "application/stream+json"})
_WHOLE_TYPES = frozenset({"application/json", "text/html"})
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_WHOLE_BEGINNINGS = (b"{", b"[", b"<")
_EVENT_BEGINNINGS = (b"data:", b"event:", b"id:", b"retry:", b":")
_PASSED_AS_BYTES = frozenset({RelayMode.SPEECH, RelayMode.PROXY})


def send(route: Route, record: CallRecord, client: socket | None, language: str) -> Answered:
    """Try the route and return the answer.

    Raises:
        UpstreamError: it failed before the client got anything.
        Refusal: the dialect cannot say what the client asked for.
    """
    request = route.adaptor.build_request(route.call, route.target)
    record.dropped = request.dropped
    try:
        if route.call.stream or _is_sse_speech(route):
            return _streamed(route, record, request, client, language)
        if route.call.mode in _PASSED_AS_BYTES:
            return _bytes(route, record, request, client)
        return _plain(route, record, request)
    except PromptBlocked as blocked:
        if blocked.usage is not None:
            _settle_blocked(route, record, blocked.usage)
        raise


def _plain(route: Route, record: CallRecord, request: UpstreamRequest) -> Answered:
    started = time.perf_counter()
    with limited_in_total(route.limits):
        reply = _ask(route, request)
        waited = time.perf_counter() - started
        answer = _read(route, reply)
        if request.rest:
            answer = _with_rest(route, answer, request.rest)
            waited = time.perf_counter() - started
    used, body, content_type = _finish_whole(route, record, answer)
    charge = mode_of(route.call.mode, record.options).charge(
        route.call, route.price, _priced_model(route, record), used
    )
    settle(record, route, charge)
    overhead = max(time.perf_counter() - record.arrived - waited, 0.0)
    metrics.observe(metrics.OVERHEAD_SECONDS, overhead)
    headers = {
        **passed_headers(reply.headers),
        "Content-Type": content_type,
        "X-Oneapi-Overhead-Ms": f"{overhead * 1000:.1f}",
        **dropped_header(request.dropped),
    }
    return Answered(status=reply.status, headers=headers, body=body)


def _ask(route: Route, request: UpstreamRequest) -> Reply:
    exchange = upstreams.send(request, route.limits, route.proxy)
    try:
        return Reply(exchange.status, exchange.headers, exchange.read_all())
    finally:
        exchange.close()


def _with_rest(route: Route, first: Answer, rest: Iterable[UpstreamRequest]) -> Answer:
    """Send what did not fit into the first request, and join the answers."""
    answers = [first, *(_read(route, _ask(route, request)) for request in rest)]
    return Embeddings.joined([answer for answer in answers if isinstance(answer, Embeddings)])


def _settle_blocked(route: Route, record: CallRecord, usage: Usage) -> None:
    """Charge what the provider counted before it refused; it will do so itself."""
    charge = mode_of(route.call.mode, record.options).charge(
        route.call, route.price, _priced_model(route, record), Used(usage=usage, images=0)
    )
    settle(record, route, charge)


def _read(route: Route, reply: Reply) -> Answer:
    if reply.status not in _GOOD:
        raise route.adaptor.read_error(route.target, reply)
    return route.adaptor.read_reply(route.call, route.target, reply)


def _finish_whole(route: Route, record: CallRecord, answer: Answer) -> tuple[Used, bytes, str]:
    prompt = Prompt(route.call, route.model, record.options)
    used = used_by(answer, prompt)
    body, content_type = body_of(route, answer, used.usage, clock.now_s())
    return used, body, content_type


def _streamed(
    route: Route,
    record: CallRecord,
    request: UpstreamRequest,
    client: socket | None,
    language: str,
) -> Answered:
    exchange = upstreams.send(request, route.limits, route.proxy)
    try:
        stream = _open(route, record, exchange)
    except BaseException:
        exchange.close()
        raise
    record.first_byte_ms = int((time.perf_counter() - record.arrived) * 1000)
    first_byte = metrics.FIRST_BYTE_SECONDS.labels(route.call.mode.value)
    metrics.observe(first_byte, record.first_byte_ms / 1000)
    headers = {**STREAM_HEADERS, **dropped_header(request.dropped)}
    return Answered(
        headers=headers,
        stream=stream.run(client, language),
        close=stream.close,
        interrupt=stream.interrupt,
    )


def _open(route: Route, record: CallRecord, exchange: Exchange) -> AnswerStream:
    if exchange.status not in _GOOD:
        reply = Reply(exchange.status, exchange.headers, exchange.read_all())
        raise route.adaptor.read_error(route.target, reply)
    tally = Tally(Prompt(route.call, route.model, record.options))
    renderer = Renderer(
        route.call, route.model, clock.now_s(), with_usage=_client_gets_usage(route)
    )
    ends = StreamEnds(
        settle=partial(_settle_stream, route, record, tally),
        failed=partial(_blame_stream, route, record),
        close=record.hold.close,
    )
    stream = AnswerStream(route, exchange, renderer, tally, ends)
    if _brings_events(route, exchange):
        stream.prime()
    else:
        reply = Reply(exchange.status, exchange.headers, exchange.read_all())
        stream.prime_with(as_chunks(route, _read(route, reply)))
    return stream


def _brings_events(route: Route, exchange: Exchange) -> bool:
    """Whether a stream comes; how the body begins tells more than the type, which may be wrong.

    Some upstreams name no type for their events, some put a whole object, mostly a failure, under
    the type of events.
    """
    kind = exchange.content_type
    if kind in _WHOLE_TYPES or route.adaptor.framing is Framing.NDJSON:
        return kind in _EVENT_TYPES
    begins = exchange.opening().lstrip(_BLANKS)
    if kind in _EVENT_TYPES:
        return not begins.startswith(_WHOLE_BEGINNINGS)
    return begins.startswith(_EVENT_BEGINNINGS)


def _settle_stream(route: Route, record: CallRecord, tally: Tally, ended: str) -> None:
    """Charge what was delivered; a stream that brought nothing costs nothing.

    A client that leaves early pays the prompt all the same: the upstream has read it.
    """
    said_nothing = not tally.delivered and (tally.upstream is None or tally.upstream.is_empty)
    if said_nothing and ended != "client_gone":
        record.hold.close()  # before the client hears of the end
        return
    usage, estimated = tally.result()
    charge = mode_of(route.call.mode, record.options).charge(
        route.call,
        route.price,
        _priced_model(route, record),
        Used(usage=usage, estimated=estimated),
    )
    settle(record, route, charge, ended=ended)


def _blame_stream(route: Route, record: CallRecord, error: UpstreamError) -> None:
    failure = classify(error)
    metrics.count(metrics.UPSTREAM_ATTEMPTS.labels(failure.value))
    blame.blame(route.channel, record.requested_model, error, failure, record.options)


def _bytes(
    route: Route, record: CallRecord, request: UpstreamRequest, client: socket | None
) -> Answered:
    exchange = upstreams.send(request, route.limits, route.proxy)
    if exchange.status not in _GOOD and route.call.mode is not RelayMode.PROXY:
        try:
            reply = Reply(exchange.status, exchange.headers, exchange.read_all())
        finally:
            exchange.close()
        raise route.adaptor.read_error(route.target, reply)
    ends = StreamEnds(
        settle=partial(_settle_bytes, route, record),
        failed=partial(_blame_stream, route, record),
        close=record.hold.close,
    )
    stream = RawStream(exchange, ends, route.limits.idle_s)
    return Answered(
        status=exchange.status,
        headers=passed_headers(exchange.headers),
        stream=stream.run(client),
        close=stream.close,
        interrupt=stream.interrupt,
    )


def _settle_bytes(route: Route, record: CallRecord, ended: str) -> None:
    used = Used(usage=Usage(), estimated=True)
    charge = mode_of(route.call.mode, record.options).charge(
        route.call, route.price, route.model, used
    )
    settle(record, route, charge, ended=ended)


def _is_sse_speech(route: Route) -> bool:
    return route.call.mode is RelayMode.SPEECH and route.call.body.get("stream_format") == "sse"


def _client_gets_usage(route: Route) -> bool:
    enforced = blame.enforces_usage()
    return route.call.wants_usage or enforced


def _priced_model(route: Route, record: CallRecord) -> str:
    return route.channel.mapping.get(record.requested_model, record.requested_model)
