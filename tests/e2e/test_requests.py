"""What reaches an upstream of a client's request, and what comes back of its answer."""

import gzip
import json
from typing import Any

import pytest
import requests

from tests.support.books import eventually
from tests.support.gateway import MODEL, chat_body
from tests.support.openai_answers import AUDIO, PNG, TRANSCRIPTS
from tests.support.scene import Scene

ODD = (
    b'{"zz_unknown": {"b": 1.10, "a": 123456789012345678901234567890, "c": null},'
    b' "model" :"%s", "temperature": 0, "seed": 1e2, "messages": [ {"role":"user",'
    b' "name":"x", "content":"caf\\u00e9", "made_up": [1.50]} ], "n": 1, "max_tokens": 0.0}'
)


def send(scene: Scene, path: str, raw: bytes, **headers: str) -> requests.Response:
    """Send bytes as they are."""
    all_headers = {"Authorization": f"Bearer {scene.key.text}", **headers}
    return requests.post(f"{scene.node.url}/v1{path}", data=raw, headers=all_headers, timeout=30)


def upload(scene: Scene, path: str, **fields: str) -> requests.Response:
    """Send a form with a sound in it."""
    return requests.post(
        f"{scene.node.url}/v1{path}",
        data=fields,
        files={"file": ("a.mp3", AUDIO, "audio/mpeg")},
        headers={"Authorization": f"Bearer {scene.key.text}"},
        timeout=30,
    )


def raw_members(body: bytes) -> dict[str, Any]:
    """Return the members of an object with their numbers spelled as they came."""
    tree: dict[str, Any] = json.loads(body, parse_float=str, parse_int=str)
    return tree


def test_a_plain_body_arrives_byte_for_byte(scene: Scene) -> None:
    tag = scene.serve("odd")
    sent = ODD % b"odd"

    answer = send(scene, "/chat/completions", sent, **{"Content-Type": "application/json"})

    assert answer.status_code == 200
    assert scene.seen(tag)[0].body == sent
    assert scene.seen(tag)[0].headers["content-length"] == str(len(sent))


def test_the_query_goes_with_the_path(scene: Scene) -> None:
    tag = scene.serve()

    scene.post("/chat/completions?api-version=1&x=%2F", chat_body())

    assert scene.seen(tag)[0].query == "api-version=1&x=%2F"


def test_a_plain_call_whose_client_left_is_finished_and_paid(scene: Scene) -> None:
    tag = scene.serve(delay=0.5)

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{scene.node.url}/v1/chat/completions",
            json=chat_body(),
            headers={"Authorization": f"Bearer {scene.key.text}"},
            timeout=0.2,
        )

    eventually(lambda: len(scene.node.books.logs(scene.key)) == 1)
    assert scene.seen(tag)[0].left_at is None
    assert scene.node.books.details(scene.key)["ended"] == "complete"
    assert scene.sums().agree


def test_mapping_and_system_prompt_leave_everything_else_as_it_was(scene: Scene) -> None:
    tag = scene.serve(
        "odd",
        channel={
            "model_mapping": json.dumps({"odd": "even"}),
            "system_prompt": "Speak like a pirate.",
        },
    )
    sent = ODD % b"odd"

    send(scene, "/chat/completions", sent)

    arrived = scene.seen(tag)[0].body
    before, after = raw_members(sent), raw_members(arrived)
    assert list(after) == list(before)
    assert after["model"] == "even"
    first, second = after["messages"]
    assert first == {"role": "system", "content": "Speak like a pirate."}
    assert second == before["messages"][0]
    changed = {"model", "messages"}
    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    assert b"1.10" in arrived
    assert b'"caf\\u00e9"' in arrived


def test_the_log_names_both_models_and_that_the_prompt_was_set(scene: Scene) -> None:
    scene.serve(
        "asked", channel={"model_mapping": '{"asked":"gpt-4o"}', "system_prompt": "Be brief."}
    )

    scene.chat(model="asked")

    row, details = scene.node.books.row(scene.key), scene.node.books.details(scene.key)
    assert (row.model_name, details["requested_model"]) == ("gpt-4o", "asked")
    assert row.system_prompt_reset
    assert details["model_ratio"] == 2.5


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_channels_system_prompt_replaces_the_clients(scene: Scene, role: str) -> None:
    tag = scene.serve(channel={"system_prompt": "Be brief."})
    messages = [
        {"role": role, "content": "Be long.", "name": "boss"},
        {"role": "user", "content": "hi"},
    ]

    scene.chat(messages=messages)

    first, second = scene.seen(tag)[0].json["messages"]
    assert first == {"role": role, "content": "Be brief.", "name": "boss"}
    assert second == messages[1]


