import pytest

from oneapi.providers.redaction import redact
from tests.support.openai_family import KEY, target_of


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "sk-proj-abcdef123456",
        "AIzaSyA-1234567890abcdef",
        "AKIAIOSFODNN7EXAMPLE",
        "Bearer eyJhbGciOi.abc",
        "ab12****xy",
    ],
)
def test_keys_are_cut_out(secret: str) -> None:
    assert redact(f"wrong key {secret}!", target_of(1)) == "wrong key ***!"


def test_the_parts_of_a_composed_key_are_cut_out() -> None:
    target = target_of(15, api_key="clientid-1234|clientsecret-5678")

    assert redact("no clientsecret-5678 here", target) == "no *** here"


def test_a_custom_host_is_hidden_and_a_providers_own_is_not() -> None:
    custom = target_of(1, base_url="https://mirror.internal:8080/v1")

    assert redact("mirror.internal:8080 refused", custom) == "*** refused"
    assert redact("see api.openai.com", target_of(1)) == "see api.openai.com"


def test_ordinary_words_stay() -> None:
    text = "The bearer of **bold** news: task-force, disk-usage"

    assert redact(text, target_of(1)) == text
