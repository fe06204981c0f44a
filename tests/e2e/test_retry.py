"""Which channel gets a call, what is tried again, and what switches a channel off."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from oneapi.models.channel import ChannelStatus
from oneapi.models.own import ChannelExtra
from tests.e2e.test_streams import DONE, trees
from tests.support.books import Key, eventually
from tests.support.gateway import MODEL, Gateway, gateway
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream


@pytest.fixture(scope="module")
def trying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that tries twice more, measures, and switches channels off by itself."""
    with gateway(tmp_path_factory.mktemp("trying"), ENABLE_METRIC="true") as node:
        node.set_option("RetryTimes", 2)
        node.set_option("AutomaticDisableChannelEnabled", value=True)
        yield node


@pytest.fixture
def scene(trying: Gateway, upstream: StubUpstream) -> Scene:
    return Scene(trying, upstream)


def calls(scene: Scene, *tags: str) -> list[int]:
    return [len(scene.seen(tag)) for tag in tags]


def status(scene: Scene) -> int | None:
    """Return the status of the channel that was added last."""
    return scene.node.books.channel(scene.channel_id).status


def test_equal_channels_share_the_calls(scene: Scene) -> None:
    tags = scene.serve(), scene.serve()

    for _ in range(60):
        scene.chat()

    first, second = calls(scene, *tags)
    assert first + second == 60
    assert min(first, second) >= 12


def test_weights_count_inside_a_level(scene: Scene) -> None:
    light, heavy = scene.serve(channel={"weight": 0}), scene.serve(channel={"weight": 99})

    for _ in range(40):
        scene.chat()

    assert calls(scene, light)[0] <= 8
    assert sum(calls(scene, light, heavy)) == 40


def test_the_highest_level_is_taken_and_then_the_next(scene: Scene) -> None:
    low = scene.serve(channel={"priority": -5})
    middle = scene.serve(channel={"priority": 1}, status=500)
    high = scene.serve(channel={"priority": 9}, status=503)

    answer = scene.chat()

    assert answer.status_code == 200
    assert calls(scene, high, middle, low) == [1, 1, 1]
    times = [scene.seen(tag)[0].at for tag in (high, middle, low)]
    assert times == sorted(times)


def test_a_disabled_channel_is_never_called(scene: Scene) -> None:
    off = scene.serve(channel={"status": 2, "priority": 9})
    on = scene.serve()

    assert scene.chat().status_code == 200
    assert calls(scene, off, on) == [0, 1]


def test_groups_reach_their_own_channels(scene: Scene, upstream: StubUpstream) -> None:
    other = Scene(scene.node, upstream)
    mine, theirs = scene.serve(), other.serve()

    other.chat()

    assert calls(scene, mine, theirs) == [0, 1]


def test_no_channel_is_503_that_names_group_and_model(scene: Scene) -> None:
    answer = scene.chat(model="nobody-serves-this")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "no_available_channel")
    assert "nobody-serves-this" in error["message"]
    assert scene.group in error["message"]


