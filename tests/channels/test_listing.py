from typing import Any

import pytest

from oneapi.channels import listing, store
from oneapi.channels.draft import ChannelDraft
from oneapi.channels.listing import ChannelFilter
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.lib.paging import Page


def create(db: Database, name: str, **body: Any) -> int:
    draft = ChannelDraft.from_json({"type": 1, "key": "k", "models": "a", "name": name, **body})
    with db.transaction() as session:
        return store.create(session, draft, now_s=0)[0].id


def listed(db: Database, *, order: str = "", **narrow: Any) -> list[str | None]:
    with db.reading() as session:
        found = listing.page_of(session, narrow=ChannelFilter(**narrow), page=Page(), order=order)
        return [channel.name for channel in found.rows]


def searched(db: Database, keyword: str) -> list[str | None]:
    with db.reading() as session:
        return [channel.name for channel in listing.search(session, keyword=keyword)]


def test_a_search_finds_ids_and_beginnings_of_names(db: Database) -> None:
    first = create(db, "alpha_1")
    create(db, "alphabet")
    create(db, f"{first}-beta")

    assert searched(db, "alpha") == ["alphabet", "alpha_1"]
    assert searched(db, "alpha_") == ["alpha_1"]
    assert searched(db, str(first)) == [f"{first}-beta", "alpha_1"]
    assert searched(db, "9" * 40) == []
    assert len(searched(db, "")) == 3


def test_a_list_can_be_narrowed(db: Database) -> None:
    create(db, "a", group="vip", models="m1,m2")
    create(db, "b", group="default,vip", status=2, tag="team")
    create(db, "c", type=14, group="vip2", models="m1")

    assert listed(db) == ["c", "b", "a"]
    assert listed(db, group="vip") == ["b", "a"]
    assert listed(db, model="m1") == ["c", "a"]
    assert listed(db, tag="team") == ["b"]
    assert listed(db, status=2) == ["b"]
    assert listed(db, type=14) == ["c"]
    assert listed(db, keyword="a") == ["a"]
    assert listed(db, type=14, status=2) == []


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("", ["c", "b", "a"]),
        ("id", ["a", "b", "c"]),
        ("-id", ["c", "b", "a"]),
        ("-name", ["c", "b", "a"]),
        ("priority", ["b", "a", "c"]),
        ("-priority", ["c", "a", "b"]),
        ("-weight", ["a", "c", "b"]),
        ("balance", ["c", "b", "a"]),
        ("used_quota", ["c", "b", "a"]),
        ("response_time", ["c", "b", "a"]),
    ],
)
def test_a_list_can_be_ordered(db: Database, order: str, names: list[str]) -> None:
    create(db, "a", weight=9, priority=5)
    create(db, "b", priority=-1)
    create(db, "c", priority=7)

    assert listed(db, order=order) == names


@pytest.mark.parametrize("order", ["key", "-", "--id", "config"])
def test_an_order_that_there_is_not_is_refused(db: Database, order: str) -> None:
    with pytest.raises(Refusal, match="invalid_parameter"):
        listed(db, order=order)
