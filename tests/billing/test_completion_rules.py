"""One case per rule, in One API's order."""

import pytest

from oneapi.billing.completion_rules import completion_ratio_by_name


@pytest.mark.parametrize(
    ("model", "ratio"),
    [
        ("gpt-3.5-turbo", 3),
        ("gpt-3.5-turbo-0125", 3),
        ("gpt-3.5-turbo-1106", 2),
        ("gpt-3.5-turbo-16k", 1.3333333333333333),
        ("gpt-4o-2024-05-13", 3),
        ("gpt-4o-mini", 4),
        ("gpt-4-turbo-2024-04-09", 3),
        ("gpt-4-0125-preview", 3),
        ("gpt-4-32k", 2),
        ("gpt-4.1", 2),
        ("o1-mini", 4),
        ("chatgpt-4o-latest", 3),
        ("claude-3-5-sonnet-20241022", 5),
        ("claude-2.1", 3),
        ("mistral-large-latest", 3),
        ("gemini-1.5-pro", 3),
        ("deepseek-coder", 2),
        ("llama2-70b-4096", 1.25),
        ("llama3-8b-8192", 2),
        ("llama3-70b-8192", 1.3389830508474576),
        ("command-light", 2),
        ("command-r", 3),
        ("command-r-plus", 5),
        ("grok-beta", 3),
        ("ibm-granite/granite-3.0-8b-instruct", 5),
        ("ibm-granite/granite-3.0-2b-instruct", 8.333333333333334),
        ("meta/meta-llama-3-8b", 5),
        ("meta/llama-2-70b-chat", 4.230769230769231),
        ("meta/meta-llama-3.1-405b-instruct", 1),
        ("mistralai/mistral-7b-v0.1", 5),
        ("mistralai/mixtral-8x7b-instruct-v0.1", 3.3333333333333335),
        ("o3-mini", 1),
        ("openai/gpt-4o", 1),
    ],
)
def test_the_first_rule_that_fits_decides(model: str, ratio: float) -> None:
    assert completion_ratio_by_name(model) == ratio
