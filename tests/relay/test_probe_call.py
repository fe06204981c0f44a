from typing import Any

import orjson
import pytest

from oneapi.errors import Refusal, UpstreamError
from oneapi.providers.catalog import channel_type
from oneapi.relay import probe_call
from oneapi.snapshot import ChannelView
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode


def channel(*models: str, number: int = 1, **mapping: str) -> ChannelView:
    return ChannelView(
        id=1,
        name="one",
        type=channel_type(number),
        type_number=number,
        key="k",
        enabled=True,
        status=1,
        base_url="",
        groups=("default",),
        models=models,
        priority=0,
        weight=0,
        mapping=mapping,
        system_prompt="",
        config={},
    )


def call_for(model: str, number: int = 1, **mapping: str) -> RelayCall:
    view = channel(model, number=number, **mapping)
    return probe_call.call_for(view, model, prompt="Say hi.", request_id="1")


@pytest.mark.parametrize(
    ("wanted", "models", "asked"),
    [
        ("b", ("a", "b"), "b"),
        ("", ("a", "b"), "a"),
        ("", ("a", "gpt-3.5-turbo"), "gpt-3.5-turbo"),
        ("gpt-4", ("gpt-4-32k",), "gpt-4-32k"),
        ("c", ("a", "b"), "a"),
        ("c", (), "c"),
        ("", (), "gpt-3.5-turbo"),
    ],
)
def test_a_channel_is_asked_for_what_it_offers(
    wanted: str, models: tuple[str, ...], asked: str
) -> None:
    assert probe_call.model_for(channel(*models), wanted) == asked


def test_a_chat_model_gets_one_short_question() -> None:
    call = call_for("gpt-4o-mini")

    assert call.mode is RelayMode.CHAT
    assert call.body == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "Say hi."}],
        "max_tokens": 16,
    }
    assert orjson.loads(call.raw) == call.body


@pytest.mark.parametrize("model", ["o1-mini", "o3", "gpt-5-nano", "deepseek-reasoner", "QwQ-32B"])
def test_a_model_that_thinks_first_has_no_limit(model: str) -> None:
    assert "max_tokens" not in call_for(model).body


@pytest.mark.parametrize(
    ("model", "mode", "member"),
    [
        ("text-embedding-3-small", RelayMode.EMBEDDINGS, "input"),
        ("BAAI/bge-m3", RelayMode.CHAT, "messages"),
        ("bge-large-zh", RelayMode.EMBEDDINGS, "input"),
        ("omni-moderation-latest", RelayMode.MODERATIONS, "input"),
        ("gpt-3.5-turbo-instruct", RelayMode.COMPLETIONS, "prompt"),
        ("gpt-4o-audio-preview", RelayMode.CHAT, "messages"),
    ],
)
def test_the_endpoint_follows_from_the_name(model: str, mode: RelayMode, member: str) -> None:
    call = call_for(model)

    assert call.mode is mode
    assert member in call.body


def test_the_mapped_name_tells_the_endpoint() -> None:
    assert call_for("vectors", vectors="text-embedding-ada-002").mode is RelayMode.EMBEDDINGS


def test_a_type_without_completions_is_asked_to_chat() -> None:
    assert RelayMode.COMPLETIONS not in channel_type(34).modes

    assert call_for("an-instruct", number=34).mode is RelayMode.CHAT


@pytest.mark.parametrize("model", ["dall-e-3", "gpt-image-1", "tts-1-hd", "whisper-1", "flux-dev"])
def test_pictures_and_sound_are_not_tested(model: str) -> None:
    with pytest.raises(Refusal, match="test_not_supported"):
        call_for(model)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "hi"}, "hi"),
        ({"content": None, "reasoning_content": "hm"}, "hm"),
        ({"content": "", "reasoning": "hm"}, "hm"),
        ({"content": [{"type": "text", "text": "hi"}]}, "hi"),
        ({"content": None, "tool_calls": []}, ""),
    ],
)
def test_what_a_model_said_is_read(message: dict[str, Any], text: str) -> None:
    body = orjson.dumps({"choices": [{"message": message}]})

    assert probe_call.said(RelayMode.CHAT, body) == text


def test_other_endpoints_answer_in_their_own_forms() -> None:
    assert probe_call.said(RelayMode.COMPLETIONS, b'{"choices": [{"text": "hi"}]}') == "hi"
    assert probe_call.said(RelayMode.EMBEDDINGS, b'{"data": [{"embedding": [1]}]}') == ""
    assert probe_call.said(RelayMode.MODERATIONS, b'{"results": [{"flagged": false}]}') == ""


@pytest.mark.parametrize(
    ("mode", "body"),
    [
        (RelayMode.CHAT, b'{"choices": []}'),
        (RelayMode.CHAT, b"{}"),
        (RelayMode.CHAT, b"[]"),
        (RelayMode.CHAT, b"no json"),
        (RelayMode.CHAT, b'{"choices": ["a"]}'),
        (RelayMode.EMBEDDINGS, b'{"data": []}'),
    ],
)
def test_an_empty_answer_is_a_failure(mode: RelayMode, body: bytes) -> None:
    with pytest.raises(UpstreamError):
        probe_call.said(mode, body)
