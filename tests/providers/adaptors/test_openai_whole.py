from typing import Any

import orjson

from oneapi.providers.adaptors.openai_whole import whole_as_chunks
from oneapi.wire.answers import Chunk, Usage, Verbatim
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import call_of, sent

USAGE = {"prompt_tokens": 9, "completion_tokens": 2}


def chunks_of(tree: Any, mode: RelayMode = RelayMode.CHAT) -> list[Chunk]:
    usage = Usage(prompt_tokens=9, completion_tokens=2) if "usage" in tree else None
    answer = Verbatim(body=orjson.dumps(tree), usage=usage, text="Hi")
    return whole_as_chunks(call_of(mode, stream=True), answer)


def test_a_chat_answer_becomes_a_chunk_and_its_usage() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "content": "Hi", "tool_calls": [call, {**call, "id": "b"}]}
    tree = {
        "id": "1",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
        "usage": USAGE,
        "provider": "p",
    }

    chunks = chunks_of(tree)

    first, last = sent(chunks)
    assert (first["object"], first["provider"]) == ("chat.completion.chunk", "p")
    assert "usage" not in first
    delta = first["choices"][0]["delta"]
    assert (delta["role"], delta["content"]) == ("assistant", "Hi")
    assert [(c["index"], c["id"]) for c in delta["tool_calls"]] == [(0, "a"), (1, "b")]
    assert first["choices"][0]["finish_reason"] == "tool_calls"
    assert (last["choices"], last["usage"]) == ([], USAGE)
    assert [c.usage_only for c in chunks] == [False, True]
    assert chunks[0].text == "Hi"


def test_a_text_completion_keeps_its_choices() -> None:
    tree = {"object": "text_completion", "choices": [{"index": 0, "text": "Hi"}]}

    assert sent(chunks_of(tree, RelayMode.COMPLETIONS)) == [tree]


def test_images_become_their_completed_events() -> None:
    tree = {"created": 1, "data": [{"b64_json": "QQ=="}, {"b64_json": "Qg=="}], "usage": USAGE}

    chunks = chunks_of(tree, RelayMode.IMAGES)

    assert [c.event for c in chunks] == ["image_generation.completed"] * 2
    assert sent(chunks)[1] == {
        "type": "image_generation.completed",
        "created": 1,
        "b64_json": "Qg==",
        "usage": USAGE,
    }


def test_a_transcript_becomes_its_last_event() -> None:
    chunks = chunks_of({"text": "Hi"}, RelayMode.TRANSCRIPTION)

    assert sent(chunks) == [{"type": "transcript.text.done", "text": "Hi"}]


def test_an_odd_answer_goes_out_whole() -> None:
    assert sent(chunks_of({"answer": "Hi"})) == [{"answer": "Hi"}]
