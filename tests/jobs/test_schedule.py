"""Which jobs run where."""

from oneapi.jobs import schedule, turn
from oneapi.lib.database import Database
from oneapi.settings import Settings


def names(**members: object) -> set[str]:
    return {job.name for job in schedule.jobs(Settings(**members))}  # type: ignore[arg-type]


def test_a_slave_refreshes_itself_and_does_nothing_for_others() -> None:
    assert names(node_type="slave", channel_test_frequency_min=5) == {
        "look at the revision",
        "read everything again",
        "touch reservations",
        "remind of quota",
    }


def test_periodic_tests_and_balances_run_only_when_asked_for() -> None:
    assert {"test channels", "update balances"} & names() == set()
    assert {"test channels", "update balances"} <= names(
        channel_test_frequency_min=5, channel_update_frequency_min=7
    )


def test_a_round_of_a_job_is_taken_once(db: Database) -> None:
    assert turn.is_mine("a job", every_s=60)
    assert not turn.is_mine("a job", every_s=60)
    assert turn.is_mine("another job", every_s=60)
