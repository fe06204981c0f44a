from dataclasses import replace
from pathlib import Path

import gevent
import pytest
from sqlalchemy import Engine, inspect, text, update
from sqlalchemy.orm import Session

from oneapi import startup
from oneapi.errors import SettingsError
from oneapi.lib import dsn
from oneapi.models.log import Log
from oneapi.models.own import Reservation
from oneapi.models.token import Token
from oneapi.models.user import User
from oneapi.settings import Settings
from tests.support import old_databases, servers
from tests.support.books import eventually
from tests.support.ports import free_port

WAITING = {
    dsn.MYSQL: "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'",
    dsn.POSTGRESQL: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
}


@pytest.fixture(params=servers.KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return servers.settings_on(request.param, tmp_path)


def test_an_empty_database_is_ready_after_the_first_start(empty: Settings) -> None:
    lines = startup.prepare(empty).lines()

    assert any("schema created" in line for line in lines)
    assert any("first start: made user 'root'" in line for line in lines)
    assert any("default password" in line for line in lines if line.startswith("WARNING"))


def test_a_later_start_makes_nothing(empty: Settings) -> None:
    startup.prepare(empty)

    lines = startup.prepare(empty).lines()

    assert not any("created" in line or "first start" in line for line in lines)


def test_a_slave_starts_where_a_master_was(empty: Settings) -> None:
    startup.prepare(empty)

    lines = startup.prepare(replace(empty, node_type="slave")).lines()

    assert any("as a master prepared it" in line for line in lines)


@pytest.mark.parametrize("node_type", ["master", "slave"])
def test_a_node_gives_back_what_its_former_workers_held(empty: Settings, node_type: str) -> None:
    startup.prepare(empty)
    engine = startup.main_engine(empty)
    with Session(engine) as session, session.begin():
        before = session.get_one(User, 1).quota or 0
        for owner in ("mine", "another"):
            session.add(reservation(owner))

    report = startup.prepare(replace(empty, node_name="mine", node_type=node_type))

    with Session(engine) as session:
        assert session.get_one(User, 1).quota == before + 70
    assert "1 abandoned reservations were given back" in report.facts


@pytest.mark.parametrize("kind", sorted(WAITING))
def test_a_start_that_a_deadlock_ends_tries_again(kind: str, tmp_path: Path) -> None:
    settings = servers.settings_on(kind, tmp_path, node_name="mine")
    startup.prepare(settings)
    engine = startup.main_engine(settings)
    with Session(engine) as session, session.begin():
        before = session.get_one(User, 1).quota or 0
        session.add(Token(id=1, user_id=1, key="k", remain_quota=5))
        session.add(reservation("mine", token_amount=70))

    with Session(engine) as other:
        # The side that has written less is ended, or the one that has waited for a second.
        other.add_all(Log(user_id=1, created_at=number) for number in range(200))
        other.execute(update(Token).values(name="busy"))
        start = gevent.spawn(startup.prepare, settings)
        eventually(lambda: waits(engine))
        other.execute(update(User).values(display_name="busy"))
        other.commit()

    assert "1 abandoned reservations were given back" in start.get(timeout=10).facts
    with Session(engine) as session:
        assert session.get_one(User, 1).quota == before + 70
        assert session.get_one(Token, 1).remain_quota == 75


def waits(engine: Engine) -> bool:
    """Whether a transaction waits for another one's lock."""
    with engine.connect() as connection:
        return int(connection.execute(text(WAITING[engine.dialect.name])).one()[-1]) > 0


def reservation(owner: str, *, token_amount: int = 0) -> Reservation:
    return Reservation(
        request_id=owner,
        user_id=1,
        token_id=1,
        user_amount=70,
        token_amount=token_amount,
        owner=owner,
        state=1,
        created_at=1,
        touched_at=1,
    )


def test_a_command_leaves_reservations_alone(empty: Settings) -> None:
    startup.prepare(empty)
    with Session(startup.main_engine(empty)) as session, session.begin():
        session.add(reservation(empty.node_name))

    startup.migrate(empty)

    with Session(startup.main_engine(empty)) as session:
        assert session.get_one(Reservation, empty.node_name).state == 1


@pytest.mark.parametrize("kind", [dsn.MYSQL, dsn.POSTGRESQL])
def test_logs_get_a_database_of_their_own(kind: str, tmp_path: Path) -> None:
    main = servers.settings_on(dsn.SQLITE, tmp_path)
    settings = replace(main, log_sql_dsn=servers.new_database(kind))

    lines = startup.prepare(settings).lines()

    assert any(line.startswith(f"log database: {kind} at") for line in lines)
    found = set(inspect(startup.log_engine(settings)).get_table_names())
    assert found == {"logs", "oneapi_logs_version"}
    assert "users" in inspect(startup.main_engine(settings)).get_table_names()


def test_a_slave_waits_for_the_logs_too(tmp_path: Path) -> None:
    main = servers.settings_on(dsn.SQLITE, tmp_path)
    settings = replace(main, log_sql_dsn=servers.new_database(dsn.POSTGRESQL))
    startup.prepare(settings)

    lines = startup.prepare(replace(settings, node_type="slave")).lines()

    assert sum("as a master prepared it" in line for line in lines) == 2


def test_traces_of_other_programs_are_warned_of(tmp_path: Path) -> None:
    settings = servers.settings_on(dsn.SQLITE, tmp_path)
    engine = startup.main_engine(settings)
    old_databases.write(engine, old_databases.CURRENT)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM channels")
        connection.exec_driver_sql("INSERT INTO options VALUES ('GroupRatio', '{broken')")

    warnings = startup.prepare(settings).warnings

    assert any("repair-abilities" in warning for warning in warnings)
    assert any("GroupRatio" in warning for warning in warnings)
    assert not any("default password" in warning for warning in warnings)


def test_a_server_that_is_away_stops_the_start_in_one_line() -> None:
    settings = Settings(sql_dsn=f"u:secret@tcp(127.0.0.1:{free_port()})/d?timeout=1s")

    with pytest.raises(SettingsError, match="cannot be used") as refusal:
        startup.migrate(settings)

    assert "secret" not in str(refusal.value)
    assert "sqlalche.me" not in str(refusal.value)


def test_the_folder_for_files_is_made(tmp_path: Path) -> None:
    settings = replace(
        servers.settings_on(dsn.SQLITE, tmp_path), data_dir=str(tmp_path / "deep" / "data")
    )

    startup.prepare(settings)

    assert (tmp_path / "deep" / "data").is_dir()


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = replace(
        servers.settings_on(dsn.SQLITE, tmp_path), data_dir=str(tmp_path / "file" / "data")
    )

    with pytest.raises(SettingsError, match="DATA_DIR"):
        startup.prepare(settings)
