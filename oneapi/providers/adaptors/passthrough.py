"""The raw proxy: a request goes on as it is, with the channel's key in place of the client's.

The key is the whole ``Authorization`` header, scheme included.  Nothing of the answer is read;
the relay passes its bytes on.

Source: One API's proxy channel.
"""

from typing import Final
from urllib.parse import quote, unquote

from oneapi.errors import Refusal, UpstreamError
from oneapi.providers import errors
from oneapi.providers.adaptors.openai_events import EventStream
from oneapi.providers.adaptors.openai_url import with_query
from oneapi.providers.contract import Framing, Reply, StreamReader, Target, UpstreamRequest
from oneapi.wire.answers import Verbatim
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

_OWN: Final = frozenset(
    {
        "accept-encoding",
        "api-key",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-api-key",
        "x-goog-api-key",
        "x-real-ip",
    }
)
"""Headers of this hop, of the browser, or with the client's own key."""

_OWN_BEGINNINGS: Final = ("x-forwarded-", "cf-", "x-oneapi-")
_SAFE: Final = "/:@!$&'()*+,;=~-._"


class PassthroughAdaptor:
    """Sends any request to the channel's base URL."""

    modes = frozenset({RelayMode.PROXY})
    framing = Framing.SSE

    def media_urls(self, call: RelayCall, target: Target) -> list[str]:
        """Return nothing: the body is not read."""
        del call, target
        return []

    def build_request(self, call: RelayCall, target: Target) -> UpstreamRequest:
        """Send the request on below the base URL.

        Raises:
            Refusal: ``invalid_proxy_path``, the path leaves the base URL.
        """
        headers = {
            name: value
            for name, value in call.headers.items()
            if name.lower() not in _OWN and not name.lower().startswith(_OWN_BEGINNINGS)
        }
        if call.content_type:
            headers = {n: v for n, v in headers.items() if n.lower() != "content-type"}
            headers["Content-Type"] = call.content_type
        if target.api_key:
            headers["Authorization"] = target.api_key
        return UpstreamRequest(
            method=call.method,
            url=with_query(target.base_url.rstrip("/") + _safe_path(call.path), call.query),
            headers=headers,
            body=call.raw,
        )

    def read_reply(self, call: RelayCall, target: Target, reply: Reply) -> Verbatim:
        """Return the answer as it is."""
        del call, target
        return Verbatim(body=reply.body, content_type=reply.headers.get("content-type", ""))

    def open_stream(self, call: RelayCall, target: Target) -> StreamReader:
        """Return a reader that forwards every event."""
        return EventStream(call, target)

    def read_error(self, target: Target, reply: Reply) -> UpstreamError:
        """Read an answer whose status says that it failed."""
        return errors.read_error(target, reply)


def _safe_path(path: str) -> str:
    """Return the path, quoted, that stays below the base URL however it was written."""
    steps = path.split("/")
    if any(".." in (step, unquote(step)) or "\\" in unquote(step) for step in steps):
        raise Refusal("invalid_proxy_path", status=400)
    kept = [quote(step, safe=_SAFE) for step in steps if step not in ("", ".")]
    tail = "/" if path.endswith("/") and kept else ""
    return "/" + "/".join(kept) + tail if kept else ""
