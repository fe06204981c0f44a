import orjson
import pytest

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.anthropic_errors import read_anthropic_error, read_object
from oneapi.providers.contract import Reply
from tests.providers.adaptors.anthropic_target import read, target

TARGET = target()


def error_body(kind: str) -> bytes:
    return orjson.dumps({"type": "error", "error": {"type": kind, "message": "m"}})


def test_an_error_has_its_type_as_code():
    error = read_anthropic_error(TARGET, Reply(529, {"retry-after": "7"}, read("overloaded.json")))

    assert (error.status, error.error_type, error.code) == (
        529,
        "overloaded_error",
        "overloaded_error",
    )
    assert error.retry_after_s == 7


def test_an_error_without_its_envelope_has_its_type_as_code_too():
    body = b'{"error":{"type":"not_found_error","message":"model: x"}}'

    error = read_anthropic_error(TARGET, Reply(404, {}, body))

    assert (error.message, error.code) == ("model: x", "not_found_error")


def test_an_error_of_somebody_between_is_named_by_its_status():
    error = read_anthropic_error(TARGET, Reply(502, {}, b"<html><h1>Bad gateway</h1></html>"))

    assert (error.message, error.error_type) == ("Bad gateway", "upstream_error")
    assert (error.code, error.param) == ("bad_response_status_code", "502")


def test_an_empty_account_is_a_matter_of_payment():
    error = read_anthropic_error(TARGET, Reply(400, {}, read("no_credit.json")))

    assert (error.status, error.error_type) == (402, "insufficient_quota")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("invalid_request_error", 400),
        ("authentication_error", 401),
        ("billing_error", 402),
        ("permission_error", 403),
        ("not_found_error", 404),
        ("request_too_large", 413),
        ("rate_limit_error", 429),
        ("api_error", 500),
        ("timeout_error", 504),
        ("overloaded_error", 529),
        ("something_new", 502),
    ],
)
def test_a_type_alone_tells_the_status(kind, status):
    with pytest.raises(UpstreamError) as failure:
        read_object(TARGET, Reply(200, {}, error_body(kind)))

    assert (failure.value.status, failure.value.code) == (status, kind)


def test_an_empty_account_is_known_inside_a_stream_too():
    with pytest.raises(UpstreamError) as failure:
        read_object(TARGET, Reply(200, {}, read("no_credit.json")))

    assert failure.value.status == 402


def test_a_failure_in_somebody_elses_form_is_still_one():
    with pytest.raises(UpstreamError) as failure:
        read_object(TARGET, Reply(200, {}, b'{"error":"down"}'))

    assert (failure.value.status, failure.value.message) == (502, "down")
