import pytest
from flask.testing import FlaskClient

from oneapi.accounts import users
from oneapi.lib.database import Database
from oneapi.models.user import Role, User, UserStatus
from oneapi.web_app import WebApp
from tests.support.people import Person, signed_in

FOREIGN = {"Origin": "https://evil.example"}


def access_token(db: Database, person: Person) -> str:
    with db.transaction() as session:
        return users.new_access_token(session, person.id)


def set_user(db: Database, person: Person, **values: object) -> None:
    with db.transaction() as session:
        user = session.get_one(User, person.id)
        for name, value in values.items():
            setattr(user, name, value)


def test_without_credentials_nobody_is_admitted(client: FlaskClient) -> None:
    answer = client.get("/api/user/self")

    assert answer.status_code == 401
    assert answer.get_json()["code"] == "not_logged_in"


def test_a_session_is_admitted(alice_client: FlaskClient) -> None:
    assert alice_client.get("/api/user/self").get_json()["data"]["username"] == "alice"


@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_an_access_token_is_admitted(
    client: FlaskClient, db: Database, alice: Person, scheme: str
) -> None:
    headers = {"Authorization": scheme + access_token(db, alice)}

    answer = client.get("/api/user/self", headers=headers)

    assert answer.get_json()["data"]["username"] == "alice"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("given", ["nonsense", "Bearer ", "Bearer sk-nonsense"])
def test_a_wrong_access_token_is_refused(client: FlaskClient, given: str) -> None:
    answer = client.get("/api/user/self", headers={"Authorization": given})

    assert answer.status_code == 200
    assert answer.get_json()["code"] == "invalid_access_token"


def test_guessing_access_tokens_ends_soon(client: FlaskClient) -> None:
    for _ in range(20):
        client.get("/api/user/self", headers={"Authorization": "nonsense"})

    answer = client.get("/api/user/self", headers={"Authorization": "nonsense"})

    assert answer.status_code == 429
    assert answer.get_json()["code"] == "rate_limited"


def test_a_session_wins_over_a_header(
    root_client: FlaskClient, db: Database, alice: Person
) -> None:
    headers = {"Authorization": access_token(db, alice)}

    answer = root_client.get("/api/user/self", headers=headers)

    assert answer.get_json()["data"]["username"] == "root"


def test_a_cookie_that_nobody_signed_is_no_session(client: FlaskClient) -> None:
    client.set_cookie("session", "broken")

    assert client.get("/api/user/self").status_code == 401


@pytest.mark.parametrize("status", [UserStatus.DISABLED, UserStatus.DELETED])
def test_a_ban_counts_at_once(
    alice_client: FlaskClient, db: Database, alice: Person, status: UserStatus
) -> None:
    set_user(db, alice, status=status)

    assert alice_client.get("/api/user/self").get_json()["code"] == "user_banned"
    assert alice_client.get("/api/user/self").status_code == 401


def test_a_lost_role_counts_at_once(adam_client: FlaskClient, db: Database, adam: Person) -> None:
    assert adam_client.get("/api/user/").get_json()["success"] is True

    set_user(db, adam, role=Role.COMMON)

    assert adam_client.get("/api/user/").get_json()["code"] == "permission_denied"


def test_a_password_changed_elsewhere_ends_the_session(
    alice_client: FlaskClient, db: Database, alice: Person
) -> None:
    set_user(db, alice, password="$2a$another")

    assert alice_client.get("/api/user/self").status_code == 401


def test_roles_reach_as_far_as_they_should(
    alice_client: FlaskClient, adam_client: FlaskClient, root_client: FlaskClient
) -> None:
    def codes(client: FlaskClient) -> list[str]:
        paths = ("/api/user/self", "/api/user/", "/api/option/")
        return [client.get(path).get_json().get("code", "ok") for path in paths]

    assert codes(alice_client) == ["ok", "permission_denied", "permission_denied"]
    assert codes(adam_client) == ["ok", "ok", "permission_denied"]
    assert codes(root_client) == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://localhost"}, True),
        (FOREIGN, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-origin", **FOREIGN}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://gateway.example", "X-Forwarded-Host": "gateway.example"}, True),
    ],
)
def test_other_sites_cannot_use_a_session(
    alice_client: FlaskClient, headers: dict[str, str], *, passes: bool
) -> None:
    answer = alice_client.put("/api/user/self", json={}, headers=headers)

    assert answer.status_code == (200 if passes else 403)
    assert answer.get_json().get("code") == (None if passes else "cross_site_request")


def test_the_configured_address_is_the_same_site(
    alice_client: FlaskClient, root_client: FlaskClient
) -> None:
    root_client.put(
        "/api/option/", json={"key": "ServerAddress", "value": "https://gateway.example"}
    )

    headers = {"Origin": "https://gateway.example"}
    assert alice_client.put("/api/user/self", json={}, headers=headers).status_code == 200


def test_a_forwarded_host_counts_from_a_trusted_proxy_only(alice_client: FlaskClient) -> None:
    answer = alice_client.put(
        "/api/user/self",
        json={},
        headers={"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"},
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
    )

    assert answer.status_code == 403


def test_a_get_that_changes_something_is_guarded_too(alice_client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}

    assert alice_client.get("/api/user/token", headers=headers).status_code == 403
    assert alice_client.get("/api/user/logout", headers=headers).status_code == 403
    assert alice_client.get("/api/user/self", headers=headers).status_code == 200


def test_programs_with_an_access_token_may_come_from_anywhere(
    client: FlaskClient, db: Database, alice: Person
) -> None:
    headers = {"Authorization": access_token(db, alice), **FOREIGN}

    answer = client.post("/api/token/", json={"name": "x"}, headers=headers)

    assert answer.get_json()["success"] is True


def test_the_cookie_holds_who_and_nothing_else(app: WebApp, alice: Person) -> None:
    client = app.test_client()
    client.post("/api/user/login", json={"username": "alice", "password": alice.password})

    with client.session_transaction() as cookie:
        assert set(cookie) == {"_user_id", "_fresh", "_permanent"}


@pytest.mark.parametrize(
    ("headers", "secure"),
    [({}, False), ({"X-Forwarded-Proto": "https"}, True), ({"X-Forwarded-Proto": "http"}, False)],
)
def test_the_cookie_is_for_this_site_and_its_scheme(
    client: FlaskClient, root: Person, headers: dict[str, str], *, secure: bool
) -> None:
    answer = client.post(
        "/api/user/login",
        json={"username": "root", "password": root.password},
        headers=headers,
    )

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Expires=" in cookie
    assert ("Secure" in cookie) is secure


def test_an_answer_without_sign_in_renews_no_cookie(app: WebApp, alice: Person) -> None:
    assert "Set-Cookie" not in signed_in(app, alice).get("/api/user/self").headers
