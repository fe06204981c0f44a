import ssl

import pytest
from sqlalchemy import URL

from oneapi.lib import mysql_dsn
from oneapi.lib.mysql_dsn import MysqlAddress

PLAIN = {"charset": "utf8mb4", "ssl_disabled": True}


def url(**parts: object) -> URL:
    return URL.create("mysql+pymysql", **{"port": 3306, **parts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        (
            "root:123456@tcp(localhost:3306)/oneapi",
            url(username="root", password="123456", host="localhost", database="oneapi"),
        ),
        (
            "oneapi:p@ss/w:rd@tcp(db)/one-api",
            url(username="oneapi", password="p@ss/w:rd", host="db", database="one-api"),
        ),
        (
            "u:50%25%@tcp(db)/d",
            url(username="u", password="50%25%", host="db", database="d"),
        ),
        ("u:p@/d", url(username="u", password="p", host="127.0.0.1", database="d")),
        ("u:p@/d?", url(username="u", password="p", host="127.0.0.1", database="d")),
        ("u:@tcp(db)/d", url(username="u", host="db", database="d")),
        ("u@tcp(db:3307)/d", url(username="u", host="db", port=3307, database="d")),
        ("tcp(db)/d", url(host="db", database="d")),
        ("/d", url(host="127.0.0.1", database="d")),
        ("u@tcp/", url(username="u", host="127.0.0.1")),
        ("u@tcp([::1]:3307)/d", url(username="u", host="::1", port=3307, database="d")),
        ("u@tcp([fe80::1%25eth0])/d", url(username="u", host="fe80::1%25eth0", database="d")),
        ("u:p@tcp(db)/my%20data", url(username="u", password="p", host="db", database="my data")),
    ],
)
def test_an_address_of_gos_driver_is_read(dsn: str, expected: URL) -> None:
    assert mysql_dsn.read(dsn) == MysqlAddress(expected, PLAIN, ())


@pytest.mark.parametrize(
    ("dsn", "path"),
    [
        ("u:p@unix(/run/mysqld/mysqld.sock)/d", "/run/mysqld/mysqld.sock"),
        ("u:p@unix/d", "/tmp/mysql.sock"),  # noqa: S108 - the driver's default
    ],
)
def test_a_socket_of_the_same_machine_is_read(dsn: str, path: str) -> None:
    found = mysql_dsn.read(dsn)

    assert found.connect_args["unix_socket"] == path
    assert found.url.database == "d"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("charset=utf8mb4,utf8", {"charset": "utf8mb4"}),
        ("charset=klingon,latin1", {"charset": "latin1"}),
        ("timeout=10s", {"connect_timeout": 10}),
        ("timeout=500ms&readTimeout=1m30s", {"connect_timeout": 1, "read_timeout": 90}),
        ("writeTimeout=1.5h", {"write_timeout": 5400}),
        ("timeout=0", {}),
        ("timeout=0s", {}),
        ("parseTime=True&loc=Asia%2FShanghai&timeTruncate=1us", {}),
        ("allowNativePasswords=false&checkConnLiveness=1&maxAllowedPacket=0", {}),
        ("parseTime", {}),
    ],
)
def test_parameters_become_arguments_of_the_driver(
    parameters: str, expected: dict[str, object]
) -> None:
    found = mysql_dsn.read(f"u:p@tcp(db)/d?{parameters}")

    assert found.connect_args == {**PLAIN, **expected}
    assert found.init_commands == ()


@pytest.mark.parametrize(
    ("parameters", "command"),
    [
        ("time_zone=%27%2B08%3A00%27", "SET time_zone = '+08:00'"),
        ("sql_mode='ANSI'", "SET sql_mode = 'ANSI'"),
        ("autocommit=1", "SET autocommit = 1"),
        ("collation=utf8mb4_bin", "SET NAMES utf8mb4 COLLATE utf8mb4_bin"),
        ("time_zone='+08:00'", "SET time_zone = '+08:00'"),
    ],
)
def test_other_names_are_set_on_every_connection(parameters: str, command: str) -> None:
    assert mysql_dsn.read(f"u:p@tcp(db)/d?{parameters}").init_commands == (command,)


