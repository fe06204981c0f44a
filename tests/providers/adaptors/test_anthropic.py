import orjson
import pytest
from msgspec.structs import replace

from oneapi.lib.sse import SseDecoder
from oneapi.providers import registry
from oneapi.providers.adaptors.anthropic import AnthropicAdaptor
from oneapi.providers.contract import Reply
from oneapi.wire.answers import Conversation
from oneapi.wire.modes import RelayMode
from tests.providers.adaptors.anthropic_target import chat, read, target, user

ADAPTOR = AnthropicAdaptor()
CALL = chat(user("Hi"), seed=7)
TARGET = target()


def test_the_channel_type_finds_its_adaptor():
    found = registry.find(TARGET.channel_type.adaptor)

    assert isinstance(found, AnthropicAdaptor)
    assert TARGET.channel_type.modes == {RelayMode.CHAT, RelayMode.COMPLETIONS}


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_goes_to_messages_with_the_key_in_its_own_header(stream):
    request = ADAPTOR.build_request(replace(CALL, body={**CALL.body, "stream": stream}), TARGET)

    assert (request.method, request.url) == ("POST", "https://claude.example/v1/messages")
    assert request.headers == {
        "Content-Type": "application/json",
        "x-api-key": "sk-ant-test",
        "anthropic-version": "2023-06-01",
    }
    assert orjson.loads(request.body)["model"] == TARGET.model
    assert request.dropped == ("seed",)


def test_a_clients_version_and_beta_flags_are_sent_on():
    headers = {
        "anthropic-version": "2023-01-01",
        "anthropic-beta": "b, a,b,,",
        "idempotency-key": "1",
    }

    request = ADAPTOR.build_request(replace(CALL, headers=headers), TARGET)

    assert request.headers == {
        "Content-Type": "application/json",
        "x-api-key": "sk-ant-test",
        "anthropic-version": "2023-01-01",
        "anthropic-beta": "b,a",
    }


def test_nothing_is_fetched_for_anthropic():
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}

    assert ADAPTOR.media_urls(chat(user([picture])), TARGET) == []


def test_whole_and_streamed_answers_end_alike():
    answer = ADAPTOR.read_reply(CALL, TARGET, Reply(200, {}, read("tool_calls.json")))
    reader = ADAPTOR.open_stream(CALL, TARGET)
    streamed = [c for event in SseDecoder().feed(read("stream.sse")) for c in reader.feed(event)]

    assert isinstance(answer, Conversation)
    assert answer.chunks[-1] == streamed[-1]
    assert reader.finished


def test_a_failure_is_read_with_its_type_as_code():
    error = ADAPTOR.read_error(TARGET, Reply(529, {}, read("overloaded.json")))

    assert (error.status, error.code) == (529, "overloaded_error")
