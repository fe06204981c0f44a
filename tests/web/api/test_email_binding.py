import re
from urllib.parse import urlencode

from flask.testing import FlaskClient

from oneapi.lib.database import Database
from tests.support.mail_options import set_up_mail
from tests.support.mail_server import MailSink

MAIL = "al+ice@mail.example"


def bind(client: FlaskClient, code: str, **headers: str) -> dict[str, object]:
    query = urlencode({"email": MAIL, "code": code})
    answer = client.get(f"/api/oauth/email/bind?{query}", headers=headers)
    body: dict[str, object] = answer.get_json()
    return body


def code_for(client: FlaskClient, sink: MailSink) -> str:
    client.get(f"/api/verification?{urlencode({'email': MAIL})}")
    return str(re.findall(r">([0-9a-f]{6})<", sink.the_mail().html)[0])


def test_a_code_gives_an_account_its_address(
    alice_client: FlaskClient, db: Database, mail_sink: MailSink
) -> None:
    set_up_mail(mail_sink)
    code = code_for(alice_client, mail_sink)

    assert bind(alice_client, "000000")["code"] == "verification_code_invalid"
    assert bind(alice_client, code) == {"success": True, "message": ""}
    assert alice_client.get("/api/user/self").get_json()["data"]["email"] == MAIL
    assert bind(alice_client, code)["code"] == "verification_code_invalid"


def test_without_anything_the_code_is_wrong(alice_client: FlaskClient) -> None:
    answer = alice_client.get("/api/oauth/email/bind").get_json()

    assert answer["code"] == "verification_code_invalid"


def test_nobody_binds_without_an_account(client: FlaskClient) -> None:
    assert client.get("/api/oauth/email/bind").status_code == 401


def test_another_site_cannot_bind_its_address(alice_client: FlaskClient) -> None:
    answer = bind(alice_client, "000000", **{"Sec-Fetch-Site": "cross-site"})

    assert answer["code"] == "cross_site_request"
