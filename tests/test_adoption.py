from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.orm import Session

from oneapi import adoption, startup
from oneapi.lib import dsn, passwords
from oneapi.models.token import Token
from oneapi.models.user import User
from oneapi.settings import Settings
from tests.support import old_databases, servers
from tests.support.old_databases import COUNTED, CURRENT, OLD, TABLES

CASES = [
    *((dsn.SQLITE, shape) for shape in (CURRENT, COUNTED, OLD)),
    *((kind, shape) for kind in (dsn.MYSQL, dsn.POSTGRESQL) for shape in (CURRENT, OLD)),
]


@pytest.fixture(scope="module")
def new_databases(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Engine]:
    """A database of each kind as our first start leaves it."""
    engines = {}
    for kind in servers.KINDS:
        settings = servers.settings_on(kind, tmp_path_factory.mktemp(kind))
        startup.prepare(settings)
        engines[kind] = startup.main_engine(settings)
    return engines


@pytest.fixture(params=CASES, ids="-".join)
def found(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a node that starts on a database of One API."""
    kind, shape = request.param
    settings = servers.settings_on(kind, tmp_path)
    old_databases.write(startup.main_engine(settings), shape)
    return settings


def content(engine: Engine, columns: Mapping[str, list[str]]) -> dict[str, list[Any]]:
    """Return all rows of the tables, as far as these columns."""
    quote = engine.dialect.identifier_preparer.quote_identifier
    rows: dict[str, list[Any]] = {}
    with engine.connect() as connection:
        for table, names in columns.items():
            listed = ",".join(quote(name) for name in names)
            found = connection.execute(text(f"SELECT {listed} FROM {quote(table)}"))  # noqa: S608
            rows[table] = sorted(
                [v.rstrip(" ") if isinstance(v, str) else v for v in row] for row in found
            )
    return rows


def columns_of(engine: Engine) -> dict[str, list[str]]:
    inspector = inspect(engine)
    there = inspector.get_table_names()
    return {
        name: [column["name"] for column in inspector.get_columns(name)]
        for name in TABLES
        if name in there
    }


def shape_of(engine: Engine) -> dict[str, dict[str, str]]:
    """Return the type and default of each column."""
    inspector = inspect(engine)
    return {
        name: {
            column["name"]: f"{column['type'].compile(engine.dialect)} {column['default']}"
            for column in inspector.get_columns(name)
        }
        for name in TABLES
    }


def indexes_of(engine: Engine) -> set[tuple[str, str]]:
    inspector = inspect(engine)
    return {(name, str(each["name"])) for name in TABLES for each in inspector.get_indexes(name)}


def test_nothing_that_was_there_is_changed(found: Settings) -> None:
    engine = startup.main_engine(found)
    columns = columns_of(engine)
    before = content(engine, columns)

    startup.prepare(found)

    assert content(engine, columns) == before


def test_everything_that_is_needed_is_there_afterwards(
    found: Settings, new_databases: Mapping[str, Engine]
) -> None:
    engine = startup.main_engine(found)
    wanted = new_databases[engine.dialect.name]

    startup.prepare(found)

    # Old releases had a rule without this name, and One API makes it anew by itself.
    assert indexes_of(wanted) - indexes_of(engine) <= {("users", "uni_users_username")}
    for table, columns in shape_of(wanted).items():
        assert set(columns) <= set(shape_of(engine)[table])


@pytest.mark.parametrize("kind", servers.KINDS)
def test_added_columns_look_as_in_a_new_database(
    kind: str, new_databases: Mapping[str, Engine], tmp_path: Path
) -> None:
    settings = servers.settings_on(kind, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, OLD)
    there = columns_of(engine)
    wanted = shape_of(new_databases[kind])

    startup.prepare(settings)

    for table, columns in shape_of(engine).items():
        added = {name: what for name, what in columns.items() if name not in there.get(table, ())}
        assert added == {name: wanted[table][name] for name in added}, table


def test_a_second_start_changes_nothing_more(found: Settings) -> None:
    startup.prepare(found)
    engine = startup.main_engine(found)
    shape, indexes = shape_of(engine), indexes_of(engine)

    report = startup.prepare(found)

    assert (shape_of(engine), indexes_of(engine)) == (shape, indexes)
    assert not any("adopted" in line for line in report.lines())


def test_the_first_report_counts_what_was_found(found: Settings) -> None:
    report = startup.prepare(found)

    assert any("adopted from One API" in fact for fact in report.facts)
    assert any(fact.startswith("found 2 users, ") for fact in report.facts)


def test_old_passwords_and_keys_go_on(found: Settings) -> None:
    startup.prepare(found)

    with Session(startup.main_engine(found)) as session:
        root = session.get_one(User, 1)
        token = session.get_one(Token, 1)

        assert passwords.verify(old_databases.PASSWORD, root.password)
        assert token.key == old_databases.OLD_KEY
        assert token.expired_time == -1


def test_sqlite_keeps_each_table_on_one_line(tmp_path: Path) -> None:
    for shape in old_databases.SHAPES:
        folder = tmp_path / shape
        folder.mkdir()
        settings = servers.settings_on(dsn.SQLITE, folder)
        engine = startup.main_engine(settings)
        old_databases.write(engine, shape)

        startup.prepare(settings)

        with engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
        texts = {name: sql for name, sql in rows if name in TABLES}
        assert set(texts) == set(TABLES)
        assert not any("\n" in sql for sql in texts.values())


def test_left_overs_of_others_stay(tmp_path: Path) -> None:
    settings = servers.settings_on(dsn.SQLITE, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, OLD)

    startup.prepare(settings)

    assert {"files", "tokens__temp"} <= set(inspect(engine).get_table_names())
    assert "remain_times" in columns_of(engine)["tokens"]
    assert ("channels", "idx_channels_key") in indexes_of(engine)


@pytest.mark.parametrize("kind", [dsn.MYSQL, dsn.POSTGRESQL])
def test_columns_that_are_too_narrow_become_wider(kind: str, tmp_path: Path) -> None:
    settings = servers.settings_on(kind, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, OLD)

    startup.prepare(settings)

    with Session(engine) as session, session.begin():
        session.add(
            Token(user_id=1, key=old_databases.NEW_KEY, models="m," * 500, remain_quota=2**40)
        )
        session.get_one(User, 1).quota = 2**40
    types = {
        f"{table}.{name}": what
        for table, columns in shape_of(engine).items()
        for name, what in columns.items()
    }
    assert types["channels.key"].startswith("TEXT")
    assert types["channels.weight"].startswith("BIGINT")
    assert types["tokens.id"].startswith("BIGINT")


def test_nothing_is_made_narrower(tmp_path: Path) -> None:
    settings = servers.settings_on(dsn.MYSQL, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, CURRENT)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tokens MODIFY COLUMN models longtext")

    startup.prepare(settings)

    assert shape_of(engine)["tokens"]["models"].startswith("LONGTEXT")


def test_numbers_go_on_behind_rows_whose_number_was_given(tmp_path: Path) -> None:
    settings = servers.settings_on(dsn.POSTGRESQL, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, CURRENT)

    startup.prepare(settings)

    with Session(engine) as session, session.begin():
        token = Token(user_id=1, key="k")
        session.add(token)
        session.flush()
        assert token.id == 3


def test_the_index_that_mysql_cannot_keep_is_dropped(tmp_path: Path) -> None:
    settings = servers.settings_on(dsn.MYSQL, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, OLD)

    startup.prepare(settings)

    assert ("channels", "idx_channels_key") not in indexes_of(engine)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    settings = servers.settings_on(dsn.SQLITE, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, OLD)

    with engine.connect() as connection:
        missing = adoption.missing_columns(connection)

    assert {"users.oidc_id", "tokens.subnet", "logs.other", "redemptions.key"} <= set(missing)
    assert "users.username" not in missing
