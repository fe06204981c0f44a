from typing import Any

import pytest

from oneapi.providers.adaptors.openai_usage import merge, read_usage, seconds_of
from oneapi.providers.catalog import channel_type
from oneapi.wire.answers import Usage


def test_openais_details_are_read() -> None:
    raw = {
        "prompt_tokens": 20,
        "completion_tokens": 30,
        "total_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 16, "audio_tokens": 2, "image_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 12, "audio_tokens": 4},
    }

    assert read_usage(raw, channel_type(1)) == Usage(
        prompt_tokens=20,
        completion_tokens=30,
        cached_tokens=16,
        reasoning_tokens=12,
        audio_prompt_tokens=2,
        audio_completion_tokens=4,
        image_tokens=3,
    )


def test_reasoning_outside_the_completion_is_counted_in() -> None:
    raw = {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135}

    assert _completion(raw, 45) == 103
    assert _completion(raw, 51) == 103
    assert _completion(raw, 1) == 9


def test_mistrals_audio_stands_beside_the_prompt() -> None:
    raw = {
        "prompt_tokens": 9,
        "completion_tokens": 201,
        "total_tokens": 585,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 375},
    }

    usage = read_usage(raw, channel_type(28))

    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (9, 201)
    assert (usage.audio_prompt_tokens, usage.audio_beside_prompt) == (375, True)


@pytest.mark.parametrize("name", ["prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens"])
def test_cached_tokens_have_several_names(name: str) -> None:
    usage = read_usage({"prompt_tokens": 20, name: 16}, channel_type(50))

    assert usage is not None
    assert usage.cached_tokens == 16


def test_images_count_input_and_output() -> None:
    raw = {"input_tokens": 10, "output_tokens": 4160, "input_tokens_details": {"image_tokens": 3}}

    assert read_usage(raw, channel_type(1)) == Usage(
        prompt_tokens=10, completion_tokens=4160, image_tokens=3
    )


@pytest.mark.parametrize("raw", [None, {}, [], {"cost": 1}, {"prompt_tokens": None}])
def test_nothing_counted_is_no_usage(raw: Any) -> None:
    assert read_usage(raw, channel_type(1)) is None


def test_zeros_are_a_usage() -> None:
    usage = read_usage({"prompt_tokens": 0, "total_tokens": 0}, channel_type(1))

    assert usage is not None
    assert usage.is_empty


def test_odd_numbers_do_no_harm() -> None:
    raw = {"prompt_tokens": 12.0, "completion_tokens": "7", "total_tokens": float("nan")}

    assert read_usage(raw, channel_type(1)) == Usage(prompt_tokens=12)


def test_a_total_alone_is_the_prompt_of_embeddings_only() -> None:
    usage = read_usage({"total_tokens": 8}, channel_type(50), whole_is_prompt=True)

    assert usage == Usage(prompt_tokens=8)
    assert read_usage({"total_tokens": 8}, channel_type(50)) == Usage(untold_tokens=8)


def test_a_later_null_takes_nothing_away() -> None:
    merged = merge({"prompt_tokens": 3}, {"prompt_tokens": None, "completion_tokens": 2})

    assert merged == {"prompt_tokens": 3, "completion_tokens": 2}


def test_seconds_are_read_where_there_are_any() -> None:
    assert seconds_of({"type": "duration", "seconds": 9}) == 9
    assert seconds_of({"type": "tokens"}) is None
    assert seconds_of(None) is None


def _completion(raw: Any, number: int) -> int:
    usage = read_usage(raw, channel_type(number))
    assert usage is not None
    return usage.completion_tokens
