from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from oneapi import resources
from oneapi.factory import create_app
from oneapi.settings import Settings
from oneapi.web import ui


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of the admin UI in small."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>built</title>")
    (folder / "assets" / "app-abc123.js").write_text("let a = 1" * 100)
    (folder / "logo.png").write_bytes(b"\x89PNG")
    monkeypatch.setattr(ui, "FOLDER", folder)


@pytest.fixture
def slave(settings: Settings) -> Iterator[FlaskClient]:
    """A node that leaves its pages to another one."""
    app = create_app(
        replace(settings, node_type="slave", frontend_base_url="https://pages.example")
    )
    yield app.test_client()
    resources.db.engine.dispose()


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path", ["/", "/login", "/channel/edit/5", "/panel/dashboard", "/user/reset?email=a&token=b"]
)
def test_paths_of_the_ui_are_answered_with_its_page(client: FlaskClient, path: str) -> None:
    answer = client.get(path, buffered=True)

    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "built" in answer.get_data(as_text=True)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_any_method_gets_the_page(client: FlaskClient, method: str) -> None:
    assert client.open("/token", method=method, buffered=True).status_code == 200


@pytest.mark.usefixtures("built")
def test_files_with_hashed_names_may_be_kept_for_ever(client: FlaskClient) -> None:
    answer = client.get("/assets/app-abc123.js", buffered=True)

    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("built")
def test_other_files_may_be_kept_for_a_week(client: FlaskClient) -> None:
    answer = client.get("/logo.png", buffered=True)

    assert answer.get_data() == b"\x89PNG"
    assert "max-age=604800" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("path", ["/assets/gone.js", "/static/js/none.js", "/assets/"])
def test_a_missing_file_is_not_answered_with_a_page(client: FlaskClient, path: str) -> None:
    assert client.get(path, buffered=True).status_code == 404


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt"]
)
def test_nothing_outside_of_the_build_is_served(
    client: FlaskClient, tmp_path: Path, path: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret")

    assert "secret" not in client.get(path, buffered=True).get_data(as_text=True)


def test_without_a_build_a_page_says_so(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui, "FOLDER", tmp_path / "nothing")

    answer = client.get("/")

    assert answer.status_code == 200
    assert "no built admin UI" in answer.get_data(as_text=True)
    assert "/api" in answer.get_data(as_text=True)


def test_a_slave_sends_people_to_the_pages(slave: FlaskClient) -> None:
    answer = slave.get("/token/edit/5?a=b")

    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://pages.example/token/edit/5?a=b"


def test_a_slave_sends_no_program_away(slave: FlaskClient) -> None:
    assert slave.get("/api/nothing").status_code == 404
    assert slave.get("/livez").status_code == 200


@pytest.mark.usefixtures("built")
def test_a_bookmark_with_a_session_of_nobody_still_opens(client: FlaskClient) -> None:
    client.set_cookie("session", "broken")

    assert client.get("/log", buffered=True).status_code == 200
