from sqlalchemy import func, select

from oneapi.accounts import throttle, verification
from oneapi.accounts.verification import LIFETIME_S, Purpose
from oneapi.jobs import forget_codes
from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.models.own import LoginFailure, Verification


def test_what_has_run_out_is_deleted_and_the_rest_is_kept(db: Database) -> None:
    now_s = clock.now_s()
    with db.transaction() as session:
        verification.issue(session, Purpose.ADDRESS, "old@x.example", now_s=now_s - LIFETIME_S)
        verification.issue(session, Purpose.ADDRESS, "new@x.example", now_s=now_s)
        throttle.count_failure(session, "old", now_s=now_s - throttle.WINDOW_S - 1)
        throttle.count_failure(session, "new", now_s=now_s)

    forget_codes.forget()

    with db.reading() as session:
        assert session.scalars(select(Verification.address)).all() == ["new@x.example"]
        assert session.scalar(select(func.count()).select_from(LoginFailure)) == 1
