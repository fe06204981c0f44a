import pytest

from oneapi.providers.adaptors.anthropic_models import ClaudeModel
from oneapi.providers.adaptors.reasoning import Reasoning


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("claude-2.0", (2, 0)),
        ("claude-instant-1.2", (1, 2)),
        ("claude-3-haiku-20240307", (3, 0)),
        ("claude-3-5-sonnet-20241022", (3, 5)),
        ("claude-3-7-sonnet-latest", (3, 7)),
        ("claude-sonnet-4-20250514", (4, 0)),
        ("claude-opus-4-1-20250805", (4, 1)),
        ("claude-sonnet-4-5", (4, 5)),
        ("claude-haiku-4-5@20251001", (4, 5)),
        ("us.anthropic.claude-opus-4-6-v1", (4, 6)),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", (3, 5)),
        ("anthropic.claude-v2:1", (2, 0)),
        ("anthropic/claude-sonnet-4.5", (4, 5)),
        ("claude-sonnet-5", (5, 0)),
        ("Claude-Fable-5-1", (5, 1)),
        ("claude-latest", (0, 0)),
        ("our-model-4-5", (0, 0)),
    ],
)
def test_the_version_is_read_from_any_hosts_name(name, version):
    assert ClaudeModel.named(name).version == version


def test_two_old_names_have_lost_their_point():
    assert ClaudeModel.named("claude-2").name == "claude-2.1"
    assert ClaudeModel.named("claude-instant-1").name == "claude-instant-1.1"
    assert ClaudeModel.named("claude-2.0").name == "claude-2.0"


@pytest.mark.parametrize(
    ("name", "structured", "one_sampler"),
    [
        ("claude-3-7-sonnet-20250219", False, False),
        ("claude-opus-4-1", False, True),
        ("claude-haiku-4-5", True, True),
        ("our-model", False, False),
    ],
)
def test_the_version_tells_what_a_model_can_do(name, structured, one_sampler):
    model = ClaudeModel.named(name)

    assert (model.has_structured_outputs, model.takes_one_sampler) == (structured, one_sampler)


@pytest.mark.parametrize(
    ("name", "effort", "thinking", "output_effort"),
    [
        ("claude-opus-4-6", "minimal", {"type": "adaptive"}, "low"),
        ("claude-sonnet-5", "xhigh", {"type": "adaptive"}, "xhigh"),
        ("claude-opus-4-6", "none", None, None),
        ("claude-opus-4-6", "immense", None, None),
        ("claude-opus-4-6", "", None, None),
        ("claude-3-7-sonnet-latest", "low", {"type": "enabled", "budget_tokens": 1024}, None),
        ("claude-sonnet-4-5", "medium", {"type": "enabled", "budget_tokens": 4096}, None),
        ("claude-sonnet-4-5", "max", {"type": "enabled", "budget_tokens": 24576}, None),
        ("claude-sonnet-4-5", "none", None, None),
        ("claude-3-5-sonnet-latest", "high", None, None),
        ("our-model", "high", None, None),
    ],
)
def test_effort_is_said_in_the_words_of_the_generation(name, effort, thinking, output_effort):
    model, reasoning = ClaudeModel.named(name), Reasoning(effort)

    assert (model.thinking(reasoning), model.effort(reasoning)) == (thinking, output_effort)


def test_a_clients_own_thinking_goes_first_whatever_the_model():
    own = {"type": "enabled", "budget_tokens": 2000, "display": "omitted"}
    reasoning = Reasoning("high", own)

    assert ClaudeModel.named("our-model").thinking(reasoning) == own
    assert ClaudeModel.named("claude-opus-4-6").thinking(reasoning) == own
    assert ClaudeModel.named("claude-opus-4-6").effort(reasoning) == "high"
    assert ClaudeModel.named("claude-sonnet-4-5").effort(reasoning) is None
