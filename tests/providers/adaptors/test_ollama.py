import orjson
import pytest

from oneapi.providers.adaptors.ollama import OllamaAdaptor
from oneapi.providers.contract import Adaptor, Framing
from oneapi.wire.answers import Conversation, Embeddings
from oneapi.wire.calls import RelayCall
from tests.providers.adaptors.ollama_target import (
    chat,
    completion,
    embeddings,
    read,
    reply,
    target,
    user,
)

ADAPTOR: Adaptor = OllamaAdaptor()


def test_streams_are_lines_of_json() -> None:
    assert ADAPTOR.framing is Framing.NDJSON


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (chat(user("hi")), "/api/chat"),
        (completion(prompt="hi"), "/api/generate"),
        (embeddings(input="hi"), "/api/embed"),
    ],
)
def test_each_mode_has_its_own_address(call: RelayCall, path: str) -> None:
    request = ADAPTOR.build_request(call, target("llama3:latest"))

    assert request.url == f"http://ollama.example:11434{path}"
    assert orjson.loads(request.body)["model"] == "llama3:latest"


@pytest.mark.parametrize("key", ["", " ", "ollama", "Ollama", "none"])
def test_a_placeholder_is_not_sent_as_a_key(key: str) -> None:
    request = ADAPTOR.build_request(chat(user("hi")), target(api_key=key))

    assert request.headers == {"Content-Type": "application/json"}


def test_a_real_key_is_a_bearer_key() -> None:
    request = ADAPTOR.build_request(chat(user("hi")), target(api_key="secret"))

    assert request.headers["Authorization"] == "Bearer secret"


def test_lost_fields_are_named() -> None:
    request = ADAPTOR.build_request(chat(user("hi"), logit_bias={"1": 2}, user="u"), target())

    assert request.dropped == ("logit_bias", "user")


def test_the_relay_fetches_pictures() -> None:
    url = "https://example.com/a.png"

    call = chat(user([{"type": "image_url", "image_url": {"url": url}}]))

    assert ADAPTOR.media_urls(call, target()) == [url]


def test_a_whole_chat_is_a_conversation() -> None:
    answer = ADAPTOR.read_reply(chat(user("hi")), target(), reply(read("chat.json")))

    assert isinstance(answer, Conversation)
    assert answer.chunks[-1].finish_reason == "tool_calls"


def test_a_whole_embeddings_answer_is_vectors() -> None:
    body = b'{"model":"m","embeddings":[[0.5,-1.0]],"prompt_eval_count":2}'

    answer = ADAPTOR.read_reply(embeddings(input="hi"), target(), reply(body))

    assert isinstance(answer, Embeddings)
    assert answer.vectors == [[0.5, -1.0]]


def test_an_error_is_a_string() -> None:
    error = ADAPTOR.read_error(target(), reply(b'{"error":"model \'x\' not found"}', status=404))

    assert error.message == "model 'x' not found"
    assert error.status == 404
    assert error.error_type == "not_found_error"
