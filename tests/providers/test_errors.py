from typing import Any

import pytest

from oneapi.providers import errors
from tests.support.openai_family import reply_of, target_of

NAMELESS = "bad_response_status_code"

CASES = [
    (
        401,
        {
            "error": {
                "message": "Incorrect API key provided: sk-ab***yz",
                "type": "invalid_request_error",
                "param": None,
                "code": "invalid_api_key",
            }
        },
        ("Incorrect API key provided: ***", "invalid_request_error", "invalid_api_key"),
    ),
    (404, {"error": "model 'x' not found"}, ("model 'x' not found", "not_found_error", NAMELESS)),
    (
        400,
        {"code": "Client specified an invalid argument", "error": "bad"},
        ("bad", "invalid_request_error", "Client specified an invalid argument"),
    ),
    (
        429,
        [{"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}],
        ("Quota", "rate_limit_error", "RESOURCE_EXHAUSTED"),
    ),
    (
        529,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ("Overloaded", "overloaded_error", "overloaded_error"),
    ),
    (
        422,
        {
            "object": "error",
            "message": {
                "detail": [
                    {
                        "type": "extra_forbidden",
                        "loc": ["body", "n"],
                        "msg": "Extra inputs are not permitted",
                    }
                ]
            },
            "type": "invalid_request_error",
            "code": None,
        },
        ("body.n: Extra inputs are not permitted", "invalid_request_error", NAMELESS),
    ),
    (
        400,
        {"success": False, "errors": [{"code": 5007, "message": "No such model"}]},
        ("No such model", "invalid_request_error", "5007"),
    ),
    (
        422,
        {"title": "Input validation failed", "detail": "- input: prompt is required"},
        ("- input: prompt is required", "invalid_request_error", NAMELESS),
    ),
    (
        400,
        {"message": "The provided model identifier is invalid."},
        ("The provided model identifier is invalid.", "invalid_request_error", NAMELESS),
    ),
    (
        400,
        {"error_type": "TOO_MANY_TOKENS", "id": "c1", "message": "too many tokens"},
        ("too many tokens", "invalid_request_error", "TOO_MANY_TOKENS"),
    ),
    (502, b"<html><h1>Bad gateway</h1></html>", ("Bad gateway", "upstream_error", NAMELESS)),
    (
        500,
        b"",
        ("bad response status code 500", "upstream_error", NAMELESS),
    ),
    (401, b'"Invalid token"', ("Invalid token", "authentication_error", NAMELESS)),
    (
        400,
        b'event:error\ndata:{"code":"InvalidParameter","message":"too long"}\n\n',
        ("too long", "invalid_request_error", "InvalidParameter"),
    ),
    (503, {"msg": "busy", "code": 4000}, ("busy", "upstream_error", "4000")),
    (
        500,
        {"Response": {"Error": {"Code": "InternalError", "Message": "oops"}}},
        ("oops", "upstream_error", "InternalError"),
    ),
]


@pytest.mark.parametrize(("status", "body", "found"), CASES)
def test_every_known_shape_is_read(status: int, body: Any, found: tuple[str, str, str]) -> None:
    error = errors.read_error(target_of(50), reply_of(body, status))

    assert (error.message, error.error_type, error.code) == found
    assert error.status == status


def test_a_failure_without_a_code_is_named_by_its_status() -> None:
    foreign = errors.read_error(target_of(50), reply_of({"message": "repairs"}, 503))
    openais = errors.read_error(target_of(50), reply_of({"error": {"message": "repairs"}}, 503))

    assert (foreign.code, foreign.param) == (NAMELESS, "503")
    assert (openais.code, openais.param) == (None, "")


def test_aws_names_the_exception_in_a_header() -> None:
    headers = {"x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/"}

    error = errors.read_error(target_of(33), reply_of({"message": "Too many"}, 429, headers))

    assert (error.code, error.error_type) == ("ThrottlingException", "rate_limit_error")


def test_a_wrong_key_that_xai_answers_with_400_is_a_credential_failure() -> None:
    body = {"code": "invalid-argument", "error": "Incorrect API key provided: xa***yz"}

    error = errors.read_error(target_of(45), reply_of(body, 400))

    assert (error.status, error.error_type) == (401, "authentication_error")
    assert error.code == "invalid-argument"
    assert error.message == "Incorrect API key provided: ***"


def test_a_prompt_that_quotes_the_sign_is_no_credential_failure() -> None:
    body = {"code": "invalid-argument", "error": "Bad prompt: Incorrect API key provided"}

    error = errors.read_error(target_of(45), reply_of(body, 400))

    assert error.status == 400


@pytest.mark.parametrize(
    ("number", "status", "body", "meaning"),
    [
        (38, 456, {"message": "Quota exceeded"}, (402, "insufficient_quota", "quota_exceeded")),
        (
            14,
            400,
            {
                "type": "error",
                "error": {
                    "type": "invalid_request_error",
                    "message": "Your credit balance is too low to access the API.",
                },
            },
            (402, "insufficient_quota", "invalid_request_error"),
        ),
        (
            25,
            429,
            {"error": {"message": "m", "type": "exceeded_current_quota_error"}},
            (429, "insufficient_quota", "insufficient_quota"),
        ),
        (
            40,
            429,
            {"error": {"message": "m", "code": "RateLimitExceeded.EndpointRPM"}},
            (429, "rate_limit_error", "rate_limit_exceeded"),
        ),
        (
            44,
            403,
            {"code": 30001, "message": "balance", "data": None},
            (429, "insufficient_quota", "insufficient_quota"),
        ),
    ],
)
def test_vendor_codes_mean_what_the_catalog_says(
    number: int, status: int, body: Any, meaning: tuple[int, str, str]
) -> None:
    error = errors.read_error(target_of(number), reply_of(body, status))

    assert (error.status, error.error_type, error.code) == meaning


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"error": {"code": 429, "message": "slow down"}}, 429, "slow down"),
        ({"error": {"code": "server_error", "message": "gone"}}, 502, "gone"),
        ({"error": "broken"}, 502, "broken"),
        ("Invalid token", 502, "Invalid token"),
        ([{"error": {"code": 503, "message": "m"}}], 503, "m"),
        ({"code": 20012, "message": "no model", "data": None}, 502, "no model"),
    ],
)
def test_a_failure_inside_a_good_answer_is_found(body: Any, status: int, message: str) -> None:
    error = errors.reported_failure(target_of(50), body)

    assert error is not None
    assert (error.status, error.message) == (status, message)


