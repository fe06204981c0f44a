import base64
from typing import Any

import pytest
from msgspec.structs import replace

from oneapi.errors import Refusal
from oneapi.providers.adaptors.anthropic_request import ClaudeHost, write_request
from oneapi.providers.adaptors.dropped import TranslatedBody
from oneapi.wire.calls import RelayCall
from oneapi.wire.media import Media
from oneapi.wire.modes import RelayMode
from tests.providers.adaptors.anthropic_target import (
    NEWER,
    NEWEST,
    OLDER,
    THINKER,
    chat,
    target,
    tool_call,
    user,
)

HI = user("Hi")
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"cm": {"type": "integer"}}}
SHAPE = {"type": "json_schema", "json_schema": {"name": "size", "schema": SCHEMA}}
CLOUD = ClaudeHost(names_model=False, says_stream=False, fetches=False)


def written(*messages: dict[str, Any], model: str = NEWER, **body: Any) -> TranslatedBody:
    return write_request(chat(*(messages or (HI,)), **body), target(model))


def payload(model: str = NEWER, **body: Any) -> dict[str, Any]:
    return written(model=model, **body).payload


def test_a_conversation_with_tools_is_translated_whole():
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    function = {"name": "w", "description": "d", "parameters": schema}

    body = written(
        {"role": "system", "content": "Be brief."},
        user("Weather in Paris and Rome?"),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                tool_call("toolu_1", "w", '{"city":"Paris"}'),
                tool_call("toolu_2", "w", '{"city":"Rome"}'),
            ],
        },
        {"role": "tool", "tool_call_id": "toolu_1", "content": "18C"},
        {"role": "tool", "tool_call_id": "toolu_2", "content": "25C"},
        tools=[{"type": "function", "function": function}],
        tool_choice="required",
        stop="END",
        max_completion_tokens=200,
    )

    assert body.dropped == ()
    assert body.payload == {
        "model": NEWER,
        "max_tokens": 200,
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Weather in Paris and Rome?"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "toolu_1", "name": "w", "input": {"city": "Paris"}},
                    {"type": "tool_use", "id": "toolu_2", "name": "w", "input": {"city": "Rome"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "18C"},
                    {"type": "tool_result", "tool_use_id": "toolu_2", "content": "25C"},
                ],
            },
        ],
        "tools": [{"name": "w", "description": "d", "input_schema": schema}],
        "tool_choice": {"type": "any"},
        "stop_sequences": ["END"],
    }


def test_a_plain_question_asks_for_nothing_more():
    assert payload() == {
        "model": NEWER,
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
    }


def test_a_completion_is_one_question():
    call = RelayCall(mode=RelayMode.COMPLETIONS, body={"model": "m", "prompt": ["Hi"]})

    assert write_request(call, target()).payload == payload()


def test_a_legacy_function_comes_back_under_the_id_of_its_call():
    body = written(
        HI,
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "x"},
        functions=[{"name": "f"}],
        function_call={"name": "f"},
    ).payload

    assert body["messages"][1]["content"][0]["id"] == "call_1"
    assert body["messages"][2]["content"][0]["tool_use_id"] == "call_1"
    assert body["tool_choice"] == {"type": "tool", "name": "f"}


@pytest.mark.parametrize(
    ("config", "body", "limit"),
    [
        ({}, {"max_tokens": 0}, 4096),
        ({}, {"max_tokens": 7, "max_completion_tokens": 9}, 9),
        ({"default_max_tokens": "8192"}, {}, 8192),
        ({"default_max_tokens": "8192"}, {"max_tokens": 7}, 7),
        ({"default_max_tokens": "100"}, {}, 4096),
        ({"default_max_tokens": "many"}, {}, 4096),
    ],
)
def test_there_is_always_a_limit(config, body, limit):
    assert write_request(chat(HI, **body), target(config=config)).payload["max_tokens"] == limit


def test_parameters_take_claudes_names():
    body = written(
        model=OLDER,
        temperature=1.7,
        top_p=0.5,
        top_k=40,
        stop=["END", "", " \n"],
        user="u-1",
        service_tier="default",
        stream=True,
        cache_control={"type": "ephemeral"},
    )

    assert body.dropped == ()
    assert {k: v for k, v in body.payload.items() if k not in ("model", "messages")} == {
        "max_tokens": 4096,
        "stream": True,
        "temperature": 1,
        "top_p": 0.5,
        "top_k": 40,
        "stop_sequences": ["END"],
        "metadata": {"user_id": "u-1"},
        "service_tier": "standard_only",
        "cache_control": {"type": "ephemeral"},
    }


def test_from_the_fourth_generation_on_temperature_excludes_top_p():
    both = written(temperature=0, top_p=0.5)

    assert (both.payload["temperature"], "top_p" in both.payload) == (0, False)
    assert both.dropped == ("top_p",)
    assert payload(top_p=0.5)["top_p"] == 0.5


def test_a_model_that_thinks_takes_little_sampling():
    asked = {"thinking": {"type": "adaptive"}, "temperature": 0.5, "top_k": 4}

    wide = written(model=NEWEST, top_p=0.99, **asked)
    narrow = written(model=NEWEST, top_p=0.5, **asked)

    assert (wide.payload.get("top_p"), wide.dropped) == (0.99, ("temperature", "top_k"))
    assert narrow.dropped == ("temperature", "top_k", "top_p")
    assert not {"temperature", "top_p", "top_k"} & narrow.payload.keys()


def test_thinking_that_is_switched_off_leaves_sampling_alone():
    body = payload(thinking={"type": "disabled"}, temperature=0.5)

    assert (body["thinking"], body["temperature"]) == ({"type": "disabled"}, 0.5)


