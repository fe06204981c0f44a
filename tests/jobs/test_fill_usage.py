from sqlalchemy import select

from oneapi.billing.usage import tables
from oneapi.jobs import fill_usage
from oneapi.lib import clock
from oneapi.lib.database import Database
from oneapi.models.log import Log, LogType
from oneapi.models.own import UsageHourly

DAY_S = 86_400


def test_rows_of_the_past_are_summed_up_once_a_round(db: Database) -> None:
    a_day_ago = clock.now_s() - DAY_S
    with db.transaction() as session:
        session.add(Log(type=LogType.CONSUME, created_at=a_day_ago, model_name="m", quota=9))

    fill_usage.fill_usage()
    fill_usage.fill_usage()

    with db.reading() as session:
        assert session.scalars(select(UsageHourly.quota)).all() == [9]
        assert tables.complete_from(session) == 0
