import pytest

from oneapi.errors import UpstreamError
from oneapi.providers.adaptors.gemini_errors import raise_failure, read_google_error
from oneapi.providers.contract import Reply
from tests.providers.adaptors.gemini_target import read, target

TARGET = target()


def test_a_bad_key_is_told_from_a_bad_request_by_its_reason():
    bad_key = read_google_error(TARGET, Reply(400, {}, read("bad_key.json")))
    bad_request = read_google_error(
        TARGET,
        Reply(400, {}, b'{"error":{"code":400,"message":"API key?","status":"INVALID_ARGUMENT"}}'),
    )

    assert (bad_key.status, bad_key.error_type) == (401, "authentication_error")
    assert (bad_request.status, bad_request.error_type) == (400, "invalid_request_error")


def test_the_wait_that_google_asks_for_is_read():
    error = read_google_error(TARGET, Reply(429, {}, read("exhausted.json")))

    assert error.retry_after_s == 34.5
    assert (error.status, error.error_type) == (429, "rate_limit_error")
    assert error.code == "RESOURCE_EXHAUSTED"


def test_an_error_in_a_list_is_read_too():
    error = read_google_error(TARGET, Reply(429, {}, b"[" + read("exhausted.json") + b"]"))

    assert error.retry_after_s == 34.5


def test_a_page_instead_of_json_is_still_an_error():
    error = read_google_error(TARGET, Reply(502, {}, b"<html>Bad gateway</html>"))

    assert (error.status, error.retry_after_s) == (502, None)


def test_an_error_without_a_status_of_its_own_is_the_upstreams_fault():
    with pytest.raises(UpstreamError) as failure:
        raise_failure(TARGET, {"error": {"message": "no", "code": 7}})

    assert failure.value.status == 502
