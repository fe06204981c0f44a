from typing import Any

import orjson
import pytest

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.openai_reply import read_whole
from oneapi.wire.answers import Usage, Verbatim
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import call_of, reply_of, target_of


def chat(number: int = 1, *, message: Any = None, **members: Any) -> Verbatim:
    choice = {"index": 0, "message": message or {"content": "Hi"}, "finish_reason": "stop"}
    tree = {"id": "1", "choices": [choice], **members}
    return read_whole(call_of(), target_of(number), reply_of(tree))


def test_a_plain_answer_passes_byte_for_byte() -> None:
    body = (
        b'\n\n{"choices": [{"message": {"content":"Hi", "x": 1.10}}],"usage":{"prompt_tokens":3.0}}'
    )

    answer = read_whole(call_of(), target_of(36), reply_of(body))

    assert answer.body == body
    assert (answer.text, answer.choices) == ("", 1)  # counted already, so nobody needs the text
    assert answer.usage == Usage(prompt_tokens=3)


def test_all_that_the_model_wrote_is_counted_once() -> None:
    message = {
        "content": [{"type": "text", "text": "a"}],
        "reasoning": "b",
        "reasoning_content": "b",
        "refusal": "c",
        "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}],
        "function_call": {"name": "g", "arguments": "1"},
        "audio": {"transcript": "d"},
    }

    assert chat(message=message).text == "abcf{}g1d"


def test_reasoning_appears_under_the_name_that_clients_know() -> None:
    answer = chat(20, message={"content": "a", "reasoning": "why", "reasoning_details": [1]})

    message = orjson.loads(answer.body)["choices"][0]["message"]
    assert message == {
        "content": "a",
        "reasoning": "why",
        "reasoning_details": [1],
        "reasoning_content": "why",
    }


@pytest.mark.parametrize("reasoning", [None, ""])
def test_empty_reasoning_changes_nothing(reasoning: Any) -> None:
    answer = chat(20, message={"content": "a", "reasoning": reasoning})

    assert b"reasoning_content" not in answer.body


def test_mistrals_content_lists_become_text_and_reasoning() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "Four"},
    ]

    answer = chat(28, message={"role": "assistant", "content": parts})

    message = orjson.loads(answer.body)["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "Four", "reasoning_content": "hm"}
    assert answer.text == "hmFour"


@pytest.mark.parametrize(("number", "came"), [(39, "eos"), (28, "error")])
def test_a_providers_own_finish_reason_becomes_openais(number: int, came: str) -> None:
    tree = {"choices": [{"message": {"content": "a"}, "finish_reason": came}]}

    answer = read_whole(call_of(), target_of(number), reply_of(tree))

    assert orjson.loads(answer.body)["choices"][0]["finish_reason"] == "stop"


def test_spark_answers_are_completed() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    tree = {"code": 0, "choices": [{"index": 0, "message": {"content": "", "tool_calls": call}}]}

    answer = read_whole(call_of(), target_of(48), reply_of(tree))

    choice = orjson.loads(answer.body)["choices"][0]
    assert choice["message"]["tool_calls"] == [{"index": 0, **call}]
    assert choice["finish_reason"] == "tool_calls"


def test_deepseeks_cache_hits_appear_in_openais_place() -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 1, "prompt_cache_hit_tokens": 16}

    answer = chat(36, usage=usage)

    details = orjson.loads(answer.body)["usage"]["prompt_tokens_details"]
    assert details == {"cached_tokens": 16}


@pytest.mark.parametrize(
    "members",
    [
        {"usage": {"prompt_tokens": 5, "completion_tokens": 2}},
        {"x_groq": {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}},
    ],
)
def test_usage_is_found_where_it_stands(members: Any) -> None:
    assert chat(29, **members).usage == Usage(prompt_tokens=5, completion_tokens=2)


@pytest.mark.parametrize(
    ("number", "body", "status"),
    [
        (1, {"error": {"message": "m", "type": "server_error"}}, 502),
        (20, {"error": {"message": "m", "code": 402}}, 402),
        (3, {"error": {"message": "m", "code": "content_filter", "status": 400}}, 400),
        (27, {"base_resp": {"status_code": 1008, "status_msg": "m"}}, 429),
        (48, {"code": 11200, "message": "m"}, 403),
        (44, "m", 502),
    ],
)
def test_a_failure_inside_a_good_status_is_raised(number: int, body: Any, status: int) -> None:
    with pytest.raises(UpstreamError) as failure:
        read_whole(call_of(), target_of(number), reply_of(body))

    assert (failure.value.status, failure.value.message) == (status, "m")


@pytest.mark.parametrize("body", [b"<html>login</html>", b"", b"OK", b"[1]", b"3"])
def test_no_json_where_json_belongs_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamError) as failure:
        read_whole(call_of(), target_of(50), reply_of(body))

    assert failure.value.status == 502
    assert failure.value.code == "unmarshal_response_body_failed"


def test_numbers_beyond_json_pass_as_they_came() -> None:
    body = b'{"choices":[{"message":{"content":"a","reasoning":"b"},"logprob":NaN}]}'

    answer = read_whole(call_of(), target_of(50), reply_of(body))

    assert (answer.body, answer.text) == (body, "ab")


def test_half_a_character_spoils_no_answer() -> None:
    body = b'{"choices":[{"message":{"content":"gr\xc3"}}]}'

    answer = read_whole(call_of(), target_of(50), reply_of(body))

    assert (answer.body, answer.text) == (body, "gr\ufffd")


def test_embeddings_pass_with_their_usage() -> None:
    body = b'{"data":[{"embedding":"AACAPw=="}],"usage":{"total_tokens":8}}'

    answer = read_whole(call_of(RelayMode.EMBEDDINGS), target_of(50), reply_of(body))

    assert answer.body == body
    assert answer.usage == Usage(prompt_tokens=8)


def test_images_are_counted() -> None:
    tree = {"data": [{"url": "a"}, {"url": "b"}], "usage": {"input_tokens": 1, "output_tokens": 2}}

    answer = read_whole(call_of(RelayMode.IMAGES), target_of(1), reply_of(tree))

    assert answer.images == 2
    assert answer.usage == Usage(prompt_tokens=1, completion_tokens=2)


def test_siliconflows_images_appear_as_data() -> None:
    tree = {"images": [{"url": "a"}], "seed": 1}

    answer = read_whole(call_of(RelayMode.IMAGES), target_of(44), reply_of(tree))

    assert orjson.loads(answer.body) == {**tree, "data": [{"url": "a"}]}
    assert answer.images == 1


def test_speech_is_bytes() -> None:
    reply = reply_of(b"\xff\xf3\x00", headers={"content-type": "audio/mpeg"})

    answer = read_whole(call_of(RelayMode.SPEECH), target_of(1), reply)

    assert (answer.body, answer.content_type) == (b"\xff\xf3\x00", "audio/mpeg")


def test_json_in_place_of_speech_is_a_failure() -> None:
    with pytest.raises(UpstreamError, match="no voice"):
        read_whole(
            call_of(RelayMode.SPEECH), target_of(1), reply_of({"error": {"message": "no voice"}})
        )
