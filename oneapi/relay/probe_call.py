"""What a test of a channel asks, and how its answer is read.  Pure.

The endpoint follows from the model's name.  Pictures and sound are not tested: they cost too
much for a question whose answer nobody wants.
"""

import re
from typing import Any, Final

import orjson

from oneapi.errors import Refusal, UpstreamError
from oneapi.snapshot import ChannelView
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import PATHS, RelayMode

USUAL_MODEL: Final = "gpt-3.5-turbo"
"""What is asked when nobody names a model and the channel offers this one."""

_MOST_TOKENS: Final = 16

_THINKS: Final = re.compile(r"^(o\d|gpt-5|deepseek-reasoner|qwq)|thinking|reasoning")
"""Models that would use up a small limit before they say a word, or refuse ``max_tokens``."""

_KINDS: Final = (
    (re.compile(r"embed|^bge-|^m3e|^text-similarity"), RelayMode.EMBEDDINGS),
    (re.compile(r"moderation"), RelayMode.MODERATIONS),
    (re.compile(r"dall-e|gpt-image|imagen|cogview|wanx|flux|stable-diffusion"), RelayMode.IMAGES),
    (re.compile(r"^tts|-tts"), RelayMode.SPEECH),
    (re.compile(r"whisper|transcribe"), RelayMode.TRANSCRIPTION),
    (re.compile(r"-instruct$|^(davinci|babbage)-002$"), RelayMode.COMPLETIONS),
)
"""Which names tell of another endpoint than chat."""

_INPUT: Final = {
    RelayMode.COMPLETIONS: "prompt",
    RelayMode.EMBEDDINGS: "input",
    RelayMode.MODERATIONS: "input",
}


def model_for(channel: ChannelView, wanted: str) -> str:
    """Return the model to test: the wanted one if the channel offers it, else its first."""
    model = wanted or USUAL_MODEL
    return model if model in channel.models or not channel.models else channel.models[0]


def call_for(channel: ChannelView, model: str, *, prompt: str, request_id: str) -> RelayCall:
    """Return the call that tests a model of a channel.

    Raises:
        Refusal: ``test_not_supported``.
    """
    mode = _mode_of(channel, model)
    body: dict[str, Any] = {"model": model}
    if mode is RelayMode.CHAT:
        body["messages"] = [{"role": "user", "content": prompt}]
    elif mode in _INPUT:
        body[_INPUT[mode]] = prompt
    else:
        raise Refusal("test_not_supported", model=model)
    if mode in (RelayMode.CHAT, RelayMode.COMPLETIONS) and not _THINKS.search(model.lower()):
        body["max_tokens"] = _MOST_TOKENS
    raw = orjson.dumps(body)
    return RelayCall(mode=mode, body=body, raw=raw, path=PATHS[mode], request_id=request_id)


def said(mode: RelayMode, body: bytes) -> str:
    """Return what the model said; nothing where it does not talk.

    Raises:
        UpstreamError: the answer holds nothing of what was asked for.
    """
    try:
        tree = orjson.loads(body)
        if mode in (RelayMode.EMBEDDINGS, RelayMode.MODERATIONS):
            _ = tree["data" if mode is RelayMode.EMBEDDINGS else "results"][0]
            return ""
        choice = tree["choices"][0]
        if mode is RelayMode.COMPLETIONS:
            return str(choice["text"])
        return _text_of(choice["message"])
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise UpstreamError("the answer is empty or has another form", status=502) from error


def _mode_of(channel: ChannelView, model: str) -> RelayMode:
    """Return the endpoint that the name tells of, else chat, as far as the type offers it."""
    name = channel.mapping.get(model, model).lower()
    mode = next((mode for pattern, mode in _KINDS if pattern.search(name)), RelayMode.CHAT)
    talks = mode is RelayMode.COMPLETIONS and RelayMode.COMPLETIONS not in channel.type.modes
    return RelayMode.CHAT if talks else mode


def _text_of(message: dict[str, Any]) -> str:
    """Return the content, or the reasoning of a model that got no further."""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content)
    return str(content or message.get("reasoning_content") or message.get("reasoning") or "")
