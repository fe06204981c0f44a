"""OpenAI's official client, unmodified, against the running gateway."""

import json

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from tests.support.gateway import MODEL
from tests.support.openai_answers import AUDIO, PNG, VECTOR
from tests.support.scene import Scene

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Say hello."}]
EMBEDDING, IMAGE, SPEECH, WHISPER = "text-embedding-3-small", "dall-e-2", "tts-1", "whisper-1"
PICTURE = ("picture.png", PNG, "image/png")


def test_a_plain_chat_answers(scene: Scene) -> None:
    scene.serve()

    answer = scene.client.chat.completions.create(model=MODEL, messages=HELLO)

    assert answer.choices[0].message.content == "word0 word1 word2 "
    assert answer.usage is not None
    assert answer.usage.total_tokens == 15


def test_a_streamed_chat_ends_with_usage_for_those_who_ask(scene: Scene) -> None:
    scene.serve(words=4)

    chunks = list(
        scene.client.chat.completions.create(
            model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )

    said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert said == "word0 word1 word2 word3 "
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.prompt_tokens == 10


def test_a_tool_is_called(scene: Scene) -> None:
    scene.serve()

    answer = scene.client.chat.completions.create(
        model=MODEL,
        messages=HELLO,
        tools=[{"type": "function", "function": {"name": "weather", "parameters": {}}}],
    )

    (call,) = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert json.loads(call.function.arguments) == {"city": "Ulm"}
    assert answer.choices[0].finish_reason == "tool_calls"


def test_a_structured_answer_keeps_to_its_schema(scene: Scene) -> None:
    tag = scene.serve()
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"zeta": {}, "alpha": {}},
        "required": ["zeta"],
    }

    answer = scene.client.chat.completions.create(
        model=MODEL,
        messages=HELLO,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "thing", "strict": True, "schema": schema},
        },
    )

    assert list(json.loads(answer.choices[0].message.content or "")) == ["zeta", "alpha"]
    assert scene.seen(tag)[0].json["response_format"]["json_schema"]["schema"] == schema


def test_embeddings_come_packed_as_the_client_asks_by_default(scene: Scene) -> None:
    tag = scene.serve(EMBEDDING)

    answer = scene.client.embeddings.create(model=EMBEDDING, input=["one", "two"])

    assert [entry.embedding for entry in answer.data] == [list(VECTOR)] * 2
    assert scene.seen(tag)[0].json["encoding_format"] == "base64"


def test_an_image_is_made(scene: Scene) -> None:
    scene.serve(IMAGE)

    answer = scene.client.images.generate(model=IMAGE, prompt="a red square", n=2, size="512x512")

    assert answer.data is not None
    assert len(answer.data) == 2
    assert scene.charged > 0


def test_an_image_is_edited(scene: Scene) -> None:
    tag = scene.serve(IMAGE)

    answer = scene.client.images.edit(model=IMAGE, image=PICTURE, prompt="blue, please")

    assert answer.data is not None
    assert len(answer.data) == 1
    assert scene.seen(tag)[0].path == "/v1/images/edits"
    assert PNG in scene.seen(tag)[0].body


def test_speech_comes_as_the_upstream_sent_it(scene: Scene) -> None:
    scene.serve(SPEECH)

    answer = scene.client.audio.speech.create(model=SPEECH, voice="alloy", input="hello")

    assert answer.content == AUDIO


def test_audio_becomes_text(scene: Scene) -> None:
    scene.serve(WHISPER)

    answer = scene.client.audio.transcriptions.create(model=WHISPER, file=("a.mp3", AUDIO))

    assert answer.text == "good morning"


def test_moderations_answer(scene: Scene) -> None:
    scene.serve("omni-moderation-latest")

    answer = scene.client.moderations.create(model="omni-moderation-latest", input="be nice")

    assert not answer.results[0].flagged


def test_a_moderation_needs_no_model(scene: Scene) -> None:
    tag = scene.serve("text-moderation-stable")

    answer = scene.client.moderations.create(input="be nice")

    assert not answer.results[0].flagged
    assert "model" not in scene.seen(tag)[0].json
    assert scene.node.books.row(scene.key).model_name == "text-moderation-stable"
    assert scene.charged > 0


@pytest.mark.parametrize("prompt", ["one", ["one", "two"]])
def test_legacy_completions_take_texts_and_lists(scene: Scene, prompt: str | list[str]) -> None:
    scene.serve("gpt-3.5-turbo-instruct")

    answer = scene.client.completions.create(model="gpt-3.5-turbo-instruct", prompt=prompt)

    assert len(answer.choices) == (1 if isinstance(prompt, str) else 2)


def test_legacy_completions_stream(scene: Scene) -> None:
    scene.serve("gpt-3.5-turbo-instruct")

    chunks = scene.client.completions.create(
        model="gpt-3.5-turbo-instruct", prompt="one", stream=True
    )

    assert "".join(chunk.choices[0].text for chunk in chunks) == "word0 word1 word2 "


def test_models_are_listed_and_found_also_with_a_slash(scene: Scene) -> None:
    scene.serve(f"{MODEL},maker/model-7")

    listed = {model.id for model in scene.client.models.list()}
    found = scene.client.models.retrieve("maker/model-7")

    assert listed == {MODEL, "maker/model-7"}
    assert (found.id, found.owned_by) == ("maker/model-7", "custom")


def test_an_unknown_model_is_not_found(scene: Scene) -> None:
    with pytest.raises(openai.NotFoundError) as error:
        scene.client.models.retrieve("nobody/knows")

    assert error.value.code == "model_not_found"


def test_a_wrong_key_is_an_authentication_error(scene: Scene) -> None:
    stranger = OpenAI(api_key="sk-wrong", base_url=f"{scene.node.url}/v1", max_retries=0)

    with pytest.raises(openai.AuthenticationError) as error:
        stranger.chat.completions.create(model=MODEL, messages=HELLO)

    assert error.value.code == "invalid_api_key"


def test_a_stream_that_breaks_raises_instead_of_looking_complete(scene: Scene) -> None:
    scene.serve(cut_after=3)
    stream = scene.client.chat.completions.create(model=MODEL, messages=HELLO, stream=True)

    with pytest.raises(openai.APIError) as error:
        list(stream)

    assert error.value.code == "stream_interrupted"
