"""How the stub upstream answers, told by the first part of the path.

``/status=429,retry_after=3/v1/chat/completions`` is answered with 429 and ``Retry-After: 3``.
A channel's base URL carries its upstream's behaviour, so nothing has to be programmed at run
time and the stub may run in another process.  Values are percent-encoded where they need to be.
"""

from dataclasses import dataclass, fields
from typing import Any, Self
from urllib.parse import quote, unquote


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """Everything that a path can ask for; the default is a well-behaved OpenAI."""

    tag: str = ""
    """Tells upstreams apart in what was recorded."""

    status: int = 200
    fails: int = -1
    """How many calls get ``status``; all of them when negative."""

    code: str = ""
    type: str = "stub_error"
    message: str = "the stub was told to fail"
    body: str = ""
    """The whole body, in place of the mode's own."""

    body_type: str = "application/json"
    retry_after: str = ""
    location: str = ""
    cookies: bool = False
    """Headers that describe the operator's account, and cookies."""

    delay: float = 0.0
    """Seconds before the head."""

    hang: bool = False
    """Take the request and never answer."""

    drop: bool = False
    """Close the connection without a word."""

    words: int = 3
    interval: float = 0.0
    """Seconds between two events, or between two pieces of audio."""

    silent_after: int = -1
    """Number of events after which nothing comes any more."""

    cut_after: int = -1
    """Number of events after which the socket closes; of a plain answer, bytes."""

    error_after: int = -1
    """Number of events before an error event; 0 makes it the first."""

    framing: str = "plain"
    """``plain``, ``tight`` (no blank), ``crlf``, ``comments``, ``split``, ``lines``, ``named``;
    ``chatter`` sends two comments before each event."""

    stream_type: str = "text/event-stream; charset=utf-8"
    """What a stream calls itself; empty for nothing."""

    done: bool = True
    finish: bool = True
    """Whether a finish reason comes."""

    empty: bool = False
    """A stream of nothing but its end."""

    whole: bool = False
    """One JSON object where a stream was asked for."""

    huge: int = 0
    """Bytes of text in one event."""

    text: str = ""
    """The text of the answer, in place of counted words."""

    usage: str = "10:5"
    """Prompt and completion tokens; ``none`` leaves usage out, ``0:0`` are zeros."""

    cached: int = 0
    usage_always: bool = False
    """Send a stream's usage unasked."""

    refuse_usage: bool = False
    """Answer 400 to ``stream_options``."""

    echo: bool = False
    """Answer with the request's own body as text."""

    extra: bool = False
    """Members in the answer that OpenAI does not have."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a path's first part; an unknown name is a mistake in the test."""
        kinds = {field.name: field.type for field in fields(cls)}
        values: dict[str, Any] = {}
        for item in filter(None, text.split(",")):
            name, _, value = item.partition("=")
            values[name] = _CONVERT[kinds[name]](unquote(value))
        return cls(**values)

    @property
    def counts(self) -> dict[str, Any] | None:
        """OpenAI's usage object, or nothing."""
        if self.usage == "none":
            return None
        prompt, completion = (int(part) for part in self.usage.split(":"))
        counted: dict[str, Any] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        if self.cached:
            counted["prompt_tokens_details"] = {"cached_tokens": self.cached}
        return counted

    def pieces(self) -> list[str]:
        """The text of the answer as it streams."""
        if self.huge:
            return ["x" * self.huge]
        if self.text:
            return [self.text]
        return [f"word{number} " for number in range(self.words)]


def written(**values: object) -> str:
    """Return the path's first part for these values; the opposite of ``Behaviour.read``."""
    return ",".join(f"{name}={quote(_spelled(value), safe='')}" for name, value in values.items())


def _spelled(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


_CONVERT: dict[Any, Any] = {
    str: str,
    int: int,
    float: float,
    bool: lambda text: text not in ("", "0"),
}
