from flask import Blueprint, Response, has_request_context
from flask.testing import FlaskClient

from oneapi.web_app import DATA_PLANE, WebApp


def build() -> tuple[FlaskClient, list[str]]:
    """An application with hooks, a view in each plane, and the list of hooks that ran."""
    ran: list[str] = []
    app = WebApp("test")
    bp = Blueprint(DATA_PLANE, "test")

    def note_after(response: Response) -> Response:
        ran.append("after")
        return response

    def call(environ: dict[str, str], **variables: str) -> Response:
        assert not has_request_context()
        return Response(f"{environ['REQUEST_METHOD']} {variables}")

    app.before_request(lambda: ran.append("before"))
    app.after_request(note_after)
    bp.add_url_rule("/v1/call", "call", call, methods=("POST",))
    bp.add_url_rule("/v1/things/<name>", "thing", call)
    app.add_url_rule("/api/call", "api", lambda: "called")
    app.add_url_rule("/v1/billing", "billing", lambda: "billing")
    app.register_blueprint(bp)
    return app.test_client(), ran


def test_the_data_plane_runs_no_hook_and_has_no_context() -> None:
    client, ran = build()

    for _ in range(2):
        assert client.post("/v1/call").get_data(as_text=True) == "POST {}"
    assert ran == []


def test_variables_of_a_path_reach_the_view() -> None:
    client, _ = build()

    answer = client.get("/v1/things/%C3%A9t%C3%A9").get_data(as_text=True)

    assert answer == "GET {'name': 'été'}"


def test_the_control_plane_runs_all_hooks() -> None:
    client, ran = build()

    client.get("/api/call")

    assert ran == ["before", "after"]


def test_a_path_of_the_control_plane_may_begin_like_the_data_planes() -> None:
    client, ran = build()

    assert client.get("/v1/billing").get_data(as_text=True) == "billing"
    assert ran == ["before", "after"]


def test_what_the_data_plane_does_not_know_is_the_control_planes_to_refuse() -> None:
    client, ran = build()

    assert client.get("/v1/call").status_code == 405
    assert client.get("/v1/nothing").status_code == 404
    assert ran == ["before", "after"] * 2
