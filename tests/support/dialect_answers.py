"""What Anthropic, Gemini and Ollama would answer, as far as the tests need them; self-written.

Sources: https://docs.anthropic.com/en/api/messages-streaming, https://ai.google.dev/api/generate-content
and https://github.com/ollama/ollama/blob/main/docs/api.md.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.behaviour import Behaviour

CITY = {"city": "Ulm"}


def messages(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """A whole answer of Anthropic."""
    block: dict[str, Any] = {"type": "text", "text": "".join(told.pieces())}
    if body.get("tools"):
        block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": CITY}
    return {
        "id": "msg_stub",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "content": [block],
        "stop_reason": "tool_use" if body.get("tools") else "end_turn",
        "usage": _claude_usage(told),
    }


def message_events(body: dict[str, Any], told: Behaviour) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a streamed answer of Anthropic, with their names."""
    whole = messages(body, told) | {"content": [], "stop_reason": None}
    yield "message_start", {"message": whole}
    yield "ping", {}
    if body.get("tools"):
        block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
        pieces = [{"type": "input_json_delta", "partial_json": p} for p in ('{"city"', ': "Ulm"}')]
    else:
        block = {"type": "text", "text": ""}
        pieces = [{"type": "text_delta", "text": piece} for piece in told.pieces()]
    yield "content_block_start", {"index": 0, "content_block": block}
    for piece in pieces:
        yield "content_block_delta", {"index": 0, "delta": piece}
    yield "content_block_stop", {"index": 0}
    reason = "tool_use" if body.get("tools") else "end_turn"
    usage = {"output_tokens": _claude_usage(told)["output_tokens"]}
    yield "message_delta", {"delta": {"stop_reason": reason}, "usage": usage}
    yield "message_stop", {}


def contents(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """A whole answer of Gemini."""
    part: dict[str, Any] = {"text": "".join(told.pieces())}
    if body.get("tools"):
        part = {"functionCall": {"name": "weather", "args": CITY}}
    return _candidate(part, told, last=True)


def content_events(body: dict[str, Any], told: Behaviour) -> Iterator[dict[str, Any]]:
    """The events of a streamed answer of Gemini."""
    if body.get("tools"):
        yield contents(body, told)
        return
    pieces = told.pieces()
    for number, piece in enumerate(pieces):
        yield _candidate({"text": piece}, told, last=number == len(pieces) - 1)


def batch_vectors(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """Vectors of Gemini, one for each text: its length, and a half."""
    texts = [entry["content"]["parts"][0]["text"] for entry in body["requests"]]
    vectors = [{"values": [len(text), 0.5]} for text in texts]
    prompt, _ = _counts(told)
    return {"embeddings": vectors} | (
        {"usageMetadata": {"promptTokenCount": prompt}} if prompt else {}
    )


def ollama_chat(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """A whole answer of Ollama."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(told.pieces())}
    if body.get("tools"):
        call = {"function": {"name": "weather", "arguments": CITY}}
        message = {"role": "assistant", "content": "", "tool_calls": [call]}
    return _ollama_line(body, message) | _ollama_end(told)


def ollama_lines(body: dict[str, Any], told: Behaviour) -> Iterator[dict[str, Any]]:
    """The lines of a streamed answer of Ollama."""
    if body.get("tools"):
        yield ollama_chat(body, told) | {"done": False}
    else:
        for piece in told.pieces():
            yield _ollama_line(body, {"role": "assistant", "content": piece})
    yield _ollama_line(body, {"role": "assistant", "content": ""}) | _ollama_end(told)


def ollama_generate(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """A whole text completion of Ollama."""
    return {"model": body.get("model"), "response": "".join(told.pieces())} | _ollama_end(told)


def ollama_embed(body: dict[str, Any], told: Behaviour) -> dict[str, Any]:
    """Vectors of Ollama, one for each text."""
    given = body.get("input")
    count = len(given) if isinstance(given, list) else 1
    prompt, _ = _counts(told)
    return {
        "model": body.get("model"),
        "embeddings": [[0.25, -0.5]] * count,
        "prompt_eval_count": prompt,
    }


def event_bytes(name: str, tree: dict[str, Any]) -> bytes:
    """Write one named event as Anthropic does."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), json.dumps({"type": name, **tree}).encode())


def _counts(told: Behaviour) -> tuple[int, int]:
    prompt, _, completion = told.usage.partition(":")
    return (int(prompt), int(completion)) if completion else (0, 0)


def _claude_usage(told: Behaviour) -> dict[str, int]:
    prompt, completion = _counts(told)
    return {"input_tokens": prompt, "output_tokens": completion}


def _candidate(part: dict[str, Any], told: Behaviour, *, last: bool) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
    if last:
        candidate["finishReason"] = "STOP"
    prompt, completion = _counts(told)
    usage = {"promptTokenCount": prompt, "candidatesTokenCount": completion}
    usage["totalTokenCount"] = prompt + completion
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-stub"}


def _ollama_line(body: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    model = body.get("model")
    return {"model": model, "created_at": "2025-03-01T00:00:00Z", "message": message, "done": False}


def _ollama_end(told: Behaviour) -> dict[str, Any]:
    prompt, completion = _counts(told)
    end: dict[str, Any] = {"done": True, "done_reason": "stop"}
    return end | {"prompt_eval_count": prompt, "eval_count": completion}
