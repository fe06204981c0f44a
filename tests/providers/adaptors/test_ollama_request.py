import base64
from typing import Any

import pytest
from msgspec.structs import replace

from oneapi.errors import Refusal
from oneapi.providers.adaptors.ollama_request import write_chat, write_embeddings, write_generate
from oneapi.wire.media import Media
from tests.providers.adaptors.ollama_target import chat, completion, embeddings, user

PIXEL = base64.b64encode(b"GIF89a\x01\0\x01\0").decode()
TOOL = {
    "type": "function",
    "function": {"name": "f", "description": "d", "parameters": {"type": "object"}},
}


def payload(*messages: dict[str, Any], model: str = "qwen3:4b", **body: Any) -> dict[str, Any]:
    return write_chat(chat(*messages, **body), model).payload


def dropped(*messages: dict[str, Any], model: str = "qwen3:4b", **body: Any) -> tuple[str, ...]:
    return write_chat(chat(*messages, **body), model).dropped


def test_a_plain_chat_says_only_what_the_client_said() -> None:
    assert payload({"role": "system", "content": "Be brief."}, user("hi")) == {
        "model": "qwen3:4b",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "hi"},
        ],
        "stream": False,
    }


def test_whether_to_stream_is_always_said() -> None:
    assert payload(user("hi"), stream=True)["stream"] is True


def test_a_developer_message_is_a_system_message() -> None:
    assert payload({"role": "developer", "content": "x"})["messages"][0]["role"] == "system"


def test_text_parts_are_joined() -> None:
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]

    assert payload(user(parts))["messages"][0]["content"] == "one two"


def test_pictures_are_base64_beside_the_text() -> None:
    url = "https://example.com/a.gif"
    parts = [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": f"data:image/gif;base64,{PIXEL}"}},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    call = replace(chat(user(parts)), media={url: Media("image/gif", b"GIF")})

    message = write_chat(call, "llava").payload["messages"][0]

    assert message == {"role": "user", "content": "what?", "images": [PIXEL, "R0lG"]}


def test_a_picture_that_cannot_be_had_is_refused() -> None:
    parts = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}]

    with pytest.raises(Refusal) as refusal:
        payload(user(parts))

    assert refusal.value.code == "invalid_image_url"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    ],
)
def test_other_parts_are_refused(part: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refusal:
        payload(user([part]))

    assert refusal.value.code == "unsupported_content_part"
    assert refusal.value.facts["part"] == part["type"]


def test_a_round_of_tools_survives() -> None:
    function = {"name": "add", "arguments": '{"x":1}'}
    calling = {
        "role": "assistant",
        "content": None,
        "reasoning_content": "Add them.",
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }
    result = {"role": "tool", "tool_call_id": "call_1", "content": "3"}

    assert payload(user("1+2?"), calling, result)["messages"][1:] == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "Add them.",
            "tool_calls": [{"function": {"name": "add", "arguments": {"x": 1}}}],
        },
        {"role": "tool", "content": "3", "tool_name": "add"},
    ]


def test_legacy_functions_are_tools() -> None:
    calling = {"role": "assistant", "content": "", "function_call": {"name": "f"}}
    result = {"role": "function", "name": "f", "content": "3"}

    written = payload(calling, result, functions=[{"name": "f"}])

    assert written["tools"][0]["function"]["name"] == "f"
    assert written["messages"][1] == {"role": "tool", "content": "3", "tool_name": "f"}


def test_parameters_are_options() -> None:
    given: dict[str, Any] = {
        "temperature": 0,
        "top_p": 0.5,
        "top_k": 40,
        "frequency_penalty": 0.1,
        "presence_penalty": -0.1,
        "num_ctx": 8192,
    }

    written = payload(user("hi"), max_tokens=5, seed=0.0, stop="END", **given)

    assert written["options"] == {**given, "num_predict": 5, "seed": 0, "stop": ["END"]}
    assert isinstance(written["options"]["seed"], int)


def test_the_newer_limit_goes_before_the_older() -> None:
    options = payload(user("hi"), max_tokens=5, max_completion_tokens=7)["options"]

    assert options == {"num_predict": 7}


def test_options_in_ollamas_own_words_win() -> None:
    written = payload(
        user("hi"), temperature=1, options={"temperature": 0.2, "num_gpu": 1}, keep_alive="5m"
    )

    assert written["options"] == {"temperature": 0.2, "num_gpu": 1}
    assert written["keep_alive"] == "5m"


