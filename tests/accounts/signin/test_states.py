from pathlib import Path

import gevent
import pytest
from sqlalchemy import func, select

from oneapi import startup
from oneapi.accounts.signin import states
from oneapi.errors import Refusal
from oneapi.factory import create_app
from oneapi.lib.database import Database
from oneapi.models.own import Verification
from oneapi.resources import db as bound
from tests.support import servers

NOW_S = 1_700_000_000


def outcome(state: str, *, now_s: int = NOW_S) -> str:
    try:
        states.spend(state, now_s=now_s)
    except Refusal as refusal:
        return refusal.code
    return "good"


def test_a_state_is_good_once(db: Database) -> None:
    assert [outcome("a"), outcome("b"), outcome("a")] == ["good", "good", "oauth_state_mismatch"]


@pytest.mark.parametrize("kind", servers.KINDS)
def test_of_many_who_bring_one_state_at_once_one_gets_in(kind: str, tmp_path: Path) -> None:
    settings = servers.settings_on(kind, tmp_path)
    startup.prepare(settings)
    create_app(settings)

    tries = [gevent.spawn(outcome, "a") for _ in range(5)]
    gevent.joinall(tries, raise_error=True)

    assert sorted(one.get() for one in tries) == ["good"] + ["oauth_state_mismatch"] * 4
    bound.engine.dispose()


def test_what_can_no_longer_be_brought_is_forgotten(db: Database) -> None:
    outcome("a")
    outcome("b", now_s=NOW_S + states.LIFETIME_S + 1)

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Verification)) == 1
        assert session.scalars(select(Verification.address)).one() != "b"
