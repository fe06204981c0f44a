import orjson
import pytest

from oneapi.errors import Refusal
from oneapi.lib.sse import SseDecoder
from oneapi.providers.adaptors.gemini import GeminiAdaptor
from oneapi.providers.contract import Adaptor, Framing, Gateway, Reply
from oneapi.wire.answers import Conversation, Embeddings, Images
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode
from tests.providers.adaptors.gemini_target import chat, read, target, user

ADAPTOR: Adaptor = GeminiAdaptor()
HI = user("Hi")


def test_a_chat_goes_to_the_models_method_with_the_key_in_a_header():
    request = ADAPTOR.build_request(chat(HI), target())

    assert request.url == ("https://gemini.example/v1beta/models/gemini-2.0-flash:generateContent")
    assert request.headers["x-goog-api-key"] == "AIza-test"
    assert "AIza" not in request.url


def test_a_stream_is_another_method_and_comes_as_events():
    request = ADAPTOR.build_request(chat(HI, stream=True), target())

    assert request.url.endswith(":streamGenerateContent?alt=sse")
    assert ADAPTOR.framing is Framing.SSE


def test_the_operators_version_applies_and_the_channels_goes_before_it():
    gateway = Gateway(gemini_version="v1")

    operators = ADAPTOR.build_request(chat(HI), target(gateway=gateway))
    channels = ADAPTOR.build_request(
        chat(HI), target(gateway=gateway, config={"api_version": "v1alpha"})
    )

    assert "/v1/models/" in operators.url
    assert "/v1alpha/models/" in channels.url


def test_a_name_with_a_path_is_a_resource_of_its_own():
    request = ADAPTOR.build_request(chat(HI), target("tunedModels/mine?x"))

    assert request.url.endswith("/v1beta/tunedModels/mine%3Fx:generateContent")


def test_fields_that_gemini_lacks_are_named():
    request = ADAPTOR.build_request(chat(HI, logit_bias={"50256": -100}, user="u"), target())

    assert request.dropped == ("logit_bias", "user")


def test_only_addresses_that_google_does_not_fetch_are_fetched_here():
    pictures = [
        "https://example.org/cat.png",
        "https://generativelanguage.googleapis.com/v1beta/files/abc",
        "https://www.youtube.com/watch?v=1",
        "data:image/png;base64,AAAA",
    ]
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in pictures]
    generated = {
        "role": "assistant",
        "content": None,
        "images": [{"type": "image_url", "image_url": {"url": "https://example.org/dog.png"}}],
    }

    urls = ADAPTOR.media_urls(chat(user(parts), generated), target())

    assert urls == ["https://example.org/cat.png", "https://example.org/dog.png"]


def test_a_whole_answer_and_a_stream_are_read_alike():
    decoder = SseDecoder()
    events = list(decoder.feed(read("stream.sse")))
    reader = ADAPTOR.open_stream(chat(HI, stream=True), target())
    whole = b"[" + b",".join(event.data for event in events) + b"]"

    streamed = [chunk for event in events for chunk in reader.feed(event)]
    plain = ADAPTOR.read_reply(chat(HI), target(), Reply(200, {}, whole))

    assert reader.finished
    assert isinstance(plain, Conversation)
    assert plain.chunks == streamed


def test_a_bad_key_answered_with_400_is_an_authentication_error():
    error = ADAPTOR.read_error(target(), Reply(400, {}, read("bad_key.json")))

    assert (error.status, error.error_type) == (401, "authentication_error")


def test_embeddings_go_as_one_batch():
    call = RelayCall(
        mode=RelayMode.EMBEDDINGS,
        body={"model": "e", "input": ["a", "b"], "dimensions": 256, "task_type": "CLUSTERING"},
    )

    request = ADAPTOR.build_request(call, target("text-embedding-004"))

    assert request.url.endswith("/models/text-embedding-004:batchEmbedContents")
    assert orjson.loads(request.body)["requests"] == [
        {
            "model": "models/text-embedding-004",
            "content": {"parts": [{"text": text}]},
            "outputDimensionality": 256,
            "taskType": "CLUSTERING",
        }
        for text in ("a", "b")
    ]


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])]
)
def test_google_gets_no_more_than_a_hundred_texts_at_once(count: int, sizes: list[int]) -> None:
    texts = [f"text {number}" for number in range(count)]
    call = RelayCall(mode=RelayMode.EMBEDDINGS, body={"model": "e", "input": texts})

    first = ADAPTOR.build_request(call, target())

    batches = [orjson.loads(each.body)["requests"] for each in (first, *first.rest)]
    assert [len(batch) for batch in batches] == sizes
    sent = [entry["content"]["parts"][0]["text"] for batch in batches for entry in batch]
    assert sent == texts
    assert {each.url for each in first.rest} <= {first.url}


def test_vectors_keep_their_order_and_count_what_the_provider_counted():
    body = (
        b'{"embeddings":[{"values":[0.5,1]},{"values":[2,3]}],'
        b'"usageMetadata":{"promptTokenCount":4}}'
    )
    call = RelayCall(mode=RelayMode.EMBEDDINGS, body={"model": "e", "input": ["a", "b"]})

    answer = ADAPTOR.read_reply(call, target(), Reply(200, {}, body))

    assert isinstance(answer, Embeddings)
    assert answer.vectors == [[0.5, 1], [2, 3]]
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 4


def test_embedding_something_that_is_no_text_is_refused():
    call = RelayCall(mode=RelayMode.EMBEDDINGS, body={"model": "e", "input": [[1, 2]]})

    with pytest.raises(Refusal) as refusal:
        ADAPTOR.build_request(call, target())

    assert refusal.value.code == "unsupported_input"


def test_imagen_is_asked_by_predict():
    call = RelayCall(mode=RelayMode.IMAGES, body={"model": "i", "prompt": "a cat", "n": 2})

    request = ADAPTOR.build_request(call, target("imagen-3.0-generate-002"))
    answer = ADAPTOR.read_reply(
        call,
        target("imagen-3.0-generate-002"),
        Reply(200, {}, b'{"predictions":[{"mimeType":"image/png","bytesBase64Encoded":"AAAA"}]}'),
    )

    assert request.url.endswith("/models/imagen-3.0-generate-002:predict")
    assert answer == Images([{"b64_json": "AAAA"}])
