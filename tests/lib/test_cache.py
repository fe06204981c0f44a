import logging

import pytest

from oneapi.lib.cache import PAUSE_AFTER_FAILURE_S, Address, RedisLink, RedisLogin, RedisSpec

NOBODY = "redis://127.0.0.1:1/0"


def test_a_url_is_one_server() -> None:
    spec = RedisSpec.parse("rediss://user:word@host:6380/2")

    assert spec.kind == "single"
    assert "word" not in repr(spec)


def test_a_master_name_makes_the_list_sentinels() -> None:
    spec = RedisSpec.parse("a:26379, b:26380", master_name="main")

    assert spec.kind == "sentinel"
    assert spec.sentinels == (Address("a", 26379), Address("b", 26380))


def test_a_list_without_a_master_name_is_a_cluster() -> None:
    spec = RedisSpec.parse("a:7000,redis://b")

    assert spec.kind == "cluster"
    assert spec.nodes == (Address("a", 7000), Address("b", 6379))


@pytest.mark.parametrize("text", ["host:6379", "http://host", "redis://host/x", "redis://host/0/1"])
def test_what_names_no_redis_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Redis address"):
        RedisSpec.parse(text)


def test_an_address_without_host_is_refused_without_repeating_its_password() -> None:
    with pytest.raises(ValueError, match="no host") as refused:
        RedisSpec.parse("redis://:word@,b:1")

    assert "word" not in str(refused.value)


def test_a_login_shows_no_password() -> None:
    assert "word" not in repr(RedisLogin(password="word", sentinel_password="word"))


def test_limits_get_the_address_in_their_own_spelling() -> None:
    assert RedisSpec.parse("unix:///run/redis.sock").for_limits()[0] == (
        "redis+unix:///run/redis.sock"
    )
    assert RedisSpec.parse("a:1,b:2").for_limits()[0] == "redis+cluster://a:1,b:2"
    sentinel = RedisSpec.parse("a:1,b:2", master_name="main")
    assert sentinel.for_limits()[0] == "redis+sentinel://a:1,b:2/main"


@pytest.mark.parametrize(
    "spec",
    [
        RedisSpec.parse(NOBODY),
        RedisSpec.parse("127.0.0.1:1,127.0.0.1:2"),
        RedisSpec.parse("127.0.0.1:1", master_name="main"),
    ],
    ids=["single", "cluster", "sentinel"],
)
def test_a_redis_that_is_away_raises_nothing(spec: RedisSpec) -> None:
    link = RedisLink(spec)

    assert link.ping() is False
    assert link.delete(["a"]) is False
    assert link.publish("channel", "") is False


def test_a_redis_that_is_away_is_reported_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 1000.0
    link = RedisLink(RedisSpec.parse(NOBODY), clock=lambda: now)

    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            link.ping()
            now += PAUSE_AFTER_FAILURE_S + 1
        assert len(caplog.records) == 1
        now += 60
        link.ping()

    assert len(caplog.records) == 2
