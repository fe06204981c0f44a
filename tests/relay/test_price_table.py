from dataclasses import replace
from typing import Any

from oneapi import snapshot
from oneapi.channels import store
from oneapi.channels.draft import ChannelDraft
from oneapi.lib.database import Database
from oneapi.relay import price_table
from oneapi.relay.price_table import Offer
from oneapi.snapshot import Snapshot


def add_channel(db: Database, models: str, **members: Any) -> None:
    body = {"type": 1, "key": "k", "models": models, "group": "default", **members}
    with db.transaction() as session:
        store.create(session, ChannelDraft.from_json(body), now_s=0)


def with_options(**fields: Any) -> Snapshot:
    now = snapshot.current()
    return replace(now, options=replace(now.options, **fields))


def offered(group: str = "default", *, of_all_groups: bool = False, **fields: Any) -> list[Offer]:
    return price_table.offers(with_options(**fields), group=group, of_all_groups=of_all_groups)


def test_a_group_sees_the_models_that_it_can_reach(db: Database) -> None:
    add_channel(db, "b,a", group="default,vip")
    add_channel(db, "c", group="vip")
    add_channel(db, "d", status=2)

    found = offered()

    assert [(offer.model, offer.groups, offer.enabled) for offer in found] == [
        ("a", ("default",), True),
        ("b", ("default",), True),
    ]


def test_of_all_groups_every_model_is_told(db: Database) -> None:
    add_channel(db, "a", group="default,vip")
    add_channel(db, "c", group="vip")

    found = offered(of_all_groups=True)

    assert [(offer.model, offer.groups, offer.enabled) for offer in found] == [
        ("a", ("default", "vip"), True),
        ("c", ("vip",), False),
    ]


def test_prices_are_those_that_calls_are_charged(db: Database) -> None:
    add_channel(db, "a")

    (offer,) = offered(
        model_ratios={"a": 2.0},
        completion_ratios={"a": 3.0},
        group_ratios={"default": 0.5},
        cache_ratios={"a": 0.1},
        model_fixed_prices={"a": 0.04},
    )

    price = offer.price
    assert (price.model_ratio, price.completion_ratio, price.group_ratio) == (2.0, 3.0, 0.5)
    assert price.fixed_usd == 0.04
    assert price.kinds is not None
    assert price.kinds.cached == 0.1


def test_the_channel_that_is_used_first_decides(db: Database) -> None:
    add_channel(db, "a", priority=1)
    add_channel(db, "a", priority=5, model_mapping='{"a": "dear"}')

    (offer,) = offered(model_ratios={"a": 1.0, "dear": 9.0})

    assert offer.price.model_ratio == 9.0


def test_a_model_without_a_price_says_so(db: Database) -> None:
    add_channel(db, "nobody-knows-it,gpt-4o")

    known, unknown = offered()

    assert (known.owner, known.price.known) == ("openai", True)
    assert (unknown.owner, unknown.price.known) == ("custom", False)
