import pytest

from oneapi.errors import Refusal
from oneapi.providers.adaptors.passthrough import PassthroughAdaptor
from oneapi.providers.contract import UpstreamRequest
from oneapi.wire.calls import RelayCall
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import target_of


def request_for(path: str, **members: object) -> UpstreamRequest:
    call = RelayCall(mode=RelayMode.PROXY, path=path, content_type="", **members)  # type: ignore[arg-type]  # fields by name
    target = target_of(43, base_url="https://x/y", api_key="Basic abc")
    return PassthroughAdaptor().build_request(call, target)


def test_a_request_goes_on_as_it_is() -> None:
    request = request_for("/foo", query="a=1", method="PATCH", raw=b"body", headers={"x-a": "1"})

    assert (request.method, request.url, request.body) == ("PATCH", "https://x/y/foo?a=1", b"body")
    assert request.headers == {"x-a": "1", "Authorization": "Basic abc"}


def test_credentials_cookies_and_hop_headers_stay_here() -> None:
    headers = {
        "Authorization": "Bearer client",
        "cookie": "session=1",
        "x-forwarded-for": "10.0.0.1",
        "cf-ray": "1",
        "connection": "close",
        "accept": "*/*",
    }

    request = request_for("/foo", headers=headers)

    assert request.headers == {"accept": "*/*", "Authorization": "Basic abc"}


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("", "https://x/y"),
        ("/", "https://x/y"),
        ("//evil.test//a", "https://x/y/evil.test/a"),
        ("/a b/", "https://x/y/a%20b/"),
        ("/./a", "https://x/y/a"),
    ],
)
def test_paths_are_tidied(path: str, url: str) -> None:
    assert request_for(path).url == url


@pytest.mark.parametrize("path", ["/../admin", "/a/%2e%2e/b", "/a\\..\\b"])
def test_a_path_cannot_leave_the_base_url(path: str) -> None:
    with pytest.raises(Refusal) as refusal:
        request_for(path)

    assert refusal.value.code == "invalid_proxy_path"
