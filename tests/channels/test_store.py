import json
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oneapi import revision, snapshot
from oneapi.channels import extras, store
from oneapi.channels.draft import ChannelDraft
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.ability import Ability
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.models.own import ChannelExtra

NOW = 1_740_000_000
AWS = {"region": "us-west-2", "ak": "AKIA", "sk": "secret"}


def create(db: Database, **body: Any) -> list[int]:
    draft = ChannelDraft.from_json({"type": 1, "key": "sk-1", "models": "a,b", **body})
    with db.transaction() as session:
        return [channel.id for channel in store.create(session, draft, now_s=NOW)]


def change(db: Database, channel_id: int, **body: Any) -> Channel:
    with db.transaction() as session:
        channel = store.update_one(session, ChannelDraft.from_json({"id": channel_id, **body}))
        session.expunge(channel)
        return channel


def stored(db: Database, channel_id: int) -> Channel:
    with db.reading() as session:
        channel = store.get(session, channel_id)
        session.expunge(channel)
        return channel


def abilities(session: Session, channel_id: int) -> set[tuple[str, str, bool, int]]:
    rows = session.scalars(select(Ability).where(Ability.channel_id == channel_id))
    return {(row.group, row.model, bool(row.enabled), row.priority or 0) for row in rows}


def switch(db: Database, channel_id: int, *, enabled: bool, **facts: Any) -> bool:
    with db.transaction() as session:
        return store.set_automatic_status(session, channel_id, enabled=enabled, **facts)


def extra_of(db: Database, channel_id: int) -> ChannelExtra | None:
    with db.reading() as session:
        extra = session.get(ChannelExtra, channel_id)
        session.expunge_all()
        return extra


def test_each_line_of_the_key_makes_a_channel(db: Database) -> None:
    ids = create(db, name="many", key="sk-a\r\n\n sk-b \nsk-c", group="default,vip", priority=3)

    assert [stored(db, channel_id).key for channel_id in ids] == ["sk-a", "sk-b", "sk-c"]
    with db.reading() as session:
        assert abilities(session, ids[1]) == {
            (group, model, True, 3) for group in ("default", "vip") for model in ("a", "b")
        }


