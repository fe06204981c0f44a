import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from oneapi import addresses, one_api_ddl, schema, startup
from oneapi.errors import SettingsError
from oneapi.lib import dsn
from oneapi.models.base import Base
from oneapi.models.log import Log
from oneapi.models.own import ChannelExtra
from oneapi.models.token import Token
from oneapi.models.user import User
from oneapi.schema import Schema
from oneapi.settings import Settings
from tests.support import old_databases, servers
from tests.support.old_databases import TABLES


@pytest.fixture(params=servers.KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return servers.settings_on(request.param, tmp_path)


@pytest.fixture
def engine(empty: Settings) -> Engine:
    return startup.main_engine(empty)


def tables_of(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def collations(engine: Engine) -> dict[str, str]:
    """Return the order of each table's texts, on MySQL; Alembic's own table is left out."""
    asked = text(
        "SELECT table_name, table_collation FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name <> 'alembic_version'"
    )
    with engine.connect() as connection:
        return {str(name): str(order) for name, order in connection.execute(asked)}


def charsets(engine: Engine) -> dict[str, str]:
    return {name: found.split("_")[0] for name, found in collations(engine).items()}


def set_version(engine: Engine, version: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def test_an_empty_database_fills_itself(engine: Engine) -> None:
    done = Schema(engine).upgrade()

    assert done.text.startswith("created")
    assert not done.is_adoption
    assert tables_of(engine) == {*Base.metadata.tables, "alembic_version"}
    assert Schema(engine).shortcomings() == []


def test_the_migrations_make_what_the_table_classes_say(engine: Engine) -> None:
    Schema(engine).upgrade()
    inspector = inspect(engine)

    for table in Base.metadata.sorted_tables:
        columns = [column["name"] for column in inspector.get_columns(table.name)]
        assert columns == [column.name for column in table.columns]
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes
        key = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key]


def test_a_column_may_be_left_out_by_one_apis_own_inserts(engine: Engine) -> None:
    Schema(engine).upgrade()

    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO logs (user_id, created_at) VALUES (1, 2)")
    with Session(engine) as session:
        row = session.get_one(Log, 1)

    assert (row.other, row.quota, row.is_stream) == (None, 0, False)


@pytest.mark.parametrize("charset", ["latin1", "utf8mb3", "utf8mb4"])
def test_every_table_we_make_can_hold_chinese_and_emoji(charset: str, tmp_path: Path) -> None:
    address = servers.new_database(dsn.MYSQL, f"CHARACTER SET {charset}")
    engine = startup.main_engine(Settings(sql_dsn=address, data_dir=str(tmp_path)))
    Schema(engine).upgrade()
    said = "充值 🎉"

    with Session(engine) as session, session.begin():
        session.add(User(username=said, password="", access_token="0" * 32, aff_code="a"))
        session.add(Log(user_id=1, created_at=2, content=said, other=said))
        session.add(ChannelExtra(channel_id=1, remark=said))

    with Session(engine) as session:
        assert session.scalars(select(User.username)).all() == [said]
        assert session.execute(select(Log.content, Log.other)).all() == [(said, said)]
        assert session.scalars(select(ChannelExtra.remark)).all() == [said]
    assert charsets(engine) == dict.fromkeys(Base.metadata.tables, "utf8mb4")


def test_tables_take_the_order_that_an_operator_chose(tmp_path: Path) -> None:
    options = "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"
    address = servers.new_database(dsn.MYSQL, options)
    engine = startup.main_engine(Settings(sql_dsn=address, data_dir=str(tmp_path)))

    Schema(engine).upgrade()

    assert set(collations(engine).values()) == {"utf8mb4_unicode_ci"}


def test_a_table_of_one_api_keeps_its_characters(tmp_path: Path) -> None:
    address = servers.new_database(dsn.MYSQL, "CHARACTER SET latin1")
    engine = startup.main_engine(Settings(sql_dsn=address, data_dir=str(tmp_path)))
    with engine.begin() as connection:
        for statement in one_api_ddl.statements(dsn.MYSQL, "users"):
            connection.exec_driver_sql(statement)

    Schema(engine).upgrade()

    expected = dict.fromkeys(Base.metadata.tables, "utf8mb4") | {"users": "latin1"}
    assert charsets(engine) == expected


def test_a_second_upgrade_has_nothing_to_do(engine: Engine) -> None:
    Schema(engine).upgrade()

    assert Schema(engine).upgrade().text == f"version {schema._newest()}"


def test_a_table_stays_on_one_line_on_sqlite(tmp_path: Path) -> None:
    engine = startup.main_engine(servers.settings_on(dsn.SQLITE, tmp_path))
    Schema(engine).upgrade()

    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()

    texts = {name: sql for name, sql in rows if name in TABLES}
    assert set(texts) == set(TABLES)
    assert not any("\n" in sql for sql in texts.values())


def test_an_upgrade_that_broke_off_is_continued(engine: Engine) -> None:
    # MySQL commits each table, so a kill leaves some tables and no version.
    with engine.begin() as connection:
        for statement in one_api_ddl.statements(engine.dialect.name, "users"):
            connection.exec_driver_sql(statement)

    Schema(engine).upgrade()

    assert Schema(engine).shortcomings() == []


def test_indexes_that_one_api_dropped_come_back(tmp_path: Path) -> None:
    engine = startup.main_engine(servers.settings_on(dsn.SQLITE, tmp_path))
    Schema(engine).upgrade()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX oneapi_logs_user_id")
        connection.exec_driver_sql("DROP INDEX idx_tokens_user_id")

    Schema(engine).restore_indexes()

    found = {index["name"] for index in inspect(engine).get_indexes("logs")}
    assert "oneapi_logs_user_id" in found
    assert {index.name for index in Base.metadata.tables["tokens"].indexes} <= {
        index["name"] for index in inspect(engine).get_indexes(Token.__tablename__)
    }


def test_a_database_of_a_newer_release_is_left_alone(engine: Engine) -> None:
    Schema(engine).upgrade()
    set_version(engine, "9999")

    assert "newer release" in Schema(engine).upgrade().text
    assert Schema(engine).shortcomings() == []


def test_an_older_version_is_a_shortcoming(engine: Engine) -> None:
    Schema(engine).upgrade()
    set_version(engine, "0001")

    assert any("0001" in missing for missing in Schema(engine).shortcomings())


def test_a_slave_waits_only_so_long(engine: Engine) -> None:
    with pytest.raises(SettingsError, match=r"no master .* users\.id"):
        Schema(engine).wait(patience_s=0)


def test_a_slave_goes_on_when_the_schema_is_there(engine: Engine) -> None:
    Schema(engine).upgrade()

    Schema(engine).wait(patience_s=0)


def test_a_server_that_is_away_is_waited_for_too(tmp_path: Path) -> None:
    spec = dsn.read("u:p@tcp(127.0.0.1:1)/d")
    engine = startup.short_lived_engine(spec, Settings())

    with pytest.raises(SettingsError, match="a server that answers"):
        Schema(engine).wait(patience_s=0)


def test_one_node_at_a_time_changes_the_schema(empty: Settings, engine: Engine) -> None:
    spec = addresses.database(empty)

    with (
        schema.lock(engine, spec),
        pytest.raises(SettingsError, match="another node"),
        schema.lock(startup.main_engine(empty), spec, patience_s=0),
    ):
        pass

    with schema.lock(engine, spec, patience_s=0):
        pass


def test_nodes_that_start_together_agree(empty: Settings) -> None:
    nodes = [replace(empty, node_name=f"node-{number}") for number in range(3)]
    reports: list[list[str]] = []

    threads = [
        threading.Thread(
            target=lambda node: reports.append(startup.migrate(node).lines()), args=(n,)
        )
        for n in nodes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(reports) == 3
    assert sum("schema created" in line for lines in reports for line in lines) == 1
    assert sum("first start" in line for lines in reports for line in lines) == 1


def test_a_database_of_the_logs_alone_gets_nothing_else(engine: Engine) -> None:
    Schema(engine, logs_only=True).upgrade()

    assert tables_of(engine) == {"logs", schema.LOG_VERSIONS}
    assert Schema(engine, logs_only=True).shortcomings() == []
    assert Schema(engine, logs_only=True).upgrade().text == f"version {schema._newest()}"


def test_a_log_database_of_one_api_is_adopted(engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in one_api_ddl.statements(engine.dialect.name, "logs"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("INSERT INTO logs (user_id, created_at) VALUES (7, 2)")

    done = Schema(engine, logs_only=True).upgrade()

    assert done.is_adoption
    with Session(engine) as session:
        assert session.get_one(Log, 1).user_id == 7
    assert tables_of(engine) == {"logs", schema.LOG_VERSIONS}


def test_logs_may_live_in_somebodys_main_database(engine: Engine) -> None:
    Schema(engine).upgrade()

    Schema(engine, logs_only=True).upgrade()

    assert Schema(engine, logs_only=True).shortcomings() == []
    assert Schema(engine).shortcomings() == []


def test_what_one_api_wrote_is_adopted_before_it_is_upgraded(engine: Engine) -> None:
    old_databases.write(engine, old_databases.OLD)

    done = Schema(engine).upgrade()

    assert done.is_adoption
    assert Schema(engine).shortcomings() == []
