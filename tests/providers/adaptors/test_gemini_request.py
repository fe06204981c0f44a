from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.dropped import TranslatedBody
from oneapi.providers.adaptors.gemini_request import SAFETY_CATEGORIES, write_request
from oneapi.providers.contract import Gateway
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode
from tests.providers.adaptors.gemini_target import chat, target, user

HI = user("Hi")
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "w",
        "description": "d",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}


def written(
    *messages: dict[str, Any], model: str = "gemini-2.0-flash", **body: Any
) -> TranslatedBody:
    return write_request(chat(*messages, **body), target(model))


def config(model: str = "gemini-2.0-flash", **body: Any) -> Any:
    return written(HI, model=model, **body).payload.get("generationConfig", {})


def test_a_conversation_with_a_tool_is_translated_whole():
    function = {"name": "w", "arguments": '{"city":"Paris"}'}
    call = {"id": "c1", "type": "function", "function": function}

    payload = written(
        {"role": "system", "content": "S"},
        HI,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "18C"},
        tools=[WEATHER],
        tool_choice="auto",
        stop=["END"],
        max_tokens=50,
    ).payload

    payload.pop("safetySettings")
    assert payload == {
        "systemInstruction": {"parts": [{"text": "S"}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {
                "role": "model",
                "parts": [{"functionCall": {"name": "w", "args": {"city": "Paris"}}}],
            },
            {
                "role": "user",
                "parts": [{"functionResponse": {"name": "w", "response": {"result": "18C"}}}],
            },
        ],
        "generationConfig": {"maxOutputTokens": 50, "stopSequences": ["END"]},
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "w",
                        "description": "d",
                        "parameters": {
                            "type": "object",
                            "properties": {"city": {"type": "string"}},
                            "required": ["city"],
                        },
                    }
                ]
            }
        ],
        "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
    }


def test_the_operators_threshold_holds_for_every_category():
    gateway = Gateway(gemini_safety_setting="BLOCK_ONLY_HIGH")

    payload = write_request(chat(HI), target(gateway=gateway)).payload

    assert payload["safetySettings"] == [
        {"category": category, "threshold": "BLOCK_ONLY_HIGH"} for category in SAFETY_CATEGORIES
    ]


def test_a_clients_own_safety_settings_replace_the_list():
    own = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}]

    request = written(HI, safety_settings=own)

    assert request.payload["safetySettings"] == own
    assert request.dropped == ()


def test_parameters_take_geminis_names():
    given = config(
        max_completion_tokens=9,
        temperature=0,
        top_p=0.5,
        top_k=40,
        seed=0,
        n=2,
        presence_penalty=0.1,
        frequency_penalty=-0.1,
        logprobs=True,
        top_logprobs=3,
        stop="END",
    )

    assert given == {
        "maxOutputTokens": 9,
        "temperature": 0,
        "topP": 0.5,
        "topK": 40,
        "seed": 0,
        "candidateCount": 2,
        "presencePenalty": 0.1,
        "frequencyPenalty": -0.1,
        "responseLogprobs": True,
        "logprobs": 3,
        "stopSequences": ["END"],
    }


def test_parameters_that_say_nothing_are_not_sent():
    assert config(n=1, presence_penalty=0, frequency_penalty=0, logprobs=False, max_tokens=0) == {}


def test_a_sixth_stop_string_is_lost_and_said_to_be():
    request = written(HI, stop=list("abcdef"))

    assert request.payload["generationConfig"]["stopSequences"] == list("abcde")
    assert request.dropped == ("stop",)


@pytest.mark.parametrize(
    ("modalities", "sent"),
    [(["text", "image"], ["TEXT", "IMAGE"]), (["audio"], ["AUDIO"]), (["text"], None)],
)
def test_modalities_other_than_text_are_asked_for(modalities, sent):
    assert config(modalities=modalities).get("responseModalities") == sent


def test_json_of_any_shape_is_a_media_type():
    assert config(response_format={"type": "json_object"}) == {
        "responseMimeType": "application/json"
    }
    assert config(response_format={"type": "text"}) == {}


def test_a_schema_goes_in_the_form_that_the_model_takes():
    schema = {"type": "object", "properties": {"a": {"const": 1}}, "additionalProperties": False}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}

    older = config("gemini-2.0-flash", response_format=wanted)
    newer = config("gemini-2.5-flash", response_format=wanted)

    assert older == {
        "responseMimeType": "application/json",
        "responseSchema": {
            "type": "object",
            "properties": {"a": {"type": "string", "enum": ["1"]}},
        },
    }
    assert newer == {"responseMimeType": "application/json", "responseJsonSchema": schema}


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "w"}},
            {"mode": "ANY", "allowedFunctionNames": ["w"]},
        ),
    ],
)
def test_the_choice_among_tools_becomes_a_mode(choice, calling):
    payload = written(HI, tools=[WEATHER], tool_choice=choice).payload

    assert payload["toolConfig"] == {"functionCallingConfig": calling}


def test_a_function_that_takes_nothing_has_no_parameters():
    empty = {"name": "now", "parameters": {"type": "object", "properties": {}}}

    payload = written(HI, tools=[{"type": "function", "function": empty}]).payload

    assert payload["tools"] == [{"functionDeclarations": [{"name": "now"}]}]


def test_old_functions_are_tools():
    function = WEATHER["function"]

    payload = written(HI, functions=[function], function_call={"name": "w"}).payload

    [tool] = payload["tools"]
    assert [declared["name"] for declared in tool["functionDeclarations"]] == ["w"]
    assert payload["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"] == ["w"]


def test_an_effort_is_sent_to_models_that_think_and_named_for_others():
    thinking = written(HI, model="gemini-2.5-flash", reasoning_effort="low")
    other = written(HI, model="gemini-2.0-flash", reasoning_effort="low")

    assert thinking.payload["generationConfig"] == {
        "thinkingConfig": {"thinkingBudget": 1024, "includeThoughts": True}
    }
    assert thinking.dropped == ()
    assert other.dropped == ("reasoning_effort",)


def test_what_gemini_cannot_say_is_named():
    part = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
    strict = {**WEATHER, "function": {**WEATHER["function"], "strict": True}}

    request = written(
        user([part]),
        tools=[strict, {"type": "web_search"}],
        parallel_tool_calls=False,
        logit_bias={"1": 1},
        metadata={"a": "b"},
        store=True,
        user="u",
    )

    assert request.dropped == (
        "logit_bias",
        "messages.content.cache_control",
        "metadata",
        "parallel_tool_calls",
        "store",
        "tools",
        "tools.function.strict",
        "user",
    )


def test_a_completions_prompt_is_one_question():
    call = RelayCall(mode=RelayMode.COMPLETIONS, body={"model": "m", "prompt": "Once"})

    payload = write_request(call, target()).payload

    assert payload["contents"] == [{"role": "user", "parts": [{"text": "Once"}]}]


def test_a_list_of_prompts_is_refused():
    call = RelayCall(mode=RelayMode.COMPLETIONS, body={"model": "m", "prompt": ["a", "b"]})

    with pytest.raises(Refusal) as refusal:
        write_request(call, target())

    assert refusal.value.param == "prompt"
