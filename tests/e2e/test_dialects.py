"""OpenAI's client against channels that speak other dialects: one shape of answers for all."""

import json

import openai
import pytest
import requests
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tests.support.books import eventually
from tests.support.gateway import chat_body
from tests.support.scene import Scene

DIALECTS = {14: "claude-sonnet-4-5", 24: "gemini-2.5-flash", 30: "llama3.1"}
HELLO: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Say hello."},
]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.fixture(params=sorted(DIALECTS))
def model(request: pytest.FixtureRequest, scene: Scene) -> str:
    """A model behind a channel of each type; the scene's user reaches it."""
    name = DIALECTS[request.param]
    scene.serve(name, channel={"type": request.param})
    return name


def test_a_plain_chat_answers(scene: Scene, model: str) -> None:
    answer = scene.client.chat.completions.create(model=model, messages=HELLO)

    assert answer.choices[0].message.content == "word0 word1 word2 "
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (10, 5)
    assert scene.node.books.row(scene.key).completion_tokens == 5


def test_a_stream_has_one_id_one_role_and_its_usage_last(scene: Scene, model: str) -> None:
    chunks = list(
        scene.client.chat.completions.create(
            model=model, messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )

    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == "word0 word1 word2 "
    assert [choice.delta.role for choice in choices].count("assistant") == 1
    assert [choice.finish_reason for choice in choices if choice.finish_reason] == ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 15


def test_without_asking_there_is_no_usage_chunk(scene: Scene, model: str) -> None:
    chunks = list(scene.client.chat.completions.create(model=model, messages=HELLO, stream=True))

    assert all(chunk.choices for chunk in chunks)
    assert scene.node.books.row(scene.key).prompt_tokens == 10


def test_a_tool_call_streams_with_its_id_once(scene: Scene, model: str) -> None:
    chunks = scene.client.chat.completions.create(
        model=model, messages=HELLO, tools=[WEATHER], stream=True
    )

    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    calls = [call for choice in choices for call in choice.delta.tool_calls or ()]
    assert {call.index for call in calls} == {0}
    assert len([call.id for call in calls if call.id]) == 1
    assert "".join((c.function.name or "") for c in calls if c.function) == "weather"
    arguments = "".join((c.function.arguments or "") for c in calls if c.function)
    assert json.loads(arguments) == {"city": "Ulm"}
    assert choices[-1].finish_reason == "tool_calls"


def test_a_tool_call_comes_whole(scene: Scene, model: str) -> None:
    answer = scene.client.chat.completions.create(model=model, messages=HELLO, tools=[WEATHER])

    (call,) = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"city": "Ulm"}
    assert answer.choices[0].message.content is None


