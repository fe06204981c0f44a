import sqlite3
from pathlib import Path

import pytest
from gevent import get_hub
from sqlalchemy.orm import Session

from oneapi import backups, startup
from oneapi.errors import SettingsError
from oneapi.models.option import Option
from oneapi.models.own import Revision
from oneapi.settings import Settings
from tests.support import old_databases


def said(settings: Settings, key: str = "Notice") -> str | None:
    with Session(startup.main_engine(settings)) as session:
        row = session.get(Option, key)
        return None if row is None else row.value


def say(settings: Settings, value: str) -> None:
    with Session(startup.main_engine(settings)) as session, session.begin():
        session.merge(Option(key="Notice", value=value))


def revision_of(settings: Settings) -> int:
    with Session(startup.main_engine(settings)) as session:
        found = session.get(Revision, "config")
        return 0 if found is None else found.value


def test_a_copy_put_back_brings_the_old_state(settings: Settings, tmp_path: Path) -> None:
    copy, kept = tmp_path / "copies" / "one.db", tmp_path / "kept.db"
    say(settings, "before")
    backups.make(settings, copy)
    say(settings, "after")

    backups.put_back(settings, copy, kept=kept)

    assert said(settings) == "before"
    backups.put_back(settings, kept, kept=tmp_path / "other.db")
    assert said(settings) == "after"


def test_a_copy_is_read_by_its_owner_only(settings: Settings, tmp_path: Path) -> None:
    backups.make(settings, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_needs_no_other_file(settings: Settings, tmp_path: Path) -> None:
    with sqlite3.connect(settings.sqlite_path) as busy:  # what it wrote is not yet in the file
        busy.execute("PRAGMA wal_autocheckpoint=0")
        busy.execute("INSERT INTO options VALUES ('Notice', 'in the log of changes')")
        busy.commit()

        backups.make(settings, tmp_path / "copy.db")

    moved = Settings(sqlite_path=str((tmp_path / "copy.db").rename(tmp_path / "moved.db")))
    assert said(moved) == "in the log of changes"


def test_a_copy_made_while_somebody_writes_holds_whole_transactions(
    settings: Settings, tmp_path: Path
) -> None:
    enough: list[bool] = []

    def write() -> None:
        with sqlite3.connect(settings.sqlite_path, timeout=30) as writer:
            writer.execute("PRAGMA synchronous=OFF")
            for number in range(1_000_000):
                pair = [("Left", str(number)), ("Right", str(number))]
                writer.executemany("INSERT OR REPLACE INTO options VALUES (?, ?)", pair)
                writer.commit()
                if enough:
                    return

    writing = get_hub().threadpool.spawn(write)  # a thread of the system
    for number in range(3):
        backups.make(settings, tmp_path / f"{number}.db")
    enough.append(True)
    writing.get()

    for number in range(3):
        copy = Settings(sqlite_path=str(tmp_path / f"{number}.db"))
        assert said(copy, "Left") == said(copy, "Right")


def test_workers_notice_that_everything_is_different(settings: Settings, tmp_path: Path) -> None:
    backups.make(settings, tmp_path / "copy.db")
    with Session(startup.main_engine(settings)) as session, session.begin():
        session.merge(Revision(name="config", value=7, updated_at=1))

    backups.put_back(settings, tmp_path / "copy.db", kept=tmp_path / "kept.db")

    assert revision_of(settings) == 8


def test_a_database_of_one_api_can_be_put_back_too(settings: Settings, tmp_path: Path) -> None:
    copy = Settings(sqlite_path=str(tmp_path / "old.db"))
    old_databases.write(startup.main_engine(copy), old_databases.OLD)

    backups.put_back(settings, tmp_path / "old.db", kept=tmp_path / "kept.db")
    startup.migrate(settings)

    assert said(settings, "SystemName") == "旧系统"


def test_a_copy_is_put_back_where_nothing_is(settings: Settings, tmp_path: Path) -> None:
    say(settings, "here")
    backups.make(settings, tmp_path / "copy.db")
    elsewhere = Settings(sqlite_path=str(tmp_path / "new.db"), data_dir=str(tmp_path))

    backups.put_back(elsewhere, tmp_path / "copy.db", kept=tmp_path / "kept.db")

    assert said(elsewhere) == "here"
    assert not (tmp_path / "kept.db").exists()


def test_no_file_is_overwritten(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(SettingsError, match="exists already"):
        backups.make(settings, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no database"):
        backups.make(Settings(sqlite_path=str(tmp_path / "none.db")), tmp_path / "copy.db")

    assert list(tmp_path.iterdir()) == []


def damaged(settings: Settings, file: Path) -> None:
    backups.make(settings, file)
    content = bytearray(file.read_bytes())
    content[8192 : 3 * 8192] = b"\xff" * 2 * 8192
    file.write_bytes(content)


def strange(_settings: Settings, file: Path) -> None:
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE recipes (name)")


def textual(_settings: Settings, file: Path) -> None:
    file.write_text("a shopping list, long enough to be looked at" * 100)


def absent(_settings: Settings, _file: Path) -> None:
    """Make nothing."""


@pytest.mark.parametrize("make", [damaged, strange, textual, absent])
def test_what_is_no_sound_copy_replaces_nothing(
    settings: Settings, tmp_path: Path, make: object
) -> None:
    assert callable(make)
    make(settings, tmp_path / "copy.db")
    say(settings, "kept")

    with pytest.raises(SettingsError):
        backups.put_back(settings, tmp_path / "copy.db", kept=tmp_path / "kept.db")

    assert said(settings) == "kept"
    assert not (tmp_path / "kept.db").exists()


@pytest.mark.parametrize(
    ("address", "tool"),
    [("u:secret@tcp(h:1)/gate", "mysqldump"), ("postgres://u:secret@h/gate", "pg_dump")],
)
def test_of_a_server_the_right_tool_is_named(address: str, tool: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=tool) as refused:
        backups.make(Settings(sql_dsn=address), tmp_path / "copy.db")

    assert "gate" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_name_of_a_copy_tells_its_time() -> None:
    path = backups.path_now(Settings(data_dir="/data"), now_s=1_750_000_000, note="-replaced")

    assert path == Path("/data/backups/one-api-20250615-150640-replaced.db")
