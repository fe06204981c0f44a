import pytest
from sqlalchemy import select

from oneapi.lib import paging
from oneapi.lib.database import Database
from oneapi.lib.paging import Page, fetch, starts_with
from oneapi.models.option import Option

QUERY = select(Option).order_by(Option.key)


@pytest.fixture
def many_options(db: Database) -> None:
    with db.transaction() as session:
        session.add_all(Option(key=f"key{number:02}", value="") for number in range(25))


@pytest.mark.usefixtures("many_options")
def test_pages_count_from_zero(db: Database) -> None:
    with db.reading() as session:
        first = [row.key for row in fetch(session, QUERY, Page(0, 10)).rows]
        last = [row.key for row in fetch(session, QUERY, Page(2, 10)).rows]

    assert first == [f"key{number:02}" for number in range(10)]
    assert last == [f"key{number:02}" for number in range(20, 25)]


@pytest.mark.usefixtures("many_options")
def test_the_total_is_counted_only_when_asked_for(db: Database) -> None:
    with db.reading() as session:
        assert fetch(session, QUERY, Page()).total is None
        assert fetch(session, QUERY, Page(with_total=True)).total == 25


@pytest.mark.usefixtures("many_options")
def test_counting_stops_at_its_limit(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNT_LIMIT", 20)

    with db.reading() as session:
        found = fetch(session, QUERY, Page(with_total=True))

    assert found.total == 20
    assert found.has_more


def test_a_prefix_is_taken_literally(db: Database) -> None:
    with db.transaction() as session:
        session.add_all(Option(key=key, value="") for key in ("a%b", "a!b", "a_b", "axb"))

    def found(prefix: str) -> set[str]:
        pattern = Option.key.like(starts_with(prefix), escape="!")
        with db.reading() as session:
            return {row.key for row in session.scalars(select(Option).where(pattern))}

    assert found("a%") == {"a%b"}
    assert found("a_") == {"a_b"}
    assert found("a!") == {"a!b"}
    assert found("a") == {"a%b", "a!b", "a_b", "axb"}
