from typing import Any

import pytest

from oneapi.errors import DatabaseUnavailable, Refusal, UpstreamError
from oneapi.relay.error_object import answer_of


def answered(error: Exception, **more: Any) -> tuple[int, dict[str, Any]]:
    answer = answer_of(error, request_id="2025", language="en", **more)
    return answer.status, dict(answer.body["error"])


@pytest.mark.parametrize(
    ("error", "status", "kind", "code"),
    [
        (Refusal("invalid_api_key", status=401), 401, "one_api_error", "invalid_api_key"),
        (DatabaseUnavailable("10.0.0.7"), 503, "one_api_error", "database_unavailable"),
        (UpstreamError("m", status=404, error_type="t", code="c"), 404, "t", "c"),
        (UpstreamError("m", status=401), 502, "upstream_error", "upstream_auth_failed"),
        (ZeroDivisionError("secret"), 500, "one_api_panic", "internal_error"),
    ],
    ids=str,
)
def test_every_error_has_openais_shape_and_the_request_id(
    error: Exception, status: int, kind: str, code: str
) -> None:
    found, shown = answered(error)

    assert (found, shown["type"], shown["code"]) == (status, kind, code)
    assert set(shown) == {"message", "type", "param", "code"}
    assert shown["message"].endswith(" (request id: 2025)")
    assert len(shown["message"]) > len(" (request id: 2025)")


def test_a_refusal_that_one_api_has_too_says_the_name_in_its_message() -> None:
    refusal = Refusal("invalid_text_request", param="max_tokens", text="out_of_range")

    _, shown = answered(refusal)

    assert "max_tokens" in shown["message"]
    assert shown["param"] == ""


def test_other_refusals_name_the_parameter() -> None:
    assert answered(Refusal("unsupported_value", param="n"))[1]["param"] == "n"


@pytest.mark.parametrize("error", [DatabaseUnavailable("10.0.0.7"), ZeroDivisionError("10.0.0.7")])
def test_what_went_wrong_inside_stays_inside(error: Exception) -> None:
    assert "10.0.0.7" not in answered(error)[1]["message"]


def test_an_upstream_without_words_gets_ours() -> None:
    _, shown = answered(UpstreamError("", status=500))

    assert shown["message"] != " (request id: 2025)"


def test_facts_are_filled_into_the_text() -> None:
    refusal = Refusal("no_available_channel", status=503, group="vip", model="gpt-9")

    _, shown = answered(refusal)

    assert "vip" in shown["message"]
    assert "gpt-9" in shown["message"]


def test_a_name_of_megabytes_does_not_come_back_whole() -> None:
    refusal = Refusal("no_available_channel", status=503, group="vip", model="x" * 1_000_000)

    _, shown = answered(refusal)

    assert "xxx" in shown["message"]
    assert len(shown["message"]) < 1000


def test_the_time_to_come_back_is_told() -> None:
    busy = UpstreamError("m", status=429, retry_after_s=7.0)

    assert answer_of(busy, request_id="", language="en").retry_after_s == 7.0
