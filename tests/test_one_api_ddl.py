import pytest

from oneapi import adoption, one_api_ddl
from tests.support.servers import KINDS

OURS = {("logs", "other")}


@pytest.mark.parametrize("kind", KINDS)
def test_each_column_of_a_table_class_is_one_of_one_apis(kind: str) -> None:
    classes = {
        table.name: [c.name for c in table.columns if (table.name, c.name) not in OURS]
        for table in adoption.TABLES
    }

    found = {table: list(columns) for table, columns in one_api_ddl.columns(kind).items()}

    assert found == classes


def test_definitions_stand_as_they_were_written() -> None:
    assert one_api_ddl.columns("sqlite")["users"]["group"] == 'varchar(32) DEFAULT "default"'
    assert one_api_ddl.columns("mysql")["channels"]["weight"] == "bigint unsigned DEFAULT 0"
    assert one_api_ddl.columns("postgresql")["channels"]["balance"] == "decimal"


@pytest.mark.parametrize("kind", KINDS)
def test_the_statements_of_a_table_are_its_own(kind: str) -> None:
    found = one_api_ddl.statements(kind, "options")

    assert len(found) == 1
    assert found[0].startswith("CREATE TABLE")
    assert not any(
        "\n" in line for table in ("users", "logs") for line in one_api_ddl.statements(kind, table)
    )
