import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oneapi.lib import safe_fetch
from oneapi.lib.safe_fetch import FetchRefused
from tests.support.certificates import self_signed
from tests.support.web_server import Asked, Told, web_server

LOOPBACK = "127.0.0.0/8,::1/128"


def picture(_: Asked) -> Told:
    return Told(b"picture", headers={"Content-Type": "Image/PNG; x=y"})


def reason_of(url: str, **options: str) -> str:
    with pytest.raises(FetchRefused) as refusal:
        safe_fetch.fetch(url, timeout_s=5, allow=LOOPBACK, **options)
    return refusal.value.reason


def test_an_allowed_address_is_fetched_with_its_media_type() -> None:
    with web_server(picture) as server:
        fetched = safe_fetch.fetch(f"{server.url}/a?b=c#d", timeout_s=5, allow=LOOPBACK)

    assert fetched.content == b"picture"
    assert fetched.content_type == "image/png"
    assert server.asked[0].path == "/a?b=c"


def test_the_server_is_told_the_name_that_the_user_wrote_and_no_password() -> None:
    with web_server(picture) as server:
        url = f"http://me:secret@localhost:{server.port}"
        safe_fetch.fetch(url, timeout_s=5, allow=LOOPBACK)

    assert server.asked[0].path == "/"
    assert server.asked[0].headers["host"] == f"localhost:{server.port}"
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
    ],
)
def test_no_address_inside_is_reached(host: str) -> None:
    with web_server(picture) as server, pytest.raises(FetchRefused) as refusal:
        safe_fetch.fetch(f"http://{host}:{server.port}/", timeout_s=5)

    assert refusal.value.reason == "address"
    assert server.asked == []


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_public_addresses_are_public(address: str) -> None:
    assert safe_fetch.is_public(ipaddress.ip_address(address))


def test_redirects_are_followed_three_times() -> None:
    def moving(asked: Asked) -> Told:
        step = int(asked.path[1:])
        return Told(status=302, headers={"Location": f"/{step + 1}"}) if step else Told(b"end")

    def start(server_url: str, step: int) -> bytes:
        return safe_fetch.fetch(f"{server_url}/{step}", timeout_s=5, allow=LOOPBACK).content

    with web_server(moving) as server:
        assert start(server.url, -3) == b"end"
        with pytest.raises(FetchRefused, match="redirects"):
            start(server.url, -4)


def test_a_redirect_to_a_forbidden_address_is_refused() -> None:
    def to_metadata(_: Asked) -> Told:
        return Told(status=302, headers={"Location": "http://169.254.169.254/latest/"})

    with web_server(to_metadata) as server:
        assert reason_of(server.url) == "address"


def test_a_redirect_to_another_scheme_is_refused() -> None:
    with web_server(lambda _: Told(status=301, headers={"Location": "file:///etc"})) as server:
        assert reason_of(server.url) == "scheme"


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    size = str(safe_fetch.MAX_BYTES + 1)

    with web_server(lambda _: Told(headers={"Content-Length": size})) as server:
        assert reason_of(server.url) == "too_large"


def test_what_hides_its_size_is_cut_off() -> None:
    content = bytes(safe_fetch.MAX_BYTES + 1)

    # Without a length the body ends with the connection.
    with web_server(lambda _: Told(content, headers={"Content-Length": ""})) as server:
        assert reason_of(server.url) == "too_large"


def test_an_error_answer_is_refused() -> None:
    with web_server(lambda _: Told(status=404)) as server:
        assert reason_of(server.url) == "status"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://127.0.0.1/a", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("picture.png", "scheme"),
        ("http:///a", "host"),
        ("http://127.0.0.1:port/", "host"),
        ("http://[::1/", "host"),
        ("http://nowhere.invalid/", "unresolved"),
        (f"http://{'a' * 64}.example/", "unresolved"),
    ],
)
def test_what_is_no_reachable_http_url_is_refused(url: str, reason: str) -> None:
    assert reason_of(url) == reason


def test_a_closed_port_is_unreachable() -> None:
    with web_server(picture) as gone:
        url = gone.url

    assert reason_of(url) == "unreachable"


def test_a_proxy_is_asked_for_the_checked_address() -> None:
    with web_server(picture) as proxy:
        url = "http://localhost:8099/a"
        fetched = safe_fetch.fetch(url, timeout_s=5, proxy=proxy.url, allow=LOOPBACK)

    assert fetched.content == b"picture"
    assert proxy.asked[0].path in {"http://127.0.0.1:8099/a", "http://[::1]:8099/a"}
    assert proxy.asked[0].headers["host"] == "localhost:8099"


def test_a_proxy_does_not_open_the_way_inside() -> None:
    with web_server(picture) as proxy:
        assert reason_of("http://10.0.0.1/", proxy=proxy.url) == "address"

    assert proxy.asked == []


@contextmanager
def trusted_server(name: str, folder: Path, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve over TLS with a trusted certificate for this name; its address is localhost."""
    certificate = self_signed(name, folder)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    patch.setenv("SSL_CERT_FILE", str(certificate))
    safe_fetch._tls.cache_clear()
    try:
        with web_server(picture, tls=server_side) as server:
            yield f"https://localhost:{server.port}/"
    finally:
        safe_fetch._tls.cache_clear()


def test_tls_proves_the_name_although_the_address_is_dialled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trusted_server("localhost", tmp_path, monkeypatch) as url:
        assert safe_fetch.fetch(url, timeout_s=5, allow=LOOPBACK).content == b"picture"


def test_a_certificate_for_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trusted_server("other.example", tmp_path, monkeypatch) as url:
        assert reason_of(url) == "unreachable"
