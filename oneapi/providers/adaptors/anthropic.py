"""Anthropic: Claude's own dialect (channel type 14).

Where it differs from OpenAI:

- the key has a header of its own, and the version of the API is a header too;
- instructions and tools stand beside turns of typed blocks, a limit of tokens must be given;
- a stream is a tree of named events, a block at a time, and tells its counts in two halves;
- thinking comes as blocks that are signed and must come back unchanged;
- failures have types and no codes.

The modules beside this one hold the translation; Claude on other hosts uses them too.
Source: https://platform.claude.com/docs/en/api, read 2025-11.
"""

from collections.abc import Mapping
from typing import Final

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.anthropic_answer import AnswerReader, read_answer
from oneapi.providers.adaptors.anthropic_errors import read_anthropic_error
from oneapi.providers.adaptors.anthropic_request import write_request
from oneapi.providers.contract import Framing, Reply, StreamReader, Target, UpstreamRequest
from oneapi.wire.answers import Answer
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

VERSION: Final = "2023-06-01"
"""Version of the API for clients that name none."""


class AnthropicAdaptor:
    """Speaks Claude's dialect with an API key."""

    modes = frozenset({RelayMode.CHAT, RelayMode.COMPLETIONS})
    framing = Framing.SSE

    def media_urls(self, call: RelayCall, target: Target) -> list[str]:  # noqa: ARG002 - contract
        """Return nothing: Anthropic fetches by itself."""
        return []

    def build_request(self, call: RelayCall, target: Target) -> UpstreamRequest:
        """Say what to send for this call.

        Raises:
            Refusal: the client asked for something that Claude cannot do.
        """
        body = write_request(call, target)
        return UpstreamRequest.json(
            f"{target.base_url}/v1/messages",
            body.payload,
            headers={"x-api-key": target.api_key, **_versions(call.headers)},
            dropped=body.dropped,
        )

    def read_reply(self, call: RelayCall, target: Target, reply: Reply) -> Answer:
        """Read a whole answer.

        Raises:
            UpstreamError: it reports a failure or cannot be read.
        """
        return read_answer(call, target, reply)

    def open_stream(self, call: RelayCall, target: Target) -> StreamReader:
        """Return the reader of one streamed answer."""
        return AnswerReader(call, target)

    def read_error(self, target: Target, reply: Reply) -> UpstreamError:
        """Read an answer whose status says that it failed."""
        return read_anthropic_error(target, reply)


def beta_flags(headers: Mapping[str, str]) -> list[str]:
    """Return the client's flags for features in beta, each once, in its order."""
    flags = (flag.strip() for flag in headers.get("anthropic-beta", "").split(","))
    return list(dict.fromkeys(flag for flag in flags if flag))


def _versions(headers: Mapping[str, str]) -> dict[str, str]:
    versions = {"anthropic-version": headers.get("anthropic-version") or VERSION}
    if flags := beta_flags(headers):
        versions["anthropic-beta"] = ",".join(flags)
    return versions
