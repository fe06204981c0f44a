from typing import Any

import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.gemini_contents import LOST_SIGNATURE, write_contents
from oneapi.providers.adaptors.gemini_models import GeminiModel
from tests.providers.adaptors.gemini_target import user

FLASH_2 = GeminiModel.named("gemini-2.0-flash")
FLASH_3 = GeminiModel.named("gemini-3-flash")
OLD = GeminiModel.named("gemini-1.0-pro")


def contents(*messages: dict[str, Any], model: GeminiModel = FLASH_2) -> Any:
    return write_contents(messages, model, {})["contents"]


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def assistant(content: Any, **members: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **members}


def call(call_id: str, name: str, arguments: str = "{}", **members: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function, **members}


def result(call_id: str, content: Any, **members: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **members}


def signed(signature: str) -> dict[str, Any]:
    return {"extra_content": {"google": {"thought_signature": signature}}}


def test_all_instructions_stand_beside_the_turns():
    written = write_contents(
        [system("A"), user("Hi"), {"role": "developer", "content": "B"}], FLASH_2, {}
    )

    assert written == {
        "systemInstruction": {"parts": [{"text": "A"}, {"text": "B"}]},
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
    }


def test_the_first_models_get_instructions_before_the_first_question():
    written = write_contents([system("A"), assistant("Hm."), user("Hi")], OLD, {})

    assert written == {
        "contents": [
            {"role": "model", "parts": [{"text": "Hm."}]},
            {"role": "user", "parts": [{"text": "A"}, {"text": "Hi"}]},
        ]
    }


def test_an_instruction_alone_is_the_question():
    written = write_contents([system("A")], FLASH_2, {})

    assert written == {"contents": [{"role": "user", "parts": [{"text": "A"}]}]}


def test_neighbours_of_one_role_are_one_content():
    assert contents(user("a"), user([{"type": "text", "text": "b"}]), assistant("c")) == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}]},
    ]


def test_empty_texts_and_empty_turns_are_left_out():
    assert contents(user("a"), assistant(""), user("")) == [
        {"role": "user", "parts": [{"text": "a"}]}
    ]


def test_results_of_one_turn_go_together_in_the_order_of_the_calls():
    written = contents(
        user("a"),
        assistant("Wait.", tool_calls=[call("1", "f", '{"x":1}'), call("2", "g")]),
        result("2", '{"deep": [1]}'),
        result("1", "plain"),
        user("and?"),
    )

    assert written[1:] == [
        {
            "role": "model",
            "parts": [
                {"text": "Wait."},
                {"functionCall": {"name": "f", "args": {"x": 1}}},
                {"functionCall": {"name": "g", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "f", "response": {"result": "plain"}}},
                {"functionResponse": {"name": "g", "response": {"deep": [1]}}},
                {"text": "and?"},
            ],
        },
    ]


def test_a_failed_call_is_told_as_an_error():
    written = contents(
        assistant(None, tool_calls=[call("1", "f")]), result("1", '{"no": 1}', is_error=True)
    )

    assert written[1]["parts"] == [
        {"functionResponse": {"name": "f", "response": {"error": '{"no": 1}'}}}
    ]


def test_a_result_whose_call_is_unknown_is_last_and_keeps_a_name():
    written = contents(
        assistant(None, tool_calls=[call("1", "f")]),
        result("9", "?", name="lost"),
        result("1", "!"),
    )

    assert [part["functionResponse"]["name"] for part in written[1]["parts"]] == ["f", "lost"]


def test_a_picture_in_a_result_stands_behind_all_results():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    written = contents(
        assistant(None, tool_calls=[call("1", "f"), call("2", "g")]),
        result("1", [{"type": "text", "text": "see"}, picture]),
        result("2", "b"),
    )

    assert written[1]["parts"] == [
        {"functionResponse": {"name": "f", "response": {"result": "see"}}},
        {"functionResponse": {"name": "g", "response": {"result": "b"}}},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
    ]


def test_a_calls_signature_comes_back_on_the_call():
    written = contents(
        assistant(None, tool_calls=[call("1", "f", **signed("c2ln")), call("2", "g")]),
        model=FLASH_3,
    )

    assert written[0]["parts"] == [
        {"functionCall": {"name": "f", "args": {}, "id": "1"}, "thoughtSignature": "c2ln"},
        {"functionCall": {"name": "g", "args": {}, "id": "2"}},
    ]


def test_a_lost_signature_is_replaced_on_the_first_call_of_models_that_need_it():
    message = assistant(None, tool_calls=[call("1", "f"), call("2", "g")])

    [newer] = contents(message, model=FLASH_3)
    [older] = contents(message, model=FLASH_2)

    assert [part.get("thoughtSignature") for part in newer["parts"]] == [LOST_SIGNATURE, None]
    assert [part.get("thoughtSignature") for part in older["parts"]] == [None, None]


def test_a_messages_signature_comes_back_on_its_last_text():
    texts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    assert contents(assistant(texts, **signed("c2ln")))[0]["parts"] == [
        {"text": "a"},
        {"text": "b", "thoughtSignature": "c2ln"},
    ]


def test_a_messages_signature_without_text_stands_before_the_calls():
    written = contents(assistant(None, tool_calls=[call("1", "f")], **signed("c2ln")))

    assert written[0]["parts"] == [
        {"text": "", "thoughtSignature": "c2ln"},
        {"functionCall": {"name": "f", "args": {}}},
    ]


def test_a_picture_that_the_model_made_goes_back():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}

    assert contents(assistant("Here.", images=[picture]))[0]["parts"] == [
        {"text": "Here."},
        {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
    ]


def test_an_unknown_role_is_refused():
    with pytest.raises(Refusal) as refusal:
        contents({"role": "narrator", "content": "a"})

    assert refusal.value.param == "messages.role"
