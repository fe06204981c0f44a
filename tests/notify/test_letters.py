import pytest

from oneapi.notify import letters
from oneapi.notify.letters import Named
from oneapi.options import Options
from oneapi.texts import LANGUAGES

OPTIONS = Options(server_address="https://gate.example", system_name="Gate")


def test_a_reset_link_survives_a_plus_in_the_address() -> None:
    letter = letters.password_reset("a+b@mail.example", "0f" * 16, OPTIONS, "en", minutes=10)

    query = f"email=a%2Bb%40mail.example&token={'0f' * 16}"
    assert letter.link == f"https://gate.example/user/reset?{query}"
    assert "10 minutes" in letter.paragraphs[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_comes_with_its_time(language: str) -> None:
    letter = letters.address_code("a1b2c3", OPTIONS, language, minutes=10)

    assert letter.code == "a1b2c3"
    assert "Gate" in letter.subject
    assert any("10" in paragraph for paragraph in letter.paragraphs)


@pytest.mark.parametrize(("left", "word"), [(1_000, "low"), (0, "used up"), (-5, "used up")])
def test_a_reminder_says_how_much_is_left(left: int, word: str) -> None:
    letter = letters.quota_low("alice", left, OPTIONS, "en")

    assert word in letter.subject or word in letter.paragraphs[0]
    assert letter.paragraphs[1].startswith("Left: ")
    assert letter.link == "https://gate.example/topup"


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("upstream_credential", "does not accept the key"),
        ("upstream_quota", "exhausted"),
        ("balance", "used up"),
        ("success_rate 20.00% < 80.00% of 10 calls", "20.00% < 80.00% of 10 calls"),
        ("response_time 7.10 s > 5.00 s", "7.10 s > 5.00 s"),
        ("something new", "something new"),
    ],
)
def test_the_reason_of_a_disabled_channel_is_said_in_words(reason: str, sentence: str) -> None:
    letter = letters.channel_disabled(Named(7, "main"), reason, "401 invalid_api_key", "en")

    assert "“main” (#7)" in letter.subject
    assert sentence in letter.paragraphs[1]
    assert letter.paragraphs[2] == "The upstream answered: 401 invalid_api_key"
