from typing import Any

import pytest
from sqlalchemy import URL

from oneapi.lib import postgresql_dsn

NOTHING_PREPARED = {"prepare_threshold": None}


def url(**parts: Any) -> URL:
    return URL.create("postgresql+psycopg", **parts)


def driver_arguments(dsn: str) -> dict[str, Any]:
    """Return what the driver finally gets."""
    found, arguments = postgresql_dsn.read(dsn)
    return {**found.get_dialect()().create_connect_args(found)[1], **arguments}


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_url_is_read(scheme: str) -> None:
    found = postgresql_dsn.read(f"{scheme}://oneapi:123456@localhost:5433/one-api")

    expected = url(
        username="oneapi", password="123456", host="localhost", port=5433, database="one-api"
    )
    assert found == (expected, NOTHING_PREPARED)


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        (
            "postgres://us%40er:p%2Fw%25@db/my%20data",
            url(username="us@er", password="p/w%", host="db", database="my data"),
        ),
        ("postgres://u:p@ss@db/d", url(username="u", password="p@ss", host="db", database="d")),
        ("postgres://[::1]:5433/d", url(host="::1", port=5433, database="d")),
        ("postgres://%2Frun%2Fpostgresql/d", url(host="/run/postgresql", database="d")),
        ("postgres:///d", url(database="d")),
        ("postgres://", url()),
    ],
)
def test_parts_are_decoded_and_may_be_left_out(dsn: str, expected: URL) -> None:
    assert postgresql_dsn.read(dsn) == (expected, NOTHING_PREPARED)


def test_several_hosts_are_tried_in_turn() -> None:
    arguments = driver_arguments("postgres://u:p@h1:5432,h2:5433,h3/d")

    assert arguments["host"] == "h1,h2,h3"
    assert arguments["port"] == "5432,5433,5432"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sslmode=disable", {"sslmode": "disable"}),
        (
            "sslmode=verify-full&sslrootcert=/etc/ca.pem&connect_timeout=5&application_name=a",
            {
                "sslmode": "verify-full",
                "sslrootcert": "/etc/ca.pem",
                "connect_timeout": "5",
                "application_name": "a",
            },
        ),
        ("host=/run/postgresql", {"host": "/run/postgresql"}),
        ("TimeZone=Asia/Shanghai", {"options": "-c timezone=Asia/Shanghai"}),
        ("time_zone=UTC", {"options": "-c timezone=UTC"}),
        ("search_path=one, public", {"options": "-c search_path=one,\\ public"}),
        (
            "options=-c%20work_mem=8MB&statement_timeout=5000",
            {"options": "-c work_mem=8MB -c statement_timeout=5000"},
        ),
        ("default_query_exec_mode=exec&statement_cache_capacity=0&pool_max_conns=5", {}),
    ],
)
def test_parameters_go_where_they_are_understood(query: str, expected: dict[str, str]) -> None:
    _, arguments = postgresql_dsn.read(f"postgres://u:p@db/d?{query}")

    assert arguments == {**NOTHING_PREPARED, **expected}


@pytest.mark.parametrize("dsn", ["postgres://u:secret@db:x/d", "postgres://u:secret@db/d?a%20b=1"])
def test_what_cannot_be_used_is_refused_without_the_password(dsn: str) -> None:
    with pytest.raises(ValueError, match="PostgreSQL address") as refusal:
        postgresql_dsn.read(dsn)

    assert "secret" not in str(refusal.value)
