from pathlib import Path

import pytest

from oneapi.errors import Refusal
from oneapi.relay import encodings, tokenizer


@pytest.mark.parametrize("name", encodings.NAMES)
def test_the_shipped_ranks_are_the_published_ones(name: str) -> None:
    assert encodings.matches_published_hash(name, encodings.shipped_ranks(name))


def test_a_damaged_cache_file_is_passed_over(tmp_path: Path) -> None:
    # The SHA-1 of cl100k_base's address, as tiktoken names its files.
    (tmp_path / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4").write_bytes(b"IQ== 0\n")

    assert encodings.cached_ranks("cl100k_base", str(tmp_path)) is None


def test_an_intact_cache_file_gives_the_same_ranks(tmp_path: Path) -> None:
    shipped = encodings.shipped_ranks("cl100k_base")
    path = tmp_path / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
    path.write_bytes(encodings.in_published_format(shipped))

    assert encodings.cached_ranks("cl100k_base", str(tmp_path)) == shipped


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o-mini", "o200k_base"),
        ("gpt-4.1", "o200k_base"),
        ("gpt-4.5-preview", "o200k_base"),
        ("chatgpt-4o-latest", "o200k_base"),
        ("gpt-5", "o200k_base"),
        ("o1", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("claude-sonnet-4-5", "o200k_base"),
        ("", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("ft:gpt-3.5-turbo:mine", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("text-embedding-ada-002", "cl100k_base"),
    ],
)
def test_each_model_counts_with_its_encoding(model: str, encoding: str) -> None:
    assert tokenizer.encoding_for(model) == encoding


@pytest.mark.parametrize(
    ("text", "cl100k", "o200k"),
    [
        ("", 0, 0),
        ("Hello, world!", 4, 4),
        ("   indented\n\n\tcode()  ", 7, 7),
        ("你好，世界", 6, 3),
        ("don't DON'T", 4, 2),
        ("1234567", 3, 3),
        (" " * 5000, 40, 40),
    ],
)
def test_texts_count_as_openai_counts_them(text: str, cl100k: int, o200k: int) -> None:
    assert tokenizer.count_text("gpt-4", text) == cl100k
    assert tokenizer.count_text("gpt-4o", text) == o200k


def test_text_of_a_special_token_is_plain_text() -> None:
    assert tokenizer.count_text("gpt-4", "<|endoftext|>") == 7


def test_a_long_text_counts_the_same_in_a_thread() -> None:
    assert tokenizer.count_text("gpt-4o", "hello world " * 5000) == 10_001


def test_many_texts_are_counted_one_by_one() -> None:
    assert tokenizer.count_texts("gpt-4o", ["hello world"] * 1000) == 2000


def test_a_huge_text_is_approximated() -> None:
    length = tokenizer.MAX_EXACT_CHARACTERS + 1

    assert tokenizer.count_text("gpt-4o", " " * length) == int(length * 0.38)


@pytest.mark.parametrize("model", ["gpt-4", "gpt-4o"])
@pytest.mark.parametrize("text", [" {}x", "\t{}", "\u00a0{}x"])
def test_the_longest_exact_text_may_be_one_run_of_blanks(model: str, text: str) -> None:
    blank, end = text.split("{}")

    run = blank * (tokenizer.MAX_EXACT_CHARACTERS - len(end)) + end

    assert tokenizer.count_text(model, run) > 0


def test_the_approximation_goes_by_bytes() -> None:
    assert tokenizer.approximate("你好") == int(6 * 0.38)


def test_token_ids_become_text_again() -> None:
    assert tokenizer.decode("text-embedding-3-small", [9906, 11, 1917, 0]) == "Hello, world!"


@pytest.mark.parametrize("ids", [[10**6], [-1], [2**70], ["a"], [1.5], [None]])
def test_what_is_no_token_id_is_refused(ids: list[int]) -> None:
    with pytest.raises(Refusal) as refusal:
        tokenizer.decode("text-embedding-3-small", ids)

    assert refusal.value.code == "unsupported_input"
