"""What calls cost, told by balances, counters and log rows."""

import json
import math
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.books import PLENTY, eventually
from tests.support.gateway import MODEL, Gateway, chat_body, gateway
from tests.support.openai_answers import AUDIO
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream

WHOLE = "whole-unit"
"""A model whose ratio is 1: one token costs one unit."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose prices these tests may change."""
    with gateway(tmp_path_factory.mktemp("shop")) as node:
        node.set_option(
            "ModelRatio",
            json.dumps({WHOLE: 1, "free": 0, "odd": 0.07, "tiny": 0.0001, "below": 0.5}),
        )
        node.set_option("GroupRatio", json.dumps({"default": 1, "half": 0.5, "gratis": 0}))
        yield node


@pytest.fixture
def scene(shop: Gateway, upstream: StubUpstream) -> Scene:
    return Scene(shop, upstream)


def say(scene: Scene, model: str, **members: Any) -> int:
    """Send one chat and return what it cost."""
    before = scene.charged
    answer = scene.chat(model=model, **members)
    assert answer.status_code == 200, answer.text
    return scene.charged - before


@pytest.mark.parametrize(
    ("model", "usage", "expected"),
    [
        ("gpt-4o-mini", "1000:500", 225),
        ("odd", "100:0", 8),
        ("free", "1000:1000", 0),
        ("tiny", "1:0", 1),
        (WHOLE, "10:5", 15),
        ("gpt-3.5-turbo", "100:100", math.ceil((100 + 100 * 3) * 0.25)),
        ("gpt-4", "10:10", math.ceil((10 + 10 * 2) * 15)),
        ("nobody-priced-this", "10:5", 15 * 30),
    ],
)
def test_the_formula(scene: Scene, model: str, usage: str, expected: int) -> None:
    scene.serve(model, usage=usage)

    assert say(scene, model) == expected
    assert scene.sums().agree


def test_a_stream_costs_what_a_plain_call_costs(scene: Scene) -> None:
    scene.serve(WHOLE, usage="123:45")

    plain = say(scene, WHOLE)
    scene.stream(model=WHOLE)

    assert scene.charged == plain * 2 == 336


@pytest.mark.parametrize(("counted", "cost"), [({"promptTokenCount": 6}, 6), ({}, 0)])
@pytest.mark.parametrize("asked", ["chat", "stream", "picture"])
def test_a_blocked_prompt_costs_what_the_provider_counted(
    scene: Scene, asked: str, counted: dict[str, int], cost: int
) -> None:
    body = json.dumps({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": counted})
    told = {"body": body}
    if asked == "stream":
        told = {"body": f"data: {body}\n\n", "body_type": "text/event-stream"}
    tag = scene.serve(WHOLE, channel={"type": 24}, **told)

    if asked == "picture":
        answer = scene.post("/images/generations", {"model": WHOLE, "prompt": "a cat"})
    else:
        answer = scene.chat(model=WHOLE, stream=asked == "stream")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "content_filter")
    assert len(scene.seen(tag)) == 1
    sums = scene.sums()
    assert sums.agree
    assert (sums.balance_drop, sums.requests) == (cost, int(cost > 0))


def test_a_plain_call_whose_client_has_gone_is_finished_and_paid(scene: Scene) -> None:
    """Its provider charges for the answer whether anybody hears it or not."""
    tag = scene.serve(WHOLE, delay=0.5, usage="123:45")

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{scene.node.url}/v1/chat/completions",
            json=chat_body(model=WHOLE),
            headers={"Authorization": f"Bearer {scene.key.text}"},
            timeout=0.2,
        )

    eventually(lambda: scene.sums().requests == 1)
    assert scene.seen(tag)[0].left_at is None
    assert scene.node.books.details(scene.key)["ended"] == "complete"
    assert (scene.sums().agree, scene.charged) == (True, 168)


def test_the_group_sets_the_price(shop: Gateway, upstream: StubUpstream) -> None:
    costs = {}
    for group in ("half", "gratis", "default"):
        scene = Scene(shop, upstream, group=group)
        scene.serve(f"{WHOLE}-{group}", channel={"model_mapping": _to_whole(group)})
        costs[group] = say(scene, f"{WHOLE}-{group}")

    assert costs == {"half": 8, "gratis": 0, "default": 15}


def _to_whole(group: str) -> str:
    return json.dumps({f"{WHOLE}-{group}": WHOLE})