def test_a_mode_that_the_type_cannot_do_is_501_and_no_fault(scene: Scene) -> None:
    scene.serve("claude-x", channel={"type": 14})

    answer = scene.post("/images/generations", {"model": "claude-x", "prompt": "a cat"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "unsupported_mode")
    assert scene.charged == 0
    assert status(scene) == ChannelStatus.ENABLED


@pytest.mark.parametrize(
    ("failing", "tries"),
    [
        ({"status": 302, "location": "http://127.0.0.1:1/"}, 3),
        ({"status": 400}, 1),
        ({"status": 401}, 3),
        ({"status": 402}, 3),
        ({"status": 403}, 3),
        ({"status": 404}, 2),
        ({"status": 408}, 3),
        ({"status": 413}, 1),
        ({"status": 422}, 1),
        ({"status": 429, "retry_after": 1}, 3),
        ({"status": 500}, 3),
        ({"status": 503}, 3),
        ({"drop": True}, 3),
        ({"body": "<html>no JSON</html>", "body_type": "text/html"}, 3),
        ({"body": '{"error":{"message":"m","type":"t","code":"c"}}'}, 3),
    ],
    ids=str,
)
def test_what_is_tried_again_and_how_often(
    scene: Scene, failing: dict[str, Any], tries: int
) -> None:
    tags = [scene.serve(**failing) for _ in range(4)]

    answer = scene.chat()

    assert answer.status_code >= 400
    seen = calls(scene, *tags)
    assert sum(seen) == tries
    assert max(seen) == 1
    assert scene.charged == 0
    assert scene.sums().agree


def test_the_third_channel_answers_and_the_log_tells_of_the_others(scene: Scene) -> None:
    scene.serve(status=500, channel={"priority": 3})
    scene.serve(status=429, code="slow_down", channel={"priority": 2})
    good = scene.serve()

    answer = scene.chat()

    assert answer.status_code == 200
    assert calls(scene, good) == [1]
    attempts = scene.node.books.details(scene.key)["attempts"]
    assert [attempt["status"] for attempt in attempts] == [500, 429]
    assert [attempt["channel_id"] for attempt in attempts] == scene.channels[:2]
    assert scene.node.books.row(scene.key).channel_id == scene.channels[2]


def test_the_only_channel_is_tried_once_more_if_it_may_recover(scene: Scene) -> None:
    tag = scene.serve(status=500, fails=1)

    answer = scene.chat()

    assert answer.status_code == 200
    assert calls(scene, tag) == [2]
    pause = scene.seen(tag)[1].at - scene.seen(tag)[0].at
    assert pause > 0.15


def test_the_only_channel_is_not_asked_again_when_it_is_busy(scene: Scene) -> None:
    tag = scene.serve(status=429, retry_after=9)

    answer = scene.chat()

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "9"
    assert calls(scene, tag) == [1]


def test_a_stream_is_tried_again_before_its_first_event(scene: Scene) -> None:
    scene.serve(empty=True, usage="none", channel={"priority": 9})
    good = scene.serve()

    events = scene.stream()

    assert events[-1] == DONE
    assert calls(scene, good) == [1]


def test_a_stream_is_never_tried_again_after_its_first_event(scene: Scene) -> None:
    scene.serve(cut_after=3, channel={"priority": 9})
    second = scene.serve()

    events = scene.stream()

    assert trees(events)[-1]["error"]["code"] == "stream_interrupted"
    assert calls(scene, second) == [0]
    assert len(scene.node.books.logs(scene.key)) == 1


def test_a_named_channel_is_never_left(scene: Scene) -> None:
    bad, good = scene.serve(status=500), scene.serve()
    key = scene.node.books.new_key(scene.node.books.new_user(role=10, group=scene.group))
    named = Key(key.token_id, key.user_id, f"{key.text}-{scene.channels[0]}")

    answer = scene.node.chat(named)

    assert answer.status_code == 500
    assert calls(scene, bad, good) == [1, 0]


def test_a_busy_channel_rests_while_another_is_there(scene: Scene) -> None:
    busy = scene.serve(status=429, retry_after=60, fails=1, channel={"priority": 9})
    other = scene.serve()

    for _ in range(5):
        assert scene.chat().status_code == 200

    assert calls(scene, busy, other) == [1, 5]


def test_a_single_busy_channel_is_tried_all_the_same(scene: Scene) -> None:
    tag = scene.serve(status=429, retry_after=60, fails=1)

    first, second = scene.chat(), scene.chat()

    assert (first.status_code, second.status_code) == (429, 200)
    assert calls(scene, tag) == [2]


def test_a_dead_key_switches_the_channel_off_and_says_why(scene: Scene) -> None:
    tag = scene.serve(
        status=401, code="invalid_api_key", message="Incorrect key sk-of-the-upstream"
    )

    answer = scene.chat()

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (502, "upstream_auth_failed")
    assert "sk-" not in error["message"]
    assert status(scene) == ChannelStatus.AUTO_DISABLED
    with Session(scene.node.books.engine) as session:
        extra = session.get_one(ChannelExtra, scene.channel_id)
    assert extra.disabled_reason
    assert extra.disabled_model == MODEL
    assert extra.disabled_time
    assert scene.chat().json()["error"]["code"] == "no_available_channel"
    assert calls(scene, tag) == [1]


def test_an_empty_account_switches_the_channel_off_at_the_second_time(scene: Scene) -> None:
    scene.serve(status=429, code="insufficient_quota")

    first = scene.chat()
    after_one = status(scene)
    scene.chat()

    assert first.json()["error"]["code"] == "upstream_quota_exhausted"
    assert (after_one, status(scene)) == (ChannelStatus.ENABLED, ChannelStatus.AUTO_DISABLED)


@pytest.mark.parametrize(
    "words",
    [
        "Unrecognized request argument: credit",
        "your credit balance is too low",
        "permission denied; invalid_api_key; account_deactivated",
    ],
)
def test_no_words_of_a_user_switch_a_channel_off(scene: Scene, words: str) -> None:
    scene.serve(status=400, type="invalid_request_error", message=words)

    for _ in range(4):
        assert scene.chat().status_code == 400

    assert status(scene) == ChannelStatus.ENABLED


def test_a_poor_success_rate_switches_a_channel_off(scene: Scene) -> None:
    """Ten results are looked at; the stub fails three times and then works."""
    scene.serve(status=500, fails=3)
    admin = scene.node.books.new_key(scene.node.books.new_user(role=10, group=scene.group))
    named = Key(admin.token_id, admin.user_id, f"{admin.text}-{scene.channel_id}")
    for _ in range(3):
        assert scene.node.chat(named).status_code == 500
    for _ in range(6):
        assert scene.node.chat(named).status_code == 200
    before = status(scene)
    broken = scene.upstream.base(tag=scene.group, status=503)
    scene.node.update_channel(scene.channel_id, base_url=broken)

    scene.node.chat(named)

    assert (before, status(scene)) == (ChannelStatus.ENABLED, ChannelStatus.AUTO_DISABLED)


def test_mistakes_of_clients_do_not_lower_the_rate(scene: Scene) -> None:
    scene.serve(status=422)

    for _ in range(12):
        assert scene.chat().status_code == 422

    assert status(scene) == ChannelStatus.ENABLED


def test_a_local_refusal_touches_no_channel(scene: Scene) -> None:
    tag = scene.serve()
    poor = scene.node.books.new_key(scene.node.books.new_user(quota=1, group=scene.group))

    answer = scene.node.chat(poor)

    assert answer.json()["error"]["code"] == "insufficient_user_quota"
    assert calls(scene, tag) == [0]
    assert status(scene) == ChannelStatus.ENABLED


def test_a_client_that_leaves_is_no_fault_of_the_channel(scene: Scene) -> None:
    tag = scene.serve(silent_after=2)
    other = scene.serve(channel={"priority": -1})

    for _ in range(4):
        with scene.post(
            "/chat/completions",
            {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "x"}]},
            stream=True,
        ) as answer:
            next(answer.iter_content(1))
    eventually(lambda: all(seen.done.is_set() for seen in scene.seen(tag)))

    assert calls(scene, tag, other) == [4, 0]


