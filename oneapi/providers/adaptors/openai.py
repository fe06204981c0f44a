"""OpenAI's own dialect, and with it the whole compatible family.

One adaptor speaks to some thirty providers.  How they differ, in paths, refused parameters,
names and habits, is data in the catalog; the modules beside this one read it:

- ``openai_url`` and ``openai_headers``: where a call goes and with which key;
- ``openai_request``, ``openai_messages``, ``openai_tools``: what must change in its body;
- ``openai_reply`` and ``openai_stream``, ``openai_events``: what came back;
- ``openai_repair``: what must change in that; ``openai_usage``: what it cost.

Source: https://platform.openai.com/docs/api-reference.
"""

from oneapi.errors import UpstreamError
from oneapi.providers import errors
from oneapi.providers.adaptors.openai_events import EventStream
from oneapi.providers.adaptors.openai_headers import headers_for
from oneapi.providers.adaptors.openai_reply import read_whole
from oneapi.providers.adaptors.openai_request import write_body
from oneapi.providers.adaptors.openai_stream import ChatStream
from oneapi.providers.adaptors.openai_url import address
from oneapi.providers.contract import Framing, Reply, StreamReader, Target, UpstreamRequest
from oneapi.wire.answers import Verbatim
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import CHAT_LIKE, RelayMode


class OpenAIAdaptor:
    """Speaks OpenAI's dialect, with the differences that the channel type names."""

    modes = frozenset(RelayMode) - {RelayMode.PROXY}
    framing = Framing.SSE

    def media_urls(self, call: RelayCall, target: Target) -> list[str]:
        """Return nothing: upstreams of this dialect fetch pictures themselves."""
        del call, target
        return []

    def build_request(self, call: RelayCall, target: Target) -> UpstreamRequest:
        """Send the client's body on, changed only where it must be."""
        written = write_body(call, target)
        return UpstreamRequest(
            url=address(call, target),
            headers=headers_for(call, target, written.content_type),
            body=written.body,
            dropped=written.dropped,
        )

    def read_reply(self, call: RelayCall, target: Target, reply: Reply) -> Verbatim:
        """Read a whole answer; it goes out byte for byte but for known repairs.

        Raises:
            UpstreamError: the body reports a failure, or is not what belongs there.
        """
        return read_whole(call, target, reply)

    def open_stream(self, call: RelayCall, target: Target) -> StreamReader:
        """Return a reader of chunks, or of named events for images and audio."""
        reader = ChatStream if call.mode in CHAT_LIKE else EventStream
        return reader(call, target)

    def read_error(self, target: Target, reply: Reply) -> UpstreamError:
        """Read an answer whose status says that it failed."""
        return errors.read_error(target, reply)