def test_a_call_that_does_not_fit_the_balance_is_not_sent(shop: Gateway, upstream: Any) -> None:
    scene = Scene(shop, upstream, quota=508)
    tag = scene.serve(WHOLE)

    answer = scene.chat(model=WHOLE)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "insufficient_user_quota"
    assert not scene.seen(tag)
    assert scene.charged == 0


@pytest.mark.parametrize(
    ("members", "fits"),
    [
        ({}, 510),
        ({"max_tokens": 100}, 610),
        ({"max_tokens": 50, "max_completion_tokens": 100}, 610),
        ({"max_tokens": 100, "n": 4}, 910),
    ],
    ids=str,
)
def test_the_estimate_counts_cushion_prompt_limit_and_choices(
    shop: Gateway, upstream: StubUpstream, members: dict[str, Any], fits: int
) -> None:
    """The prompt has ten tokens; the cushion is 500."""
    enough, short = (Scene(shop, upstream, quota=quota) for quota in (fits, fits - 1))
    for scene in (enough, short):
        scene.serve(WHOLE)

    assert enough.chat(model=WHOLE, **members).status_code == 200
    assert short.chat(model=WHOLE, **members).status_code == 403


def test_the_code_tells_whether_the_token_or_the_user_is_short(scene: Scene) -> None:
    scene.serve(WHOLE)
    small = scene.node.books.new_key(scene.user_id, remain_quota=100)

    answer = scene.node.chat(small, model=WHOLE)

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "pre_consume_token_quota_failed"
    assert scene.charged == 0
    assert scene.node.books.token(small.token_id).remain_quota == 100


def test_a_limited_token_pays_with_its_owner(scene: Scene) -> None:
    scene.serve(WHOLE)
    key = scene.node.books.new_key(scene.user_id, remain_quota=1000)

    scene.node.chat(key, model=WHOLE)

    token = scene.node.books.token(key.token_id)
    assert (token.remain_quota, token.used_quota) == (985, 15)
    assert scene.charged == 15


def test_every_counter_rises(scene: Scene) -> None:
    scene.serve(WHOLE)
    before = scene.node.books.token(scene.key.token_id)

    say(scene, WHOLE)
    say(scene, WHOLE)

    books = scene.node.books
    user, token = books.user(scene.user_id), books.token(scene.key.token_id)
    assert (user.used_quota, user.request_count, user.quota) == (30, 2, PLENTY - 30)
    assert (token.used_quota, token.remain_quota) == (30, before.remain_quota)
    assert (token.accessed_time or 0) >= (before.accessed_time or 0)
    assert books.channel(scene.channel_id).used_quota == 30


def test_a_log_row_holds_every_fact(scene: Scene) -> None:
    scene.serve(WHOLE, usage="20:7", cached=8)

    answer = scene.chat(model=WHOLE)

    row, details = scene.node.books.row(scene.key), scene.node.books.details(scene.key)
    assert row.request_id == answer.headers["X-Oneapi-Request-Id"]
    assert (row.prompt_tokens, row.completion_tokens, row.quota) == (20, 7, 27)
    assert (row.channel_id, row.model_name, row.token_name) == (scene.channel_id, WHOLE, "test")
    assert row.username == scene.node.books.user(scene.user_id).username
    assert row.is_stream is False
    assert (row.elapsed_time or 0) >= 0
    assert row.content
    expected = {"model_ratio": 1, "group_ratio": 1, "completion_ratio": 1, "cached_tokens": 8}
    assert expected.items() <= details.items()
    assert (details["usage_source"], details["ended"]) == ("upstream", "complete")


@pytest.mark.parametrize(
    "behaviour",
    [
        {"status": 500},
        {"status": 400},
        {"status": 429},
        {"drop": True},
        {"body": "not JSON", "body_type": "text/plain"},
        {"body": '{"error":{"message":"m","type":"t"}}'},
        {"cut_after": 20},
    ],
    ids=str,
)
def test_a_failed_call_costs_nothing(scene: Scene, behaviour: dict[str, Any]) -> None:
    scene.serve(WHOLE, **behaviour)
    key = scene.node.books.new_key(scene.user_id, remain_quota=10_000)

    answer = scene.node.chat(key, model=WHOLE)

    assert answer.status_code >= 400
    assert scene.sums().agree
    assert scene.charged == 0
    assert scene.node.books.token(key.token_id).remain_quota == 10_000
    assert scene.node.books.logs(key) == []


