import pytest

from oneapi.providers.adaptors.gemini_usage import read_usage
from oneapi.wire.answers import Usage


def test_thoughts_and_what_tools_read_are_inside():
    usage = read_usage(
        {
            "usageMetadata": {
                "promptTokenCount": 10,
                "toolUsePromptTokenCount": 4,
                "candidatesTokenCount": 6,
                "thoughtsTokenCount": 20,
                "cachedContentTokenCount": 8,
            }
        }
    )

    assert usage == Usage(
        prompt_tokens=14, completion_tokens=26, cached_tokens=8, reasoning_tokens=20
    )


def test_sound_and_pictures_from_a_cache_count_as_cached_only():
    usage = read_usage(
        {
            "usageMetadata": {
                "promptTokenCount": 400,
                "candidatesTokenCount": 30,
                "cachedContentTokenCount": 150,
                "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 42},
                    {"modality": "IMAGE", "tokenCount": 258},
                    {"modality": "AUDIO", "tokenCount": 100},
                ],
                "cacheTokensDetails": [
                    {"modality": "AUDIO", "tokenCount": 100},
                    {"modality": "IMAGE", "tokenCount": 50},
                ],
                "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 25}],
            }
        }
    )

    assert usage is not None
    assert (usage.image_tokens, usage.audio_prompt_tokens) == (208, 0)
    assert usage.audio_completion_tokens == 25


@pytest.mark.parametrize("counts", [None, {}, {"trafficType": "ON_DEMAND"}])
def test_nothing_counted_is_no_usage(counts):
    assert read_usage({"usageMetadata": counts}) is None
