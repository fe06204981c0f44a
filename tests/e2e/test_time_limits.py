"""Slow, silent and unreachable upstreams, with limits of a second or two."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.e2e.test_streams import DONE, said, trees
from tests.support.gateway import Gateway, gateway
from tests.support.ports import free_port
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    limits = {
        "RELAY_TIMEOUT": 2,
        "RELAY_IDLE_TIMEOUT": 2,
        "RELAY_CONNECT_TIMEOUT": 1,
        "STREAM_KEEPALIVE_S": 1,
        "ENFORCE_INCLUDE_USAGE": "true",
    }
    with gateway(tmp_path_factory.mktemp("hasty"), **limits) as node:
        yield node


@pytest.fixture
def scene(hasty: Gateway, upstream: StubUpstream) -> Scene:
    return Scene(hasty, upstream)


@pytest.mark.parametrize("behaviour", [{"hang": True}, {"delay": 30.0}], ids=str)
def test_a_plain_call_that_takes_too_long_is_504_and_free(
    scene: Scene, behaviour: dict[str, Any]
) -> None:
    tag = scene.serve(**behaviour)

    answer = scene.chat()

    assert answer.status_code == 504
    assert answer.json()["error"]["code"] == "do_request_failed"
    assert scene.charged == 0
    assert scene.sums().agree
    assert scene.seen(tag)[0].done.wait(1)


def test_a_stream_whose_first_event_does_not_come_is_504(scene: Scene) -> None:
    scene.serve(silent_after=0)

    answer = scene.chat(stream=True)

    assert answer.status_code == 504
    assert scene.charged == 0


def test_a_healthy_stream_may_take_longer_than_a_plain_call(scene: Scene) -> None:
    scene.serve(words=4, interval=0.5)
    began = time.monotonic()

    events = scene.stream()

    assert time.monotonic() - began > 2
    assert events[-1] == DONE


def test_a_silent_stream_is_kept_alive_and_then_ended_with_an_error(scene: Scene) -> None:
    tag = scene.serve(silent_after=3)

    answer = scene.chat(stream=True)

    assert ": keep-alive\n\n" in answer.text
    events = [event for event in answer.text.split("\n\n") if event.startswith("data")]
    assert trees(events)[-1]["error"]["code"] == "stream_interrupted"
    assert DONE not in events
    assert scene.seen(tag)[0].done.wait(1)
    assert scene.sums().agree


def test_speech_that_falls_silent_does_not_look_complete(scene: Scene) -> None:
    scene.serve("tts-1", silent_after=1)

    with pytest.raises(requests.RequestException):
        scene.post("/audio/speech", {"model": "tts-1", "input": "hello", "voice": "alloy"})

    assert scene.sums().agree


def test_comments_of_an_upstream_do_not_keep_the_client_waiting(scene: Scene) -> None:
    """The upstream talks all the time and says nothing; proxies on the way must not cut."""
    scene.serve(words=1, interval=0.6, framing="chatter", usage="none")

    answer = scene.chat(stream=True)

    assert ": keep-alive" in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")


def test_a_port_that_refuses_is_502_and_names_no_address(scene: Scene) -> None:
    port = free_port()
    scene.node.new_channel(f"http://127.0.0.1:{port}", group=scene.group)

    answer = scene.chat()

    assert answer.status_code == 502
    error = answer.json()["error"]
    assert (error["code"], error["type"]) == ("do_request_failed", "one_api_error")
    assert str(port) not in error["message"]
    assert scene.charged == 0


def test_a_name_that_does_not_exist_is_502_and_free(scene: Scene) -> None:
    scene.node.new_channel("http://no-such-host.invalid", group=scene.group)

    answer = scene.chat()

    assert answer.status_code == 502
    assert "no-such-host" not in answer.text
    assert scene.charged == 0


def test_everybody_gets_usage_if_the_operator_says_so(scene: Scene) -> None:
    tag = scene.serve()

    events = scene.stream()

    assert scene.seen(tag)[0].json["stream_options"] == {"include_usage": True}
    assert trees(events)[-1]["usage"]["total_tokens"] == 15
    assert said(events) == "word0 word1 word2 "
