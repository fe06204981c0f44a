"""Gemini: Google's own dialect, as Google AI Studio speaks it (channel type 24).

Where it differs from OpenAI:

- the model and what to do with it stand in the path, the key in a header of its own;
- messages are ``contents`` of parts, parameters are a ``generationConfig``;
- a stream is asked for by another method, and ends without a closing event.

The modules beside this one hold the translation; Vertex AI uses them too.
Source: https://ai.google.dev/api, read 2025-11.
"""

from typing import Final
from urllib.parse import quote

from msgspec.structs import replace

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.gemini_answer import AnswerReader, read_answer
from oneapi.providers.adaptors.gemini_embeddings import read_embeddings, write_embeddings
from oneapi.providers.adaptors.gemini_errors import read_google_error
from oneapi.providers.adaptors.gemini_images import is_imagen, read_images, write_images
from oneapi.providers.adaptors.gemini_parts import urls_to_fetch
from oneapi.providers.adaptors.gemini_request import write_request
from oneapi.providers.contract import Framing, Reply, StreamReader, Target, UpstreamRequest
from oneapi.wire.answers import Answer
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

_MODES: Final = frozenset(
    {RelayMode.CHAT, RelayMode.COMPLETIONS, RelayMode.EMBEDDINGS, RelayMode.IMAGES}
)


class GeminiAdaptor:
    """Speaks Gemini's dialect with an API key."""

    modes = _MODES
    framing = Framing.SSE

    def media_urls(self, call: RelayCall, target: Target) -> list[str]:  # noqa: ARG002 - contract
        """Return the addresses that Google would not fetch itself."""
        return urls_to_fetch(call.messages)

    def build_request(self, call: RelayCall, target: Target) -> UpstreamRequest:
        """Say what to send for this call.

        Raises:
            Refusal: the client asked for something that Gemini cannot do.
        """
        if call.mode is RelayMode.EMBEDDINGS:
            bodies = write_embeddings(call, _model_path(target.model))
            method = "batchEmbedContents"
        elif call.mode is RelayMode.IMAGES:
            bodies = [write_images(call, target)]
            method = "predict" if is_imagen(target.model) else "generateContent"
        else:
            bodies = [write_request(call, target)]
            method = "streamGenerateContent?alt=sse" if call.stream else "generateContent"
        headers = {"x-goog-api-key": target.api_key}
        url = f"{target.base_url}/{_version(target)}/{quote(_model_path(target.model))}:{method}"
        first, *rest = (
            UpstreamRequest.json(url, body.payload, headers=headers, dropped=body.dropped)
            for body in bodies
        )
        return replace(first, rest=tuple(rest))

    def read_reply(self, call: RelayCall, target: Target, reply: Reply) -> Answer:
        """Read a whole answer.

        Raises:
            UpstreamError: it reports a failure, a blocked prompt, or cannot be read.
        """
        if call.mode is RelayMode.EMBEDDINGS:
            return read_embeddings(target, reply.body)
        if call.mode is RelayMode.IMAGES:
            return read_images(call, target, reply.body)
        return read_answer(target, reply.body)

    def open_stream(self, call: RelayCall, target: Target) -> StreamReader:  # noqa: ARG002 - contract
        """Return the reader of one streamed answer."""
        return AnswerReader(target)

    def read_error(self, target: Target, reply: Reply) -> UpstreamError:
        """Read an answer whose status says that it failed."""
        return read_google_error(target, reply)


def _version(target: Target) -> str:
    return target.config.get("api_version") or target.gateway.gemini_version


def _model_path(model: str) -> str:
    """Return the model's resource name; a name with a path of its own is one already."""
    return model if "/" in model else f"models/{model}"