@pytest.mark.parametrize(
    ("response_format", "expected"),
    [
        ({"type": "json_object"}, "json"),
        ({"type": "json_schema", "json_schema": {"name": "s", "schema": {"a": 1}}}, {"a": 1}),
        ({"type": "json_schema", "json_schema": {"name": "s"}}, "json"),
        ({"type": "text"}, None),
    ],
)
def test_the_answers_format_is_json_or_a_schema(
    response_format: dict[str, Any], expected: Any
) -> None:
    assert payload(user("hi"), response_format=response_format).get("format") == expected


@pytest.mark.parametrize(
    ("model", "asked", "think"),
    [
        ("qwen3:4b", {}, None),
        ("qwen3:4b", {"reasoning_effort": "none"}, False),
        ("qwen3:4b", {"reasoning_effort": "minimal"}, True),
        ("qwen3:4b", {"reasoning_effort": "high"}, True),
        ("qwen3:4b", {"reasoning_effort": "surely"}, None),
        ("qwen3:4b", {"thinking": {"type": "disabled"}, "reasoning_effort": "high"}, False),
        ("qwen3:4b", {"thinking": {"type": "enabled", "budget_tokens": 100}}, True),
        ("gpt-oss:20b", {"reasoning_effort": "none"}, "low"),
        ("gpt-oss:20b", {"reasoning_effort": "medium"}, "medium"),
        ("me/gpt-oss", {"reasoning_effort": "max"}, "high"),
    ],
)
def test_thinking_is_a_switch_or_a_level(model: str, asked: dict[str, Any], think: Any) -> None:
    assert payload(user("hi"), model=model, **asked).get("think") == think


def test_tools_are_left_out_when_none_may_be_called() -> None:
    assert payload(user("hi"), tools=[TOOL])["tools"] == [TOOL]
    assert "tools" not in payload(user("hi"), tools=[TOOL], tool_choice="none")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"tools": [TOOL], "tool_choice": "auto"}, ()),
        ({"tools": [TOOL], "tool_choice": "none"}, ()),
        ({"tools": [TOOL], "tool_choice": "required"}, ("tool_choice",)),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
            ("tool_choice",),
        ),
        ({"tools": [{"type": "web_search"}]}, ("tools",)),
        ({"reasoning_effort": "surely"}, ("reasoning_effort",)),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, ("thinking.budget_tokens",)),
        ({"logit_bias": {"1": 2}, "logprobs": True}, ("logit_bias", "logprobs")),
        ({"seed": 1, "stop": ["a"], "temperature": 1, "stream_options": {}}, ()),
    ],
)
def test_what_ollama_cannot_be_told_is_named(body: dict[str, Any], names: tuple[str, ...]) -> None:
    assert dropped(user("hi"), **body) == names


def test_a_completion_may_have_a_suffix() -> None:
    body = write_generate(completion(prompt=["def f("], suffix="return x", max_tokens=9), "code")

    assert body.payload == {
        "model": "code",
        "prompt": "def f(",
        "suffix": "return x",
        "raw": False,
        "stream": False,
        "options": {"num_predict": 9},
    }
    assert body.dropped == ()


@pytest.mark.parametrize(
    "asked", [{"prompt": ["a", "b"]}, {"prompt": [1, 2]}, {"prompt": "a", "echo": True}]
)
def test_what_a_completion_cannot_do_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        write_generate(completion(**asked), "code")


def test_embeddings_take_one_text_or_several() -> None:
    assert write_embeddings(embeddings(input="a"), "e").payload == {"model": "e", "input": ["a"]}

    body = write_embeddings(
        embeddings(input=["a", "b"], dimensions=256, options={"num_ctx": 1}, user="u"), "e"
    )

    assert body.payload == {
        "model": "e",
        "input": ["a", "b"],
        "dimensions": 256,
        "options": {"num_ctx": 1},
    }
    assert body.dropped == ("user",)


@pytest.mark.parametrize("value", [None, [], [1, 2], [["a"]], {"text": "a"}])
def test_embeddings_of_anything_else_are_refused(value: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        write_embeddings(embeddings(input=value), "e")

    assert refusal.value.code == "unsupported_input"
