from typing import Any

import orjson
import pytest

from oneapi.providers.adaptors.openai_messages import short_call_id
from oneapi.providers.adaptors.openai_request import write_body
from oneapi.wire.calls import RelayCall
from oneapi.wire.forms import Form, FormFile
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import call_of, call_of_json, target_of

ODD = b'{ "model":"m", "messages":[], "temperature":1.10, "big":123456789012345678901234567890 }'


def body_for(number: int, model: str = "m", *, ask: bool = False, **body: Any) -> Any:
    call = call_of(model="m", **body)
    return orjson.loads(write_body(call, target_of(number, model, ask_usage=ask)).body)


def test_a_body_that_needs_no_change_keeps_every_byte() -> None:
    assert write_body(call_of_json(ODD), target_of(1)).body == ODD


def test_a_mapped_model_leaves_the_rest_as_it_was_spelt() -> None:
    body = write_body(call_of_json(ODD), target_of(1, "other")).body

    assert body == (
        b'{"model":"other","messages":[],"temperature":1.10,"big":123456789012345678901234567890}'
    )


def test_a_missing_model_is_written() -> None:
    call = call_of(RelayMode.MODERATIONS, input="hi")

    body = orjson.loads(write_body(call, target_of(1, "omni-moderation-latest")).body)

    assert body == {"input": "hi", "model": "omni-moderation-latest"}


def test_usage_is_asked_for_beside_the_clients_stream_options() -> None:
    body = body_for(1, ask=True, stream=True, stream_options={"include_obfuscation": False})

    assert body["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_usage_is_not_asked_for_without_a_stream() -> None:
    assert "stream_options" not in body_for(1, ask=True)


def test_a_client_that_asked_itself_keeps_its_bytes() -> None:
    call = call_of(model="m", stream=True, stream_options={"include_usage": True})

    assert write_body(call, target_of(1, ask_usage=True)).body == call.raw


def test_a_form_carries_the_mapped_model() -> None:
    form = Form(
        (("model", "a"), ("language", "de")), (FormFile("file", "a.mp3", "audio/mpeg", b"x"),)
    )
    call = RelayCall(mode=RelayMode.TRANSCRIPTION, body=dict(form.fields), form=form)

    written = write_body(call, target_of(29, "whisper-large-v3"))

    assert written.content_type.startswith("multipart/form-data; boundary=")
    assert b'name="model"\r\n\r\nwhisper-large-v3\r\n' in written.body
    assert b'filename="a.mp3"' in written.body


def test_mistral_gets_neither_refused_parameters_nor_openais_names() -> None:
    call = call_of(
        model="m", user="u", seed=7, max_completion_tokens=9, logprobs=True, stream_options={}
    )

    written = write_body(call, target_of(28))

    assert orjson.loads(written.body) == {"model": "m", "random_seed": 7, "max_tokens": 9}
    assert written.dropped == ("logprobs", "user")


def test_a_renamed_parameter_does_not_overwrite_the_providers_own() -> None:
    assert body_for(28, max_tokens=5, max_completion_tokens=9) == {"model": "m", "max_tokens": 5}


def test_mistral_says_any_for_required_and_takes_no_empty_tools() -> None:
    tool = {"type": "function", "function": {"name": "f"}}

    assert body_for(28, tools=[tool], tool_choice="required")["tool_choice"] == "any"
    assert body_for(28, tools=[], tool_choice="auto") == {"model": "m"}


def test_mistral_gets_short_ids_that_still_match() -> None:
    call = {"id": "call_abcdefghijkl", "type": "function", "function": {"name": "f"}}
    kept = {"id": "abcDEF123", "type": "function", "function": {"name": "g"}}
    messages = [
        {"role": "user", "content": "hi", "name": "bob"},
        {
            "role": "assistant",
            "content": None,
            "reasoning_content": "hm",
            "tool_calls": [call, kept],
        },
        {"role": "tool", "tool_call_id": call["id"], "content": "1"},
    ]

    sent = body_for(28, messages=messages)["messages"]

    new_id = sent[2]["tool_call_id"]
    assert sent[0] == {"role": "user", "content": "hi"}
    assert "reasoning_content" not in sent[1]
    assert [c["id"] for c in sent[1]["tool_calls"]] == [new_id, "abcDEF123"]
    assert new_id.isalnum()
    assert len(new_id) == 9


def test_short_ids_are_always_the_same() -> None:
    assert short_call_id("call_1") == short_call_id("call_1") != short_call_id("call_2")
    assert short_call_id("AbCdEfGh1") == "AbCdEfGh1"


def test_groq_drops_what_it_refuses_and_names_it() -> None:
    written = write_body(
        call_of(model="m", logprobs=True, logit_bias={"1": 2}, top_logprobs=0), target_of(29)
    )

    assert orjson.loads(written.body) == {"model": "m"}
    assert written.dropped == ("logit_bias", "logprobs")


@pytest.mark.parametrize(
    ("model", "calls", "kept"),
    [
        ("deepseek-reasoner", None, False),
        ("deepseek-reasoner", [{"id": "1"}], True),
        ("deepseek-v4-pro", None, True),
    ],
)
def test_reasoning_history_goes_back_to_deepseek_only_with_calls(
    model: str, calls: Any, *, kept: bool
) -> None:
    message = {"role": "assistant", "content": "a", "reasoning_content": "r", "tool_calls": calls}

    sent = body_for(36, model, messages=[message])["messages"][0]

    assert ("reasoning_content" in sent) is kept


def test_developer_messages_are_system_messages_where_the_role_is_unknown() -> None:
    messages = [{"role": "developer", "content": "Be brief."}]

    assert body_for(36, messages=messages)["messages"][0]["role"] == "system"
    assert body_for(1, messages=messages)["messages"] == messages


def test_siliconflow_names_image_parameters_its_own_way() -> None:
    call = call_of(RelayMode.IMAGES, model="m", prompt="p", size="512x512", n=2)

    body = orjson.loads(write_body(call, target_of(44)).body)

    assert body == {"model": "m", "prompt": "p", "image_size": "512x512", "batch_size": 2}
    assert body_for(44, n=2) == {"model": "m", "n": 2}


def test_old_minimax_models_take_schemas_as_text() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

    old = body_for(27, "abab6.5-chat", tools=[tool])
    new = body_for(27, "MiniMax-M2", tools=[tool])

    assert old["tools"][0]["function"]["parameters"] == '{"type":"object"}'
    assert new["tools"] == [tool]


def test_spark_is_asked_for_calls_as_a_list() -> None:
    assert body_for(48, tools=[{"type": "function"}])["tool_calls_switch"] is True
    assert "tool_calls_switch" not in body_for(48)


def test_the_internet_suffix_switches_search_on() -> None:
    assert body_for(49, "qwen-plus-internet") == {"model": "qwen-plus", "enable_search": True}
    assert body_for(47, "ernie-4.0-8k-internet")["web_search"]["enable"] is True
    assert body_for(48, "4.0Ultra-internet")["tools"][0]["type"] == "web_search"


def test_web_search_options_switch_search_on_and_the_vendors_field_wins() -> None:
    body = body_for(49, web_search_options={}, enable_search=False)

    assert body == {"model": "m", "enable_search": False}


def test_other_types_keep_web_search_options() -> None:
    assert body_for(1, web_search_options={"a": 1})["web_search_options"] == {"a": 1}
