"""Reminders on every database that we promise; several workers are several ``Spenders``."""

from dataclasses import dataclass
from typing import Any

import gevent
import pytest
from sqlalchemy import create_engine

from oneapi import options as options_table
from oneapi import resources
from oneapi.billing.entries import Closing, Payer
from oneapi.billing.hold import Hold
from oneapi.billing.reminders import DAY_S, Level, Spenders, spenders
from oneapi.errors import DatabaseUnavailable
from oneapi.models.user import User
from oneapi.notify.outbox import outbox
from oneapi.options import Options
from tests.billing.books import log_of
from tests.support.mail_options import set_up_mail
from tests.support.mail_server import MailSink

ALICE = 1
NOW_S = 1_700_000_000


@dataclass
class Desk:
    """A worker whose users are reminded, and the mail they get."""

    sink: MailSink

    def look(self, quota: int, *, now_s: int = NOW_S, worker: Spenders | None = None) -> None:
        """Let Alice pay for a call that leaves this much, and look at her balance."""
        worker = worker or Spenders()
        set_alice(quota=quota)
        worker.note(paid())
        worker.remind(current_options(), now_s=now_s)

    def subjects(self) -> list[str]:
        """Return what was sent, in order."""
        outbox.drain(10)
        return [arrived.subject for arrived in self.sink.all_until_now()]


def paid(quota: int = 5) -> Closing:
    return Closing(request_id="r", payer=Payer(ALICE, 2), reserved=False, quota=quota)


def set_alice(**values: Any) -> None:
    with resources.db.transaction() as session:
        user = session.get_one(User, ALICE)
        for name, value in values.items():
            setattr(user, name, value)


def current_options() -> Options:
    with resources.db.reading() as session:
        return options_table.read(session)


LOW, EMPTY = "One API: your balance runs low", "One API: your balance is used up"


@pytest.fixture
def desk(ledger_db: str, mail_sink: MailSink) -> Desk:
    set_up_mail(mail_sink, QuotaRemindThreshold=1000)
    set_alice(email="alice@x.example", status=1)
    return Desk(mail_sink)


@pytest.mark.parametrize(
    ("quota", "level"), [(1000, Level.FINE), (999, Level.LOW), (0, Level.EMPTY), (-5, Level.EMPTY)]
)
def test_the_threshold_itself_is_fine(quota: int, level: Level) -> None:
    assert Level.of(quota, 1000) is level


def test_without_a_threshold_only_an_empty_balance_counts() -> None:
    assert (Level.of(1, 0), Level.of(0, 0)) == (Level.FINE, Level.EMPTY)


def test_a_balance_that_falls_below_the_threshold_is_told_with_what_is_left(desk: Desk) -> None:
    desk.look(5000)
    desk.look(999)

    assert desk.subjects() == [LOW]
    mail = desk.sink.the_mail()
    assert mail.to == ["alice@x.example"]
    assert "$0.001998" in mail.html
    assert "https://gate.example/topup" in mail.html


def test_a_balance_that_stays_low_is_told_once(desk: Desk) -> None:
    for days in range(4):
        desk.look(900 - days, now_s=NOW_S + days * DAY_S)

    assert desk.subjects() == [LOW]


def test_an_empty_balance_is_told_too(desk: Desk) -> None:
    desk.look(900)
    desk.look(0)
    desk.look(-50)

    assert desk.subjects() == [LOW, EMPTY]


def test_a_second_crossing_is_told_again_but_not_on_the_same_day(desk: Desk) -> None:
    for later_s in (0, DAY_S - 1, 2 * DAY_S):
        desk.look(5000, now_s=NOW_S + later_s)
        desk.look(900, now_s=NOW_S + later_s)

    assert desk.subjects() == [LOW, LOW]


def test_several_workers_tell_once(desk: Desk) -> None:
    workers = [Spenders() for _ in range(6)]
    set_alice(quota=900)
    for worker in workers:
        worker.note(paid())

    gevent.joinall(
        [gevent.spawn(worker.remind, current_options(), now_s=NOW_S) for worker in workers],
        raise_error=True,
    )

    assert desk.subjects() == [LOW]


@pytest.mark.parametrize("values", [{"email": ""}, {"status": 2}])
def test_nobody_is_told_without_an_address_or_when_banned(
    desk: Desk, values: dict[str, Any]
) -> None:
    set_alice(**values)

    desk.look(900)

    assert desk.subjects() == []


def test_a_call_that_cost_nothing_reminds_nobody(desk: Desk) -> None:
    worker = Spenders()
    set_alice(quota=900)
    worker.note(paid(quota=0))

    worker.remind(current_options(), now_s=NOW_S)

    assert desk.subjects() == []


def test_a_settled_call_is_enough_to_be_looked_at(desk: Desk) -> None:
    set_alice(quota=1010)

    with Hold("call", Payer(ALICE, 2, token_limited=False)) as hold:
        hold.reserve(50)
        hold.settle(20, channel_id=1, log=log_of(20))
    spenders.remind(current_options(), now_s=NOW_S)

    assert desk.subjects() == [LOW]


def test_a_look_that_failed_is_made_again(desk: Desk) -> None:
    worker, options, engine = Spenders(), current_options(), resources.db.engine
    set_alice(quota=900)
    worker.note(paid())
    resources.db.bind(create_engine("sqlite:////no/such/folder/one-api.db"))
    try:
        with pytest.raises(DatabaseUnavailable):
            worker.remind(options, now_s=NOW_S)
    finally:
        resources.db.bind(engine)

    worker.remind(options, now_s=NOW_S)

    assert desk.subjects() == [LOW]
