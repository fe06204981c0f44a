import pytest

from oneapi.accounts import users
from oneapi.accounts.users import SelfChange, UserFilter
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.lib.paging import Found, Page
from oneapi.models.user import Role, User, UserStatus
from tests.support.people import Person, add_person


def stamp_of(db: Database, person: Person) -> str:
    with db.reading() as session:
        account = users.find_account(session, person.id)
    assert account is not None
    return account.stamp


def names(found: Found[User]) -> list[str | None]:
    return [user.username for user in found.rows]


def test_a_new_password_ends_every_session(db: Database, alice: Person) -> None:
    before = stamp_of(db, alice)

    with db.transaction() as session:
        users.update_self(session, alice.id, SelfChange(password="x"), new_hash="$2a$other")

    assert stamp_of(db, alice) != before


def test_sessions_can_be_ended_without_a_new_password(db: Database, alice: Person) -> None:
    before = stamp_of(db, alice)

    with db.transaction() as session:
        users.end_sessions(session, alice.id)

    assert stamp_of(db, alice) != before


def test_an_access_token_belongs_to_its_user(db: Database, alice: Person) -> None:
    with db.transaction() as session:
        first = users.new_access_token(session, alice.id)
        second = users.new_access_token(session, alice.id)

    with db.reading() as session:
        found = users.find_account_by_access_token(session, second)
        assert found is not None
        assert found.user_id == alice.id
        assert users.find_account_by_access_token(session, first) is None


@pytest.mark.parametrize("token", ["", "nonsense", "a\x00b", "%"])
def test_what_is_no_access_token_finds_nobody(db: Database, token: str) -> None:
    with db.reading() as session:
        assert users.find_account_by_access_token(session, token) is None


def test_a_taken_name_is_refused(db: Database, alice: Person, root: Person) -> None:
    with pytest.raises(Refusal) as refused, db.transaction() as session:
        users.update_self(session, alice.id, SelfChange(username="root"), new_hash=None)

    assert refused.value.code == "username_taken"


@pytest.mark.parametrize("name", ["thirteen-long", "a\tb"])
def test_a_new_name_has_to_be_a_good_one(db: Database, alice: Person, name: str) -> None:
    with pytest.raises(Refusal) as refused, db.transaction() as session:
        users.update_self(session, alice.id, SelfChange(username=name), new_hash=None)

    assert refused.value.code == "invalid_input"


def test_an_old_long_name_may_be_sent_back(db: Database) -> None:
    person = add_person("github_1234567890")

    with db.transaction() as session:
        change = SelfChange(username=person.username, display_name="Long")
        users.update_self(session, person.id, change, new_hash=None)

    with db.reading() as session:
        assert users.get(session, person.id).display_name == "Long"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"password": "1234567"}, "invalid_input"),
        ({"password": "x" * 21}, "invalid_input"),
        ({"password": "𝄞" * 19}, "invalid_input"),
        ({"display_name": "d" * 21}, "invalid_input"),
        ({"username": 5}, "invalid_parameter"),
    ],
)
def test_a_change_of_the_wrong_form_is_refused(body: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        SelfChange.from_json(body)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("viewer", "target", "allowed"),
    [
        (Role.ADMIN, Role.COMMON, True),
        (Role.ADMIN, Role.ADMIN, False),
        (Role.ADMIN, Role.ROOT, False),
        (Role.ROOT, Role.ADMIN, True),
        (Role.ROOT, Role.ROOT, True),
    ],
)
def test_administrators_look_downward_only(
    db: Database, viewer: Role, target: Role, *, allowed: bool
) -> None:
    person = add_person("target", role=target)

    with db.reading() as session:
        if allowed:
            assert users.get_visible(session, person.id, viewer_role=viewer).id == person.id
            return
        with pytest.raises(Refusal) as refused:
            users.get_visible(session, person.id, viewer_role=viewer)

    assert refused.value.code == "target_role_too_high"


def test_the_list_leaves_out_the_deleted(db: Database, alice: Person, adam: Person) -> None:
    with db.transaction() as session:
        session.get_one(User, alice.id).status = UserStatus.DELETED

    with db.reading() as session:
        everybody = names(users.page_of(session, narrow=UserFilter(), order="", page=Page()))
        deleted = UserFilter(status=UserStatus.DELETED)
        gone = names(users.page_of(session, narrow=deleted, order="", page=Page()))

    assert everybody == ["adam", "root"]
    assert gone == ["alice"]


def test_the_list_can_be_ordered_by_balance(db: Database, alice: Person, adam: Person) -> None:
    with db.reading() as session:
        found = users.page_of(session, narrow=UserFilter(), order="quota", page=Page())
        ordered = names(found)

    assert ordered == ["root", "adam", "alice"]


def test_a_search_finds_beginnings_and_ids(db: Database, alice: Person, adam: Person) -> None:
    with db.reading() as session:
        by_name = names(users.search(session, narrow=UserFilter(keyword="al")))
        by_id = names(users.search(session, narrow=UserFilter(keyword=str(adam.id))))
        literally = names(users.search(session, narrow=UserFilter(keyword="%")))

    assert by_name == ["alice"]
    assert by_id == ["adam"]
    assert literally == []


def test_filters_narrow_together(db: Database, alice: Person, adam: Person) -> None:
    with db.reading() as session:
        admins = UserFilter(role=Role.ADMIN, keyword="a")
        found = users.page_of(session, narrow=admins, order="", page=Page(with_total=True))
        found_names = names(found)

    assert found_names == ["adam"]
    assert found.total == 1
