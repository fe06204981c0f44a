"""Slows down guessing of passwords: per account and address, the same for every worker and node.

Five failures within a quarter of an hour make the pair wait for a minute; each further failure
doubles the wait, up to a quarter of an hour.  A success clears it.
"""

import hashlib

from sqlalchemy import delete
from sqlalchemy.orm import Session

from oneapi.errors import Refusal
from oneapi.lib.rows import get_or_add
from oneapi.models.own import LoginFailure

FREE_FAILURES = 5
WINDOW_S = 15 * 60
FIRST_WAIT_S = 60
LONGEST_WAIT_S = 15 * 60


def subject_of(account: str, address: str) -> str:
    """Return under which name a pair is counted; neither can be read from it."""
    return hashlib.sha256(f"{account}\x00{address}".encode()).hexdigest()


def check(session: Session, subject: str, *, now_s: int) -> None:
    """Refuse a pair that has to wait.

    Raises:
        Refusal: ``login_throttled``, with the seconds that remain.
    """
    row = session.get(LoginFailure, subject)
    if row is not None and row.blocked_until > now_s:
        wait_s = row.blocked_until - now_s
        raise Refusal("login_throttled", retry_after_s=wait_s, wait_s=wait_s)


def count_failure(session: Session, subject: str, *, now_s: int) -> None:
    """Count one failure, and from the fifth on make the pair wait."""
    fresh = LoginFailure(subject=subject, failures=0, window_start=now_s, blocked_until=0)
    row = get_or_add(session, fresh)
    if now_s - row.window_start > WINDOW_S:
        row.failures, row.window_start = 0, now_s
    row.failures += 1
    if row.failures >= FREE_FAILURES:
        doublings = row.failures - FREE_FAILURES
        row.blocked_until = now_s + min(FIRST_WAIT_S << min(doublings, 10), LONGEST_WAIT_S)
        # The quarter of an hour counts from the end of the wait, else the longest wait would
        # also be what makes everybody forget.
        row.window_start = row.blocked_until
    session.flush()


def clear(session: Session, subject: str) -> None:
    """Forget a pair's failures."""
    row = session.get(LoginFailure, subject)
    if row is not None:
        session.delete(row)


def delete_old(session: Session, *, now_s: int) -> None:
    """Delete the rows that no longer count."""
    too_old = LoginFailure.window_start < now_s - WINDOW_S
    session.execute(delete(LoginFailure).where(too_old))
