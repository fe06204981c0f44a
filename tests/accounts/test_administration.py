from typing import Any

import pytest

from oneapi.accounts import administration, users
from oneapi.accounts.administration import Changed, UserChange
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.models.user import Role, User, UserStatus
from tests.support.people import Person, add_person

BOSS, ROOT = Role.ADMIN, Role.ROOT


def change(db: Database, person: Person, own_role: Role = ROOT, **body: Any) -> Changed:
    parsed = UserChange.from_json({"id": person.id, **body})
    new_hash = "$2a$other" if parsed.password else None
    with db.transaction() as session:
        changed = administration.update(session, parsed, own_role=own_role, new_hash=new_hash)
        session.expunge(changed.user)
        return changed


def manage(db: Database, username: str, action: str, own_role: Role = ROOT) -> None:
    with db.transaction() as session:
        administration.manage(session, username, action, own_role=own_role)


def stored(db: Database, person: Person) -> User:
    with db.reading() as session:
        user = session.get_one(User, person.id)
        session.expunge(user)
        return user


def stamp_of(db: Database, person: Person) -> str:
    with db.reading() as session:
        account = users.find_account(session, person.id)
    assert account is not None
    return account.stamp


def test_only_members_of_the_body_change(db: Database, alice: Person) -> None:
    changed = change(db, alice, email="a@example.com", group="vip", github_id="octo", quota=5)

    user = stored(db, alice)
    assert set(changed.members) == {"email", "group", "github_id"}
    assert (user.email, user.group, user.github_id, user.quota) == (
        "a@example.com",
        "vip",
        "octo",
        5,
    )
    assert (user.username, user.display_name, user.role, user.status) == ("alice", "alice", 1, 1)


def test_empty_and_zero_are_values_where_they_mean_something(db: Database, alice: Person) -> None:
    change(db, alice, email="a@example.com", quota=5, oidc_id="x")

    change(db, alice, email="", quota=0, oidc_id="", username="", password="", group="", role=0)

    user = stored(db, alice)
    assert (user.email, user.quota, user.oidc_id) == ("", 0, "")
    assert (user.username, user.group, user.role) == ("alice", "default", 1)


def test_what_is_the_same_is_no_change(db: Database, alice: Person) -> None:
    changed = change(
        db, alice, username="alice", display_name="alice", role=1, status=1, quota=0, email=None
    )

    assert changed.members == ()
    assert changed.quota_before == changed.quota_after == 0


@pytest.mark.parametrize(("group", "known"), [("vip", True), ("nobody-priced-it", False)])
def test_a_group_without_a_ratio_is_possible_but_reported(
    db: Database,
    alice: Person,
    caplog: pytest.LogCaptureFixture,
    group: str,
    *,
    known: bool,
) -> None:
    change(db, alice, group=group)

    assert stored(db, alice).group == group
    assert ("without a ratio" not in caplog.text) is known


def test_old_long_names_may_be_sent_back(db: Database) -> None:
    person = add_person("github_1234567890_long")

    changed = change(
        db, person, username=person.username, display_name=person.username, email="x@y.example"
    )

    assert changed.members == ("email",)


def test_consumption_meanwhile_is_not_given_back(db: Database, alice: Person) -> None:
    change(db, alice, quota=1000)
    with db.transaction() as session:  # a call of 300 after the form had loaded
        session.get_one(User, alice.id).quota = 700

    changed = change(db, alice, quota=1500, original_quota=1000)

    assert (changed.quota_before, changed.quota_after) == (700, 1200)
    assert stored(db, alice).quota == 1200


def test_without_the_loaded_balance_it_is_set(db: Database, alice: Person) -> None:
    change(db, alice, quota=1000)

    assert change(db, alice, quota=-5).quota_after == -5


def test_a_balance_fits_into_the_column(db: Database, alice: Person) -> None:
    largest = 2**63 - 1
    change(db, alice, quota=largest)

    with pytest.raises(Refusal) as refused:
        change(db, alice, quota=1, original_quota=0)

    assert (refused.value.code, refused.value.param) == ("invalid_parameter", "quota")
    assert stored(db, alice).quota == largest


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        ({"status": 2}, True),
        ({"password": "fresh-1234"}, True),
        ({"role": 10}, False),
        ({"group": "vip"}, False),
    ],
)
def test_a_ban_and_a_new_password_end_the_sessions(
    db: Database, alice: Person, body: dict[str, Any], *, ends: bool
) -> None:
    before = stamp_of(db, alice)

    change(db, alice, **body)

    assert (stamp_of(db, alice) != before) is ends


