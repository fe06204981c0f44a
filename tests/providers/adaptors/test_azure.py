import orjson
import pytest

from oneapi.providers.adaptors.azure import AzureAdaptor
from oneapi.wire.modes import RelayMode
from tests.support.openai_family import KEY, call_of, target_of

BASE = "https://r.openai.azure.com"
OLD = {"api_version": "2024-03-01-preview"}
CHAT = RelayMode.CHAT

CASES = [
    (
        BASE,
        CHAT,
        "gpt-3.5-turbo",
        OLD,
        "x=1",
        "/openai/deployments/gpt-35-turbo/chat/completions?api-version=2024-03-01-preview",
    ),
    (
        BASE,
        CHAT,
        "gpt-4o",
        OLD,
        "api-version=2024-10-21",
        "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    ),
    (
        BASE,
        RelayMode.IMAGES,
        "dall-e-3",
        OLD,
        "",
        "/openai/deployments/dall-e-3/images/generations?api-version=2024-03-01-preview",
    ),
    (
        BASE,
        RelayMode.TRANSLATION,
        "whisper-1",
        {},
        "",
        "/openai/deployments/whisper-1/audio/translations?api-version=2024-10-21",
    ),
    (
        BASE,
        CHAT,
        "gpt-4.1",
        {"keep_dots": "true"},
        "",
        "/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21",
    ),
    (BASE, CHAT, "gpt-4.1", {"api_version": "v1"}, "", "/openai/v1/chat/completions"),
    (
        f"{BASE}/openai/v1",
        CHAT,
        "gpt-4o",
        {"api_version": "preview"},
        "",
        "/openai/v1/chat/completions?api-version=preview",
    ),
]


@pytest.mark.parametrize(("base", "mode", "model", "config", "query", "path"), CASES)
def test_addresses(  # noqa: PLR0913 - one argument per column of the table
    base: str, mode: RelayMode, model: str, config: dict[str, str], query: str, path: str
) -> None:
    target = target_of(3, model, base_url=base, config=config)

    request = AzureAdaptor().build_request(call_of(mode, query=query), target)

    assert request.url == BASE + path


def test_cloudflares_gateway_begins_with_the_deployment() -> None:
    base = "https://gateway.ai.cloudflare.com/v1/acc/gw/azure-openai/res"
    target = target_of(3, "gpt-3.5-turbo", base_url=base, config=OLD)

    request = AzureAdaptor().build_request(call_of(), target)

    assert request.url == (f"{base}/gpt-35-turbo/chat/completions?api-version=2024-03-01-preview")


def test_the_key_has_a_header_of_its_own() -> None:
    request = AzureAdaptor().build_request(call_of(), target_of(3, base_url=BASE))

    assert request.headers["api-key"] == KEY
    assert "Authorization" not in request.headers


@pytest.mark.parametrize(
    ("version", "asked"),
    [("2024-03-01-preview", False), ("2024-09-01-preview", True), ("v1", True), ("", True)],
)
def test_only_newer_versions_are_asked_for_usage(version: str, *, asked: bool) -> None:
    target = target_of(3, base_url=BASE, ask_usage=True, config={"api_version": version})

    request = AzureAdaptor().build_request(call_of(stream=True), target)

    assert ("stream_options" in orjson.loads(request.body)) is asked


def test_the_newer_path_names_the_deployment_in_the_body() -> None:
    target = target_of(3, "gpt-4.1", base_url=BASE, config={"api_version": "v1"})

    request = AzureAdaptor().build_request(call_of(model="x"), target)

    assert orjson.loads(request.body)["model"] == "gpt-4.1"