def test_the_result_of_a_tool_goes_back(scene: Scene, model: str) -> None:
    function = {"name": "weather", "arguments": '{"city":"Ulm"}'}
    call = {"id": "call_1", "type": "function", "function": function}
    history = [
        {"role": "user", "content": "How is the weather?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    ]

    answer = scene.chat(model=model, messages=history)

    assert answer.status_code == 200, answer.text


def test_legacy_completions_are_emulated(scene: Scene, model: str) -> None:
    answer = scene.client.completions.create(model=model, prompt="Say hello.")

    assert answer.choices[0].text == "word0 word1 word2 "


def test_what_the_type_cannot_do_is_501_and_free(scene: Scene, model: str) -> None:
    answer = scene.post("/moderations", {"model": model, "input": "hello"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "unsupported_mode")
    assert scene.charged == 0


@pytest.mark.parametrize("number", sorted(DIALECTS))
def test_a_stream_that_is_cut_raises(scene: Scene, number: int) -> None:
    scene.serve(DIALECTS[number], channel={"type": number}, words=9, cut_after=3)
    stream = scene.client.chat.completions.create(
        model=DIALECTS[number], messages=HELLO, stream=True
    )

    with pytest.raises(openai.APIError) as error:
        list(stream)

    assert error.value.code == "stream_interrupted"
    assert scene.sums().agree


@pytest.mark.parametrize("number", sorted(DIALECTS))
def test_a_client_that_leaves_closes_the_upstream(scene: Scene, number: int) -> None:
    tag = scene.serve(DIALECTS[number], channel={"type": number}, words=500, interval=0.05)

    with scene.post(
        "/chat/completions", chat_body(model=DIALECTS[number], stream=True), stream=True
    ) as answer:
        next(answer.iter_content(None))

    assert scene.seen(tag)[0].done.wait(2)
    assert scene.seen(tag)[0].left_at is not None
    eventually(lambda: len(scene.node.books.logs(scene.key)) == 1)


@pytest.mark.parametrize("number", sorted(DIALECTS))
def test_a_refused_key_is_neutral(scene: Scene, number: int) -> None:
    scene.serve(DIALECTS[number], channel={"type": number}, status=401)

    answer = scene.chat(model=DIALECTS[number])

    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_auth_failed")
    assert scene.charged == 0


def test_fields_that_a_dialect_cannot_say_are_named(scene: Scene) -> None:
    scene.serve("claude-sonnet-4-5", channel={"type": 14})

    plain = scene.chat(model="claude-sonnet-4-5", seed=7)
    stream = scene.chat(model="claude-sonnet-4-5", seed=7, stream=True)

    assert plain.headers["X-Oneapi-Dropped"] == "seed"
    assert stream.headers["X-Oneapi-Dropped"] == "seed"


def test_a_part_that_a_dialect_cannot_take_is_refused_by_name(scene: Scene) -> None:
    scene.serve("claude-sonnet-4-5", channel={"type": 14})
    part = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}

    answer = scene.chat(model="claude-sonnet-4-5", messages=[{"role": "user", "content": [part]}])

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_content_part"
    assert "input_audio" in answer.json()["error"]["message"]


@pytest.mark.parametrize("given", ["hello", ["hello", "world"], [15339, 1917], [[15339], [1917]]])
@pytest.mark.parametrize("packed", [True, False])
def test_embeddings_of_ollama_take_texts_and_token_ids(
    scene: Scene,
    given: object,
    packed: bool,  # noqa: FBT001
) -> None:
    """Some clients send token ids and want packed vectors."""
    tag = scene.serve("nomic-embed-text", channel={"type": 30})
    body = {"model": "nomic-embed-text", "input": given}

    answer = scene.post("/embeddings", body | ({"encoding_format": "base64"} if packed else {}))

    assert answer.status_code == 200, answer.text
    vectors = [entry["embedding"] for entry in answer.json()["data"]]
    assert vectors[0] == ("AACAPgAAAL8=" if packed else [0.25, -0.5])
    texts = scene.seen(tag)[0].json["input"]
    assert all(isinstance(text, str) for text in (texts if isinstance(texts, list) else [texts]))


@pytest.mark.parametrize(("usage", "prompt_tokens"), [("10:0", 30), ("none", 250)])
def test_many_texts_for_gemini_go_in_batches_and_come_back_in_order(
    scene: Scene, usage: str, prompt_tokens: int
) -> None:
    """Where Google counts nothing, each text is one token, whatever its length."""
    tag = scene.serve("text-embedding-004", channel={"type": 24}, usage=usage)
    texts = [("a", "at", "the", "that")[number % 4] for number in range(250)]

    answer = scene.post("/embeddings", {"model": "text-embedding-004", "input": texts})

    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert [entry["embedding"][0] for entry in data] == [len(text) for text in texts]
    assert [entry["index"] for entry in data] == list(range(250))
    assert [len(seen.json["requests"]) for seen in scene.seen(tag)] == [100, 100, 50]
    assert scene.node.books.row(scene.key).prompt_tokens == prompt_tokens
    assert scene.sums().agree


def test_a_picture_by_address_is_refused_where_nobody_may_fetch_it(scene: Scene) -> None:
    scene.serve("llama3.1", channel={"type": 30})
    part = {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}}

    answer: requests.Response = scene.chat(
        model="llama3.1", messages=[{"role": "user", "content": [part]}]
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_image_url")