@pytest.mark.parametrize("value", ["true", "1", "TRUE", "True"])
def test_tls_is_checked_against_the_known_authorities(value: str) -> None:
    context = mysql_dsn.read(f"u:p@tcp(db)/d?tls={value}").connect_args["ssl"]

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_tls_can_go_without_a_check() -> None:
    arguments = mysql_dsn.read("u:p@tcp([::1]:3307)/d?tls=skip-verify&timeout=5s").connect_args

    assert arguments["ssl"].verify_mode is ssl.CERT_NONE
    assert not arguments["ssl"].check_hostname
    assert arguments["connect_timeout"] == 5


@pytest.mark.parametrize("value", ["false", "0", "FALSE", "False"])
def test_without_tls_the_driver_does_not_try_it(value: str) -> None:
    assert mysql_dsn.read(f"u:p@tcp(db)/d?tls={value}").connect_args == PLAIN


def test_preferred_tls_is_left_to_the_driver() -> None:
    assert mysql_dsn.read("u:p@tcp(db)/d?tls=preferred").connect_args == {"charset": "utf8mb4"}


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("u:secret@tcp(db)", "no '/'"),
        ("u:secret@tcp(db/d", "without"),
        ("u:secret@pipe(db)/d", "network"),
        ("u:secret@tcp(::1)/d", "host and port"),
        ("u:secret@tcp(db:x)/d", "host and port"),
        ("u:secret@/d?tls=own-config", "tls"),
        ("u:secret@/d?parseTime=yes", "parseTime"),
        ("u:secret@/d?compress=true", "compress"),
        ("u:secret@/d?timeout=10", "timeout"),
        ("u:secret@/d?timeout=-1s", "timeout"),
        ("u:secret@/d?charset=klingon", "charset"),
        ("u:secret@/d?allowCleartextPasswords=true", "allowCleartextPasswords"),
        ("u:secret@/d?allowCleartextPasswords=true&tls=preferred", "allowCleartextPasswords"),
        ("u:secret@/d?x;drop=1", "name"),
        ("mysql://u:secret@db:x/d", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_without_the_password(dsn: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refusal:
        mysql_dsn.read(dsn)

    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_cleartext_passwords_pass_inside_tls() -> None:
    found = mysql_dsn.read("u:p@/d?allowCleartextPasswords=true&tls=true")

    assert found.init_commands == ()


@pytest.mark.parametrize("scheme", ["mysql", "mysql+pymysql"])
def test_a_url_is_read_too(scheme: str) -> None:
    found = mysql_dsn.read(f"{scheme}://u:p%40ss@db:3307/one-api?charset=utf8mb4")

    assert found == MysqlAddress(
        url(username="u", password="p@ss", host="db", port=3307, database="one-api"), PLAIN, ()
    )


@pytest.mark.parametrize(
    ("query", "verify"),
    [
        ("ssl-mode=REQUIRED", ssl.CERT_NONE),
        ("sslmode=verify_identity", ssl.CERT_REQUIRED),
        ("ssl_mode=VERIFY_CA", ssl.CERT_REQUIRED),
    ],
)
def test_a_url_of_a_platform_names_tls_in_its_own_way(query: str, verify: int) -> None:
    assert mysql_dsn.read(f"mysql://u:p@db/d?{query}").connect_args["ssl"].verify_mode == verify


def test_a_url_may_name_a_socket_and_reconnects() -> None:
    found = mysql_dsn.read("mysql://u:p@/d?unix_socket=/run/mysqld.sock&reconnect=true")

    assert found.connect_args == {**PLAIN, "unix_socket": "/run/mysqld.sock"}
    assert found.init_commands == ()
