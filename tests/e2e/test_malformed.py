"""Two hundred requests that nobody should send: always refused in form, never charged.

No answer is a 5xx, every error has OpenAI's shape where the request reached a route, no private
address is contacted and the gateway serves the next call.
"""

import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.gateway import MODEL, Gateway, chat_body, gateway
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream

JUNK_VALUES: tuple[Any, ...] = (None, True, 7, -1, 1e308, "", "x", [], [[]], {}, {"a": {}}, [None])
DEEP = b'{"model":"m","messages":' + b"[" * 5000 + b"]" * 5000 + b"}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that takes bodies of at most one mebibyte."""
    with gateway(tmp_path_factory.mktemp("small"), MAX_REQUEST_BODY_MB=1) as node:
        yield node


@pytest.fixture(scope="module")
def scene(small: Gateway, upstream: StubUpstream) -> Scene:
    scene = Scene(small, upstream)
    scene.serve(f"{MODEL},gpt-image-1,tts-1,whisper-1")
    scene.serve("gemini-x", channel={"type": 24})
    return scene


def message(content: Any) -> dict[str, Any]:
    return chat_body(messages=[{"role": "user", "content": content}])


NO_JSON = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"7",
    b'"x"',
    b"{'model': 'm'}",
    b'{"model":"m",}',
    b'{"model":"m" "messages":[]}',
    b'{"model":"\xff\xfe","messages":[]}',
    b'{"model":"m\x00"}',
    b'{"model":"m","messages":[],"n":NaN}',
    b'{"model":"m","messages":[],"n":Infinity}',
    b"\x00" * 100,
    b"\xef\xbb\xbf{}",
    b'{"a":' * 300 + b"1" + b"}" * 300,
    DEEP,
    b"\x1f\x8bjunk",
    b"model=m&messages=x",
    b'{"model":"\\ud800","messages":[]}',
)
CONTENTS: tuple[Any, ...] = (7, True, {"a": 1}, ["x"], [None], [[]], [{"type": "image_url"}])
PICTURES: tuple[Any, ...] = (
    {"n": -1}, {"n": 0}, {"n": 1e9}, {"n": "x"}, {"n": []}, {"prompt": None}, {"prompt": ["x"]},
)  # fmt: skip
SPEECHES: tuple[Any, ...] = ({"input": None}, {"input": ""}, {"input": 7}, {"input": "x" * 4097})
FORMS = (b"", b"no form at all", b"--x\r\nContent-Disposition: form-data\r\n\r\n", b"{}")


def bodies() -> Iterator[tuple[str, bytes]]:
    """Paths and bodies that must end as 4xx."""
    for path in ("/chat/completions", "/completions", "/embeddings", "/images/generations"):
        yield from ((path, raw) for raw in NO_JSON)
    yield from (("/chat/completions", json.dumps(tree).encode()) for tree in chats())
    for change in PICTURES:
        tree = {"model": "gpt-image-1", "prompt": "a cat", **change}
        yield "/images/generations", json.dumps(tree).encode()
    for change in SPEECHES:
        yield "/audio/speech", json.dumps({"model": "tts-1", "voice": "v", **change}).encode()
    for path in ("/audio/transcriptions", "/images/edits", "/images/variations"):
        yield from ((path, raw) for raw in FORMS)


def chats() -> Iterator[dict[str, Any]]:
    """Chats with a value of a wrong kind somewhere."""
    for value in JUNK_VALUES:
        for name in ("messages", "n", "max_tokens", "stream"):
            if (name, value) not in _HARMLESS:
                yield chat_body(**{name: value})
        if value != "x":
            yield {**chat_body(), "model": value}
    yield from (message(content) for content in CONTENTS)
    urls: tuple[Any, ...] = (None, 7, True, [])
    for url in urls:
        yield message([{"type": "image_url", "image_url": {"url": url}}])


_HARMLESS = (
    ("n", None),
    ("max_tokens", None),
    ("stream", None),
    ("stream", True),
    ("n", 7),
    ("max_tokens", 7),
)


def test_there_are_enough_of_them() -> None:
    assert len(list(bodies())) + len(RAW) + len(ADDRESSES) + 6 >= 200


def test_no_body_breaks_anything(scene: Scene) -> None:
    odd = []
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {scene.key.text}"
        for path, raw in bodies():
            answer = session.post(f"{scene.node.url}/v1{path}", data=raw, timeout=10)
            if not _is_refusal(answer):
                odd.append((path, raw[:80], answer.status_code, answer.text[:200]))

    assert odd == []
    assert scene.charged == 0
    assert scene.sums().open == 0


def _is_refusal(answer: requests.Response) -> bool:
    if not 400 <= answer.status_code < 500:
        return False
    error = answer.json()["error"]
    return bool(error["message"]) and {"type", "param", "code"} <= set(error)


