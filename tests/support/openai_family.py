"""Calls, targets and replies for tests of OpenAI's dialect."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from oneapi.lib.sse import Event
from oneapi.providers.catalog import channel_type
from oneapi.providers.contract import Gateway, Reply, StreamReader, Target
from oneapi.wire.answers import Chunk
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import PATHS, RelayMode

KEY = "sk-test-0123456789abcdef"


def target_of(number: int, model: str = "m", **changes: Any) -> Target:
    row = channel_type(number)
    base_url = changes.pop("base_url", "") or row.base_url.rstrip("/")
    values = {"ask_usage": False, "api_key": KEY, **changes}
    gateway = Gateway(name="Test Gateway", address="https://gateway.test")
    return Target(channel_type=row, base_url=base_url, model=model, gateway=gateway, **values)


def call_of(mode: RelayMode = RelayMode.CHAT, *, query: str = "", **body: Any) -> RelayCall:
    return call_of_json(orjson.dumps(body), mode, query=query)


def call_of_json(raw: bytes, mode: RelayMode = RelayMode.CHAT, *, query: str = "") -> RelayCall:
    return RelayCall(
        mode=mode, body=orjson.loads(raw), raw=raw, path=PATHS.get(mode, ""), query=query
    )


def reply_of(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Reply(status, {"content-type": "application/json", **(headers or {})}, raw)


def fed(reader: StreamReader, *payloads: Any) -> list[Chunk]:
    """Return the chunks that these events say; a payload is JSON, bytes or an event."""
    return [chunk for payload in payloads for chunk in reader.feed(_event(payload))]


def sent(chunks: Iterable[Chunk]) -> list[Any]:
    """Return what the client gets of the chunks, as JSON."""
    return [orjson.loads(chunk.wire) for chunk in chunks if chunk.wire is not None]


def delta(**members: Any) -> dict[str, Any]:
    """Return a chat chunk with one choice; ``finish_reason`` goes where it belongs."""
    reason = members.pop("finish_reason", None)
    choice = {"index": 0, "delta": members, "finish_reason": reason}
    return {"id": "c1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


def _event(payload: Any) -> Event:
    if isinstance(payload, Event):
        return payload
    return Event(payload if isinstance(payload, bytes) else orjson.dumps(payload))
