import pytest
from flask.testing import FlaskClient

from oneapi.errors import DatabaseUnavailable, Refusal
from oneapi.web_app import WebApp


@pytest.fixture
def failing(app: WebApp) -> FlaskClient:
    """An application with views that fail on purpose."""

    def bug() -> str:
        raise RuntimeError("the secret of the house")

    def away() -> str:
        raise DatabaseUnavailable("10.0.0.5 refused")

    def refuse() -> str:
        raise Refusal("username_taken")

    for view in (bug, away, refuse):
        app.add_url_rule(f"/api/{view.__name__}", view.__name__, view)
    return app.test_client()


def test_a_bug_says_nothing_but_its_request_id(failing: FlaskClient) -> None:
    answer = failing.get("/api/bug")

    assert answer.status_code == 500
    assert answer.get_json()["code"] == "internal_error"
    assert "secret" not in answer.get_data(as_text=True)
    assert answer.headers["X-Oneapi-Request-Id"].isdigit()


def test_a_database_that_is_away_is_503(failing: FlaskClient) -> None:
    answer = failing.get("/api/away")

    assert answer.status_code == 503
    assert answer.get_json()["code"] == "database_unavailable"
    assert answer.headers["Retry-After"] == "1"
    assert "10.0.0.5" not in answer.get_data(as_text=True)


def test_most_refusals_are_answered_with_200(failing: FlaskClient) -> None:
    answer = failing.get("/api/refuse")

    assert answer.status_code == 200
    assert answer.get_json() == {
        "success": False,
        "message": "This user name is taken.",
        "code": "username_taken",
    }


@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ("zh-CN", "该用户名已有人使用。"),
        ("en", "This user name is taken."),
        ("fr", "This user name is taken."),
    ],
)
def test_people_read_their_language(failing: FlaskClient, accepted: str, message: str) -> None:
    answer = failing.get("/api/refuse", headers={"Accept-Language": accepted})

    assert answer.get_json()["message"] == message


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/nothing"),
        ("POST", "/api/status"),
        ("PUT", "/api/user/login"),
        ("DELETE", "/api/option/"),
        ("PATCH", "/api/token/"),
        ("OPTIONS", "/api/status"),
        ("GET", "/apiary"),
        ("GET", "/api//status"),
        ("TRACE", "/api/status"),
    ],
)
def test_unknown_paths_of_programs_are_404_in_openai_form(
    client: FlaskClient, method: str, path: str
) -> None:
    answer = client.open(path, method=method, query_string="a=b")

    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["error"] == {
        "message": f"Invalid URL ({method} {path}?a=b)",
        "type": "invalid_request_error",
        "param": "",
        "code": "",
    }


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(root_client: FlaskClient, body: bytes) -> None:
    answer = root_client.post("/api/token/", data=body, content_type="text/plain")

    assert answer.status_code == 200
    assert answer.get_json()["code"] == "invalid_parameter"


def test_a_body_that_is_too_large_is_refused(root_client: FlaskClient) -> None:
    body = b'{"name": "' + b"x" * (1 << 20) + b'"}'

    answer = root_client.post("/api/token/", data=body)

    assert answer.status_code == 413
    assert answer.get_json()["code"] == "body_too_large"


def test_answers_of_the_api_are_not_kept_by_caches(client: FlaskClient) -> None:
    assert client.get("/api/status").headers["Cache-Control"] == "no-store"


def test_a_request_id_from_outside_is_not_taken_over(client: FlaskClient) -> None:
    answer = client.get("/api/status", headers={"X-Oneapi-Request-Id": "mine"})

    assert answer.headers["X-Oneapi-Request-Id"] != "mine"
