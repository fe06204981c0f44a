from flask.testing import FlaskClient


def test_anybody_may_read_the_status(client: FlaskClient) -> None:
    answer = client.get("/api/status")

    data = answer.get_json()["data"]
    assert data["version"].startswith("v")
    assert data["system_name"] == "One API"
    assert data["quota_per_unit"] == 500_000
    assert data["server_address"] == "http://localhost:3000"
    assert data["chats"] == []
    assert data["password_login"] is True


def test_the_status_tells_no_secret(client: FlaskClient) -> None:
    assert "turnstile_secret_key" not in client.get("/api/status").get_json()["data"]


def test_public_texts_are_what_root_wrote(client: FlaskClient, root_client: FlaskClient) -> None:
    for key, path in (
        ("Notice", "/api/notice"),
        ("About", "/api/about"),
        ("HomePageContent", "/api/home_page_content"),
    ):
        root_client.put("/api/option/", json={"key": key, "value": f"**{key}** <b>"})

        assert client.get(path).get_json() == {
            "success": True,
            "message": "",
            "data": f"**{key}** <b>",
        }


def test_both_spellings_of_a_path_answer_without_redirect(client: FlaskClient) -> None:
    assert client.get("/api/status").status_code == 200
    assert client.get("/api/status/").status_code == 200
