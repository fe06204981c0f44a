import pytest
from sqlalchemy import select

from oneapi.accounts import deletion, users
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.token import Token, TokenStatus
from oneapi.models.user import User, UserStatus
from tests.support.people import Person, add_person


def delete(db: Database, person: Person) -> None:
    with db.transaction() as session:
        deletion.delete_self(session, person.id)


def test_nothing_of_a_deleted_account_works(db: Database, alice: Person) -> None:
    with db.transaction() as session:
        access_token = users.new_access_token(session, alice.id)
        session.add(Token(user_id=alice.id, key="k" * 48, name="one"))
        before = users.find_account(session, alice.id)

    delete(db, alice)

    with db.reading() as session:
        after = users.find_account(session, alice.id)
        assert before is not None
        assert after is not None
        assert after.status == UserStatus.DELETED
        assert after.stamp != before.stamp
        assert users.find_account_by_access_token(session, access_token) is None
        assert session.scalars(select(Token.status)).all() == [TokenStatus.DISABLED]


def test_a_deleted_account_stays_as_a_row(db: Database, alice: Person) -> None:
    with db.transaction() as session:
        user = session.get_one(User, alice.id)
        user.quota, user.email = 1000, "alice@example.com"

    delete(db, alice)

    with db.reading() as session:
        user = session.get_one(User, alice.id)
        assert (user.quota, user.email, user.display_name) == (1000, "alice@example.com", "alice")
        assert (user.username or "").startswith("deleted_")
        assert len(user.username or "") == 40


def test_the_name_becomes_free(db: Database, alice: Person) -> None:
    delete(db, alice)

    assert add_person("alice").id != alice.id


def test_root_cannot_delete_himself(db: Database, root: Person) -> None:
    with pytest.raises(Refusal) as refused:
        delete(db, root)

    assert refused.value.code == "root_protected"
