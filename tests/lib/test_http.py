from collections.abc import Iterator

import orjson
import pytest

from oneapi.lib import http
from oneapi.lib.http import HttpError
from tests.support.proxy import proxy
from tests.support.web_server import Asked, Told, WebServer, web_server


def answer(asked: Asked) -> Told:
    path = asked.path.partition("?")[0]
    if path == "/moved":
        return Told(status=302, headers={"Location": "/json"})
    if path == "/text":
        return Told(b"hello")
    if path == "/refused":
        return Told(b'{"error": "no"}', status=401)
    return Told(b'{"balance": 7}', headers={"X-Trace": "abc"})


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server(answer) as running:
        yield running


def test_a_get_sends_parameters_and_headers(server: WebServer) -> None:
    got = http.get(f"{server.url}/json", params={"a": "b c"}, headers={"Authorization": "x"})

    assert got.json() == {"balance": 7}
    assert got.headers["x-trace"] == "abc"
    assert server.asked[0].path == "/json?a=b+c"
    assert server.asked[0].headers["authorization"] == "x"


def test_a_post_sends_json(server: WebServer) -> None:
    http.post(f"{server.url}/json", json={"n": 1})

    assert server.asked[0].method == "POST"
    assert orjson.loads(server.asked[0].body) == {"n": 1}


def test_a_post_sends_a_form(server: WebServer) -> None:
    http.post(f"{server.url}/json", form={"secret": "s", "response": "r"})

    assert server.asked[0].body == b"secret=s&response=r"


def test_redirects_are_followed_for_reading_only(server: WebServer) -> None:
    assert http.get(f"{server.url}/moved").json() == {"balance": 7}
    assert http.post(f"{server.url}/moved", json={}).status == 302


def test_a_status_is_an_answer_until_its_json_is_wanted(server: WebServer) -> None:
    got = http.get(f"{server.url}/refused")

    assert got.body == b'{"error": "no"}'
    with pytest.raises(HttpError) as failure:
        got.json()
    assert failure.value.status == 401


def test_a_body_that_is_no_json_is_an_error(server: WebServer) -> None:
    with pytest.raises(HttpError, match="no JSON"):
        http.get(f"{server.url}/text").json()


def test_a_failed_connection_shows_no_key() -> None:
    with web_server(answer) as gone:
        url = gone.url

    with pytest.raises(HttpError) as failure:
        http.get(f"{url}/json", params={"api_key": "hidden"})

    assert "hidden" not in str(failure.value)
    assert failure.value.status == 0


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
@pytest.mark.parametrize("target", ["http", "https"])
def test_a_proxy_is_shown_its_password(server: WebServer, scheme: str, target: str) -> None:
    """The server speaks no TLS, so that call fails, but behind the proxy."""
    with proxy() as middle:
        middle.moved["far.example"] = ("127.0.0.1", server.port)
        through = f"{scheme}://me:se%20cret@127.0.0.1:{middle.port}"

        if target == "http":
            assert http.get("http://far.example/json", proxy=through).json() == {"balance": 7}
        else:
            with pytest.raises(HttpError, match="SSLError"):
                http.get("https://far.example/json", proxy=through)

    shown = "Basic bWU6c2UgY3JldA==" if scheme == "http" else "me:se cret"
    assert middle.logins == [shown]
    assert [asked.partition(" ")[2] for asked in middle.asked] == [
        f"far.example:{443 if target == 'https' else 80}"
    ]


@pytest.mark.parametrize(
    "through",
    ["http://me:secret@127.0.0.1:9", "socks5://me:secret@127.0.0.1:9", "secret://x", "socks5://"],
)
def test_a_proxy_that_is_no_help_is_a_failure_that_names_nothing(through: str) -> None:
    with pytest.raises(HttpError) as failure:
        http.get("http://far.example/", proxy=through)

    assert "secret" not in str(failure.value)


def test_a_proxy_goes_before_those_of_the_system(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "far.example")
    with proxy() as middle:
        middle.moved["far.example"] = ("127.0.0.1", server.port)

        got = http.get("http://far.example/json", proxy=f"http://127.0.0.1:{middle.port}")

    assert got.status == 200
    assert middle.asked == ["http far.example:80"]
