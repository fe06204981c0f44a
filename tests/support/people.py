"""The people of the tests, and how they are signed in."""

from dataclasses import dataclass

from flask.testing import FlaskClient

from oneapi.accounts import users
from oneapi.lib import keys, passwords
from oneapi.models.user import Role, User
from oneapi.resources import db
from oneapi.web_app import WebApp

PASSWORD = "secret-123"


@dataclass(frozen=True)
class Person:
    """A user whose password the tests know."""

    id: int
    username: str
    password: str


def add_person(username: str, *, role: Role = Role.COMMON) -> Person:
    """Add an enabled user with an empty balance."""
    password_hash = passwords.hashed(PASSWORD)
    with db.transaction() as session:
        user = User(
            username=username,
            password=password_hash,
            display_name=username,
            role=role,
            access_token=keys.new_access_token(),
            aff_code=keys.random_text(8),
        )
        session.add(user)
        session.flush()
        return Person(user.id, username, PASSWORD)


def signed_in(app: WebApp, person: Person) -> FlaskClient:
    """Return a browser in which the person is signed in, without the time that bcrypt takes."""
    client = app.test_client()
    with db.reading() as session:
        account = users.find_account(session, person.id)
    assert account is not None
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{account.user_id}.{account.stamp}"
        cookie["_fresh"] = True
    return client