ADDRESSES = (
    "http://127.0.0.1:{port}/x.png",
    "http://localhost:{port}/x.png",
    "http://[::1]:{port}/x.png",
    "http://0.0.0.0:{port}/x.png",
    "http://2130706433:{port}/x.png",
    "http://0x7f.1:{port}/x.png",
    "http://[::ffff:127.0.0.1]:{port}/x.png",
    "http://127.0.0.1.nip.invalid:{port}/x.png",
    "http://user@127.0.0.1:{port}/x.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/x.png",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/x",
    "ftp://127.0.0.1:{port}/x.png",
    "http://",
    "not a url",
    "data:image/png;base64,!!!!",
    "data:image/png",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_private_address_is_fetched_for_a_dialect_that_needs_the_picture(
    scene: Scene, upstream: StubUpstream, address: str
) -> None:
    url = address.format(port=upstream.port)
    part = {"type": "image_url", "image_url": {"url": url}}
    before = len(upstream.seen)

    answer = scene.chat(model="gemini-x", messages=message([part])["messages"])

    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] == "invalid_image_url"
    assert len(upstream.seen) == before
    assert scene.charged == 0


def test_no_private_address_is_fetched_for_counting(scene: Scene, upstream: StubUpstream) -> None:
    part = {"type": "image_url", "image_url": {"url": f"http://127.0.0.1:{upstream.port}/x.png"}}

    answer = Scene(scene.node, upstream, group=scene.group).chat(
        messages=message([part])["messages"]
    )

    assert answer.status_code == 200
    assert upstream.seen[-1].path == "/v1/chat/completions"


RAW = (
    ("Content-Length: 500", b"{}", 400),
    ("Content-Length: -5", b"{}", 400),
    ("Content-Length: x", b"{}", 400),
    ("Content-Length: 2\r\nContent-Length: 3", b"{}", 400),
    ("Transfer-Encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked", b"-1\r\n{}\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked", b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked\r\nContent-Length: 2", b"2\r\n{}\r\n0\r\n\r\n", 400),
    ("Transfer-Encoding: chunked, identity", b"{}", 400),
    ("Transfer-Encoding: gzip", b"{}", 400),
    ("X-Null: a\x00b\r\nContent-Length: 2", b"{}", 400),
    ("Content-Encoding: gzip\r\nContent-Length: 2", b"{}", 400),
)


@pytest.mark.parametrize(("headers", "body", "status"), RAW)
def test_lies_about_the_length_are_refused(
    scene: Scene, headers: str, body: bytes, status: int
) -> None:
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {scene.key.text}\r\n{headers}\r\n\r\n"
    )

    answer = speak(scene.node.port, head.encode("latin-1") + body)

    assert answer.split(b" ")[1:2] == [str(status).encode()], answer
    assert scene.charged == 0
    assert scene.chat(model="nobody-serves-this").status_code == 503


def speak(port: int, data: bytes) -> bytes:
    """Send bytes, close our side, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := sock.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_413(scene: Scene, announced: bool) -> None:  # noqa: FBT001
    big = json.dumps(message("x" * 1_100_000)).encode()
    parts = [big[start : start + 65536] for start in range(0, len(big), 65536)]

    answer = requests.post(
        f"{scene.node.url}/v1/chat/completions",
        data=big if announced else iter(parts),
        headers={"Authorization": f"Bearer {scene.key.text}"},
        timeout=10,
    )

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "request_too_large"


@pytest.mark.parametrize(
    ("packed", "status"),
    [
        (gzip.compress(json.dumps(message("x" * 30_000_000)).encode()), 413),
        (gzip.compress(b"{}" * 100)[:-12], 400),
        (zlib.compress(b"{}"), 400),
        (gzip.compress(b"{}") + b"junk", 400),
    ],
    ids=["bomb", "short", "not gzip", "tail"],
)
def test_packed_bodies_are_unpacked_within_bounds(scene: Scene, packed: bytes, status: int) -> None:
    answer = requests.post(
        f"{scene.node.url}/v1/chat/completions",
        data=packed,
        headers={"Authorization": f"Bearer {scene.key.text}", "Content-Encoding": "gzip"},
        timeout=20,
    )

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_nothing_of_a_body_is_in_the_log(scene: Scene) -> None:
    secret = "the-secret-of-this-prompt"
    for raw in (f'{{"x": "{secret}"', json.dumps(message([{"type": secret, "image_url": 7}]))):
        requests.post(
            f"{scene.node.url}/v1/chat/completions",
            data=raw,
            headers={"Authorization": f"Bearer {scene.key.text}"},
            timeout=10,
        )

    assert secret not in scene.node.output()
    assert scene.key.text not in scene.node.output()
