"""The relayed endpoints: a request becomes a ``RelayCall``, its answer a response."""

import time
from functools import cache, lru_cache, partial

import gevent
from greenlet import greenlet
from prometheus_client import Counter, Histogram

from oneapi import metrics, resources
from oneapi.accounts import access
from oneapi.errors import Refusal
from oneapi.lib.i18n import pick_language
from oneapi.models.user import Role
from oneapi.relay import in_flight, pipeline
from oneapi.relay.answered import Answered
from oneapi.relay.pipeline import Client
from oneapi.texts import LANGUAGES
from oneapi.v1 import body
from oneapi.v1.answer import Answer
from oneapi.v1.auth import caller_of
from oneapi.v1.client_headers import ClientHeaders
from oneapi.v1.environ import Environ, path_of
from oneapi.v1.request_id import id_of
from oneapi.wire.calls import RelayCall
from oneapi.wire.forms import Form
from oneapi.wire.modes import RelayMode

_FORM_MODES = frozenset(
    {
        RelayMode.TRANSCRIPTION,
        RelayMode.TRANSLATION,
        RelayMode.IMAGE_EDITS,
        RelayMode.IMAGE_VARIATIONS,
    }
)


def relayed(environ: Environ, mode: RelayMode, *, model: str = "") -> Answer:
    """Answer one relayed endpoint; ``model`` comes from the path where it stands there."""
    arrived = time.perf_counter()
    caller = caller_of(environ)
    call = _call(environ, mode, model)
    client = Client(
        caller=caller,
        language=language_of(environ),
        sock=environ.get("gunicorn.socket"),
        channel_id=access.check_channel_suffix(caller),
        arrived=arrived,
    )
    return _answer(_relay(call, client), mode, arrived)


def proxied(environ: Environ, channel_text: str, target: str) -> Answer:
    """Answer the raw proxy: one channel of the proxy type, for its own groups."""
    arrived = time.perf_counter()
    caller = caller_of(environ)
    if not (channel_text.isascii() and channel_text.isdecimal()):
        raise Refusal("invalid_channel_id", status=400)
    channel_id = int(channel_text)
    pipeline.check_proxy(caller, channel_id, is_admin=caller.role >= Role.ADMIN)
    call = RelayCall(
        mode=RelayMode.PROXY,
        body={"model": "proxy"},
        raw=body.read(environ, most_bytes=_most_bytes()),
        content_type=environ.get("CONTENT_TYPE", ""),
        path=f"/{target}",
        query=environ.get("QUERY_STRING", ""),
        method=environ["REQUEST_METHOD"],
        headers=ClientHeaders(environ),
        request_id=id_of(environ),
    )
    client = Client(
        caller=caller,
        language=language_of(environ),
        sock=environ.get("gunicorn.socket"),
        channel_id=channel_id,
        arrived=arrived,
    )
    return _answer(_relay(call, client), RelayMode.PROXY, arrived)


def language_of(environ: Environ) -> str:
    """Return the language of texts for this client."""
    accepted = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return _language(accepted, resources.settings.default_language)


@lru_cache(maxsize=256)
def _language(accepted: str, default: str) -> str:
    return pick_language(accepted, LANGUAGES, default)


def _relay(call: RelayCall, client: Client) -> Answered:
    """Carry the call, counted as being under way until its answer is there.

    A worker that ends and can wait no longer breaks the call off where it stands.
    """
    leave = in_flight.enter(partial(_break_off, gevent.getcurrent()))
    try:
        return pipeline.relay(call, client)
    finally:
        leave()


def _break_off(running: greenlet) -> None:
    gevent.kill(running, Refusal("shutting_down", status=503, retry_after_s=1))


def _nothing() -> None:
    """There is nothing to break off."""


def _call(environ: Environ, mode: RelayMode, model: str) -> RelayCall:
    raw = body.read(environ, most_bytes=_most_bytes())
    content_type: str = environ.get("CONTENT_TYPE", "")
    form = _form(mode, raw, content_type)
    tree = dict(form.fields) if form is not None else body.parse_json(raw)
    call = RelayCall(
        mode=mode,
        body=tree,
        raw=b"" if form is not None else raw,
        content_type=content_type,
        form=form,
        path=path_of(environ),
        query=environ.get("QUERY_STRING", ""),
        headers=ClientHeaders(environ, without_type=True),
        request_id=id_of(environ),
    )
    return call.changed({"model": model}) if model and not call.model else call


def _form(mode: RelayMode, raw: bytes, content_type: str) -> Form | None:
    """Return the form of a multipart body; what starts like JSON is JSON whatever it says."""
    if content_type.lower().startswith("multipart/form-data"):
        return body.parse_form(raw, content_type)
    if mode in _FORM_MODES and not raw.lstrip().startswith(b"{"):
        raise Refusal("invalid_request_body", status=400, reason="a multipart form is needed")
    return None


def _answer(answered: Answered, mode: RelayMode, arrived: float) -> Answer:
    if answered.stream is None:
        answer = Answer.whole(answered.body, answered.headers, answered.status)
    else:
        answer = Answer(answered.stream, answered.headers, answered.status)
        metrics.STREAMS_OPEN.inc()
        answer.at_end(metrics.STREAMS_OPEN.dec)
        # A generator that was never started runs no ``finally``.
        if answered.close is not None:
            answer.at_end(answered.close)
        answer.at_end(in_flight.enter(answered.interrupt or _nothing))
    seconds = _seconds_of(mode)
    answer.at_end(lambda: metrics.observe(seconds, time.perf_counter() - arrived))
    metrics.count(_requests_of(mode, answered.status))
    return answer


@cache
def _seconds_of(mode: RelayMode) -> Histogram:
    return metrics.RELAY_SECONDS.labels(mode.value)


@cache
def _requests_of(mode: RelayMode, status: int) -> Counter:
    return metrics.RELAY_REQUESTS.labels(mode.value, str(status))


def _most_bytes() -> int:
    return resources.settings.max_request_body_mb << 20