def test_a_channel_needs_little(db: Database) -> None:
    with db.transaction() as session:
        draft = ChannelDraft.from_json({"type": 14, "key": "k"})
        channel = store.create(session, draft, now_s=NOW)[0]

        assert (channel.name, channel.group, channel.status) == (
            "Anthropic Claude",
            "default",
            1,
        )
        assert (channel.base_url, channel.model_mapping, channel.config) == ("", "", "")
        assert (channel.other, channel.system_prompt) == (None, None)
        assert (channel.created_time, channel.balance, channel.used_quota) == (NOW, 0, 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"key": " \n\n"}, "no_key"),
        ({"key": ""}, "no_key"),
        ({"type": 0}, "invalid_parameter"),
        ({"type": None}, "invalid_parameter"),
        ({"type": None, "key": ""}, "no_key"),
        ({"type": 33, "key": "", "config": '{"region": "us-west-2"}'}, "no_key"),
        ({"type": 33, "key": "", "config": '{"sk": "********"}'}, "invalid_channel_config"),
        ({"tag": "t" * 65}, "field_too_long"),
    ],
)
def test_a_channel_that_cannot_be_is_not_made(
    db: Database, body: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        create(db, **body)

    with db.reading() as session:
        assert session.scalars(select(Channel)).all() == []


def test_a_key_composed_of_a_config_is_one_key(db: Database) -> None:
    document = json.dumps({"type": "service_account", "private_key": "a"}, indent=2)

    ids = create(db, type=42, key=f"us-east5|project|{document}")

    assert len(ids) == 1
    assert stored(db, ids[0]).key == f"us-east5|project|{document}"


def test_a_complete_config_stands_for_a_key(db: Database) -> None:
    (channel_id,) = create(db, type=33, key="", config=json.dumps(AWS))

    assert stored(db, channel_id).key == ""


def test_left_over_abilities_are_replaced(db: Database) -> None:
    with db.transaction() as session:
        session.add(Ability(group="default", model="a", channel_id=1, enabled=False))

    (channel_id,) = create(db)

    with db.reading() as session:
        assert ("default", "a", True, 0) in abilities(session, channel_id)


def test_a_change_writes_only_what_is_given(db: Database) -> None:
    (channel_id,) = create(db, name="one", weight=3, priority=7, base_url="https://a.example")

    channel = change(db, channel_id, priority=0, base_url="", key="", name="", models="")

    assert (channel.priority, channel.weight, channel.base_url) == (0, 3, "")
    assert (channel.key, channel.name, channel.models) == ("sk-1", "one", "a,b")


def test_a_change_makes_the_abilities_anew(db: Database) -> None:
    (channel_id,) = create(db)

    change(db, channel_id, models="c", group="vip", status=2)

    with db.reading() as session:
        assert abilities(session, channel_id) == {("vip", "c", False, 0)}


def test_a_covered_secret_is_kept(db: Database) -> None:
    (channel_id,) = create(db, type=33, key="", config=json.dumps(AWS))

    change(db, channel_id, config=json.dumps({**AWS, "sk": "********", "region": "eu-west-1"}))

    assert json.loads(stored(db, channel_id).config or "") == {**AWS, "region": "eu-west-1"}


@pytest.mark.parametrize(("channel_id", "code"), [(0, "id_missing"), (99, "record_not_found")])
def test_only_a_channel_that_is_there_is_changed(db: Database, channel_id: int, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        change(db, channel_id, name="x")


def test_sqlite_keeps_names_that_are_too_long_for_others(db: Database) -> None:
    (channel_id,) = create(db, name="n" * 300)

    assert stored(db, channel_id).name == "n" * 300


def test_tag_and_remark_stand_beside_the_channel(db: Database) -> None:
    first, second = create(db, key="a\nb", tag="team")

    change(db, second, remark="spare", tag="")

    with db.reading() as session:
        known = extras.of(session, session.scalars(select(Channel)).all())
        assert (known[first].tag, known[first].remark) == ("team", None)
        assert (known[second].tag, known[second].remark) == ("", "spare")


def test_every_write_moves_the_revision_once_it_is_committed(db: Database) -> None:
    with db.reading() as session:
        before = revision.current(session)

    (channel_id,) = create(db, models="gpt-new", tag="t")

    with db.reading() as session:
        assert revision.current(session) > before
    assert snapshot.current().models_of("default") == ["gpt-new"]
    change(db, channel_id, status=2)
    assert snapshot.current().models_of("default") == []


def test_a_deleted_channel_leaves_nothing_behind(db: Database) -> None:
    (channel_id,) = create(db, tag="t")

    with db.transaction() as session:
        deleted = store.delete_many(session, [channel_id])
        unknown = store.delete_many(session, [channel_id])

    assert len(deleted) == 1
    assert unknown == []
    assert extra_of(db, channel_id) is None
    with db.reading() as session:
        assert abilities(session, channel_id) == set()


def test_all_disabled_channels_are_deleted_together(db: Database) -> None:
    on, off, broken = create(db, key="a\nb\nc")
    change(db, off, status=2)
    switch(db, broken, enabled=False)

    with db.transaction() as session:
        count = store.delete_disabled(session)

        assert count == 2
        assert session.scalars(select(Channel.id)).all() == [on]
        assert set(session.scalars(select(Ability.channel_id))) == {on}


def test_a_failing_channel_is_switched_off_with_its_reason(db: Database) -> None:
    (channel_id,) = create(db)

    changed = switch(
        db, channel_id, enabled=False, reason="upstream_credential", model="a", now_s=NOW
    )

    extra = extra_of(db, channel_id)
    assert changed
    assert extra is not None
    assert (extra.disabled_reason, extra.disabled_model) == ("upstream_credential", "a")
    assert extra.disabled_time == NOW
    assert stored(db, channel_id).status == ChannelStatus.AUTO_DISABLED
    assert snapshot.current().models_of("default") == []


def test_a_channel_is_switched_off_once(db: Database) -> None:
    (channel_id,) = create(db)

    assert switch(db, channel_id, enabled=False, reason="first")
    assert not switch(db, channel_id, enabled=False, reason="second")

    extra = extra_of(db, channel_id)
    assert extra is not None
    assert extra.disabled_reason == "first"


def test_a_channel_that_was_switched_off_by_itself_comes_back(db: Database) -> None:
    (channel_id,) = create(db)
    switch(db, channel_id, enabled=False, reason="why", now_s=NOW)

    assert switch(db, channel_id, enabled=True)

    extra = extra_of(db, channel_id)
    assert extra is not None
    assert extra.disabled_reason is None
    assert snapshot.current().models_of("default") == ["a", "b"]


def test_what_a_person_disabled_stays_disabled(db: Database) -> None:
    (channel_id,) = create(db, status=2)

    assert not switch(db, channel_id, enabled=True)
    assert not switch(db, channel_id, enabled=False)

    assert stored(db, channel_id).status == ChannelStatus.DISABLED


def test_enabling_by_hand_forgets_why_it_was_off(db: Database) -> None:
    (channel_id,) = create(db)
    switch(db, channel_id, enabled=False, reason="why", now_s=NOW)

    change(db, channel_id, status=1)

    extra = extra_of(db, channel_id)
    assert extra is not None
    assert (extra.disabled_reason, extra.disabled_time) == (None, None)


def test_several_are_changed_in_the_same_way(db: Database) -> None:
    first, second, third = create(db, key="a\nb\nc", group="default")

    with db.transaction() as session:
        draft = ChannelDraft.from_json({"priority": 5, "models": "c", "tag": "team"})
        changed = store.update_many(session, [second, first, 99], draft)

        assert [channel.id for channel in changed] == [first, second]
        assert abilities(session, first) == {("default", "c", True, 5)}
        assert abilities(session, third) == {("default", m, True, 0) for m in ("a", "b")}
    extra = extra_of(db, second)
    assert extra is not None
    assert extra.tag == "team"


def test_several_are_deleted_together(db: Database) -> None:
    first, second, third = create(db, key="a\nb\nc", tag="t")

    with db.transaction() as session:
        deleted = store.delete_many(session, [first, third, 99])

        assert [channel.id for channel in deleted] == [first, third]
        assert session.scalars(select(Channel.id)).all() == [second]
        assert session.scalars(select(ChannelExtra.channel_id)).all() == [second]


def test_a_copy_is_disabled_and_has_done_nothing(db: Database) -> None:
    (channel_id,) = create(
        db, name="one", key="sk-1", config='{"region": "eu"}', priority=4, tag="team"
    )
    with db.transaction() as session:
        session.execute(update(Channel).values(used_quota=7, balance=3.5, test_time=9))

    with db.transaction() as session:
        copied = store.copy(session, channel_id, name="", now_s=NOW + 1)

        assert (copied.name, copied.key, copied.config) == (
            "one (copy)",
            "sk-1",
            '{"region": "eu"}',
        )
        assert (copied.status, copied.priority, copied.created_time) == (2, 4, NOW + 1)
        assert (copied.used_quota, copied.balance, copied.test_time) == (0, 0, 0)
        assert extras.of(session, [copied])[copied.id].tag == "team"
        assert abilities(session, copied.id) == {("default", m, False, 4) for m in ("a", "b")}


def test_a_copy_of_a_long_name_fits(db: Database) -> None:
    (channel_id,) = create(db, name="n" * 191)

    with db.transaction() as session:
        copied = store.copy(session, channel_id, name="", now_s=NOW)

        assert len(copied.name or "") == 191


def test_only_a_channel_that_is_there_is_copied(db: Database) -> None:
    with pytest.raises(Refusal, match="record_not_found"), db.transaction() as session:
        store.copy(session, 99, name="", now_s=NOW)