@pytest.mark.parametrize(("asked", "limit"), [(100, 17408), (20000, 20000)])
def test_an_effort_leaves_room_for_the_answer(asked, limit):
    body = payload(reasoning_effort="high", max_tokens=asked)

    assert body["thinking"] == {"type": "enabled", "budget_tokens": 16384}
    assert body["max_tokens"] == limit


def test_a_clients_budget_raises_only_our_own_limit():
    thinking = {"type": "enabled", "budget_tokens": 8000}

    assert payload(thinking=thinking)["max_tokens"] == 9024
    assert payload(thinking=thinking, max_tokens=100)["max_tokens"] == 100


def test_the_newest_models_take_the_effort_by_name():
    body = written(model=NEWEST, reasoning_effort="minimal", response_format=SHAPE)

    assert body.payload["thinking"] == {"type": "adaptive"}
    assert body.payload["output_config"] == {
        "format": {"type": "json_schema", "schema": SCHEMA},
        "effort": "low",
    }
    assert body.dropped == ()


@pytest.mark.parametrize(
    ("model", "body", "dropped"),
    [
        (OLDER, {"reasoning_effort": "high"}, ("reasoning_effort",)),
        (OLDER, {"reasoning_effort": "none"}, ()),
        (NEWEST, {"reasoning_effort": "immense"}, ("reasoning_effort",)),
        (
            NEWER,
            {"reasoning_effort": "high", "thinking": {"type": "disabled"}},
            ("reasoning_effort",),
        ),
        (NEWEST, {"reasoning_effort": "high", "thinking": {"type": "disabled"}}, ()),
        (NEWER, {"service_tier": "flex"}, ("service_tier",)),
        (NEWER, {"stop": " "}, ("stop",)),
        (NEWER, {"response_format": {"type": "grammar"}}, ("response_format",)),
        (NEWER, {"response_format": {"type": "text"}}, ()),
        (NEWER, {"seed": 7, "logit_bias": {"1": 1}}, ("logit_bias", "seed")),
        (NEWER, {"metadata": {"a": "b"}, "store": False, "container": "c"}, None),
    ],
)
def test_what_is_not_sent_on_is_named(model, body, dropped):
    expected = ("container", "metadata") if dropped is None else dropped

    assert written(model=model, **body).dropped == expected


def test_extensions_of_messages_are_sent_on_or_named():
    body = written(
        user([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]),
        {"role": "assistant", "content": "b", "reasoning_content": "Hm."},
        {"role": "user", "content": "c", "name": "Ann", "cache_control": {"type": "ephemeral"}},
    )

    assert body.dropped == ("messages.cache_control", "messages.name", "messages.reasoning_content")


def test_thoughts_that_come_back_as_blocks_are_not_lost():
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    answer = {"content": "b", "reasoning_content": "Hm.", "thinking_blocks": [thought]}

    body = written(HI, {"role": "assistant", **answer}, user("c"))

    assert body.payload["messages"][1]["content"][0] == thought
    assert body.dropped == ()


def test_a_call_that_nobody_thought_about_ends_thinking():
    call = {"role": "assistant", "content": None, "tool_calls": [tool_call("t1", "f", "{}")]}
    result = {"role": "tool", "tool_call_id": "t1", "content": "x"}
    own = {"type": "enabled", "budget_tokens": 2000}

    by_object = written(HI, call, result, thinking=own, temperature=0.5)
    by_effort = written(HI, call, result, model=THINKER, reasoning_effort="low")
    adaptive = written(HI, call, result, model=NEWEST, reasoning_effort="low")

    assert ("thinking" in by_object.payload, by_object.dropped) == (False, ("thinking",))
    assert by_object.payload["temperature"] == 0.5
    assert ("thinking" in by_effort.payload, by_effort.dropped) == (False, ("reasoning_effort",))
    assert adaptive.payload["thinking"] == {"type": "adaptive"}


def test_the_shape_of_an_answer_is_enforced_as_the_model_can():
    newer, older = payload(response_format=SHAPE), payload(OLDER, response_format=SHAPE)

    assert newer["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert "tools" not in newer
    assert older["tool_choice"] == {"type": "tool", "name": "size"}
    assert "output_config" not in older


def test_any_json_is_asked_for_in_words():
    body = written(
        {"role": "system", "content": "s"}, HI, response_format={"type": "json_object"}
    ).payload

    assert body["system"] == [
        {"type": "text", "text": "s"},
        {"type": "text", "text": "Answer with a single JSON object only."},
    ]


def test_several_choices_are_refused():
    with pytest.raises(Refusal) as refusal:
        written(n=2)

    assert (refusal.value.status, refusal.value.param) == (400, "n")


def test_another_host_gets_everything_inside_and_no_model():
    url = "https://example.org/a.png"
    picture = {"type": "image_url", "image_url": {"url": url}}
    png = b"\x89PNG\r\n\x1a\n"
    call = replace(chat(user([picture]), stream=True), media={url: Media("image/png", png)})

    body = write_request(call, target(), CLOUD).payload

    data = base64.b64encode(png).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    assert body == {
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "image", "source": source}]}],
    }


def test_kept_files_need_the_clients_flag():
    kept = user([{"type": "file", "file": {"file_id": "file_011"}}])
    flagged = replace(chat(kept), headers={"anthropic-beta": "files-api-2025-04-14"})

    [block] = write_request(flagged, target()).payload["messages"][0]["content"]

    assert block["source"] == {"type": "file", "file_id": "file_011"}
    with pytest.raises(Refusal):
        write_request(chat(kept), target())
    with pytest.raises(Refusal):
        write_request(flagged, target(), CLOUD)
