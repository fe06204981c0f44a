from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from oneapi import data_checks, startup
from oneapi.channels import abilities
from oneapi.data_checks import AbilityGap
from oneapi.lib import dsn
from oneapi.models.ability import Ability
from oneapi.models.channel import Channel, ChannelStatus
from oneapi.models.option import Option
from oneapi.models.user import User
from tests.support import servers


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A database with root, whose password is his own, and one sound channel."""
    settings = servers.settings_on(dsn.SQLITE, tmp_path)
    startup.prepare(settings)
    with Session(startup.main_engine(settings)) as session:
        session.execute(update(User).values(password="$2a$10$nothing"))
        add_channel(session, id=1)
        yield session


def add_channel(session: Session, **columns: object) -> Channel:
    values = {"type": 1, "key": "k", "name": "c", "models": "a,b", "group": "default,vip"}
    channel = Channel(**{**values, **columns})
    session.add(channel)
    session.flush()
    abilities.rewrite(session, [channel])
    return channel


def test_a_sound_database_has_nothing_to_say(session: Session) -> None:
    assert data_checks.findings(session) == []


def test_rows_are_counted(session: Session) -> None:
    found = data_checks.counts(session, session)

    assert found == {"users": 1, "tokens": 0, "channels": 1, "logs": 0}


def test_the_default_password_is_told_at_every_start(session: Session, tmp_path: Path) -> None:
    fresh = servers.settings_on(dsn.SQLITE, tmp_path / "b")
    (tmp_path / "b").mkdir()
    startup.prepare(fresh)

    with Session(startup.main_engine(fresh)) as other:
        assert any("default password" in text for text in data_checks.at_start(other))


def test_a_missing_root_is_told(session: Session) -> None:
    session.execute(delete(User))

    assert data_checks.at_start(session) == ["there is no root user"]


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        (delete(Ability).where(Ability.model == "a"), AbilityGap(strays=(), wrong=(1,))),
        (update(Ability).values(enabled=False), AbilityGap(strays=(), wrong=(1,))),
        (update(Ability).values(priority=7), AbilityGap(strays=(), wrong=(1,))),
        (update(Channel).values(models="a,b,c"), AbilityGap(strays=(), wrong=(1,))),
        (update(Channel).values(status=ChannelStatus.DISABLED), AbilityGap(strays=(), wrong=(1,))),
        (delete(Channel), AbilityGap(strays=(1,), wrong=())),
    ],
)
def test_abilities_that_do_not_fit_are_found(
    session: Session, change: object, gap: AbilityGap
) -> None:
    session.execute(change)  # type: ignore[call-overload]

    assert data_checks.ability_gap(session) == gap
    told = data_checks.at_start(session)
    assert len(told) == 1
    assert data_checks.REPAIR in told[0]


def test_the_nameless_row_of_an_empty_list_does_not_count(session: Session) -> None:
    add_channel(session, id=2, models="")
    session.add(Ability(group="default", model="", channel_id=2, enabled=True))
    session.flush()

    assert not data_checks.ability_gap(session)


def test_an_option_that_cannot_be_read_is_named(session: Session) -> None:
    session.add(Option(key="ModelRatio", value="{broken"))
    session.add(Option(key="GroupRatio", value='{"default": 1}'))
    session.flush()

    told = data_checks.at_start(session)

    assert len(told) == 1
    assert told[0].startswith("option ModelRatio cannot be used")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (Option(key="OfAnotherProgram", value="1"), "OfAnotherProgram"),
        (User(id=5, username="x", password="", aff_code="x"), "users without access token"),
        (Channel(id=5, model_mapping="{broken"), "channel 5: model_mapping"),
        (Channel(id=5, config="[1]"), "channel 5: config"),
        (Channel(id=5, group="g" * 33), "channel 5: group is longer than 32"),
        (Channel(id=5, type=1001), "types that One API does not have: 5"),
    ],
)
def test_what_is_odd_is_told_with_its_number(session: Session, row: object, told: str) -> None:
    session.add(row)
    session.flush()
    session.execute(update(Channel).where(Channel.id == 5).values(models=""))

    found = [text for text in data_checks.findings(session) if "abilities" not in text]

    assert any(told in text for text in found)


def test_long_lists_are_cut(session: Session) -> None:
    for number in range(100, 130):
        session.add(Ability(group="g", model="m", channel_id=number, enabled=True))
    session.flush()

    assert "119 and 10 more" in data_checks.at_start(session)[0]
