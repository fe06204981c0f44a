from typing import Any

import pytest

from oneapi.accounts import tokens
from oneapi.accounts.tokens import TokenDraft, TokenFilter
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.lib.paging import Page
from oneapi.models.token import NEVER, Token, TokenStatus
from tests.support.people import Person

NOW_S = 1_700_000_000


def create(db: Database, owner: Person, *, limit: int = 0, **body: Any) -> int:
    with db.transaction() as session:
        draft = TokenDraft.from_json(body)
        return tokens.create(
            session, owner_id=owner.id, draft=draft, count_limit=limit, now_s=NOW_S
        ).id


def update(db: Database, owner: Person, *, now_s: int = NOW_S, **body: Any) -> None:
    with db.transaction() as session:
        tokens.update(session, TokenDraft.from_json(body), owner_id=owner.id, now_s=now_s)


def force(db: Database, token_id: int, **values: Any) -> None:
    """Write columns as other parts of the system do."""
    with db.transaction() as session:
        token = session.get_one(Token, token_id)
        for name, value in values.items():
            setattr(token, name, value)


def row(db: Database, token_id: int) -> dict[str, Any]:
    with db.reading() as session:
        token = session.get_one(Token, token_id)
        return {column.name: getattr(token, column.name) for column in Token.__table__.columns}


def refusal(code: str, call: Any, *args: Any, **body: Any) -> None:
    with pytest.raises(Refusal) as refused:
        call(*args, **body)
    assert refused.value.code == code


def test_a_new_token_has_a_key_and_no_end(db: Database, alice: Person) -> None:
    found = row(db, create(db, alice, name="ci"))

    assert len(found["key"]) == 48
    assert found["key"].isalnum()
    assert found["status"] == TokenStatus.ENABLED
    assert found["expired_time"] == NEVER
    assert found["created_time"] == found["accessed_time"] == NOW_S
    assert found["models"] is None
    assert found["subnet"] == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "n" * 31}, "token_name_too_long"),
        ({"subnet": "10.0.0.1"}, "invalid_subnet"),
        ({"subnet": "10.0.0.0/8,nonsense"}, "invalid_subnet"),
        ({"remain_quota": -5}, "invalid_parameter"),
        ({"remain_quota": "5"}, "invalid_parameter"),
        ({"expired_time": -2}, "invalid_parameter"),
        ({"models": ["a"]}, "invalid_parameter"),
    ],
)
def test_a_token_of_the_wrong_form_is_refused(
    db: Database, alice: Person, body: dict[str, Any], code: str
) -> None:
    refusal(code, create, db, alice, **body)


def test_a_name_may_have_thirty_characters_of_any_script(db: Database, alice: Person) -> None:
    assert row(db, create(db, alice, name="令" * 30))["name"] == "令" * 30


def test_an_unlimited_token_may_have_any_balance(db: Database, alice: Person) -> None:
    token_id = create(db, alice, remain_quota=-1, unlimited_quota=True)

    assert row(db, token_id)["remain_quota"] == -1


def test_the_number_of_tokens_can_be_limited(db: Database, alice: Person, adam: Person) -> None:
    create(db, alice, limit=1)

    refusal("token_limit_reached", create, db, alice, limit=1)
    create(db, adam, limit=1)
    create(db, adam, limit=1)


def test_others_do_not_find_it(db: Database, alice: Person, root: Person) -> None:
    token_id = create(db, alice)

    with db.reading() as session:
        refusal("record_not_found", tokens.get, session, token_id, owner_id=root.id)
    refusal("record_not_found", update, db, root, id=token_id, name="mine")


def test_an_update_changes_what_it_names(db: Database, alice: Person) -> None:
    token_id = create(db, alice, name="ci", remain_quota=500, models="a,b")

    update(db, alice, id=token_id, name="cd")

    found = row(db, token_id)
    assert (found["name"], found["remain_quota"], found["models"]) == ("cd", 500, "a,b")


def test_an_update_can_empty_what_it_names(db: Database, alice: Person) -> None:
    token_id = create(db, alice, models="a", subnet="10.0.0.0/8", remain_quota=5)

    update(db, alice, id=token_id, models=None, subnet="", remain_quota=0)

    found = row(db, token_id)
    assert (found["models"], found["subnet"], found["remain_quota"]) == (None, "", 0)


def test_an_update_does_not_touch_key_owner_status_and_usage(db: Database, alice: Person) -> None:
    token_id = create(db, alice)
    before = row(db, token_id)

    update(db, alice, id=token_id, key="mine", user_id=1, status=2, used_quota=9, created_time=1)

    assert row(db, token_id) == before