@pytest.mark.parametrize("usage", ["none", "0:0"])
def test_usage_that_is_missing_is_counted_and_marked(scene: Scene, usage: str) -> None:
    scene.serve(MODEL, usage=usage, text="hello world")

    scene.chat()

    row, details = scene.node.books.row(scene.key), scene.node.books.details(scene.key)
    assert (row.prompt_tokens, row.completion_tokens) == (10, 2)
    assert details["usage_source"] == "estimated"


@pytest.mark.parametrize(
    ("given", "tokens"),
    [("hello world", 2), (["hello world", "hello"], 3), ([1, 2, 3], 3), ([[1, 2], [3]], 3)],
    ids=str,
)
def test_embeddings_are_not_free_by_accident(scene: Scene, given: Any, tokens: int) -> None:
    scene.serve(WHOLE, usage="none")

    scene.post("/embeddings", {"model": WHOLE, "input": given})

    assert scene.charged == tokens


def test_moderations_are_not_free_by_accident(scene: Scene) -> None:
    scene.serve(WHOLE)

    scene.post("/moderations", {"model": WHOLE, "input": ["hello world", "hello"]})

    assert scene.charged == 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"model": "dall-e-3", "size": "1792x1024", "quality": "hd"}, 60_000),
        ({"model": "dall-e-3"}, 20_000),
        ({"model": "dall-e-3", "quality": "hd"}, 40_000),
        ({"model": "dall-e-2", "size": "512x512", "n": 3}, 33_750),
    ],
    ids=str,
)
def test_images_cost_by_size_quality_and_number(
    scene: Scene, body: dict[str, Any], expected: int
) -> None:
    scene.serve(body["model"])

    answer = scene.post("/images/generations", {"prompt": "a cat", **body})

    assert answer.status_code == 200
    assert scene.charged == expected
    assert scene.sums().agree


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model": "dall-e-2", "n": -5}, "n_not_within_range"),
        ({"model": "dall-e-2", "n": 11}, "n_not_within_range"),
        ({"model": "dall-e-3", "n": 2}, "n_not_within_range"),
        ({"model": "cogview-3-plus", "n": -1}, "n_not_within_range"),
        ({"model": "dall-e-2", "n": 1.5}, "n_not_within_range"),
        ({"model": "dall-e-2", "size": "7x7"}, "size_not_supported"),
        ({"model": "dall-e-2", "prompt": "x" * 1001}, "prompt_too_long"),
        ({"model": "dall-e-2", "prompt": ""}, "prompt_missing"),
        ({"model": "dall-e-2", "prompt": 7}, "invalid_image_request"),
    ],
    ids=str,
)
def test_images_that_cannot_be_made_are_refused(
    scene: Scene, body: dict[str, Any], code: str
) -> None:
    scene.serve(body["model"])

    answer = scene.post("/images/generations", {"prompt": "a cat", **body})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert scene.charged == 0


def test_images_whose_tokens_are_counted_cost_by_tokens(scene: Scene) -> None:
    scene.serve("gpt-image-1", channel={"model_mapping": ""}, usage="50:100")

    scene.post("/images/generations", {"model": "gpt-image-1", "prompt": "a cat"})

    row = scene.node.books.row(scene.key)
    assert (row.prompt_tokens, row.completion_tokens) == (50, 100)
    assert (row.quota or 0) > 0


def test_images_whose_tokens_nobody_counted_cost_what_the_price_list_says(scene: Scene) -> None:
    scene.serve("gpt-image-1", usage="none")
    body = {"model": "gpt-image-1", "prompt": "a cat", "quality": "high", "size": "1536x1024"}

    scene.post("/images/generations", body)

    assert scene.charged == 125_000


def test_images_that_failed_cost_nothing(scene: Scene) -> None:
    scene.serve("dall-e-2", status=500)

    answer = scene.post("/images/generations", {"model": "dall-e-2", "prompt": "a cat"})

    assert answer.status_code == 500
    assert scene.charged == 0
    assert scene.sums().agree


def test_speech_costs_by_characters(scene: Scene) -> None:
    scene.serve("tts-1")

    scene.post("/audio/speech", {"model": "tts-1", "input": "你好", "voice": "alloy"})

    assert scene.charged == 15


