import pytest

from oneapi.providers.adaptors.gemini_models import GeminiModel
from oneapi.providers.adaptors.reasoning import Reasoning


@pytest.mark.parametrize(
    ("name", "takes_instruction", "takes_json_schema", "wants_signatures"),
    [
        ("gemini-pro", False, False, False),
        ("gemini-pro-vision", False, False, False),
        ("gemini-1.0-pro-001", False, False, False),
        ("gemma-3-27b-it", False, False, False),
        ("gemini-1.5-flash-latest", True, False, False),
        ("gemini-2.0-flash-001", True, False, False),
        ("gemini-exp-1206", True, False, False),
        ("models/gemini-2.5-pro", True, True, False),
        ("gemini-3-pro-preview", True, True, True),
        ("gemini-3.5-flash", True, True, True),
        ("gemini-flash-lite-latest", True, True, True),
        ("gemini-pro-latest", True, True, True),
    ],
)
def test_the_name_tells_what_a_model_can(
    name, takes_instruction, takes_json_schema, wants_signatures
):
    model = GeminiModel.named(name)

    assert model.takes_instruction is takes_instruction
    assert model.takes_json_schema is takes_json_schema
    assert model.wants_signatures is wants_signatures


@pytest.mark.parametrize(
    ("name", "effort", "config"),
    [
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 128}),
        ("gemini-2.5-flash", "medium", {"thinkingBudget": 8192, "includeThoughts": True}),
        ("gemini-2.5-pro", "high", {"thinkingBudget": 24576, "includeThoughts": True}),
        ("gemini-3-flash-preview", "none", {"thinkingLevel": "minimal"}),
        ("gemini-3.1-pro", "none", {"thinkingLevel": "low"}),
        ("gemini-3.1-pro", "medium", {"thinkingLevel": "medium", "includeThoughts": True}),
        ("gemini-3-pro-preview", "medium", {"thinkingLevel": "high", "includeThoughts": True}),
        ("gemini-flash-latest", "max", {"thinkingLevel": "high", "includeThoughts": True}),
        ("gemini-2.0-flash", "high", None),
        ("gemini-2.5-flash", "", None),
        ("gemini-2.5-flash", "enormous", None),
    ],
)
def test_an_effort_becomes_a_budget_or_a_level(name, effort, config):
    assert GeminiModel.named(name).thinking(Reasoning(effort)) == config


def test_the_thinking_object_goes_before_the_effort():
    enabled = Reasoning("low", {"type": "enabled", "budget_tokens": 2000})
    disabled = Reasoning("high", {"type": "disabled"})
    flash, newer = GeminiModel.named("gemini-2.5-flash"), GeminiModel.named("gemini-3-flash")

    assert flash.thinking(enabled) == {"thinkingBudget": 2000, "includeThoughts": True}
    assert flash.thinking(disabled) == {"thinkingBudget": 0}
    assert newer.thinking(enabled) == {"thinkingLevel": "low", "includeThoughts": True}
