from typing import Any

import pytest
from sqlalchemy import select, text

from oneapi import log_paths
from oneapi.lib.database import Database
from oneapi.log_paths import Wanted
from oneapi.models.log import Log

TIMES = ((0, 0), (20, 0), (0, 20), (10, 20))
FILTERS: tuple[dict[Any, Any], ...] = (
    {},
    {Log.type: 2},
    {Log.model_name: "m1"},
    {Log.user_id: 0, Log.type: 3},
    {Log.username: "", Log.channel_id: 1},
    {Log.model_name: "m1", Log.token_name: "t0", Log.user_id: 1},
)


def fill(db: Database) -> list[dict[str, Any]]:
    rows = [
        {
            "id": n + 1,
            "created_at": n // 2 * 5,
            "type": 2 + n % 2,
            "user_id": n % 3,
            "username": "" if n % 3 == 0 else f"u{n % 3}",
            "model_name": f"m{n % 2}",
            "token_name": f"t{n % 4}",
            "channel_id": n % 5,
        }
        for n in range(24)
    ]
    with db.transaction() as session:
        session.add_all([Log(**row) for row in rows])
    return rows


def plan(db: Database, wanted: Wanted) -> str:
    """Say by what SQLite finds the rows."""
    with db.reading() as session:
        query = select(Log.id, Log.content).where(*log_paths.conditions(session, wanted))
        query = query.order_by(*log_paths.newest_first(wanted)).limit(10)
        words = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        steps = session.execute(text(f"EXPLAIN QUERY PLAN {words}")).all()
        return " / ".join(str(step[3]) for step in steps)


@pytest.mark.parametrize("few", [0, 5, 1000])
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("equal", FILTERS)
def test_every_path_leads_to_the_same_rows(
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    equal: dict[Any, Any],
    times: tuple[int, int],
    few: int,
) -> None:
    monkeypatch.setattr(log_paths, "FEW", few)
    rows = fill(db)
    wanted = Wanted(equal=equal, start_s=times[0], end_s=times[1])

    with db.reading() as session:
        query = select(Log.id).where(*log_paths.conditions(session, wanted))
        found = list(session.scalars(query.order_by(*log_paths.newest_first(wanted))))

    assert found == [
        row["id"]
        for row in reversed(rows)
        if all(row[column.key] == value for column, value in equal.items())
        and times[0] <= row["created_at"] <= (times[1] or 1000)
    ]


def test_what_is_rare_leads_even_through_a_long_time(db: Database) -> None:
    fill(db)
    wanted = Wanted(equal={Log.type: 2, Log.channel_id: 99}, start_s=1)

    assert "idx_logs_channel_id" in plan(db, wanted)


def test_what_is_frequent_is_found_by_its_time(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_paths, "FEW", 3)
    fill(db)
    wanted = Wanted(equal={Log.type: 2, Log.model_name: "m1"}, start_s=1, end_s=9)

    assert "oneapi_logs_created_at" in plan(db, wanted)
    assert "B-TREE" not in plan(db, wanted)


def test_a_list_of_one_thing_needs_no_sorting(db: Database) -> None:
    for column, value in ((Log.type, 3), (Log.username, "a"), (Log.user_id, 5)):
        found = plan(db, Wanted(equal={column: value}))

        assert found.startswith("SEARCH logs USING INDEX")
        assert "B-TREE" not in found