def test_members_of_an_answer_that_nobody_knows_survive(scene: Scene) -> None:
    scene.serve(extra=True)

    answer = scene.chat()

    assert b'{"b": 1.1, "a": 123456789012345678901234567890}' in answer.content


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/completions", {"prompt": "x", "logprobs": 5, "best_of": 2, "echo": True, "suffix": ""}),
        ("/completions", {"prompt": [[1, 2, 3]], "max_tokens": 3.0}),
        ("/chat/completions", {"messages": [{"role": "user", "content": ""}], "user": 7}),
        ("/chat/completions", {"messages": [{"role": "tool", "content": None}], "seed": "x"}),
        (
            "/chat/completions",
            {"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "web_search"}]},
        ),
        (
            "/chat/completions",
            {"messages": [{"role": "user", "content": "x"}], "audio": {"voice": {"id": "v"}}},
        ),
        ("/embeddings", {"input": [1, 2, 3], "dimensions": 3}),
        ("/embeddings", {"input": [[1, 2], [3]]}),
        ("/moderations", {"input": [{"type": "text", "text": "x"}]}),
        ("/edits", {"input": "x", "instruction": "mend it"}),
    ],
)
def test_valid_requests_are_not_refused_for_their_types(
    scene: Scene, path: str, body: dict[str, Any]
) -> None:
    tag = scene.serve("any-model")

    answer = scene.post(path, {"model": "any-model", **body})

    assert answer.status_code == 200, answer.text
    assert scene.seen(tag)[0].path == f"/v1{path}"
    assert scene.seen(tag)[0].json == {"model": "any-model", **body}


