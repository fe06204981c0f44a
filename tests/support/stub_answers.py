"""Which answer belongs to which path, and in which way it is sent."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from tests.support import dialect_answers as dialects
from tests.support import openai_answers as openai
from tests.support.behaviour import Behaviour


class Wire(Protocol):
    """What an answer is written to."""

    def whole(self, status: int, headers: dict[str, str], body: bytes) -> bool: ...
    def begin(self, headers: dict[str, str]) -> None: ...
    def piece(self, data: bytes) -> bool: ...
    def end(self) -> bool: ...


class Asked(Protocol):
    """What an answer depends on."""

    path: str
    headers: dict[str, str]
    body: bytes


_WHOLE: dict[str, Callable[[dict[str, Any], Behaviour], dict[str, Any]]] = {
    "chat/completions": openai.chat,
    "completions": openai.completion,
    "edits": openai.edit,
    "embeddings": openai.embeddings,
    "moderations": openai.moderation,
    "images/generations": openai.images,
    "images/edits": openai.images,
    "images/variations": openai.images,
    "messages": dialects.messages,
    "api/chat": dialects.ollama_chat,
    "api/embed": dialects.ollama_embed,
    "api/generate": dialects.ollama_generate,
}
_EVENTS: dict[str, Callable[[dict[str, Any], Behaviour], Iterator[str]]] = {
    "chat/completions": openai.chat_events,
    "completions": openai.completion_events,
    "audio/transcriptions": openai.transcript_events,
    "images/generations": openai.image_events,
}
_WITH_DONE = ("chat/completions", "completions")
_MOST_IN_A_BATCH = 100
_ACCOUNT_HEADERS = {
    "Set-Cookie": "upstream=1; Path=/",
    "openai-organization": "org-of-the-operator",
    "x-ratelimit-remaining-requests": "41",
    "X-Oneapi-Request-Id": "not-ours",
    "x-request-id": "req-of-the-upstream",
    "openai-processing-ms": "12",
}


def answer(wire: Wire, told: Behaviour, asked: Asked) -> bool:
    """Answer a request; return whether its connection may be used again."""
    endpoint = asked.path.removeprefix("/v1/").strip("/")
    body = _body(asked)
    if told.refuse_usage and "stream_options" in body:
        told = Behaviour(status=400, message="unknown field stream_options")
    if told.status not in (200, 201):
        return _failure(wire, told)
    if told.body:
        return wire.whole(told.status, _headers(told, told.body_type), told.body.encode())
    streams = body.get("stream") in (True, "true")
    if ":" in endpoint:
        return _gemini(wire, told, endpoint, body)
    if streams and endpoint in _DIALECT_STREAMS:
        kind, pieces = _DIALECT_STREAMS[endpoint]
        return _pieces(wire, told, kind, pieces(body, told))
    return _openai(wire, told, endpoint, body)


def _openai(wire: Wire, told: Behaviour, endpoint: str, body: dict[str, Any]) -> bool:
    streams = body.get("stream") in (True, "true")
    if endpoint == "audio/speech":
        if body.get("stream_format") == "sse":
            return _stream(wire, told, openai.speech_events(told), endpoint)
        return _audio(wire, told)
    if streams and endpoint in _EVENTS and not told.whole:
        return _stream(wire, told, _EVENTS[endpoint](body, told), endpoint)
    if endpoint.startswith("audio/"):
        kind, text = openai.TRANSCRIPTS[body.get("response_format") or "json"]
        return wire.whole(200, _headers(told, kind), text.encode())
    if endpoint in _WHOLE:
        tree = _WHOLE[endpoint](body, told)
        return wire.whole(told.status, _headers(told), json.dumps(tree).encode())
    return wire.whole(200, _headers(told), json.dumps({"endpoint": endpoint}).encode())


def _failure(wire: Wire, told: Behaviour) -> bool:
    headers = _headers(told, told.body_type)
    if told.retry_after:
        headers["Retry-After"] = told.retry_after
    if told.location:
        headers["Location"] = told.location
    body = told.body.encode() if told.body else json.dumps(openai.error(told)).encode()
    return wire.whole(told.status, headers, body)


def _headers(told: Behaviour, content_type: str = "application/json") -> dict[str, str]:
    headers = {"Content-Type": content_type} if content_type else {}
    return headers | _ACCOUNT_HEADERS if told.cookies else headers


def _audio(wire: Wire, told: Behaviour) -> bool:
    wire.begin(_headers(told, "audio/mpeg"))
    step = max(len(openai.AUDIO) // max(told.words, 1), 1)
    for start in range(0, len(openai.AUDIO), step):
        if not wire.piece(openai.AUDIO[start : start + step]):
            return False
    return wire.end()


def _stream(wire: Wire, told: Behaviour, payloads: Iterator[str], endpoint: str) -> bool:
    wire.begin(_headers(told, told.stream_type))
    for number, payload in enumerate(payloads):
        if told.framing == "chatter" and not all(wire.piece(b": busy\n\n") for _ in range(2)):
            return False
        if number == told.error_after:
            failure = json.dumps(openai.error(told))
            return wire.piece(_framed(failure, told)) and wire.end()
        if not wire.piece(_framed(payload, told)):
            return False
    if told.done and endpoint in _WITH_DONE and not wire.piece(b"data: [DONE]\n\n"):
        return False
    return wire.end()


def _gemini(wire: Wire, told: Behaviour, endpoint: str, body: dict[str, Any]) -> bool:
    if endpoint.endswith(":streamGenerateContent"):
        events = (
            b"data: %s\r\n\r\n" % json.dumps(tree).encode()
            for tree in dialects.content_events(body, told)
        )
        return _pieces(wire, told, "text/event-stream", events)
    if endpoint.endswith(":batchEmbedContents"):
        if len(body["requests"]) > _MOST_IN_A_BATCH:
            return _failure(wire, Behaviour(status=400, message="too many texts"))
        tree = dialects.batch_vectors(body, told)
        return wire.whole(200, _headers(told), json.dumps(tree).encode())
    return wire.whole(200, _headers(told), json.dumps(dialects.contents(body, told)).encode())


def _claude_pieces(body: dict[str, Any], told: Behaviour) -> Iterator[bytes]:
    return (dialects.event_bytes(*event) for event in dialects.message_events(body, told))


def _ollama_pieces(body: dict[str, Any], told: Behaviour) -> Iterator[bytes]:
    return (json.dumps(line).encode() + b"\n" for line in dialects.ollama_lines(body, told))


_DIALECT_STREAMS: dict[str, tuple[str, Callable[[dict[str, Any], Behaviour], Iterator[bytes]]]] = {
    "messages": ("text/event-stream", _claude_pieces),
    "api/chat": ("application/x-ndjson", _ollama_pieces),
}


def _pieces(wire: Wire, told: Behaviour, content_type: str, pieces: Iterator[bytes]) -> bool:
    wire.begin(_headers(told, content_type))
    return all(wire.piece(piece) for piece in pieces) and wire.end()


def _framed(payload: str, told: Behaviour) -> bytes:
    """Write one event in one of the ways that the format allows."""
    data = payload.encode()
    if told.framing == "tight":
        return b"data:%s\n\n" % data
    if told.framing == "crlf":
        return b"data: %s\r\n\r\n" % data
    if told.framing == "comments":
        return b": the provider is busy\nid: 7\nretry: 100\ndata: %s\n\n" % data
    if told.framing == "named":
        return b"event: message\ndata: %s\n\n" % data
    if told.framing == "lines":
        first, comma, rest = payload.partition(", ")
        return f"data: {first}{comma.strip()}\ndata: {rest}\n\n".encode()
    return b"data: %s\n\n" % data


def _body(asked: Asked) -> dict[str, Any]:
    """Return the JSON body, or the text fields of a form."""
    kind = asked.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        return dict(_fields(asked.body, kind))
    try:
        tree = json.loads(asked.body or b"{}")
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}


def _fields(body: bytes, kind: str) -> Iterator[tuple[str, str]]:
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    for part in body.split(b"--" + boundary):
        head, blank, content = part.partition(b"\r\n\r\n")
        if blank and b"filename=" not in head:
            name = head.partition(b'name="')[2].partition(b'"')[0]
            yield name.decode(), content.removesuffix(b"\r\n").decode()
