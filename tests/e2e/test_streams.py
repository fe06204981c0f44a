"""Streams: as they arrive, whatever grammar they use, and however they end."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.books import eventually
from tests.support.gateway import chat_body
from tests.support.openai_answers import AUDIO
from tests.support.scene import Scene

DONE = "data: [DONE]"
ASK_USAGE = {"include_usage": True}
FAILURE = '{"error":{"message":"m","type":"t","code":"c"}}'
UNREADABLE = "unmarshal_response_body_failed"


def trees(events: list[str]) -> list[dict[str, Any]]:
    """Return the JSON of the events that are not the end mark."""
    return [json.loads(data_of(event)) for event in events if event != DONE]


def data_of(event: str) -> str:
    """Return the data lines of one event, joined."""
    return "\n".join(line[6:] for line in event.split("\n") if line.startswith("data: "))


def said(events: list[str]) -> str:
    """Return the text of a streamed chat."""
    choices = [choice for tree in trees(events) for choice in tree.get("choices", ())]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def opened(scene: Scene, **members: Any) -> requests.Response:
    """Begin to read a streamed chat."""
    return scene.post("/chat/completions", chat_body(stream=True, **members), stream=True)


def lines(answer: requests.Response) -> Iterator[str]:
    return (line.decode() for line in answer.iter_lines(chunk_size=1) if line)


def test_chunks_arrive_one_by_one(scene: Scene) -> None:
    tag = scene.serve(words=5, interval=0.2)

    with opened(scene) as answer:
        sent_when_read = [scene.seen(tag)[0].events for line in lines(answer) if line != DONE]

    assert sent_when_read == sorted(sent_when_read)
    assert sent_when_read[0] < 3
    assert len(set(sent_when_read)) > 4


def test_the_first_sound_arrives_before_the_last_was_made(scene: Scene) -> None:
    tag = scene.serve("tts-1", words=10, interval=0.1)
    body = {"model": "tts-1", "input": "hello", "voice": "alloy"}

    with scene.post("/audio/speech", body, stream=True) as answer:
        pieces = answer.iter_content(None)
        first = next(pieces)
        sent_by_then = scene.seen(tag)[0].events
        rest = b"".join(pieces)

    assert sent_by_then < 10
    assert first + rest == AUDIO
    assert answer.headers["Content-Type"] == "audio/mpeg"


def test_speech_that_falls_silent_or_breaks_does_not_look_complete(scene: Scene) -> None:
    scene.serve("tts-1", cut_after=3)
    body = {"model": "tts-1", "input": "hello", "voice": "alloy"}

    with pytest.raises(requests.RequestException):
        scene.post("/audio/speech", body)

    eventually(lambda: len(scene.node.books.logs(scene.key)) == 1)
    assert scene.node.books.details(scene.key)["ended"] == "upstream_broken"
    assert scene.sums().agree


def test_speech_that_its_client_left_closes_the_upstream(scene: Scene) -> None:
    tag = scene.serve("tts-1", words=50, interval=0.1)
    body = {"model": "tts-1", "input": "hello", "voice": "alloy"}

    with scene.post("/audio/speech", body, stream=True) as answer:
        next(answer.iter_content(None))

    assert scene.seen(tag)[0].done.wait(2)
    assert scene.seen(tag)[0].left_at is not None
    eventually(lambda: len(scene.node.books.logs(scene.key)) == 1)
    assert scene.node.books.details(scene.key)["ended"] == "client_gone"


def test_speech_may_come_as_events_and_cost_by_tokens(scene: Scene) -> None:
    scene.serve("gpt-4o-mini-tts", usage="7:90")
    body = {"model": "gpt-4o-mini-tts", "input": "hello", "voice": "a", "stream_format": "sse"}

    answer = scene.post("/audio/speech", body)

    kinds = [json.loads(data_of(event))["type"] for event in answer.text.split("\n\n")[:4]]
    assert kinds == ["speech.audio.delta"] * 3 + ["speech.audio.done"]
    row = scene.node.books.row(scene.key)
    assert (row.prompt_tokens, row.completion_tokens) == (7, 90)


@pytest.mark.parametrize("model", ["gpt-image-1", "dall-e-2"])
def test_a_picture_streams_and_is_paid(scene: Scene, model: str) -> None:
    """With usage in its last event, and without."""
    scene.serve(model)

    answer = scene.post("/images/generations", {"model": model, "prompt": "x", "stream": True})

    kinds = [json.loads(data_of(event))["type"] for event in answer.text.split("\n\n")[:2]]
    assert kinds == ["image_generation.partial_image", "image_generation.completed"]
    assert scene.charged > 0
    assert scene.sums().agree


def test_the_raw_proxy_passes_events_as_they_come(scene: Scene) -> None:
    tag = scene.serve("none", channel={"type": 43}, words=4, interval=0.2)
    url = f"{scene.node.url}/v1/oneapi/proxy/{scene.channel_id}/v1/chat/completions"

    with requests.post(
        url,
        json=chat_body(stream=True),
        headers={"Authorization": scene.key.text},
        stream=True,
        timeout=10,
    ) as answer:
        pieces = answer.iter_content(None)
        first = next(pieces)
        sent_by_then = scene.seen(tag)[0].events
        rest = b"".join(pieces)

    assert first.endswith(b"\n\n")
    assert sent_by_then == 1
    assert rest.endswith(b"data: [DONE]\n\n")


def test_a_stream_has_the_headers_that_proxies_heed(scene: Scene) -> None:
    scene.serve(cookies=True)

    answer = scene.chat(stream=True)

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["X-Oneapi-Request-Id"]
    assert "Set-Cookie" not in answer.headers


def test_usage_is_asked_for_and_kept_from_who_did_not(scene: Scene) -> None:
    tag = scene.serve()

    events = scene.stream()

    assert scene.seen(tag)[0].json["stream_options"] == ASK_USAGE
    assert not any(tree.get("usage") for tree in trees(events))
    assert events[-1] == DONE
    row = scene.node.books.row(scene.key)
    assert (row.prompt_tokens, row.completion_tokens, row.is_stream) == (10, 5, True)


def test_who_asks_for_usage_gets_it_and_keeps_other_options(scene: Scene) -> None:
    tag = scene.serve()
    options = {"include_usage": True, "include_obfuscation": False}

    events = scene.stream(stream_options=options)

    assert scene.seen(tag)[0].json["stream_options"] == options
    assert trees(events)[-1]["usage"]["total_tokens"] == 15


def test_an_upstream_that_refuses_the_question_is_asked_without_it(scene: Scene) -> None:
    tag = scene.serve(refuse_usage=True)

    first, second = scene.stream(), scene.stream()

    assert said(first) == said(second) == "word0 word1 word2 "
    asked = ["stream_options" in seen.json for seen in scene.seen(tag)]
    assert asked == [True, False, False]
    rows = scene.node.books.logs(scene.key)
    assert [json.loads(row.other or "")["usage_source"] for row in rows] == ["estimated"] * 2


@pytest.mark.parametrize(
    "framing", ["plain", "tight", "crlf", "comments", "split", "lines", "named"]
)
def test_every_grammar_brings_the_same_text(scene: Scene, framing: str) -> None:
    scene.serve(framing=framing, text="Grüße, 日本語 🎈")

    events = scene.stream()

    assert said(events) == "Grüße, 日本語 🎈"
    assert events[-1] == DONE
    assert not any("the provider is busy" in event for event in events)


def test_the_name_of_an_event_is_kept(scene: Scene) -> None:
    scene.serve(framing="named")

    assert scene.stream()[0].startswith("event: message\ndata: {")


def test_a_huge_event_passes(scene: Scene) -> None:
    scene.serve(huge=3_000_000)

    assert len(said(scene.stream())) == 3_000_000


def test_a_stream_without_an_end_mark_gets_one_if_it_has_finished(scene: Scene) -> None:
    scene.serve(done=False)

    events = scene.stream()

    assert events[-1] == DONE
    assert scene.node.books.details(scene.key)["ended"] == "complete"


def test_an_end_mark_is_an_end_even_without_a_finish_reason(scene: Scene) -> None:
    scene.serve(finish=False)

    assert scene.stream()[-1] == DONE
    assert scene.node.books.details(scene.key)["ended"] == "complete"


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [(None, "text/event-stream"), ("application/json", "application/json")],
)
def test_the_upstream_is_told_that_events_are_wanted(
    scene: Scene, accepted: str | None, expected: str
) -> None:
    tag = scene.serve()

    scene.post("/chat/completions", chat_body(stream=True), headers={"Accept": accepted})

    assert scene.seen(tag)[0].headers["accept"] == expected


def test_a_stream_of_embeddings_does_not_exist_and_harms_nobody(scene: Scene) -> None:
    scene.serve("text-embedding-3-small")

    answer = scene.post(
        "/embeddings", {"model": "text-embedding-3-small", "input": "hello", "stream": True}
    )

    assert answer.status_code == 200
    assert scene.sums().agree
    assert scene.charged > 0


def test_a_whole_answer_to_a_stream_request_becomes_a_stream(scene: Scene) -> None:
    scene.serve(whole=True)

    events = scene.stream(stream_options=ASK_USAGE)

    assert said(events) == "word0 word1 word2 "
    assert events[-1] == DONE
    assert trees(events)[-1]["usage"]["total_tokens"] == 15
    assert scene.node.books.row(scene.key).completion_tokens == 5


@pytest.mark.parametrize("kind", ["", "text/plain", "application/octet-stream"])
def test_a_stream_that_calls_itself_something_else_is_one_all_the_same(
    scene: Scene, kind: str
) -> None:
    scene.serve(stream_type=kind)

    events = scene.stream()

    assert said(events) == "word0 word1 word2 "
    assert events[-1] == DONE


def test_a_whole_answer_that_calls_itself_a_stream_becomes_one(scene: Scene) -> None:
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}}]}
    scene.serve(body=json.dumps(whole), body_type="text/event-stream")

    events = scene.stream()

    assert said(events) == "hello"
    assert events[-1] == DONE


def test_a_tool_call_streams(scene: Scene) -> None:
    scene.serve()

    events = scene.stream(tools=[{"type": "function", "function": {"name": "weather"}}])

    deltas = [tree["choices"][0]["delta"] for tree in trees(events)]
    arguments = [
        call["function"]["arguments"] for delta in deltas for call in delta.get("tool_calls", ())
    ]
    assert "".join(arguments) == '{"city":"Ulm"}'


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        ({"error_after": 0, "code": "bad_thing"}, 502, "bad_thing"),
        ({"whole": True, "body": FAILURE}, 502, "c"),
        ({"empty": True, "usage": "none"}, 502, "empty_stream"),
        ({"whole": True, "body": '{"status":"busy"}'}, 502, "empty_stream"),
        ({"cut_after": 0}, 502, "do_request_failed"),
        ({"drop": True}, 502, "do_request_failed"),
        ({"status": 500}, 500, None),
        ({"status": 401, "code": "invalid_api_key"}, 502, "upstream_auth_failed"),
        ({"body": "<html><title>Oops</title></html>", "body_type": "text/html"}, 502, None),
        ({"body": "<html>Oops</html>", "body_type": "text/event-stream"}, 502, UNREADABLE),
        ({"body": FAILURE, "body_type": "text/event-stream"}, 502, "c"),
        ({"body": "out of memory", "body_type": "text/plain"}, 502, UNREADABLE),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_fails_before_the_first_event_is_an_http_error_and_free(
    scene: Scene, behaviour: dict[str, Any], status: int, code: str | None
) -> None:
    scene.serve(**behaviour)

    answer = scene.chat(stream=True)

    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    if code is not None:
        assert answer.json()["error"]["code"] == code
    assert scene.sums().agree
    assert scene.charged == 0


def test_a_stream_that_is_cut_ends_with_an_error_event_and_no_end_mark(scene: Scene) -> None:
    scene.serve(words=9, cut_after=4)

    events = scene.stream()

    error = trees(events)[-1]["error"]
    assert said(events[:-1]) == "word0 word1 word2 "
    assert (error["code"], error["type"]) == ("stream_interrupted", "upstream_error")
    assert "request id: " in error["message"]
    assert DONE not in events


def test_a_stream_that_ends_without_having_finished_was_cut_too(scene: Scene) -> None:
    scene.serve(finish=False, done=False)

    events = scene.stream()

    assert trees(events)[-1]["error"]["code"] == "stream_interrupted"
    assert DONE not in events


def test_an_error_in_the_middle_is_passed_on(scene: Scene) -> None:
    scene.serve(words=9, error_after=4, code="overloaded", message="too much to do")

    events = scene.stream()

    error = trees(events)[-1]["error"]
    assert error["code"] == "overloaded"
    assert error["message"].startswith("too much to do (request id: ")
    assert DONE not in events


def test_the_delivered_part_of_a_broken_stream_is_charged_once(scene: Scene) -> None:
    scene.serve(words=9, cut_after=4)

    scene.stream()

    details, row = scene.node.books.details(scene.key), scene.node.books.row(scene.key)
    assert (details["ended"], details["usage_source"]) == ("upstream_broken", "estimated")
    assert (row.completion_tokens or 0) > 0
    assert scene.sums().agree


@pytest.mark.parametrize("talking", [True, False])
def test_a_client_that_leaves_ends_the_upstream_and_pays_its_part(
    scene: Scene,
    talking: bool,  # noqa: FBT001
) -> None:
    """Whether the upstream goes on talking or has fallen silent."""
    tag = scene.serve(words=2000, interval=0.05) if talking else scene.serve(silent_after=3)

    with opened(scene) as answer:
        next(lines(answer))

    seen = scene.seen(tag)[0]
    assert seen.done.wait(2)
    assert seen.left_at is not None
    eventually(lambda: len(scene.node.books.logs(scene.key)) == 1)
    details = scene.node.books.details(scene.key)
    assert details["ended"] == "client_gone"
    eventually(lambda: scene.sums().agree)
    assert scene.charged > 0
    assert scene.chat().status_code == 200


def test_a_client_that_leaves_before_the_first_event_pays_nothing(scene: Scene) -> None:
    scene.serve(delay=0.5, words=300, interval=0.02)

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{scene.node.url}/v1/chat/completions",
            json=chat_body(stream=True),
            headers={"Authorization": f"Bearer {scene.key.text}"},
            timeout=0.2,
        )

    eventually(lambda: scene.sums().open == 0, within_s=4)
    assert scene.sums().agree


def test_the_upstream_is_read_to_its_usage_if_the_channel_wants_that(scene: Scene) -> None:
    tag = scene.serve(
        words=20, interval=0.05, channel={"config": json.dumps({"on_disconnect": "drain"})}
    )

    with opened(scene) as answer:
        next(lines(answer))

    assert scene.seen(tag)[0].done.wait(5)
    assert scene.seen(tag)[0].left_at is None
    eventually(lambda: len(scene.node.books.logs(scene.key)) == 1)
    row = scene.node.books.row(scene.key)
    assert (row.prompt_tokens, row.completion_tokens) == (10, 5)
    assert scene.node.books.details(scene.key)["usage_source"] == "upstream"


@pytest.mark.parametrize("usage", ["none", "0:0"])
def test_a_stream_that_says_nothing_costs_nothing(scene: Scene, usage: str) -> None:
    scene.serve(words=0, usage=usage)

    events = scene.stream()

    assert events[-1] == DONE
    assert scene.sums().open == 0
    assert scene.charged == 0


def test_zeros_beside_text_are_estimated_and_marked(scene: Scene) -> None:
    scene.serve(usage="0:0")

    scene.stream()

    row, details = scene.node.books.row(scene.key), scene.node.books.details(scene.key)
    assert details["usage_source"] == "estimated"
    assert (row.completion_tokens or 0) > 0
    assert (row.prompt_tokens or 0) > 0
