import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, update
from sqlalchemy.orm import Session

from oneapi import cli, one_api_ddl, options, resources, startup
from oneapi.accounts import users
from oneapi.channels import abilities
from oneapi.lib import dsn, passwords
from oneapi.models.ability import Ability
from oneapi.models.channel import Channel
from oneapi.models.option import Option
from oneapi.models.own import Revision
from oneapi.models.user import Role, User, UserStatus
from oneapi.providers.catalog import UNKNOWN, channel_types
from oneapi.settings import Settings
from tests.support import old_databases, servers

Run = Callable[..., tuple[int, str, str]]


on_every_database = pytest.mark.parametrize("settings", servers.KINDS, indirect=True)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A node on an empty database, SQLite unless the test names another kind."""
    return servers.settings_on(getattr(request, "param", dsn.SQLITE), tmp_path)


@pytest.fixture
def run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run a command on the database of ``settings``; code, output, errors."""
    monkeypatch.setenv("SQL_DSN", settings.sql_dsn)
    monkeypatch.setenv("SQLITE_PATH", settings.sqlite_path)
    monkeypatch.setenv("DATA_DIR", settings.data_dir)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    yield command
    resources.bind_settings(Settings())


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    startup.migrate(settings)
    with Session(startup.main_engine(settings)) as session:
        yield session


def revision_of(session: Session) -> int:
    found = session.get(Revision, "config")
    return 0 if found is None else found.value


@on_every_database
def test_migrate_fills_an_empty_database(run: Run) -> None:
    first, second = run("migrate"), run("migrate")

    assert first[0] == second[0] == 0
    assert "schema created" in first[1]
    assert "schema created" not in second[1]


@on_every_database
def test_a_dry_run_tells_what_an_adoption_does_and_does_nothing(
    run: Run, settings: Settings
) -> None:
    engine = startup.main_engine(settings)
    old_databases.write(engine, old_databases.OLD)
    tables = set(inspect(engine).get_table_names())
    columns = {column["name"] for column in inspect(engine).get_columns("users")}

    code, output, _ = run("adopt", "--dry-run")

    assert code == 0
    assert "of One API, to be adopted" in output.splitlines()[0]
    assert "ADD COLUMN" in output
    assert "oidc_id" in output
    assert "version 0002: " in output
    assert set(inspect(engine).get_table_names()) == tables
    assert {column["name"] for column in inspect(engine).get_columns("users")} == columns

    assert run("adopt")[0] == 0
    assert "nothing is to be done" in run("migrate", "--dry-run")[1]


@on_every_database
def test_a_dry_run_on_nothing_names_the_versions(run: Run, settings: Settings) -> None:
    code, output, _ = run("migrate", "--dry-run")

    assert code == 0
    assert "empty, to be created" in output
    assert "version 0001: One API's seven tables" in output
    assert inspect(startup.main_engine(settings)).get_table_names() == []


def test_a_dry_run_leaves_the_file_as_it_is(run: Run, settings: Settings) -> None:
    file = Path(settings.sqlite_path)
    run("migrate", "--dry-run")
    assert not file.exists()

    with sqlite3.connect(file) as database:  # as One API has it: no WAL
        for statement in one_api_ddl.statements("sqlite", "users"):
            database.execute(statement)
    before = file.read_bytes()

    assert "to be adopted" in run("migrate", "--dry-run")[1]

    assert file.read_bytes() == before


def test_a_copy_is_made_and_put_back(run: Run, session: Session, settings: Settings) -> None:
    code, output, _ = run("backup")
    copy = output.removeprefix("written: ").strip()
    session.execute(update(User).values(username="other"))
    session.commit()

    put_back = run("restore", copy)

    assert (code, put_back[0]) == (0, 0)
    assert "replaced.db" in put_back[1]
    session.expire_all()
    assert session.get_one(User, 1).username == "root"


def test_a_copy_that_cannot_be_made_is_told_in_one_line(run: Run) -> None:
    code, _, errors = run("backup")

    assert code == 1
    assert errors.startswith("there is no database")


@on_every_database
def test_check_counts_and_tells(run: Run, session: Session) -> None:
    code, output, _ = run("check")

    assert code == 1
    assert "1 users\n" in output
    assert "default password" in output


def test_check_waits_for_no_writer(run: Run, session: Session) -> None:
    session.execute(update(User).values(quota=1))  # holds the write lock of SQLite

    assert run("check")[0] == 1