def test_speech_takes_a_voice_that_is_an_object(scene: Scene) -> None:
    scene.serve("tts-1")
    body = {"model": "tts-1", "input": "hello", "voice": {"id": "voice_1"}}

    assert scene.post("/audio/speech", body).content == AUDIO


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/chat/completions", {"messages": [{"role": "user", "content": "x"}]}),
        ("/chat/completions", {"model": 7, "messages": [{"role": "user", "content": "x"}]}),
        ("/chat/completions", {"model": MODEL}),
        ("/chat/completions", {"model": MODEL, "messages": []}),
        ("/chat/completions", {"model": MODEL, "messages": "x"}),
        ("/chat/completions", {"model": MODEL, "messages": ["x"]}),
        ("/chat/completions", chat_body(max_tokens=-1)),
        ("/chat/completions", chat_body(max_tokens="many")),
        ("/chat/completions", chat_body(max_completion_tokens=-1)),
        ("/chat/completions", chat_body(max_tokens=1_073_741_824)),
        ("/chat/completions", chat_body(n=0)),
        ("/chat/completions", chat_body(n=129)),
        ("/chat/completions", chat_body(n=-3)),
        ("/chat/completions", chat_body(messages=[{"role": "user", "content": ["x"]}])),
        (
            "/chat/completions",
            chat_body(messages=[{"role": "user", "content": [{"type": "image_url"}]}]),
        ),
        ("/completions", {"model": MODEL}),
        ("/completions", {"model": MODEL, "prompt": ""}),
        ("/embeddings", {"model": MODEL}),
        ("/moderations", {"model": MODEL, "input": ""}),
        ("/edits", {"model": MODEL, "input": "x"}),
    ],
)
def test_what_cannot_be_meant_is_400(scene: Scene, path: str, body: dict[str, Any]) -> None:
    tag = scene.serve()

    answer = scene.post(path, body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_text_request"
    assert not scene.seen(tag)
    assert scene.charged == 0


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_what_starts_like_json_is_json(scene: Scene, content_type: str | None) -> None:
    scene.serve()
    headers = {"Content-Type": content_type} if content_type else {}

    answer = send(scene, "/chat/completions", json.dumps(chat_body()).encode(), **headers)

    assert answer.status_code == 200


def test_a_zipped_body_is_unpacked_and_sent_on_plain(scene: Scene) -> None:
    tag = scene.serve()
    body = json.dumps(chat_body()).encode()

    answer = send(scene, "/chat/completions", gzip.compress(body), **{"Content-Encoding": "gzip"})

    assert answer.status_code == 200
    assert scene.seen(tag)[0].json == chat_body()
    assert "content-encoding" not in scene.seen(tag)[0].headers


def test_the_model_of_embeddings_may_stand_in_the_path(scene: Scene) -> None:
    tag = scene.serve("maker/embed-1")

    answer = scene.post("/engines/maker/embed-1/embeddings", {"input": "hello"})

    assert answer.status_code == 200
    assert scene.seen(tag)[0].path == "/v1/embeddings"
    assert scene.seen(tag)[0].json["model"] == "maker/embed-1"


@pytest.mark.parametrize("form", sorted(TRANSCRIPTS))
def test_a_transcript_comes_in_the_form_that_was_asked_for(scene: Scene, form: str) -> None:
    scene.serve("whisper-1")

    answer = upload(scene, "/audio/transcriptions", model="whisper-1", response_format=form)

    kind, text = TRANSCRIPTS[form]
    assert answer.status_code == 200, answer.text
    assert answer.text == text
    assert answer.headers["Content-Type"] == kind
    assert scene.charged > 0


def test_a_transcript_streams(scene: Scene) -> None:
    scene.serve("gpt-4o-transcribe")

    answer = upload(scene, "/audio/transcriptions", model="gpt-4o-transcribe", stream="true")

    events = [
        json.loads(line[6:])
        for line in answer.text.split("\n\n")
        if line[:6] == "data: " and line != "data: [DONE]"
    ]
    assert [event["type"] for event in events] == [
        "transcript.text.delta",
        "transcript.text.delta",
        "transcript.text.done",
    ]
    assert scene.node.books.row(scene.key).completion_tokens == 5


def test_a_translation_goes_its_own_way(scene: Scene) -> None:
    tag = scene.serve("whisper-1")

    answer = upload(scene, "/audio/translations", model="whisper-1")

    assert answer.json() == {"text": "good morning"}
    assert scene.seen(tag)[0].path == "/v1/audio/translations"


def test_the_model_of_a_form_is_read_mapped_and_billed(scene: Scene) -> None:
    tag = scene.serve("ears", channel={"model_mapping": '{"ears":"gpt-4o-transcribe"}'})

    upload(scene, "/audio/transcriptions", model="ears", language="en")

    arrived = scene.seen(tag)[0]
    assert b"gpt-4o-transcribe" in arrived.body
    assert b'name="language"\r\n\r\nen' in arrived.body
    assert AUDIO in arrived.body
    assert scene.node.books.row(scene.key).model_name == "gpt-4o-transcribe"


def test_a_form_without_a_model_means_whisper(scene: Scene) -> None:
    tag = scene.serve("whisper-1")

    upload(scene, "/audio/transcriptions")

    assert b"whisper-1" in scene.seen(tag)[0].body


def test_variations_of_a_picture_are_made(scene: Scene) -> None:
    tag = scene.serve("dall-e-2")

    answer = requests.post(
        f"{scene.node.url}/v1/images/variations",
        data={"n": "2"},
        files={"image": ("a.png", PNG, "image/png")},
        headers={"Authorization": f"Bearer {scene.key.text}"},
        timeout=30,
    )

    assert len(answer.json()["data"]) == 2
    assert scene.seen(tag)[0].path == "/v1/images/variations"


def test_only_harmless_headers_of_an_upstream_come_through(scene: Scene) -> None:
    scene.serve(cookies=True)

    answer = scene.chat()

    names = {name.lower() for name in answer.headers}
    assert answer.headers["x-upstream-request-id"] == "req-of-the-upstream"
    assert answer.headers["openai-processing-ms"] == "12"
    assert not names & {"set-cookie", "openai-organization", "x-ratelimit-remaining-requests"}
    assert float(answer.headers["X-Oneapi-Overhead-Ms"]) >= 0
    assert "Content-Encoding" not in answer.headers


def test_only_named_headers_of_a_client_go_upstream(scene: Scene) -> None:
    tag = scene.serve(channel={"config": json.dumps({"pass_headers": "X-Trace, Cookie"})})
    headers = {
        "OpenAI-Beta": "assistants=v2",
        "Idempotency-Key": "once",
        "X-Trace": "t1",
        "X-Other": "no",
        "Cookie": "session=secret",
        "OpenAI-Organization": "org-of-the-client",
        "X-Forwarded-For": "203.0.113.7",
        "User-Agent": "my-program/1.0",
    }

    scene.post("/chat/completions", chat_body(), headers=headers)

    arrived = scene.seen(tag)[0].headers
    assert arrived["openai-beta"] == "assistants=v2"
    assert arrived["idempotency-key"] == "once"
    assert arrived["x-trace"] == "t1"
    assert arrived["authorization"] == "Bearer sk-of-the-upstream"
    assert not arrived.keys() & {"x-other", "cookie", "openai-organization", "x-forwarded-for"}
    assert "my-program" not in arrived["user-agent"]


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_a_base_url_may_end_in_any_way(scene: Scene, ending: str) -> None:
    tag = f"ending{len(ending)}{scene.group}"
    base = scene.upstream.base(tag=tag) + ending
    scene.node.new_channel(base, group=scene.group)

    assert scene.chat().status_code == 200
    assert scene.seen(tag)[0].path == "/v1/chat/completions"


def test_the_raw_proxy_passes_method_path_query_and_body(scene: Scene) -> None:
    tag = scene.serve("none", channel={"type": 43, "key": "Bearer of-the-target"})
    url = f"{scene.node.url}/v1/oneapi/proxy/{scene.channel_id}/x/y%20z?a=1&b=%2F"

    answer = requests.put(
        url,
        data=b"\x00raw",
        headers={"Authorization": scene.key.text, "Cookie": "s=1", "X-Mine": "yes"},
        timeout=10,
    )

    assert answer.status_code == 200, answer.text
    arrived = scene.seen(tag)[0]
    assert (arrived.method, arrived.query, arrived.body) == ("PUT", "a=1&b=%2F", b"\x00raw")
    assert arrived.path == "/x/y%20z"
    assert arrived.headers["authorization"] == "Bearer of-the-target"
    assert arrived.headers["x-mine"] == "yes"
    assert "cookie" not in arrived.headers
    assert scene.node.books.row(scene.key).model_name == "proxy"


def test_the_raw_proxy_is_closed_to_other_types_and_groups(scene: Scene) -> None:
    tag = scene.serve()
    openai_channel = scene.channel_id
    scene.serve("none", channel={"type": 43, "group": "others"}, tag=tag)
    headers = {"Authorization": scene.key.text}

    answers = [
        requests.get(f"{scene.node.url}/v1/oneapi/proxy/{number}/x", headers=headers, timeout=10)
        for number in (openai_channel, scene.channel_id)
    ]

    assert [answer.status_code for answer in answers] == [403] * 2
    assert {answer.json()["error"]["code"] for answer in answers} == {"channel_not_allowed"}
    assert not scene.seen(tag)


def test_a_failing_target_of_the_raw_proxy_is_shown_as_it_is(scene: Scene) -> None:
    scene.serve("none", channel={"type": 43}, status=418, body="teapot", body_type="text/plain")
    url = f"{scene.node.url}/v1/oneapi/proxy/{scene.channel_id}/brew"

    answer = requests.get(url, headers={"Authorization": scene.key.text}, timeout=10)

    assert (answer.status_code, answer.text) == (418, "teapot")


def test_what_a_target_of_the_raw_proxy_leaves_unnamed_is_not_called_html(scene: Scene) -> None:
    scene.serve("none", channel={"type": 43}, body="<script>", body_type="")
    url = f"{scene.node.url}/v1/oneapi/proxy/{scene.channel_id}/x"

    answer = requests.get(url, headers={"Authorization": scene.key.text}, timeout=10)

    assert answer.text == "<script>"
    assert "Content-Type" not in answer.headers


def test_many_calls_of_one_address_pass(scene: Scene) -> None:
    scene.serve()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {scene.key.text}"
        url = f"{scene.node.url}/v1/chat/completions"
        statuses = {session.post(url, json=chat_body(), timeout=10).status_code for _ in range(300)}

    assert statuses == {200}
