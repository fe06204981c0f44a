import gevent
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from oneapi.accounts import users
from oneapi.lib.database import Database
from oneapi.models.log import Log, LogType
from oneapi.models.own import UserExtra
from oneapi.models.token import Token
from oneapi.models.user import User, UserStatus
from oneapi.web_app import WebApp
from tests.support.people import Person, signed_in
from tests.support.sign_in_services import TOKEN, SignInServices
from tests.support.travellers import (
    OCTOCAT,
    WEB,
    come_back,
    me,
    set_options,
    set_out,
    travel,
    travel_by_old_page,
)

IDENTITY = {"github": "octocat", "lark": "ou_octocat", "oidc": "248289761001"}


def count_users(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


@pytest.mark.parametrize("name", WEB)
def test_a_stranger_gets_an_account_and_comes_back_to_it(
    client: FlaskClient, app: WebApp, services: SignInServices, db: Database, name: str
) -> None:
    first = travel(client, services, name)
    again = travel(app.test_client(), services, name)

    assert first["success"] is again["success"] is True
    assert first["message"] == ""
    assert first["data"] == again["data"]
    assert (first["data"]["role"], first["data"]["status"]) == (1, 1)
    assert first["data"]["email"] == first["data"][f"{name}_id"] == ""
    mine = me(client)
    assert mine[f"{name}_id"] == IDENTITY[name]
    assert mine["display_name"] == "The Octocat"
    assert mine["username"] == ("octocat" if name == "oidc" else f"{name}_{mine['id']}")
    assert mine["email"] == ("" if name == "lark" else "o@cat.example")
    assert mine["inviter_id"] == 0
    with db.reading() as session:
        keys = session.scalars(select(Token.name).where(Token.user_id == mine["id"])).all()
        assert list(keys) == ["default"]
        assert session.get_one(User, mine["id"]).password == ""


@pytest.mark.parametrize("name", WEB)
def test_pages_that_build_the_address_themselves_still_work(
    client: FlaskClient, services: SignInServices, name: str
) -> None:
    assert travel_by_old_page(client, services, name)["success"] is True
    assert me(client)[f"{name}_id"] == IDENTITY[name]


def test_a_code_that_came_to_another_browser_is_worth_nothing(
    app: WebApp, client: FlaskClient, services: SignInServices
) -> None:
    stolen = services.visit(set_out(client, "github"), OCTOCAT["github"])["code"]
    thief = app.test_client()
    state = thief.get("/api/oauth/state").get_json()["data"]

    answer = come_back(thief, "github", code=stolen, state=state)

    assert answer["code"] == "oauth_empty_identity"


def test_a_sign_in_starts_a_new_session(client: FlaskClient, services: SignInServices) -> None:
    with client.session_transaction() as cookie:
        cookie["turnstile"] = True

    travel(client, services, "github")

    with client.session_transaction() as cookie:
        assert set(cookie) == {"_user_id", "_fresh", "_permanent"}


@pytest.mark.parametrize("name", WEB)
def test_a_used_code_is_refused(client: FlaskClient, services: SignInServices, name: str) -> None:
    brought = services.visit(set_out(client, name), OCTOCAT[name])
    services.grants.clear()

    assert come_back(client, name, **brought)["code"] == "oauth_empty_identity"


def test_a_wrong_client_secret_is_refused(client: FlaskClient, services: SignInServices) -> None:
    set_options(GitHubClientSecret="wrong")

    assert travel(client, services, "github")["code"] == "oauth_empty_identity"


@pytest.mark.parametrize("name", WEB)
def test_a_code_has_to_be_there(client: FlaskClient, services: SignInServices, name: str) -> None:
    state = client.get("/api/oauth/state").get_json()["data"]

    assert come_back(client, name, state=state)["code"] == "invalid_parameter"


@pytest.mark.parametrize(
    ("name", "switch"),
    [
        ("github", {"GitHubOAuthEnabled": "false"}),
        ("lark", {"LarkClientId": ""}),
        ("oidc", {"OidcEnabled": "false"}),
    ],
)
def test_a_service_that_is_off_signs_nobody_in(
    client: FlaskClient, services: SignInServices, name: str, switch: dict[str, str]
) -> None:
    set_options(**switch)

    assert travel_by_old_page(client, services, name)["code"] == "oauth_disabled"
    start = client.get(f"/api/oauth/state?provider={name}").get_json()
    assert start["code"] == "oauth_disabled"
    assert services.told_to(TOKEN[name]) == []


@pytest.mark.parametrize("name", WEB)
@pytest.mark.parametrize("identity", ["", " ", None, 7, "a\x00b"])
def test_an_empty_identity_is_nobodys(
    client: FlaskClient, services: SignInServices, db: Database, name: str, identity: object
) -> None:
    member = {"github": "login", "lark": "open_id", "oidc": "sub"}[name]
    services.claims = {"sub": "somebody"}

    answer = travel_by_old_page(client, services, name, **{member: identity})

    assert answer["code"] in {"oauth_empty_identity", "oauth_identity_invalid"}
    assert count_users(db) == 1


def test_new_accounts_can_be_closed_while_known_people_come_in(
    app: WebApp, client: FlaskClient, services: SignInServices, db: Database
) -> None:
    travel(client, services, "github")
    set_options(RegisterEnabled="false")

    known = travel(app.test_client(), services, "github")
    stranger = travel(app.test_client(), services, "lark")

    assert known["success"] is True
    assert stranger["code"] == "registration_disabled"
    assert count_users(db) == 2


def test_a_closed_form_does_not_close_the_services(
    client: FlaskClient, services: SignInServices
) -> None:
    set_options(PasswordRegisterEnabled="false")

    assert travel(client, services, "github")["success"] is True


@pytest.mark.parametrize("status", [UserStatus.DISABLED, UserStatus.DELETED])
def test_who_is_banned_or_deleted_stays_outside(
    app: WebApp, client: FlaskClient, services: SignInServices, db: Database, status: UserStatus
) -> None:
    user_id = travel(client, services, "github")["data"]["id"]
    with db.transaction() as session:
        session.get_one(User, user_id).status = status
        users.end_sessions(session, user_id)

    answer = travel(client, services, "github")

    assert answer["code"] == "user_banned"
    assert client.get("/api/user/self").status_code == 401
    assert count_users(db) == 2


def test_a_login_that_somebody_else_took_over_leads_nowhere(
    app: WebApp, client: FlaskClient, services: SignInServices, db: Database
) -> None:
    travel(client, services, "github")

    answer = travel(app.test_client(), services, "github", id=999)

    assert answer["code"] == "oauth_already_bound"
    assert count_users(db) == 2


def test_accounts_from_before_get_their_number_at_the_next_sign_in(
    client: FlaskClient, services: SignInServices, db: Database, alice: Person
) -> None:
    with db.transaction() as session:
        session.get_one(User, alice.id).github_id = "octocat"

    assert travel(client, services, "github")["data"]["id"] == alice.id

    with db.reading() as session:
        assert session.get_one(UserExtra, alice.id).github_numeric_id == "583231"


def test_an_administrator_who_changes_the_login_lets_its_owner_in(
    app: WebApp, client: FlaskClient, root_client: FlaskClient, services: SignInServices
) -> None:
    user_id = travel(client, services, "github")["data"]["id"]
    root_client.put("/api/user/", json={"id": user_id, "github_id": "hubot"})

    answer = travel(app.test_client(), services, "github", login="hubot", id=480938)

    assert answer["data"]["id"] == user_id


def test_first_sign_ins_at_once_make_one_account(
    app: WebApp, services: SignInServices, db: Database
) -> None:
    browsers = [app.test_client() for _ in range(6)]

    travels = [gevent.spawn(travel, browser, services, "github") for browser in browsers]
    gevent.joinall(travels, raise_error=True)

    assert len({one.get()["data"]["id"] for one in travels}) == 1
    assert count_users(db) == 2


@pytest.mark.parametrize("name", WEB)
def test_who_is_signed_in_binds(
    app: WebApp, alice_client: FlaskClient, alice: Person, services: SignInServices, name: str
) -> None:
    answer = travel(alice_client, services, name)

    assert answer == {"success": True, "message": "bind"}
    assert me(alice_client)[f"{name}_id"] == IDENTITY[name]
    assert travel(app.test_client(), services, name)["data"]["id"] == alice.id


def test_an_identity_has_one_account(
    app: WebApp, alice_client: FlaskClient, adam_client: FlaskClient, services: SignInServices
) -> None:
    travel(alice_client, services, "github")

    for client in (adam_client, alice_client):
        assert travel(client, services, "github")["code"] == "oauth_already_bound"
    assert me(adam_client)["github_id"] == ""


def test_binding_works_while_registration_is_closed(
    alice_client: FlaskClient, services: SignInServices
) -> None:
    set_options(RegisterEnabled="false")

    assert travel(alice_client, services, "github")["message"] == "bind"


def test_an_access_token_does_not_bind(
    client: FlaskClient, services: SignInServices, db: Database, alice: Person
) -> None:
    with db.transaction() as session:
        token = users.new_access_token(session, alice.id)
    brought = services.visit(set_out(client, "github"), OCTOCAT["github"])

    headers = {"Authorization": f"Bearer {token}"}
    answer = client.get("/api/oauth/github", query_string=brought, headers=headers).get_json()

    assert answer["data"]["id"] not in {0, alice.id}


def test_binding_and_unbinding_are_written_down(
    alice_client: FlaskClient, services: SignInServices, db: Database, alice: Person
) -> None:
    travel(alice_client, services, "github")
    alice_client.delete("/api/oauth/bind/github")
    alice_client.delete("/api/oauth/bind/github")

    with db.reading() as session:
        query = select(Log).where(Log.type == LogType.MANAGE).order_by(Log.id)
        rows = session.scalars(query).all()
        assert [row.user_id for row in rows] == [alice.id] * 2
        assert all("github" in (row.content or "") for row in rows)


def test_what_was_unbound_can_be_bound_by_somebody_else(
    alice_client: FlaskClient, adam_client: FlaskClient, services: SignInServices, db: Database
) -> None:
    travel(alice_client, services, "github")

    assert alice_client.delete("/api/oauth/bind/github").get_json() == {
        "success": True,
        "message": "",
    }

    assert me(alice_client)["github_id"] == ""
    assert travel(adam_client, services, "github", id=999)["message"] == "bind"


def test_the_last_way_in_stays(client: FlaskClient, services: SignInServices) -> None:
    travel(client, services, "github")

    for name in ("github", "email"):
        answer = client.delete(f"/api/oauth/bind/{name}").get_json()
        expected = "oauth_last_login_method" if name == "github" else None
        assert answer.get("code") == expected
    travel(client, services, "lark")
    assert client.delete("/api/oauth/bind/github").get_json()["success"] is True
    assert client.delete("/api/oauth/bind/lark").get_json()["code"] == "oauth_last_login_method"


def test_a_mail_address_can_be_removed(
    alice_client: FlaskClient, db: Database, alice: Person
) -> None:
    with db.transaction() as session:
        session.get_one(User, alice.id).email = "alice@example.com"

    alice_client.delete("/api/oauth/bind/email")

    assert me(alice_client)["email"] == ""


@pytest.mark.parametrize("name", ["root", "password", "username"])
def test_only_identities_can_be_unbound(alice_client: FlaskClient, name: str) -> None:
    answer = alice_client.delete(f"/api/oauth/bind/{name}").get_json()

    assert answer["code"] == "invalid_parameter"
    assert me(alice_client)["username"] == "alice"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://e.x"}])
@pytest.mark.parametrize("path", ["github", "wechat?code=1", "wechat/bind?code=1"])
def test_other_sites_can_neither_sign_in_nor_bind(
    app: WebApp, client: FlaskClient, alice: Person, path: str, headers: dict[str, str]
) -> None:
    browsers = [signed_in(app, alice)] if "bind" in path else [client, signed_in(app, alice)]

    for browser in browsers:
        answer = browser.get(f"/api/oauth/{path}", headers=headers)
        assert answer.get_json()["code"] == "cross_site_request"


def test_a_wechat_code_signs_in(
    app: WebApp, client: FlaskClient, services: SignInServices, db: Database
) -> None:
    services.wechat = {"12&3 4": "wx-octocat", "again": "wx-octocat"}

    first = come_back(client, "wechat", code="12&3 4")
    again = come_back(app.test_client(), "wechat", code="again")

    assert first["data"]["id"] == again["data"]["id"]
    mine = me(client)
    assert (mine["wechat_id"], mine["display_name"]) == ("wx-octocat", "WeChat User")
    assert mine["username"] == f"wechat_{mine['id']}"


def test_a_wechat_code_binds(
    client: FlaskClient, db: Database, alice: Person, services: SignInServices
) -> None:
    services.wechat = {"1": "wx-octocat", "2": "wx-octocat"}
    with db.transaction() as session:
        token = users.new_access_token(session, alice.id)
    headers = {"Authorization": token}

    answers = [
        client.get(f"/api/oauth/wechat/bind?code={code}", headers=headers).get_json()
        for code in "12"
    ]

    assert answers[0] == {"success": True, "message": ""}
    assert answers[1]["code"] == "oauth_already_bound"


def test_a_wrong_wechat_code_is_refused(client: FlaskClient, services: SignInServices) -> None:
    assert come_back(client, "wechat", code="guess")["code"] == "wechat_code_invalid"
    assert come_back(client, "wechat", code="")["code"] == "invalid_parameter"


def test_what_the_wechat_server_says_is_shown(
    client: FlaskClient, services: SignInServices
) -> None:
    set_options(WeChatServerToken="wrong")

    answer = come_back(client, "wechat", code="1")

    assert answer["code"] == "upstream_error"
    assert "no such token" in answer["message"]


def test_wechat_can_be_off(
    client: FlaskClient, services: SignInServices, alice_client: FlaskClient
) -> None:
    set_options(WeChatAuthEnabled="false")

    assert come_back(client, "wechat", code="1")["code"] == "oauth_disabled"
    assert come_back(alice_client, "wechat/bind", code="1")["code"] == "oauth_disabled"


def test_guessing_is_limited(client: FlaskClient, services: SignInServices) -> None:
    codes = [come_back(client, "wechat", code="guess")["code"] for _ in range(21)]

    assert codes == ["wechat_code_invalid"] * 20 + ["rate_limited"]