def test_an_html_page_in_place_of_json_is_named(scene: Scene) -> None:
    scene.serve(body="<html><body>Please sign in</body></html>", body_type="text/html")

    answer = scene.chat()

    assert (answer.status_code, answer.json()["error"]["code"]) == (
        502,
        "unmarshal_response_body_failed",
    )
    assert "<html>" not in answer.json()["error"]["message"]


def test_an_html_error_page_is_told_without_its_tags(scene: Scene) -> None:
    page = "<html><h1>502 Bad Gateway</h1><hr>nginx</html>"
    scene.serve(status=502, body=page, body_type="text/html")

    answer = scene.chat()

    assert answer.status_code == 502
    assert "502 Bad Gateway" in answer.json()["error"]["message"]
    assert "<h1>" not in answer.json()["error"]["message"]


def test_an_upstreams_own_words_pass_when_the_client_is_wrong(scene: Scene) -> None:
    scene.serve(status=400, type="invalid_request_error", code="context_length", message="too long")

    error = scene.chat().json()["error"]

    assert error["message"].startswith("too long (request id: ")
    assert (error["type"], error["code"]) == ("invalid_request_error", "context_length")


def test_redirects_are_not_followed_with_the_key(scene: Scene) -> None:
    target = scene.upstream.base(tag=f"stolen{scene.group}")
    scene.serve(status=302, location=f"{target}/v1/chat/completions")

    answer = scene.chat()

    assert answer.status_code >= 400
    assert not scene.seen(f"stolen{scene.group}")


def test_the_last_channel_takes_its_model_out_of_the_list(scene: Scene) -> None:
    scene.serve("lonely-model", status=401)
    before = {model.id for model in scene.client.models.list()}

    scene.chat(model="lonely-model")

    assert before == {"lonely-model"}
    assert not list(scene.client.models.list())
