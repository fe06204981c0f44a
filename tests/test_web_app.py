from flask import Blueprint, Response, session
from flask.testing import FlaskClient

from oneapi.web_app import DATA_PLANE, WebApp


def build() -> tuple[FlaskClient, list[str]]:
    """An application with hooks of both planes, and the list of those that ran."""
    ran: list[str] = []
    app = WebApp("test")
    bp = Blueprint(DATA_PLANE, "test")

    def note_after(name: str, response: Response) -> Response:
        ran.append(name)
        return response

    app.before_request(lambda: ran.append("application before"))
    app.after_request(lambda response: note_after("application after", response))
    bp.before_request(lambda: ran.append("plane before"))
    bp.after_request(lambda response: note_after("plane after", response))
    bp.add_url_rule("/v1/call", "call", lambda: "called")
    bp.add_url_rule("/v1/bug", "bug", lambda: str(1 / 0))
    bp.register_error_handler(ZeroDivisionError, lambda _error: ("mapped", 500))
    app.add_url_rule("/api/call", "api", lambda: "called")
    app.register_blueprint(bp)
    return app.test_client(), ran


def test_the_data_plane_runs_its_own_hooks_only() -> None:
    client, ran = build()

    assert client.get("/v1/call").get_data() == b"called"
    assert ran == ["plane before", "plane after"]


def test_its_errors_stay_in_the_plane() -> None:
    client, ran = build()

    answer = client.get("/v1/bug")

    assert (answer.status_code, answer.get_data()) == (500, b"mapped")
    assert ran == ["plane before", "plane after"]


def test_the_control_plane_runs_all_hooks() -> None:
    client, ran = build()

    client.get("/api/call")

    assert ran == ["application before", "application after"]


def test_a_hook_of_the_data_plane_may_answer() -> None:
    app = WebApp("test")
    bp = Blueprint(DATA_PLANE, "test")
    bp.before_request(lambda: ("refused", 403))
    bp.add_url_rule("/v1/call", "call", lambda: "called")
    app.register_blueprint(bp)

    assert app.test_client().get("/v1/call").status_code == 403


def test_the_data_plane_has_no_session(app: WebApp) -> None:
    with app.test_request_context("/v1/models"):
        assert app.session_interface.is_null_session(session._get_current_object())  # type: ignore[attr-defined]
    with app.test_request_context("/api/status"):
        assert not app.session_interface.is_null_session(session._get_current_object())  # type: ignore[attr-defined]
