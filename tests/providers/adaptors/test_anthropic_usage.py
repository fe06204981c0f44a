from oneapi.providers.adaptors.anthropic_usage import read_usage
from oneapi.wire.answers import Usage


def test_cached_and_written_tokens_are_part_of_the_prompt():
    counts = {
        "input_tokens": 25,
        "cache_creation_input_tokens": 100,
        "cache_read_input_tokens": 10,
        "output_tokens": 58,
    }

    assert read_usage(counts) == Usage(
        prompt_tokens=135, completion_tokens=58, cached_tokens=10, cache_write_tokens=100
    )


def test_what_is_written_for_an_hour_is_told_apart():
    counts = {
        "input_tokens": 1,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 80},
    }

    assert read_usage(counts) == Usage(
        prompt_tokens=101, cache_write_tokens=100, cache_write_1h_tokens=80
    )


def test_thinking_is_part_of_the_answer():
    counts = {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}}

    assert read_usage(counts) == Usage(completion_tokens=9, reasoning_tokens=4)


def test_no_counts_are_no_usage():
    assert read_usage({}) is None
    assert read_usage({"input_tokens": None, "cache_creation": None, "output_tokens": 0}) is None
