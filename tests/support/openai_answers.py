"""What a well-behaved OpenAI would answer, endpoint by endpoint; self-written."""

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

from tests.support.behaviour import Behaviour

CREATED = 1_700_000_000
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJg"
    "gg=="
)
AUDIO = b"ID3" + bytes(range(256)) * 16
VECTOR = (0.25, -0.5, 0.125)
TRANSCRIPTS = {
    "json": ("application/json", '{"text":"good morning"}'),
    "verbose_json": (
        "application/json",
        '{"task":"transcribe","language":"english","duration":2.5,"text":"good morning"}',
    ),
    "text": ("text/plain; charset=utf-8", "good morning\n"),
    "srt": ("text/plain; charset=utf-8", "1\n00:00:00,000 --> 00:00:02,500\ngood morning\n\n"),
    "vtt": ("text/vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:02.500\ngood morning\n\n"),
}
WEATHER_CALL = {"name": "weather", "arguments": '{"city":"Ulm"}'}


def chat(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """A whole chat answer."""
    message: dict[str, Any] = {"role": "assistant", "content": _text(body, told)}
    reason = "stop"
    if body.get("tools"):
        call = {"id": "call_stub1", "type": "function", "function": WEATHER_CALL}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        reason = "tool_calls"
    answer = _head(body, "chatcmpl-stub", "chat.completion")
    answer["choices"] = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": reason}
        for index in range(body.get("n") or 1)
    ]
    return _with_rest(answer, told)


