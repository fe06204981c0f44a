"""Whatever happens in whatever order: the balances have dropped by what the log charged.

Random calls reserve, settle, give up, lose their worker, come late, or meet a commit that breaks
before or after it took effect; the transactions and the database are the real ones.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select

from oneapi import resources
from oneapi.billing import ledger, once, sweeper
from oneapi.billing.batches import batch_of
from oneapi.billing.entries import Batch, Closing, Outcome, Payer, Reserve
from oneapi.billing.once import Once
from oneapi.billing.replay import replay
from oneapi.billing.spill import KeptClosing
from oneapi.lib import dsn
from oneapi.lib.database import CommitUncertain, Database, DbapiConnection
from oneapi.models.base import Base
from oneapi.models.log import Log
from oneapi.models.own import Reservation, UsageHourly
from oneapi.models.token import Token
from oneapi.models.user import User

QUOTA, LIMIT = 1000, 700
PAYERS = [Payer(1, 1), Payer(1, 2, token_limited=False), Payer(2, 3)]
FATES = ["commits", "is lost", "loses its answer"]
NOW = 10_000


class BreakingDatabase(Database):
    """The bound database; a commit may break, before or after it took effect."""

    def __init__(self, fate: str) -> None:
        super().__init__("breaking")
        self.bind(resources.db.engine)
        self._fate = fate

    def ledger_transaction(self, work: Callable[[DbapiConnection], Any]) -> Any:
        fate, self._fate = self._fate, "commits"
        if fate != "is lost":
            result = resources.db.ledger_transaction(work)
        if fate != "commits":
            if fate == "is lost":
                _do_and_roll_back(work)
            raise CommitUncertain(fate)
        return result


def _do_and_roll_back(work: Callable[[DbapiConnection], Any]) -> None:
    def lose(connection: DbapiConnection) -> None:
        work(connection)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        resources.db.ledger_transaction(lose)


class Ledger(RuleBasedStateMachine):
    """Calls of three payers, two of them of one user."""

    open_calls = Bundle("open_calls")

    def __init__(self) -> None:
        super().__init__()
        self._numbers = iter(range(10**6))
        with resources.db.transaction() as session:
            for table in Base.metadata.sorted_tables:
                session.execute(delete(table))
            for user_id in (1, 2):
                name = f"u{user_id}"
                session.add(
                    User(id=user_id, username=name, password="", quota=QUOTA, aff_code=name)
                )
            for number, payer in enumerate(PAYERS, 1):
                token = Token(id=payer.token_id, user_id=payer.user_id, key=f"key{number}")
                token.remain_quota, token.unlimited_quota = LIMIT, not payer.token_limited
                session.add(token)

    @rule(
        target=open_calls,
        wanted=st.lists(st.tuples(st.sampled_from(PAYERS), st.integers(1, 600)), max_size=4),
        fate=st.sampled_from(FATES),
    )
    def reserve(self, wanted: list[tuple[Payer, int]], fate: str) -> Any:
        wishes = [
            Reserve(
                request_id=f"r{next(self._numbers)}",
                payer=payer,
                amount=amount,
                owner="node",
                now_s=NOW,
            )
            for payer, amount in wanted
        ]
        before = balances()
        outcome = self._run(batch_of(wishes), fate)
        after = balances()
        for key in before:
            assert after[key] >= 0 or after[key] == before[key]
        return multiple(*(wish for wish in wishes if wish.request_id not in outcome.refused))

    @rule(
        calls=st.lists(consumes(open_calls), min_size=1, max_size=3),
        quota=st.integers(0, 900),
        fate=st.sampled_from(FATES),
    )
    def settle(self, calls: list[Reserve], quota: int, fate: str) -> None:
        self._run(batch_of([settlement(call, quota) for call in calls]), fate)

    @rule(call=consumes(open_calls), fate=st.sampled_from(FATES))
    def release(self, call: Reserve, fate: str) -> None:
        closing = Closing(request_id=call.request_id, payer=call.payer, reserved=True)
        self._run(batch_of([closing]), fate)

    @rule(call=consumes(open_calls), quota=st.integers(0, 900), times=st.integers(1, 3))
    def keep_and_replay(self, call: Reserve, quota: int, times: int) -> None:
        for _ in range(times):
            replay(KeptClosing(settlement(call, quota)))

    @rule(call=consumes(open_calls), quota=st.integers(0, 900))
    def settle_and_replay(self, call: Reserve, quota: int) -> None:
        batch = batch_of([settlement(call, quota)])
        self._run(batch, "commits")
        replay(KeptClosing(settlement(call, quota), batch.id))

    @rule(quota=st.integers(0, 50), payer=st.sampled_from(PAYERS), fate=st.sampled_from(FATES))
    def charge_without_a_reservation(self, quota: int, payer: Payer, fate: str) -> None:
        call = Reserve(
            request_id=f"r{next(self._numbers)}", payer=payer, amount=0, owner="node", now_s=NOW
        )
        self._run(batch_of([settlement(call, quota, reserved=False)]), fate)

    @rule(call=consumes(open_calls))
    def lose_the_worker(self, call: Reserve) -> None:
        """Nobody will close this call."""

    @rule()
    def sweep(self) -> None:
        """Calls that are still open come late after this."""
        with resources.db.transaction() as session:
            sweeper.release_stale(session, now_s=NOW + sweeper.STALE_AFTER_S + 1)

    @invariant()
    def the_books_agree(self) -> None:
        with resources.db.reading() as session:
            charged: dict[int | None, int] = {
                user_id: int(quota or 0)
                for user_id, quota in session.execute(
                    select(Log.user_id, func.sum(Log.quota)).group_by(Log.user_id)
                )
            }
            held: dict[int, int] = {
                user_id: int(amount)
                for user_id, amount in session.execute(
                    select(Reservation.user_id, func.sum(Reservation.user_amount))
                    .where(Reservation.state == 1)
                    .group_by(Reservation.user_id)
                )
            }
            hourly = session.scalar(select(func.coalesce(func.sum(UsageHourly.quota), 0)))
            for user in session.scalars(select(User)):
                spent = charged.get(user.id, 0)
                assert QUOTA - (user.quota or 0) - held.get(user.id, 0) == spent
                assert user.used_quota == spent
            assert int(hourly or 0) == sum(charged.values())

    def teardown(self) -> None:
        """In the end everything that is held goes back, and tokens agree with the log too."""
        with resources.db.transaction() as session:
            sweeper.release_owned_by(session, "node")
        self.the_books_agree()
        with resources.db.reading() as session:
            used = {token.id: token.used_quota or 0 for token in session.scalars(select(Token))}
            left = {token.id: token.remain_quota or 0 for token in session.scalars(select(Token))}
            logged = session.scalar(select(func.coalesce(func.sum(Log.quota), 0)))
        for payer in PAYERS:
            spent = used[payer.token_id] if payer.token_limited else 0
            assert left[payer.token_id] == LIMIT - spent
        assert sum(used.values()) == int(logged or 0)

    def _run(self, batch: Batch, fate: str) -> Outcome:
        database = BreakingDatabase(fate)
        return Once(database, batch.id, partial(ledger.apply, batch=batch)).run()


def settlement(call: Reserve, quota: int, *, reserved: bool = True) -> Closing:
    return Closing(
        request_id=call.request_id,
        payer=call.payer,
        reserved=reserved,
        quota=quota,
        counts_as_request=True,
        log={
            "user_id": call.payer.user_id,
            "created_at": NOW,
            "type": 2,
            "model_name": "m",
            "quota": quota,
            "prompt_tokens": 1,
            "completion_tokens": 1,
            "request_id": call.request_id,
        },
        now_s=NOW,
    )


def balances() -> dict[tuple[str, int], int]:
    """Return what users and limited tokens have left."""
    limited = {payer.token_id for payer in PAYERS if payer.token_limited}
    with resources.db.reading() as session:
        users = {("user", user.id): user.quota or 0 for user in session.scalars(select(User))}
        tokens = {
            ("token", token.id): token.remain_quota or 0
            for token in session.scalars(select(Token))
            if token.id in limited
        }
    return users | tokens


def test_balances_drop_by_what_the_log_charges(
    ledger_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "_PAUSE_S", 0)
    on_sqlite = ledger_db == dsn.SQLITE
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=25 if on_sqlite else 8,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
