import pytest

from oneapi.channels.health import Failure
from oneapi.errors import UpstreamError
from oneapi.relay.failures import RETRIED, classify, for_client


def failed(status: int, *, kind: str = "t", code: str | None = "c") -> UpstreamError:
    return UpstreamError("sk-secret of the operator", status=status, error_type=kind, code=code)


def unreachable(status: int) -> UpstreamError:
    return UpstreamError(
        "ConnectionRefusedError: 10.0.0.7",
        status=status,
        error_type="one_api_error",
        code="do_request_failed",
        transport=True,
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (202, Failure.TRANSIENT),
        (308, Failure.TRANSIENT),
        (400, Failure.CLIENT),
        (401, Failure.CREDENTIAL),
        (402, Failure.QUOTA),
        (403, Failure.CREDENTIAL),
        (404, Failure.NOT_FOUND),
        (405, Failure.CLIENT),
        (408, Failure.TRANSIENT),
        (409, Failure.CLIENT),
        (413, Failure.CLIENT),
        (422, Failure.CLIENT),
        (429, Failure.RATE),
        (500, Failure.TRANSIENT),
        (503, Failure.TRANSIENT),
        (529, Failure.TRANSIENT),
    ],
)
def test_the_status_tells_the_class(status: int, expected: Failure) -> None:
    assert classify(failed(status)) is expected


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_hard_limit_reached"])
@pytest.mark.parametrize("status", [400, 403, 429])
def test_an_empty_account_is_known_by_its_code_under_any_status(code: str, status: int) -> None:
    assert classify(failed(status, code=code)) is Failure.QUOTA
    assert classify(failed(status, kind=code)) is Failure.QUOTA


def test_a_dead_key_is_known_by_its_code_even_as_400() -> None:
    assert classify(failed(400, code="invalid_api_key")) is Failure.CREDENTIAL
    assert classify(failed(400, kind="authentication_error")) is Failure.CREDENTIAL


def test_one_closed_model_is_no_dead_key() -> None:
    assert classify(failed(403, code="model_access_denied")) is Failure.DENIED


@pytest.mark.parametrize("words", ["credit", "your credit balance is too low", "permission denied"])
def test_no_text_decides_anything(words: str) -> None:
    error = UpstreamError(words, status=400, error_type="invalid_request_error", code=None)

    assert classify(error) is Failure.CLIENT


def test_a_broken_connection_is_transient_whatever_status_it_got() -> None:
    assert classify(unreachable(502)) is Failure.TRANSIENT
    assert classify(unreachable(504)) is Failure.TRANSIENT


def test_mistakes_of_the_client_are_not_tried_elsewhere() -> None:
    assert Failure.CLIENT not in RETRIED
    assert Failure.LOCAL not in RETRIED
    assert Failure.CANCELLED not in RETRIED


@pytest.mark.parametrize(
    ("error", "status", "kind", "code"),
    [
        (failed(400), 400, "t", "c"),
        (failed(404), 404, "t", "c"),
        (failed(422), 422, "t", "c"),
        (failed(401), 502, "upstream_error", "upstream_auth_failed"),
        (failed(403), 502, "upstream_error", "upstream_auth_failed"),
        (failed(402), 503, "upstream_error", "upstream_quota_exhausted"),
        (failed(429, code="insufficient_quota"), 503, "upstream_error", "upstream_quota_exhausted"),
        (failed(429), 429, "t", "c"),
        (failed(500), 500, "t", "c"),
        (failed(529), 529, "t", "c"),
        (failed(302), 502, "t", "c"),
        (failed(200), 502, "t", "c"),
        (unreachable(502), 502, "one_api_error", "do_request_failed"),
        (unreachable(504), 504, "one_api_error", "do_request_failed"),
    ],
)
def test_what_leaves_the_house(error: UpstreamError, status: int, kind: str, code: str) -> None:
    shown = for_client(error, with_detail=False)

    assert (shown.status, shown.error_type, shown.code) == (status, kind, code)


@pytest.mark.parametrize("error", [failed(401), failed(402), failed(429), unreachable(502)])
def test_the_operators_affairs_stay_in_the_house(error: UpstreamError) -> None:
    shown = for_client(error, with_detail=False)

    assert shown.message == ""
    assert shown.text_code


@pytest.mark.parametrize("code", ["stream_interrupted", "empty_stream"])
def test_what_the_relay_found_itself_has_a_text_of_ours(code: str) -> None:
    shown = for_client(failed(502, code=code), with_detail=True)

    assert (shown.status, shown.code, shown.text_code, shown.message) == (502, code, code, "")


def test_details_pass_if_the_operator_wants_it_and_the_status_stays() -> None:
    shown = for_client(failed(401, code="invalid_api_key"), with_detail=True)

    assert (shown.status, shown.code) == (502, "invalid_api_key")
    assert shown.message == "sk-secret of the operator"


def test_a_transport_error_is_never_shown_because_it_names_addresses() -> None:
    assert for_client(unreachable(502), with_detail=True).message == ""


def test_the_time_to_come_back_is_passed_on() -> None:
    error = UpstreamError("slow down", status=429, retry_after_s=7.0)

    assert for_client(error, with_detail=False).retry_after_s == 7.0
