"""Ollama: its own dialect (channel type 30), which knows more than its compatible one.

Where it differs from OpenAI:

- pictures are a list of base64 beside the text, thinking is a switch, parameters are ``options``;
- arguments of calls are objects, a call comes whole, an answer that calls ends with ``stop``;
- a stream is one JSON object a line, counts come in the last, and so does a failure;
- ``/v1/completions`` is ``/api/generate``, which has a suffix but no messages.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md, read 2025-11.
"""

from typing import Final

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.chat_parts import web_urls
from oneapi.providers.adaptors.ollama_answer import AnswerReader, read_answer, read_embeddings
from oneapi.providers.adaptors.ollama_request import write_chat, write_embeddings, write_generate
from oneapi.providers.contract import Framing, Reply, StreamReader, Target, UpstreamRequest
from oneapi.providers.errors import read_error
from oneapi.wire.answers import Answer
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

_ENDPOINTS: Final = {
    RelayMode.CHAT: ("/api/chat", write_chat),
    RelayMode.COMPLETIONS: ("/api/generate", write_generate),
    RelayMode.EMBEDDINGS: ("/api/embed", write_embeddings),
}

_NO_KEYS: Final = frozenset({"", "none", "ollama"})
"""What people type where a key is asked for and none is needed."""


class OllamaAdaptor:
    """Speaks Ollama's dialect."""

    modes = frozenset(_ENDPOINTS)
    framing = Framing.NDJSON

    def media_urls(self, call: RelayCall, target: Target) -> list[str]:  # noqa: ARG002 - contract
        """Return the addresses of all pictures: Ollama fetches nothing."""
        return web_urls(call.messages)

    def build_request(self, call: RelayCall, target: Target) -> UpstreamRequest:
        """Say what to send for this call.

        Raises:
            Refusal: the client asked for something that Ollama cannot do.
        """
        path, write = _ENDPOINTS[call.mode]
        body = write(call, target.model)
        return UpstreamRequest.json(
            target.base_url + path,
            body.payload,
            headers=_authorization(target.api_key),
            dropped=body.dropped,
        )

    def read_reply(self, call: RelayCall, target: Target, reply: Reply) -> Answer:
        """Read a whole answer.

        Raises:
            UpstreamError: it reports a failure or cannot be read.
        """
        if call.mode is RelayMode.EMBEDDINGS:
            return read_embeddings(target, reply)
        return read_answer(target, reply)

    def open_stream(self, call: RelayCall, target: Target) -> StreamReader:  # noqa: ARG002 - contract
        """Return the reader of one streamed answer."""
        return AnswerReader(target)

    def read_error(self, target: Target, reply: Reply) -> UpstreamError:
        """Read an answer whose status says that it failed."""
        return read_error(target, reply)


def _authorization(api_key: str) -> dict[str, str]:
    key = api_key.strip()
    return {} if key.lower() in _NO_KEYS else {"Authorization": f"Bearer {key}"}
