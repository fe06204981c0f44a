from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from oneapi.lib import dsn
from oneapi.lib.database import SqliteTuning, prepare_engine
from tests.support import servers


def engine_of(address: str) -> Engine:
    spec = dsn.read(address)
    engine = create_engine(spec.url, connect_args=dict(spec.connect_args), poolclass=NullPool)
    prepare_engine(engine, spec, SqliteTuning())
    return engine


def answer(address: str, question: str) -> object:
    with engine_of(address).connect() as connection:
        return connection.exec_driver_sql(question).scalar()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", dsn.SQLITE),
        ("postgres://u:p@db/d", dsn.POSTGRESQL),
        ("postgresql://u:p@db/d", dsn.POSTGRESQL),
        ("mysql://u:p@db/d", dsn.MYSQL),
        ("mysql+pymysql://u:p@db/d", dsn.MYSQL),
        ("u:p@tcp(db)/d", dsn.MYSQL),
    ],
)
def test_the_beginning_tells_the_kind(address: str, kind: str) -> None:
    assert dsn.read(address).kind == kind


def test_an_address_is_never_shown_with_its_password() -> None:
    for address in ("u:secret@tcp(db)/d", "postgres://u:secret@db/d"):
        assert "secret" not in repr(dsn.read(address).url)


def test_a_sqlite_file_is_named_by_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert dsn.read("", sqlite_path="one-api.db").url.database == str(tmp_path / "one-api.db")
    assert dsn.read(f"sqlite:///{tmp_path}/a.db").url.database == str(tmp_path / "a.db")
    assert dsn.read("sqlite:///a.db").url.database == str(tmp_path / "a.db")


def test_the_file_behind_an_address_is_told() -> None:
    assert dsn.sqlite_file("", sqlite_path="x/one-api.db") == "x/one-api.db"
    assert dsn.sqlite_file("sqlite:////data/a.db", sqlite_path="x") == "/data/a.db"
    assert dsn.sqlite_file("postgres://db/d", sqlite_path="x") == ""


@pytest.mark.parametrize(
    ("path", "reason"), [("a.db?mode=ro", r"\?"), ("nowhere/a.db", "does not exist")]
)
def test_a_sqlite_file_that_cannot_be_made_is_refused(
    path: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ValueError, match=reason):
        dsn.read("", sqlite_path=path)


def test_parameters_of_a_mysql_address_are_in_force() -> None:
    address = f"{servers.new_database(dsn.MYSQL)}?time_zone=%27%2B08%3A00%27&timeout=5s"

    assert answer(address, "SELECT @@session.time_zone") == "+08:00"
    assert answer(address, "SELECT @@character_set_client") == "utf8mb4"
    assert answer(f"{address}&collation=utf8mb4_bin", "SELECT @@collation_connection") == (
        "utf8mb4_bin"
    )


def test_a_mysql_server_without_tls_is_refused_where_tls_is_demanded() -> None:
    address = servers.new_database(dsn.MYSQL)
    if answer(address, "SELECT @@have_ssl") == "YES":
        pytest.skip("this server offers TLS")

    with pytest.raises(OperationalError, match="SSL"):
        answer(f"{address}?tls=skip-verify", "SELECT 1")
    assert answer(f"{address}?tls=preferred", "SELECT 1") == 1


def test_parameters_of_a_postgresql_address_are_in_force() -> None:
    address = f"{servers.new_database(dsn.POSTGRESQL)}?TimeZone=Asia/Tokyo&search_path=a, b"

    assert answer(address, "SHOW timezone") == "Asia/Tokyo"
    assert answer(address, "SHOW search_path") == "a, b"
