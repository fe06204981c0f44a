from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from oneapi import bootstrap, startup
from oneapi.errors import SettingsError
from oneapi.lib import dsn, passwords
from oneapi.models.token import Token, TokenStatus
from oneapi.models.user import Role, User, UserStatus
from oneapi.schema import Schema
from oneapi.settings import Settings
from tests.support import servers

NOW_S = 1_700_000_000
KEY = "Ab" * 24


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """A transaction on a database without users."""
    engine = startup.main_engine(servers.settings_on(dsn.SQLITE, tmp_path))
    Schema(engine).upgrade()
    with Session(engine) as session:
        yield session


def first_root(session: Session, **settings: str) -> User:
    assert bootstrap.make_first_root(session, Settings(**settings), now_s=NOW_S)  # type: ignore[arg-type]
    return session.scalars(select(User)).one()


def test_the_first_start_makes_root(session: Session) -> None:
    root = first_root(session)

    assert (root.id, root.username, root.display_name) == (1, "root", "Root User")
    assert (root.role, root.status, root.quota) == (Role.ROOT, UserStatus.ENABLED, 5 * 10**14)
    assert (root.group, root.aff_code, root.email, root.inviter_id) == ("default", "", "", 0)
    assert len(root.access_token or "") == 32
    assert root.password.startswith("$2a$10$")
    assert passwords.verify("123456", root.password)


def test_root_has_no_token_by_itself(session: Session) -> None:
    first_root(session)

    assert session.scalar(select(func.count()).select_from(Token)) == 0


@pytest.mark.parametrize("given", [KEY, f"sk-{KEY}"])
def test_the_environment_may_name_roots_first_keys(session: Session, given: str) -> None:
    root = first_root(session, initial_root_token=given, initial_root_access_token="m" * 32)
    token = session.scalars(select(Token)).one()

    assert root.access_token == "m" * 32
    assert (token.id, token.user_id, token.key) == (1, root.id, KEY)
    assert (token.name, token.status) == ("Initial Root Token", TokenStatus.ENABLED)
    assert (token.created_time, token.accessed_time, token.expired_time) == (NOW_S, NOW_S, -1)
    assert (token.remain_quota, token.unlimited_quota) == (5 * 10**14, True)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("initial_root_token", "with-dash"),
        ("initial_root_token", "x" * 49),
        ("initial_root_access_token", "x" * 33),
    ],
)
def test_a_first_key_that_could_never_match_stops_the_start(
    session: Session, variable: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=variable.upper()) as refusal:
        first_root(session, **{variable: value})

    assert value not in str(refusal.value)
    assert session.scalar(select(func.count()).select_from(User)) == 0


def test_later_starts_do_not_look_at_the_variables(session: Session) -> None:
    first_root(session)
    settings = Settings(initial_root_token="with-dash")

    assert not bootstrap.make_first_root(session, settings, now_s=NOW_S)


def test_a_deleted_user_is_a_user(session: Session) -> None:
    session.add(User(username="deleted_1", password="", status=UserStatus.DELETED))
    session.flush()

    assert not bootstrap.make_first_root(session, Settings(), now_s=NOW_S)


@pytest.mark.parametrize("kind", [dsn.MYSQL, dsn.POSTGRESQL])
def test_a_token_after_roots_first_gets_the_next_number(kind: str, tmp_path: Path) -> None:
    settings = replace(servers.settings_on(kind, tmp_path), initial_root_token=KEY)
    startup.prepare(settings)

    with Session(startup.main_engine(settings)) as session, session.begin():
        token = Token(user_id=1, key="k")
        session.add(token)
        session.flush()

        assert token.id == 2
