from oneapi.lib.database import Database
from oneapi.lib.rows import get_or_add
from oneapi.models.own import Revision


def test_a_missing_row_is_added(db: Database) -> None:
    with db.transaction() as session:
        row = get_or_add(session, Revision(name="test", value=5, updated_at=0))
        row.value += 1

    with db.reading() as session:
        assert session.get_one(Revision, "test").value == 6


def test_a_row_that_is_there_stays_as_it_is(db: Database) -> None:
    with db.transaction() as session:
        session.add(Revision(name="test", value=5, updated_at=0))

    with db.transaction() as session:
        assert get_or_add(session, Revision(name="test", value=0, updated_at=0)).value == 5
