from collections.abc import Iterator

import orjson
import pytest

from oneapi.lib import http
from oneapi.lib.http import HttpError
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