@pytest.mark.parametrize(
    ("own_role", "target", "body", "code"),
    [
        (BOSS, Role.ADMIN, {"display_name": "x"}, "target_role_too_high"),
        (BOSS, Role.ROOT, {"display_name": "x"}, "target_role_too_high"),
        (BOSS, Role.COMMON, {"role": 10}, "role_too_high"),
        (BOSS, Role.COMMON, {"role": 100}, "role_too_high"),
        (BOSS, Role.COMMON, {"role": 5}, "invalid_parameter"),
        (ROOT, Role.COMMON, {"role": 50}, "invalid_parameter"),
        (ROOT, Role.COMMON, {"role": -1}, "invalid_parameter"),
        (ROOT, Role.COMMON, {"role": 100}, "role_too_high"),
        (ROOT, Role.COMMON, {"status": 3}, "invalid_parameter"),
        (ROOT, Role.COMMON, {"username": "root"}, "username_taken"),
        (ROOT, Role.COMMON, {"username": "thirteen-long"}, "invalid_input"),
        (ROOT, Role.COMMON, {"display_name": "d" * 21}, "invalid_input"),
        (ROOT, Role.COMMON, {"group": "g" * 33}, "invalid_input"),
        (ROOT, Role.ROOT, {"role": 1}, "root_protected"),
        (ROOT, Role.ROOT, {"status": 2}, "root_protected"),
    ],
)
def test_a_change_can_be_refused(
    db: Database, own_role: Role, target: Role, body: dict[str, Any], code: str
) -> None:
    person = add_person("target", role=target)

    with pytest.raises(Refusal) as refused:
        change(db, person, own_role, **body)

    assert refused.value.code == code
    assert stored(db, person).username == "target"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_parameter"),
        ({"id": 0}, "invalid_parameter"),
        ({"id": "5"}, "invalid_parameter"),
        ({"id": 5, "quota": 1.5}, "invalid_parameter"),
        ({"id": 5, "email": 7}, "invalid_parameter"),
        ({"id": 5, "password": "short"}, "invalid_input"),
    ],
)
def test_a_body_of_the_wrong_form_is_refused(body: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        UserChange.from_json(body)

    assert refused.value.code == code


def test_nobody_changes_who_is_not_there(db: Database) -> None:
    with pytest.raises(Refusal) as refused:
        change(db, Person(99, "x", ""), display_name="x")

    assert refused.value.code == "record_not_found"


@pytest.mark.parametrize(
    ("action", "before", "status", "role"),
    [
        ("disable", Role.COMMON, UserStatus.DISABLED, Role.COMMON),
        ("enable", Role.COMMON, UserStatus.ENABLED, Role.COMMON),
        ("delete", Role.ADMIN, UserStatus.DELETED, Role.ADMIN),
        ("promote", Role.COMMON, UserStatus.ENABLED, Role.ADMIN),
        ("demote", Role.ADMIN, UserStatus.ENABLED, Role.COMMON),
    ],
)
def test_each_action_does_its_one_thing(
    db: Database, action: str, before: Role, status: UserStatus, role: Role
) -> None:
    person = add_person("target", role=before)

    manage(db, "target", action)

    user = stored(db, person)
    assert (user.status, user.role) == (status, role)


def test_a_deleted_account_can_be_admitted_again(db: Database, alice: Person) -> None:
    manage(db, "alice", "delete")

    manage(db, stored(db, alice).username or "", "enable")

    assert stored(db, alice).status == UserStatus.ENABLED


@pytest.mark.parametrize(
    ("username", "action", "own_role", "code"),
    [
        ("", "enable", ROOT, "invalid_parameter"),
        ("common", "", ROOT, "invalid_parameter"),
        ("common", "explode", ROOT, "invalid_parameter"),
        ("nobody", "enable", ROOT, "user_not_found"),
        ("root", "disable", ROOT, "root_protected"),
        ("root", "delete", ROOT, "root_protected"),
        ("root", "demote", ROOT, "root_protected"),
        ("root", "disable", BOSS, "target_role_too_high"),
        ("chief", "disable", BOSS, "target_role_too_high"),
        ("common", "promote", BOSS, "only_root_promotes"),
        ("chief", "promote", ROOT, "already_admin"),
        ("common", "demote", ROOT, "already_common_user"),
    ],
)
def test_an_action_can_be_refused(
    db: Database, username: str, action: str, own_role: Role, code: str
) -> None:
    add_person("common")
    add_person("chief", role=Role.ADMIN)

    with pytest.raises(Refusal) as refused:
        manage(db, username, action, own_role)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("own_role", "target", "allowed"),
    [
        (BOSS, Role.COMMON, True),
        (BOSS, Role.ADMIN, False),
        (ROOT, Role.ADMIN, True),
        (ROOT, Role.ROOT, False),
    ],
)
def test_only_lower_roles_can_be_deleted(
    db: Database, own_role: Role, target: Role, *, allowed: bool
) -> None:
    person = add_person("target", role=target)

    with db.transaction() as session:
        if allowed:
            name = administration.delete(session, person.id, own_role=own_role)
            assert name == "target"
            return
        with pytest.raises(Refusal) as refused:
            administration.delete(session, person.id, own_role=own_role)

    assert refused.value.code == "target_role_too_high"
