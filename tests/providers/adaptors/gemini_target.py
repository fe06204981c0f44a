"""The channel that the tests of Gemini's dialect call."""

from pathlib import Path
from typing import Any

from oneapi.providers.catalog import ChannelType
from oneapi.providers.contract import Target
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

DATA = Path(__file__).parents[2] / "data" / "gemini"

CHANNEL_TYPE = ChannelType(id=24, name="Gemini", adaptor="gemini", owner="google gemini")


def target(model: str = "gemini-2.0-flash", **changes: Any) -> Target:
    given = {"base_url": "https://gemini.example", "api_key": "AIza-test", **changes}
    return Target(channel_type=CHANNEL_TYPE, model=model, **given)


def chat(*messages: dict[str, Any], **body: Any) -> RelayCall:
    return RelayCall(mode=RelayMode.CHAT, body={"model": "m", "messages": [*messages], **body})


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def read(name: str) -> bytes:
    return (DATA / name).read_bytes()
