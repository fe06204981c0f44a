import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from oneapi.lib.database import Database
from oneapi.models.user import User
from tests.support.mail_options import set_up_mail
from tests.support.mail_server import MailSink
from tests.support.pusher import pusher

OK = {"success": True, "message": ""}


def post(client: FlaskClient, name: str, body: Any = None) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(f"/api/option/{name}", json=body).get_json()
    return answer


def test_a_test_mail_arrives(root_client: FlaskClient, mail_sink: MailSink) -> None:
    set_up_mail(mail_sink, SystemName="Gate")

    assert post(root_client, "test_mail", {"to": "ops@x.example"}) == OK

    arrived = mail_sink.the_mail()
    assert (arrived.to, arrived.subject) == (["ops@x.example"], "Gate: it works")


@pytest.mark.parametrize("body", [None, {}, {"to": ""}])
def test_a_test_mail_goes_to_the_own_address_unless_another_is_named(
    root_client: FlaskClient, mail_sink: MailSink, db: Database, body: Any
) -> None:
    set_up_mail(mail_sink)
    assert post(root_client, "test_mail", body)["code"] == "invalid_parameter"
    with db.transaction() as session:
        session.get_one(User, 1).email = "root@x.example"

    assert post(root_client, "test_mail", body) == OK

    assert mail_sink.the_mail().to == ["root@x.example"]


def test_a_failure_carries_what_the_mail_server_said(
    root_client: FlaskClient, mail_sink: MailSink
) -> None:
    set_up_mail(mail_sink)

    answer = post(root_client, "test_mail", {"to": "refused@x.example"})

    assert answer["code"] == "send_email_failed"
    assert "550 5.1.1 nobody of this name" in answer["message"]


def test_a_test_push_arrives(root_client: FlaskClient) -> None:
    with pusher() as server:
        for key, value in (("Address", server.url), ("Token", "t0")):
            change = {"key": f"MessagePusher{key}", "value": value}
            root_client.put("/api/option/", json=change)
        answer = post(root_client, "test_pusher")

    assert answer == OK
    sent = json.loads(server.asked[0].body)
    assert (sent["title"], sent["token"]) == ("One API: it works", "t0")


def test_a_failed_push_is_told(root_client: FlaskClient) -> None:
    assert post(root_client, "test_pusher")["code"] == "push_failed"


@pytest.mark.parametrize("name", ["test_mail", "test_pusher"])
def test_only_root_sends_tests(adam_client: FlaskClient, name: str) -> None:
    assert post(adam_client, name, {})["code"] == "permission_denied"
