"""The channel that the tests of Ollama's dialect call."""

from pathlib import Path
from typing import Any

from oneapi.providers.catalog import ChannelType
from oneapi.providers.contract import Reply, Target
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

DATA = Path(__file__).parents[2] / "data" / "ollama"

CHANNEL_TYPE = ChannelType(id=30, name="Ollama", adaptor="ollama", owner="ollama")


def target(model: str = "qwen3:4b", **changes: Any) -> Target:
    given = {"base_url": "http://ollama.example:11434", "api_key": "ollama", **changes}
    return Target(channel_type=CHANNEL_TYPE, model=model, **given)


def chat(*messages: dict[str, Any], **body: Any) -> RelayCall:
    return RelayCall(mode=RelayMode.CHAT, body={"model": "m", "messages": [*messages], **body})


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def completion(**body: Any) -> RelayCall:
    return RelayCall(mode=RelayMode.COMPLETIONS, body={"model": "m", **body})


def embeddings(**body: Any) -> RelayCall:
    return RelayCall(mode=RelayMode.EMBEDDINGS, body={"model": "m", **body})


def read(name: str) -> bytes:
    return (DATA / name).read_bytes()


def reply(body: bytes, status: int = 200) -> Reply:
    return Reply(status, {"content-type": "application/json"}, body)