def test_check_is_content_with_a_sound_database(run: Run, session: Session) -> None:
    session.execute(update(User).values(password="$2a$10$nothing"))
    session.commit()

    assert run("check")[0] == 0


@on_every_database
def test_repair_makes_abilities_fit_again(run: Run, session: Session) -> None:
    session.add_all(Channel(id=n, type=1, key="k", models="a,b", group="g") for n in (1, 2))
    session.flush()
    abilities.rewrite(session, [session.get_one(Channel, 2)])
    session.add(Ability(group="g", model="a", channel_id=9, enabled=True))
    session.commit()
    before = revision_of(session)
    session.rollback()

    code, output, _ = run("repair-abilities")

    rows = session.query(Ability.channel_id, Ability.model).order_by("channel_id", "model").all()
    assert (code, output) == (0, "rewritten: 1 channels; removed: 1 that are gone\n")
    assert [tuple(row) for row in rows] == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    session.rollback()
    session.expire_all()
    assert revision_of(session) == before + 1


@on_every_database
def test_a_new_password_is_printed_and_works(run: Run, session: Session) -> None:
    before = users.find_account(session, 1)
    session.rollback()

    code, output, _ = run("reset-password", "root")

    password = output.rstrip("\n").rpartition(" ")[2]
    session.expire_all()
    after = users.find_account(session, 1)
    assert code == 0
    assert len(password) == 12
    assert passwords.verify(password, session.get_one(User, 1).password)
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp


def test_a_root_who_locked_himself_out_gets_in_again(run: Run, session: Session) -> None:
    session.add(Option(key="PasswordLoginEnabled", value="false"))
    session.commit()

    code, output, _ = run("reset-password", "root")

    assert code == 0
    assert "switched on again" in output
    session.expire_all()
    assert options.read(session).password_login_enabled


def test_another_users_new_password_changes_no_option(run: Run, session: Session) -> None:
    session.add(Option(key="PasswordLoginEnabled", value="false"))
    session.add(User(username="alice", aff_code="a", access_token="a", status=UserStatus.DISABLED))
    session.commit()

    code, output, _ = run("reset-password", "alice")

    assert code == 0
    assert "disabled" in output
    session.expire_all()
    assert not options.read(session).password_login_enabled
    assert session.query(User).filter_by(username="alice").one().role == Role.COMMON


@pytest.mark.parametrize("name", ["nobody", "deleted_1"])
def test_nobody_gets_no_password(name: str, run: Run, session: Session) -> None:
    session.add(
        User(username="deleted_1", aff_code="d", access_token="d", status=UserStatus.DELETED)
    )
    session.commit()

    code, output, errors = run("reset-password", name)

    assert (code, output) == (1, "")
    assert name in errors


def test_a_wrong_setting_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SYNC_FREQUENCY", "x")

    code, _, errors = run("check")

    assert code == 1
    assert errors.startswith("SYNC_FREQUENCY")


def test_a_database_without_tables_is_told_in_one_line(run: Run) -> None:
    code, _, errors = run("check")

    assert code == 1
    assert errors.startswith("the database cannot be used")


def test_an_unknown_command_prints_the_usage(run: Run) -> None:
    with pytest.raises(SystemExit) as end:
        run("destroy")

    assert end.value.code == 2


def test_channel_types_are_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "types.json"

    assert cli.main(["export-channel-types", str(file)]) == 0

    tree = json.loads(file.read_text(encoding="utf-8"))
    rows = {row["id"]: row for row in tree["types"]}
    assert list(rows) == [n for n in channel_types() if n != UNKNOWN]
    assert rows[18]["config_from_other"] == "api_version"
    assert [number for number, row in rows.items() if not row["takes_models"]] == [43]
    assert file.read_text(encoding="utf-8") == cli.channel_types_json()


def test_the_exported_options_are_those_that_a_dialect_reads() -> None:
    tree = json.loads(cli.channel_types_json())

    options = {row["id"]: row["options"] for row in tree["types"]}
    assert {"proxy", "pass_headers", "stream_usage", "organization"} <= set(options[1])
    assert {"proxy", "pass_headers"} <= set(options[14])
    assert "stream_usage" not in options[14]
    assert set(options[1]) <= {option["key"] for option in tree["options"]}


def test_the_channel_form_reads_the_types_of_this_catalog() -> None:
    assert cli.CHANNEL_TYPES_FILE.read_text(encoding="utf-8") == cli.channel_types_json()
