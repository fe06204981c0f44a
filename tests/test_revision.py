from collections.abc import Iterator

import pytest
import redis

from oneapi import revision
from oneapi.lib.cache import RedisLink, RedisSpec
from oneapi.lib.database import Database
from tests.support import servers


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What the listeners of the process were told."""
    calls: list[str] = []

    def listen() -> None:
        calls.append("changed")

    revision.on_change(listen)
    yield calls
    revision._listeners.remove(listen)


def number(db: Database) -> int:
    with db.reading() as session:
        return revision.current(session)


def test_a_change_moves_the_number_by_one(db: Database) -> None:
    before = number(db)

    with db.transaction() as session:
        revision.bump(session)

    assert number(db) == before + 1


def test_the_process_hears_of_it_after_the_commit(db: Database, told: list[str]) -> None:
    with db.transaction() as session:
        revision.bump(session)
        assert told == []

    assert told == ["changed"]


def test_several_changes_in_one_transaction_are_told_once(db: Database, told: list[str]) -> None:
    with db.transaction() as session:
        revision.bump(session)
        revision.bump(session, forget=("token:x",))

    assert told == ["changed"]


def test_a_rolled_back_change_is_no_change(db: Database, told: list[str]) -> None:
    before = number(db)

    def change_and_fail() -> None:
        with db.transaction() as session:
            revision.bump(session)
            raise LookupError

    with pytest.raises(LookupError):
        change_and_fail()

    assert number(db) == before
    assert told == []


def test_a_redis_that_is_away_stops_no_commit(db: Database) -> None:
    revision.use_redis(RedisLink(RedisSpec.parse("redis://127.0.0.1:1")))
    before = number(db)

    try:
        with db.transaction() as session:
            revision.bump(session, forget=("token:x",))
    finally:
        revision.use_redis(None)

    assert number(db) == before + 1


def test_stale_entries_of_other_programs_are_deleted(db: Database) -> None:
    server = redis.Redis.from_url(servers.redis_url())
    server.set("token:stale", "{}")
    revision.use_redis(RedisLink(RedisSpec.parse(servers.redis_url())))

    try:
        with db.transaction() as session:
            revision.bump(session, forget=(revision.token_entry("stale"),))
        assert server.get("token:stale") is None
    finally:
        revision.use_redis(None)
        server.close()


def test_entries_are_named_as_one_api_names_them() -> None:
    assert revision.token_entry("abc") == "token:abc"
    assert revision.user_entries(7) == ("user_group:7", "user_quota:7", "user_enabled:7")
    assert revision.group_entries(["vip"]) == ("group_models:vip",)
