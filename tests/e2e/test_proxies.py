"""Calls through proxies: one for all, one for a channel, those of the system."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.gateway import gateway
from tests.support.proxy import Proxy, proxy
from tests.support.scene import Scene
from tests.support.upstream import StubUpstream


@pytest.fixture
def middle(upstream: StubUpstream) -> Iterator[Proxy]:
    """A proxy that alone knows the way to ``upstream.example``."""
    with proxy() as server:
        server.moved["upstream.example"] = ("127.0.0.1", upstream.port)
        yield server


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
def test_a_channel_may_have_its_own_proxy(
    scene: Scene, upstream: StubUpstream, middle: Proxy, scheme: str
) -> None:
    config = {"proxy": f"{scheme}://127.0.0.1:{middle.port}"}
    base = f"http://upstream.example:8080/tag={scene.group}"
    scene.node.new_channel(base, group=scene.group, config=json.dumps(config))

    plain, events = scene.chat(), scene.stream()

    assert plain.status_code == 200, plain.text
    assert events[-1] == "data: [DONE]"
    kind = scheme.removesuffix("5h").removesuffix("5")
    assert set(middle.asked) == {f"{kind} upstream.example:8080"}
    assert [seen.path for seen in upstream.of(scene.group)] == ["/v1/chat/completions"] * 2


@pytest.mark.parametrize(
    ("scheme", "expected"), [("http", "Basic bWU6c2UgY3JldA=="), ("socks5", "me:se cret")]
)
def test_a_proxy_may_want_a_password(
    scene: Scene, middle: Proxy, scheme: str, expected: str
) -> None:
    config = {"proxy": f"{scheme}://me:se%20cret@127.0.0.1:{middle.port}"}
    base = f"http://upstream.example/tag={scene.group}"
    scene.node.new_channel(base, group=scene.group, config=json.dumps(config))

    assert scene.chat().status_code == 200
    assert middle.logins == [expected]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_tls_goes_through_a_tunnel(scene: Scene, middle: Proxy, scheme: str) -> None:
    """The stub speaks no TLS, so the call fails or waits in vain, but behind the proxy."""
    config = {"proxy": f"{scheme}://127.0.0.1:{middle.port}"}
    scene.node.new_channel("https://upstream.example", group=scene.group, config=json.dumps(config))

    answer = scene.chat()

    kind = "connect" if scheme == "http" else "socks"
    assert middle.asked == [f"{kind} upstream.example:443"]
    assert answer.status_code in (502, 504)
    assert answer.json()["error"]["code"] == "do_request_failed"


def test_a_proxy_that_is_away_is_502_and_names_nothing(scene: Scene) -> None:
    config = {"proxy": "http://me:secret@127.0.0.1:9"}
    scene.node.new_channel("http://upstream.example", group=scene.group, config=json.dumps(config))

    answer = scene.chat()

    assert answer.status_code == 502
    assert "secret" not in answer.text


def test_calls_and_pictures_have_proxies_for_all_channels(
    tmp_path: Path, upstream: StubUpstream, middle: Proxy
) -> None:
    public = "93.184.216.34"
    middle.moved[public] = ("127.0.0.1", upstream.port)
    address = f"http://127.0.0.1:{middle.port}"
    variables = {"RELAY_PROXY": address, "USER_CONTENT_REQUEST_PROXY": address}
    with gateway(tmp_path, **variables) as node:
        scene = Scene(node, upstream)
        base = f"http://upstream.example/tag={scene.group}"
        node.new_channel(base, group=scene.group)
        node.new_channel(base, group=scene.group, type=24, models="gemini-x")
        part = {"type": "image_url", "image_url": {"url": f"http://{public}/picture.png"}}

        assert scene.chat().status_code == 200
        scene.chat(model="gemini-x", messages=[{"role": "user", "content": [part]}])

    assert middle.asked[0] == "http upstream.example:80"
    assert f"http {public}:80" in middle.asked


def test_the_systems_proxy_serves_every_host_but_this_machine(
    tmp_path: Path, upstream: StubUpstream, middle: Proxy
) -> None:
    with gateway(tmp_path, http_proxy=f"http://127.0.0.1:{middle.port}") as node:
        here, there = Scene(node, upstream), Scene(node, upstream)
        here.serve()
        node.new_channel(f"http://upstream.example/tag={there.group}", group=there.group)

        assert (here.chat().status_code, there.chat().status_code) == (200, 200)

    assert middle.asked == ["http upstream.example:80"]
