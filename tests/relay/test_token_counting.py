import base64
import struct
from typing import Any

import orjson
import pytest

from oneapi.lib.images import ImageSize
from oneapi.relay import token_counting, tokenizer
from oneapi.relay.token_counting import prompt_tokens, upper_bound
from oneapi.wire.calls import RelayCall
from oneapi.wire.forms import Form
from oneapi.wire.media import Media
from oneapi.wire.modes import RelayMode


def chat(*messages: dict[str, Any], **more: Any) -> RelayCall:
    body = {"model": "gpt-4o", "messages": list(messages), **more}
    return RelayCall(mode=RelayMode.CHAT, body=body, raw=orjson.dumps(body))


def asking(mode: RelayMode, **body: Any) -> RelayCall:
    return RelayCall(mode=mode, body=body, raw=orjson.dumps(body))


def user(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **more}


def png(width: int, height: int) -> str:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
    return "data:image/png;base64," + base64.b64encode(head + bytes(9)).decode()


def picture(url: str, detail: str = "auto") -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": detail}}


CHINESE = "你好，世界"
SYSTEM = {"role": "system", "content": "You are a helpful assistant."}


@pytest.mark.parametrize(
    ("messages", "cl100k", "o200k", "first_turbo"),
    [
        ([user("Hello!")], 9, 9, 10),
        ([SYSTEM, user("Hello!")], 19, 19, 21),
        ([user(CHINESE, name="alice")], 15, 12, 14),
    ],
)
def test_messages_count_as_openai_counts_them(
    messages: list[dict[str, Any]], cl100k: int, o200k: int, first_turbo: int
) -> None:
    call = chat(*messages)

    assert prompt_tokens(call, "gpt-4") == cl100k
    assert prompt_tokens(call, "gpt-4o") == o200k
    assert prompt_tokens(call, "gpt-3.5-turbo-0301") == first_turbo


@pytest.mark.parametrize(
    ("width", "height", "tokens", "tokens_of_mini"),
    [
        (125, 50, 255, 8500),
        (512, 512, 255, 8500),
        (1024, 1024, 765, 25501),
        (1920, 1080, 1105, 36835),
        (2048, 4096, 1105, 36835),
        (4000, 3000, 765, 25501),
        (0, 0, 85, 2833),
    ],
)
def test_pictures_cost_their_tiles(
    width: int, height: int, tokens: int, tokens_of_mini: int
) -> None:
    part = picture("https://example.com/a.png", "high")

    def count(model: str) -> int:
        return token_counting.image_tokens(model, part, lambda _: ImageSize(width, height))

    assert count("gpt-4o") == tokens
    assert count("gpt-4o-mini-2024-07-18") == tokens_of_mini


def content_tokens(call: RelayCall, model: str = "gpt-4o") -> int:
    """What a call costs beyond one empty user message."""
    return prompt_tokens(call, model) - prompt_tokens(chat(user("")), model)


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (picture(png(512, 512)), 255),
        (picture(png(512, 512), ""), 255),
        (picture(png(512, 512), "original"), 255),
        (picture(png(512, 512), "low"), 85),
        ({"type": "image_url", "image_url": png(512, 512)}, 255),
        (picture("data:text/plain,hello"), 85),
        (picture("data:image/png;base64,???"), 765),
        (picture("https://example.com/unknown.png"), 765),
        ({"type": "image_url"}, 765),
    ],
)
def test_a_picture_is_measured_where_its_bytes_are_at_hand(
    part: dict[str, Any], tokens: int
) -> None:
    assert content_tokens(chat(user([part]))) == tokens


def test_what_the_relay_fetched_is_measured_too() -> None:
    image = base64.b64decode(png(1024, 1024).partition(",")[2])
    media = {"https://a/1": Media("image/png", image), "https://a/2": Media("text/html", b"<p>")}
    parts = [picture("https://a/1"), picture("https://a/2")]
    call = RelayCall(
        mode=RelayMode.CHAT, body={"model": "m", "messages": [user(parts)]}, media=media
    )

    assert content_tokens(call) == 765 + 85


def test_text_parts_and_refusals_count_and_files_do_not() -> None:
    parts = [
        {"type": "text", "text": "Hello!"},
        {"type": "refusal", "refusal": "Hello!"},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
    ]

    assert content_tokens(chat(user(parts))) == 4


def test_audio_counts_by_its_length() -> None:
    wav = b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 16000, 32000, 2, 16)
    sound = base64.b64encode(wav + bytes(3 * 32000 - len(wav))).decode()
    parts = [{"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}}]

    assert content_tokens(chat(user(parts))) == 30


def test_tools_schemas_and_calls_count() -> None:
    function = {"name": "f", "description": "Hello!", "parameters": {"type": "object"}}
    as_json = tokenizer.count_text("gpt-4o", '{"type":"object"}')
    tools = [{"type": "function", "function": function}]
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    schema = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}

    assert content_tokens(chat(user(""), tools=tools)) == 8 + 1 + 2 + as_json
    assert content_tokens(chat(user(""), functions=[function])) == 8 + 1 + 2 + as_json
    assert content_tokens(chat(user("", tool_calls=[call]))) == 8 + 1 + 1
    assert content_tokens(chat(user("", function_call=call["function"]))) == 8 + 1 + 1
    assert content_tokens(chat(user(""), response_format=schema)) == as_json


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        ("Hello!", 2),
        (["Hello!", "Hello!"], 4),
        ([1, 2, 3], 3),
        ([[1, 2], [3]], 3),
        ([{"type": "text", "text": "Hello!"}, {"type": "image_url"}], 2),
        (None, 0),
        ({"text": "Hello!"}, 2),
    ],
)
def test_inputs_count_in_every_shape(value: Any, tokens: int) -> None:
    assert prompt_tokens(asking(RelayMode.EMBEDDINGS, input=value), "gpt-4o") == tokens
    assert prompt_tokens(asking(RelayMode.COMPLETIONS, prompt=value), "gpt-4o") == tokens


def test_the_operator_may_choose_the_approximation() -> None:
    call = asking(RelayMode.EMBEDDINGS, input=["a" * 100, "b" * 10])

    assert prompt_tokens(call, "gpt-4o", approximate=True) == 38 + 3


def test_messages_of_any_shape_do_no_harm() -> None:
    call = chat({"role": 1, "content": 7, "name": {}, "tool_calls": [3]}, user([None, 4]))

    assert prompt_tokens(call, "gpt-4o") > 0


def test_the_bound_is_the_bytes_and_never_below_the_count() -> None:
    call = chat(SYSTEM, user(f"{CHINESE} 👍🏽 \ue000"), tools=[])

    assert upper_bound(call) == len(call.raw)
    assert upper_bound(call) >= prompt_tokens(call, "gpt-4")


def test_the_bound_holds_for_pictures_behind_short_addresses() -> None:
    call = chat(user([picture("https://a/1")]))

    for model in ("gpt-4o", "gpt-4o-mini"):
        assert upper_bound(call, model) >= prompt_tokens(call, model)


def test_the_bound_holds_for_sound_with_a_false_header() -> None:
    wav = b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 1, 1, 1, 8) + bytes(3000)
    sound = {"data": base64.b64encode(wav).decode(), "format": "wav"}
    call = chat(user([{"type": "input_audio", "input_audio": sound}]))

    assert upper_bound(call) >= prompt_tokens(call, "gpt-4o")


def test_the_bound_of_a_form_is_its_fields() -> None:
    call = RelayCall(mode=RelayMode.TRANSCRIPTION, form=Form(fields=(("prompt", "你好"),)))

    assert upper_bound(call) == 6