def completion(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """A whole legacy completion, one choice per prompt."""
    prompt = body.get("prompt")
    count = len(prompt) if isinstance(prompt, list) and isinstance(prompt[0], str) else 1
    answer = _head(body, "cmpl-stub", "text_completion")
    answer["choices"] = [
        {"text": _text(body, told), "index": index, "logprobs": None, "finish_reason": "stop"}
        for index in range(count)
    ]
    return _with_rest(answer, told)


def edit(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """An answer of the old edits endpoint."""
    answer: dict[str, Any] = {"object": "edit", "created": CREATED}
    answer["choices"] = [{"text": _text(body, told), "index": 0}]
    return _with_rest(answer, told)


def embeddings(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """Vectors, packed if asked for."""
    given = body.get("input")
    many = isinstance(given, list) and bool(given) and not isinstance(given[0], int)
    packed = base64.b64encode(struct.pack("<3f", *VECTOR)).decode()
    vector = packed if body.get("encoding_format") == "base64" else list(VECTOR)
    answer: dict[str, Any] = {"object": "list", "model": body.get("model")}
    answer["data"] = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index in range(len(given) if many and given is not None else 1)
    ]
    if told.counts is not None:
        answer["usage"] = dict.fromkeys(_EMBEDDING_USAGE, told.counts["prompt_tokens"])
    return answer


_EMBEDDING_USAGE = ("prompt_tokens", "total_tokens")


def moderation(body: dict[str, Any], _told: Behaviour) -> dict[str, Any]:
    """A harmless verdict; like the real one without usage."""
    flags = {"violence": False, "hate": False}
    result = {"flagged": False, "categories": flags, "category_scores": {"violence": 0.01}}
    return {"id": "modr-stub", "model": body.get("model"), "results": [result]}


def images(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """As many pictures as were asked for; usage only where the test names one."""
    picture = {"b64_json": base64.b64encode(PNG).decode()}
    answer: dict[str, Any] = {"created": CREATED}
    answer["data"] = [picture] * int(body.get("n") or 1)
    if str(body.get("model", "")).startswith("gpt-image") and told.counts is not None:
        given, made = told.counts["prompt_tokens"], told.counts["completion_tokens"]
        answer["usage"] = {
            "input_tokens": given,
            "output_tokens": made,
            "total_tokens": given + made,
            "input_tokens_details": {"text_tokens": given, "image_tokens": 0},
        }
    return answer


def chat_events(body: dict[str, Any], told: Behaviour) -> Iterator[str]:
    """The payloads of a streamed chat, without its ``[DONE]``."""
    if not told.empty:
        yield _event(body, {"role": "assistant", "content": ""})
        if body.get("tools"):
            yield from _tool_events(body)
        else:
            for piece in _pieces(body, told):
                yield _event(body, {"content": piece})
        if told.finish:
            yield _event(body, {}, "tool_calls" if body.get("tools") else "stop")
    yield from _usage_event(body, told, "chat.completion.chunk")


def completion_events(body: dict[str, Any], told: Behaviour) -> Iterator[str]:
    """The payloads of a streamed legacy completion."""
    for piece in _pieces(body, told):
        yield _completion_event(body, piece, None)
    yield _completion_event(body, "", "stop")
    yield from _usage_event(body, told, "text_completion")


def transcript_events(_body: dict[str, Any], told: Behaviour) -> Iterator[str]:
    """The payloads of a streamed transcription, which ends without ``[DONE]``."""
    for piece in ("good ", "morning"):
        yield json.dumps({"type": "transcript.text.delta", "delta": piece})
    end: dict[str, Any] = {"type": "transcript.text.done", "text": "good morning"}
    if told.counts is not None:
        given, made = told.counts["prompt_tokens"], told.counts["completion_tokens"]
        end["usage"] = {"type": "tokens", "input_tokens": given, "output_tokens": made}
        end["usage"]["total_tokens"] = given + made
    yield json.dumps(end)


def speech_events(told: Behaviour) -> Iterator[str]:
    """The payloads of speech that comes as events."""
    for _ in range(told.words):
        yield json.dumps({"type": "speech.audio.delta", "audio": "SUQz"})
    end: dict[str, Any] = {"type": "speech.audio.done"}
    if told.counts is not None:
        given, made = told.counts["prompt_tokens"], told.counts["completion_tokens"]
        end["usage"] = {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
    yield json.dumps(end)


def image_events(body: dict[str, Any], told: Behaviour) -> Iterator[str]:
    """The payloads of a picture that streams: a first sketch, then the whole."""
    whole = images(body, told)
    picture = whole["data"][0]["b64_json"]
    sketch = {"type": "image_generation.partial_image", "partial_image_index": 0}
    yield json.dumps(sketch | {"b64_json": picture})
    end = {"type": "image_generation.completed", "b64_json": picture}
    yield json.dumps(end | ({"usage": whole["usage"]} if "usage" in whole else {}))


def error(told: Behaviour) -> dict[str, Any]:
    """OpenAI's error object with what the test put in."""
    return {
        "error": {
            "message": told.message,
            "type": told.type,
            "param": None,
            "code": told.code or None,
        }
    }


def _text(body: dict[str, Any], told: Behaviour) -> str:
    names = _schema_names(body)
    return json.dumps(dict.fromkeys(names, "stub")) if names else "".join(_pieces(body, told))


def _schema_names(body: dict[str, Any]) -> list[str]:
    """Return the members of the schema that the answer should keep to, in its order."""
    try:
        return list(body["response_format"]["json_schema"]["schema"]["properties"])
    except (KeyError, TypeError):
        return []


def _pieces(body: dict[str, Any], told: Behaviour) -> list[str]:
    return [json.dumps(body)] if told.echo else told.pieces()


def _head(body: dict[str, Any], answer_id: str, kind: str) -> dict[str, Any]:
    return {"id": answer_id, "object": kind, "created": CREATED, "model": body.get("model")}


def _with_rest(answer: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    if told.extra:
        answer["not_in_openai"] = {"b": 1.10, "a": 123456789012345678901234567890}
    if told.counts is not None:
        answer["usage"] = told.counts
    return answer


def _event(body: dict[str, Any], delta: dict[str, Any], reason: str | None = None) -> str:
    tree = _head(body, "chatcmpl-stub", "chat.completion.chunk")
    tree["choices"] = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
    return json.dumps(tree, ensure_ascii=False)


def _completion_event(body: dict[str, Any], text: str, reason: str | None) -> str:
    tree = _head(body, "cmpl-stub", "text_completion")
    tree["choices"] = [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}]
    return json.dumps(tree, ensure_ascii=False)


def _tool_events(body: dict[str, Any]) -> Iterator[str]:
    opening = {"id": "call_stub1", "type": "function", "index": 0}
    opening["function"] = {"name": "weather", "arguments": ""}
    yield _event(body, {"tool_calls": [opening]})
    for piece in ('{"city"', ':"Ulm"}'):
        yield _event(body, {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})


def _usage_event(body: dict[str, Any], told: Behaviour, kind: str) -> Iterator[str]:
    asked = (body.get("stream_options") or {}).get("include_usage")
    if told.counts is not None and (asked or told.usage_always):
        tree = _head(body, "chatcmpl-stub", kind)
        yield json.dumps(tree | {"choices": [], "usage": told.counts})
