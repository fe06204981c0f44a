import pytest

from oneapi.lib.i18n import pick_language


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("ZH-cn", "zh"),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,zh;q=0.9", "en"),
        ("fr, zh;q=0.5, en;q=0.4", "zh"),
        ("en;q=0.1, zh;q=0.9", "zh"),
        ("zh;q=0, fr", "en"),
        ("fr, de", "en"),
        ("*", "en"),
        ("*, zh", "en"),
        ("zh;q=nonsense", "en"),
        (";;,,", "en"),
    ],
)
def test_the_best_liked_supported_language_is_taken(header: str, expected: str) -> None:
    assert pick_language(header, ("en", "zh"), "en") == expected


def test_without_a_wish_the_default_decides() -> None:
    assert pick_language("", ("en", "zh"), "zh") == "zh"