@pytest.mark.parametrize(
    "body",
    [
        {"choices": [], "error": None},
        {"code": 0, "message": "Success", "choices": []},
        {"code": 7, "choices": [{"index": 0}]},
        {"data": [{"error": "in the data"}]},
        {"base_resp": {"status_code": 0}, "choices": []},
        {"error": {}},
    ],
)
def test_a_good_answer_reports_no_failure(body: Any) -> None:
    assert errors.reported_failure(target_of(27), body) is None


def test_minimax_reports_failures_with_status_200() -> None:
    body = {"base_resp": {"status_code": 1004, "status_msg": "login fail"}, "choices": None}

    error = errors.reported_failure(target_of(27), body)

    assert error is not None
    assert (error.status, error.code, error.message) == (401, "invalid_api_key", "login fail")


def test_an_unreadable_answer_names_a_web_page_as_such() -> None:
    page = reply_of(b"<!DOCTYPE html><title>Login</title><p>Sign in", 200)

    error = errors.unreadable(target_of(50), page)

    assert (error.status, error.code) == (502, "unmarshal_response_body_failed")
    assert "HTML" in error.message
    assert "Sign in" in error.message


def test_the_wait_that_the_upstream_asks_for_is_kept() -> None:
    error = errors.read_error(target_of(1), reply_of({}, 429, {"retry-after": "7"}))

    assert error.retry_after_s == 7
