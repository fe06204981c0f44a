import pytest
from flask.testing import FlaskClient

from oneapi.web_app import WebApp
from tests.support.sign_in_services import CLIENT_ID, SignInServices
from tests.support.travellers import OCTOCAT, WEB, come_back, set_out


def test_a_state_is_twelve_characters_and_nothing_else_for_old_pages(client: FlaskClient) -> None:
    answer = client.get("/api/oauth/state").get_json()

    assert len(answer["data"]) == 12
    assert answer == {"success": True, "message": "", "data": answer["data"]}


def test_our_own_page_is_told_where_to_send_the_browser(
    client: FlaskClient, services: SignInServices
) -> None:
    github, lark, oidc = (set_out(client, name) for name in WEB)

    assert github.startswith(f"{services.url}/login/oauth/authorize?client_id={CLIENT_ID}&state=")
    assert "scope=user%3Aemail" in github
    assert "redirect_uri" not in github
    assert lark.startswith(f"{services.url}/open-apis/authen/v1/authorize?")
    assert "redirect_uri=https%3A%2F%2Fgate.example%2Foauth%2Flark" in lark
    assert oidc.startswith(f"{services.url}/authorize?tenant=a&client_id={CLIENT_ID}")
    assert "redirect_uri=https%3A%2F%2Fgate.example%2Foauth%2Foidc" in oidc
    assert "scope=openid+profile+email" in oidc


@pytest.mark.parametrize("name", ["wechat", "google", "email"])
def test_there_are_pages_of_three_services_only(
    client: FlaskClient, services: SignInServices, name: str
) -> None:
    answer = client.get(f"/api/oauth/state?provider={name}").get_json()

    assert answer["code"] == "invalid_parameter"


@pytest.mark.parametrize("name", WEB)
@pytest.mark.parametrize("state", ["", "wrong", "Ünicode"])
def test_a_forged_state_is_refused(client: FlaskClient, name: str, state: str) -> None:
    client.get("/api/oauth/state")

    answer = client.get(f"/api/oauth/{name}", query_string={"code": "c", "state": state})

    assert answer.status_code == 403
    assert answer.get_json()["code"] == "oauth_state_mismatch"


def test_no_state_at_all_is_no_match_for_an_empty_one(client: FlaskClient) -> None:
    assert client.get("/api/oauth/github?code=c&state=").status_code == 403


def test_the_state_of_another_browser_is_refused(
    app: WebApp, client: FlaskClient, services: SignInServices
) -> None:
    brought = services.visit(set_out(client, "github"), OCTOCAT["github"])
    other = app.test_client()
    set_out(other, "github")

    assert come_back(other, "github", **brought)["code"] == "oauth_state_mismatch"
    assert come_back(client, "github", **brought)["success"] is True


def test_a_state_is_good_once(client: FlaskClient, services: SignInServices) -> None:
    brought = services.visit(set_out(client, "github"), OCTOCAT["github"])
    come_back(client, "github", **brought)

    assert come_back(client, "github", **brought)["code"] == "oauth_state_mismatch"


def test_a_copied_cookie_does_not_make_a_state_good_again(
    app: WebApp, client: FlaskClient, services: SignInServices
) -> None:
    address = set_out(client, "github")
    cookie = client.get_cookie("session")
    assert cookie is not None
    come_back(client, "github", **services.visit(address, OCTOCAT["github"]))
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)

    answer = come_back(thief, "github", **services.visit(address, OCTOCAT["github"]))

    assert answer["code"] == "oauth_state_mismatch"


def test_a_state_lasts_ten_minutes(client: FlaskClient, services: SignInServices) -> None:
    address = set_out(client, "github")
    with client.session_transaction() as cookie:
        issued_at, *rest = cookie["oauth_state"]
        cookie["oauth_state"] = [issued_at - 601, *rest]

    answer = come_back(client, "github", **services.visit(address, OCTOCAT["github"]))

    assert answer["code"] == "oauth_state_mismatch"


def test_a_state_for_one_service_is_not_good_for_another(
    client: FlaskClient, services: SignInServices
) -> None:
    brought = services.visit(set_out(client, "lark"), OCTOCAT["lark"])

    assert come_back(client, "github", **brought)["code"] == "oauth_state_mismatch"
