from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from oneapi.lib.database import Database
from oneapi.models.log import Log
from oneapi.models.user import User
from tests.support.people import Person


def balance(db: Database, person: Person) -> int:
    with db.reading() as session:
        return session.get_one(User, person.id).quota or 0


def redeem(client: FlaskClient, key: object) -> Any:
    return client.post("/api/user/topup", json={"key": key})


def test_whoever_redeems_a_code_gets_its_quota_once(
    adam_client: FlaskClient, alice_client: FlaskClient, alice: Person, db: Database
) -> None:
    body = {"name": "promo", "count": 1, "quota": 700}
    (code,) = adam_client.post("/api/redemption/", json=body).get_json()["data"]

    first, second = redeem(alice_client, f" {code} "), redeem(alice_client, code)

    assert first.get_json() == {"success": True, "message": "", "data": 700}
    assert second.get_json()["code"] == "redemption_used"
    assert balance(db, alice) == 700
    (row,) = alice_client.get("/api/log/self?type=1").get_json()["data"]
    assert (row["quota"], row["username"]) == (0, "alice")


def test_codes_cannot_be_guessed_for_long(
    alice_client: FlaskClient, adam_client: FlaskClient
) -> None:
    answers = [redeem(alice_client, f"{number:032x}") for number in range(11)]

    assert {answer.get_json()["code"] for answer in answers[:10]} == {"redemption_invalid"}
    assert answers[10].status_code == 429
    assert int(answers[10].headers["Retry-After"]) <= 60
    assert redeem(adam_client, "f" * 32).get_json()["code"] == "redemption_invalid"


def test_a_payment_program_tops_up_and_may_repeat_itself(
    adam_client: FlaskClient, alice: Person, db: Database
) -> None:
    order = {"user_id": alice.id, "quota": 500, "remark": "order 1", "transaction_id": "t-1"}

    answers = [adam_client.post("/api/topup", json=order).get_json() for _ in range(2)]

    assert answers == [{"success": True, "message": ""}] * 2
    assert balance(db, alice) == 500
    with db.reading() as session:
        rows = session.scalars(select(Log).order_by(Log.type)).all()
        written = [(row.type, row.username, row.quota) for row in rows]
        contents = [row.content or "" for row in rows]
    assert written == [(1, "alice", 500), (3, "adam", 0)]
    assert contents[0] == "order 1"
    assert "alice" in contents[1]


def test_payments_that_make_no_sense_are_refused(adam_client: FlaskClient, alice: Person) -> None:
    for body, code in (
        ({"user_id": alice.id, "quota": -1}, "negative_quota"),
        ({"user_id": alice.id}, "invalid_parameter"),
        ({"user_id": 99_999, "quota": 1}, "user_not_found"),
    ):
        assert adam_client.post("/api/topup", json=body).get_json()["code"] == code


def test_users_cannot_top_up_themselves(alice_client: FlaskClient, alice: Person) -> None:
    answer = alice_client.post("/api/topup", json={"user_id": alice.id, "quota": 1}).get_json()

    assert answer["code"] == "permission_denied"
