import pytest
from sqlalchemy.orm import Session

from oneapi.billing import redemptions
from oneapi.billing.redemptions import RedemptionDraft, RedemptionFilter
from oneapi.errors import Refusal
from oneapi.lib.database import Database
from oneapi.lib.paging import Page
from oneapi.models.own import RedemptionUse
from oneapi.models.redemption import Redemption

CREATOR = 5


def make(session: Session, name: str = "promo", count: int = 1, **members: int) -> list[Redemption]:
    draft = RedemptionDraft(name=name, count=count, **members)
    return redemptions.create(session, draft, creator_id=CREATOR, now_s=100)


def make_used(session: Session) -> Redemption:
    (code,) = make(session, quota=7)
    code.status, code.redeemed_time = 3, 200
    session.add(RedemptionUse(redemption_id=code.id, used_user_id=9))
    session.flush()
    return code


def refusal_of(session: Session, **members: object) -> Refusal:
    with pytest.raises(Refusal) as refused:
        redemptions.create(session, RedemptionDraft(**members), creator_id=1, now_s=1)  # type: ignore[arg-type]
    return refused.value


def test_codes_are_all_different_and_unused(db: Database) -> None:
    with db.transaction() as session:
        made = make(session, count=100, quota=250_000)

        assert len({code.key for code in made}) == 100
        assert all(len(code.key or "") == 32 for code in made)
        assert {(code.status, code.quota, code.user_id, code.created_time) for code in made} == {
            (1, 250_000, CREATOR, 100)
        }


def test_a_code_is_worth_100_unless_something_else_is_said(db: Database) -> None:
    with db.transaction() as session:
        assert make(session)[0].quota == 100


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"name": "", "count": 1}, "redemption_name_length"),
        ({"name": "n" * 21, "count": 1}, "redemption_name_length"),
        ({"name": "n", "count": 0}, "redemption_count_range"),
        ({"name": "n", "count": 101}, "redemption_count_range"),
        ({"name": "n", "count": 1, "quota": 0}, "invalid_parameter"),
        ({"name": "n", "count": 1, "quota": -1}, "invalid_parameter"),
    ],
)
def test_codes_that_make_no_sense_are_refused(
    db: Database, members: dict[str, object], code: str
) -> None:
    with db.transaction() as session:
        assert refusal_of(session, **members).code == code


def test_a_name_may_have_twenty_characters_of_any_script(db: Database) -> None:
    with db.transaction() as session:
        assert make(session, name="兑" * 20)[0].name == "兑" * 20


def test_lists_are_narrowed_by_state_and_name(db: Database) -> None:
    with db.transaction() as session:
        make(session, name="promo-1")
        make(session, name="other")
        used = make_used(session)
        by_name = RedemptionFilter(keyword="promo-")
        by_state = RedemptionFilter(status=3)

        named = redemptions.page_of(session, narrow=by_name, page=Page(with_total=True))
        spent = redemptions.page_of(session, narrow=by_state, page=Page())

        assert ([code.name for code in named.rows], named.total) == (["promo-1"], 1)
        assert [code.id for code in spent.rows] == [used.id]


def test_a_search_finds_ids_and_beginnings_of_names_newest_first(db: Database) -> None:
    with db.transaction() as session:
        first, second = make(session, count=2)
        make(session, name="10%")
        make(session, name="100")

        assert redemptions.search(session, keyword="promo").rows == [second, first]
        assert list(redemptions.search(session, keyword=str(first.id)).rows)[-1] is first
        assert [code.name for code in redemptions.search(session, keyword="10%").rows] == ["10%"]


def test_a_change_touches_only_what_is_given(db: Database) -> None:
    with db.transaction() as session:
        (code,) = make(session, quota=5)

        renamed = redemptions.update(session, RedemptionDraft(id=code.id, name="new"))
        assert (renamed.name, renamed.quota) == ("new", 5)

        raised = redemptions.update(session, RedemptionDraft(id=code.id, quota=6))
        assert (raised.name, raised.quota) == ("new", 6)


@pytest.mark.parametrize("quota", [0, -5])
def test_a_change_cannot_make_a_code_take_quota(db: Database, quota: int) -> None:
    with db.transaction() as session:
        (code,) = make(session)

        with pytest.raises(Refusal, match="invalid_parameter"):
            redemptions.update(session, RedemptionDraft(id=code.id, quota=quota))


@pytest.mark.parametrize("status", [1, 2])
def test_a_used_code_is_never_valid_again(db: Database, status: int) -> None:
    with db.transaction() as session:
        code = make_used(session)

        with pytest.raises(Refusal, match="redemption_used"):
            redemptions.set_status(session, code.id, status)
        with pytest.raises(Refusal, match="redemption_used"):
            redemptions.set_status_of_many(session, [code.id], status)


def test_a_used_code_keeps_its_quota_and_may_be_renamed(db: Database) -> None:
    with db.transaction() as session:
        code = make_used(session)

        redemptions.update(session, RedemptionDraft(id=code.id, name="spent", quota=code.quota))
        with pytest.raises(Refusal, match="redemption_used"):
            redemptions.update(session, RedemptionDraft(id=code.id, quota=8))

        assert code.name == "spent"


@pytest.mark.parametrize("status", [0, 3, 4])
def test_nobody_sets_another_state(db: Database, status: int) -> None:
    with db.transaction() as session:
        (code,) = make(session)

        with pytest.raises(Refusal, match="invalid_parameter"):
            redemptions.set_status(session, code.id, status)


def test_several_are_disabled_and_deleted_together(db: Database) -> None:
    with db.transaction() as session:
        ids = [code.id for code in make(session, count=3)]

        assert len(redemptions.set_status_of_many(session, [*ids[:2], 999], 2)) == 2
        assert [code.id for code in redemptions.delete_many(session, [*ids[1:], 999])] == ids[1:]
        assert session.get_one(Redemption, ids[0]).status == 2


def test_a_new_code_inherits_no_redeemer(db: Database) -> None:
    with db.transaction() as session:
        used = make_used(session)
        assert redemptions.redeemers(session, [used]) == {used.id: 9}
        redemptions.delete_one(session, used.id)
        session.add(RedemptionUse(redemption_id=used.id, used_user_id=9))  # as One API leaves it
        session.flush()

        (code,) = make(session)

        assert code.id == used.id  # SQLite gives the number again
        assert session.get(RedemptionUse, code.id) is None
        assert redemptions.redeemers(session, [code]) == {}
