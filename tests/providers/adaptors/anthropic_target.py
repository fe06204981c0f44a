"""The channel that the tests of Anthropic's dialect call."""

from pathlib import Path
from typing import Any

from oneapi.providers.catalog import channel_types
from oneapi.providers.contract import Target
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode

DATA = Path(__file__).parents[2] / "data" / "anthropic"

OLDER = "claude-3-5-sonnet-20241022"
THINKER = "claude-sonnet-4-20250514"
NEWER = "claude-sonnet-4-5"
NEWEST = "claude-opus-4-6"


def target(model: str = NEWER, **changes: Any) -> Target:
    given = {"base_url": "https://claude.example", "api_key": "sk-ant-test", **changes}
    return Target(channel_type=channel_types()[14], model=model, **given)


def chat(*messages: dict[str, Any], **body: Any) -> RelayCall:
    return RelayCall(mode=RelayMode.CHAT, body={"model": "m", "messages": [*messages], **body})


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def tool_call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def read(name: str) -> bytes:
    return (DATA / name).read_bytes()