def test_the_balance_it_has_may_be_sent_back(db: Database, alice: Person) -> None:
    token_id = create(db, alice, remain_quota=-1, unlimited_quota=True)

    update(db, alice, id=token_id, remain_quota=-1, unlimited_quota=False)

    assert row(db, token_id)["remain_quota"] == -1
    refusal("invalid_parameter", update, db, alice, id=token_id, remain_quota=-2)


def test_more_quota_enables_an_exhausted_token(db: Database, alice: Person) -> None:
    token_id = create(db, alice)
    force(db, token_id, status=TokenStatus.EXHAUSTED)

    update(db, alice, id=token_id, name="still empty")
    assert row(db, token_id)["status"] == TokenStatus.EXHAUSTED

    update(db, alice, id=token_id, remain_quota=10)
    assert row(db, token_id)["status"] == TokenStatus.ENABLED


def test_a_later_end_enables_an_expired_token(db: Database, alice: Person) -> None:
    token_id = create(db, alice, expired_time=NOW_S - 10)
    force(db, token_id, status=TokenStatus.EXPIRED)

    update(db, alice, id=token_id, expired_time=NOW_S + 10)

    assert row(db, token_id)["status"] == TokenStatus.ENABLED


def test_an_update_enables_no_token_that_was_disabled(db: Database, alice: Person) -> None:
    token_id = create(db, alice)
    force(db, token_id, status=TokenStatus.DISABLED)

    update(db, alice, id=token_id, remain_quota=10, status=1)

    assert row(db, token_id)["status"] == TokenStatus.DISABLED


@pytest.mark.parametrize(
    ("status", "code"),
    [(TokenStatus.EXPIRED, "token_expired"), (TokenStatus.EXHAUSTED, "token_exhausted")],
)
def test_a_token_that_cannot_be_used_cannot_be_enabled(
    db: Database, alice: Person, status: TokenStatus, code: str
) -> None:
    token_id = create(db, alice, expired_time=NOW_S - 10)
    force(db, token_id, status=status)

    with db.transaction() as session:
        draft = TokenDraft(id=token_id, status=TokenStatus.ENABLED)
        refusal(code, tokens.set_status, session, draft, owner_id=alice.id, now_s=NOW_S)
    refusal(code, update, db, alice, id=token_id, status=1)


def test_people_choose_between_two_states_only(db: Database, alice: Person) -> None:
    token_id = create(db, alice)

    for status in (0, TokenStatus.EXPIRED, TokenStatus.EXHAUSTED, 9):
        with db.transaction() as session:
            draft = TokenDraft(id=token_id, status=status)
            refusal(
                "invalid_parameter",
                tokens.set_status,
                session,
                draft,
                owner_id=alice.id,
                now_s=NOW_S,
            )


def test_lists_show_the_richest_first(db: Database, alice: Person) -> None:
    poor, rich = create(db, alice, remain_quota=1), create(db, alice, remain_quota=9)
    endless = create(db, alice, unlimited_quota=True)

    with db.reading() as session:
        found = tokens.page_of(
            session, owner_id=alice.id, narrow=TokenFilter(), order="remain_quota", page=Page()
        )
        ids = [token.id for token in found.rows]

    assert ids == [endless, rich, poor]


def test_a_search_takes_its_word_literally(db: Database, alice: Person, root: Person) -> None:
    create(db, alice, name="a_b")
    create(db, alice, name="axb")
    create(db, root, name="a_b")

    with db.reading() as session:
        found = [token.name for token in tokens.search(session, owner_id=alice.id, keyword="a_")]

    assert found == ["a_b"]


def test_several_are_deleted_at_once(db: Database, alice: Person, root: Person) -> None:
    mine, foreign = [create(db, alice), create(db, alice)], create(db, root)

    with db.transaction() as session:
        deleted = tokens.delete_many(session, [*mine, foreign, 99], owner_id=alice.id)

    assert deleted == 2
    assert row(db, foreign)["user_id"] == root.id


def test_several_are_disabled_all_or_none(db: Database, alice: Person) -> None:
    good, used_up = create(db, alice), create(db, alice)
    force(db, good, status=TokenStatus.DISABLED)
    force(db, used_up, status=TokenStatus.EXHAUSTED)

    def enable_both() -> None:
        with db.transaction() as session:
            tokens.set_status_of_many(session, [good, used_up], 1, owner_id=alice.id, now_s=NOW_S)

    refusal("token_exhausted", enable_both)
    assert row(db, good)["status"] == TokenStatus.DISABLED