def test_a_transcript_without_usage_costs_its_tokens_times_the_ratio(scene: Scene) -> None:
    scene.serve("whisper-1")

    requests.post(
        f"{scene.node.url}/v1/audio/transcriptions",
        data={"model": "whisper-1"},
        files={"file": ("a.mp3", AUDIO)},
        headers={"Authorization": f"Bearer {scene.key.text}"},
        timeout=20,
    )

    assert scene.charged == 2 * 15


def test_cached_tokens_have_their_own_price_once_it_is_set(scene: Scene) -> None:
    scene.serve("below", usage="1000:0", cached=800)
    dear = say(scene, "below")

    scene.node.set_option("CacheRatio", json.dumps({"below": 0.5}))
    cheap = say(scene, "below")

    assert (dear, cheap) == (500, 300)


def test_a_price_per_call_goes_before_tokens(scene: Scene) -> None:
    scene.serve("per-call", usage="1000:1000")
    scene.node.set_option("ModelFixedPrice", json.dumps({"per-call": 0.002}))

    assert say(scene, "per-call") == 1000


def test_long_prompts_may_cost_more(scene: Scene) -> None:
    tiers = {"tiered": [{"above": 1000, "input": 2, "output": 1.5}]}
    scene.node.set_option("LongContextTiers", json.dumps(tiers))
    scene.node.set_option("ModelFixedPrice", "{}")
    scene.serve("tiered,short", usage="2000:100", channel={"model_mapping": '{"short":"tiered"}'})

    assert say(scene, "tiered") == (2000 * 2 + 100 * 1.5) * 30


def test_a_model_without_a_price_may_be_refused(scene: Scene) -> None:
    tag = scene.serve("priceless")
    scene.node.set_option("RefuseUnpricedModelsEnabled", value=True)

    answer = scene.chat(model="priceless")
    scene.node.set_option("RefuseUnpricedModelsEnabled", value=False)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "model_price_not_set")
    assert not scene.seen(tag)


def test_without_consumption_rows_the_balance_still_moves(scene: Scene) -> None:
    scene.serve(WHOLE)
    scene.node.set_option("LogConsumeEnabled", value=False)

    cost = say(scene, WHOLE)
    scene.node.set_option("LogConsumeEnabled", value=True)

    assert cost == 15
    assert scene.node.books.logs(scene.key) == []
    assert scene.node.books.user(scene.user_id).request_count == 1


def test_the_raw_proxy_costs_a_flat_price(scene: Scene) -> None:
    scene.serve("none", channel={"type": 43})
    scene.node.set_option("ProxyCallQuota", 100)

    requests.get(
        f"{scene.node.url}/v1/oneapi/proxy/{scene.channel_id}/x",
        headers={"Authorization": scene.key.text},
        timeout=10,
    )
    scene.node.set_option("ProxyCallQuota", 0)

    assert scene.charged == 100
    assert scene.node.books.row(scene.key).quota == 100


def test_calls_that_are_affordable_together_wait_for_each_other(
    shop: Gateway, upstream: StubUpstream
) -> None:
    """Each call reserves 510 and costs 510; two hundred want what one hundred can have."""
    scene = Scene(shop, upstream, quota=510 * 100)
    scene.serve(WHOLE, usage="505:5")

    statuses = in_parallel(scene, 200)

    assert statuses == {200: 100, 403: 100}
    assert scene.sums().agree
    assert scene.node.books.user(scene.user_id).quota == 0


def test_many_calls_never_overdraw_a_balance(shop: Gateway, upstream: StubUpstream) -> None:
    """Each call reserves 510 and costs 15."""
    scene = Scene(shop, upstream, quota=510 * 10)
    scene.serve(WHOLE, delay=0.01)

    statuses = in_parallel(scene, 200)

    assert set(statuses) == {200}
    assert scene.sums().agree
    assert scene.charged == 15 * 200


def in_parallel(scene: Scene, calls: int) -> Counter[int]:
    """Send that many chats over forty connections and count the statuses."""
    statuses: Counter[int] = Counter()
    body = chat_body(model=WHOLE)
    headers = {"Authorization": f"Bearer {scene.key.text}"}

    def work(share: int) -> None:
        with requests.Session() as session:
            for _ in range(share):
                url = f"{scene.node.url}/v1/chat/completions"
                answer = session.post(url, json=body, headers=headers, timeout=30)
                statuses[answer.status_code] += 1

    threads = [threading.Thread(target=work, args=(calls // 40,)) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    eventually(lambda: scene.sums().open == 0)
    return statuses
