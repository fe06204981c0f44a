import pytest

from oneapi.channels.health import COUNTED, CoolDowns, Failure, Health, SuccessRates
from oneapi.options import Options
from oneapi.settings import Settings

DISABLING = Options(automatic_disable_channel_enabled=True)


def pause(cool: CoolDowns, *, now: float, channel_id: int = 1, model: str = "m") -> float:
    return cool.of_model(model, [channel_id], now=now).get(channel_id, now) - now


def test_a_429_pauses_as_long_as_the_upstream_asks() -> None:
    cool = CoolDowns()

    cool.failed(1, "m", Failure.RATE, now=100.0, retry_after_s=7.0)

    assert pause(cool, now=100.0) == 7.0
    assert pause(cool, now=107.0) == 0.0


def test_a_429_without_a_time_pauses_five_seconds_and_doubles_to_a_minute() -> None:
    cool = CoolDowns()
    pauses = []

    for now in (0.0, 100.0, 200.0, 300.0, 400.0, 500.0):
        cool.failed(1, "m", Failure.RATE, now=now)
        pauses.append(pause(cool, now=now))

    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]


def test_no_upstream_can_ask_for_more_than_a_minute() -> None:
    cool = CoolDowns()

    cool.failed(1, "m", Failure.RATE, now=0.0, retry_after_s=86_400.0)

    assert pause(cool, now=0.0) == 60.0


def test_three_upstream_failures_within_half_a_minute_pause_ten_seconds() -> None:
    cool = CoolDowns()

    cool.failed(1, "m", Failure.TRANSIENT, now=0.0)
    cool.failed(1, "m", Failure.TRANSIENT, now=10.0)
    before = pause(cool, now=10.0)
    cool.failed(1, "m", Failure.TRANSIENT, now=29.0)

    assert before == 0.0
    assert pause(cool, now=29.0) == 10.0


def test_three_failures_far_apart_pause_nothing() -> None:
    cool = CoolDowns()

    for now in (0.0, 20.0, 31.0):
        cool.failed(1, "m", Failure.TRANSIENT, now=now)

    assert pause(cool, now=31.0) == 0.0


def test_a_success_ends_the_pause_and_what_led_to_it() -> None:
    cool = CoolDowns()
    cool.failed(1, "m", Failure.RATE, now=0.0)

    cool.succeeded(1, "m")
    cool.failed(1, "m", Failure.RATE, now=1.0)

    assert pause(cool, now=1.0) == 5.0


def test_a_pause_is_for_one_model_of_one_channel() -> None:
    cool = CoolDowns()

    cool.failed(1, "m", Failure.RATE, now=0.0)

    assert pause(cool, now=0.0, model="other") == 0.0
    assert pause(cool, now=0.0, channel_id=2) == 0.0


@pytest.mark.parametrize("failure", sorted(set(Failure) - COUNTED))
def test_other_failures_pause_nothing(failure: Failure) -> None:
    cool = CoolDowns()

    for _ in range(10):
        cool.failed(1, "m", failure, now=0.0)

    assert pause(cool, now=0.0) == 0.0


def rates(**changes: object) -> SuccessRates:
    return SuccessRates(Settings(enable_metric=True, **changes))  # type: ignore[arg-type]


def test_the_third_failure_of_ten_falls_below_four_fifths() -> None:
    window = rates(metric_queue_size=10, metric_success_rate_threshold=0.8)

    noted = [window.note(1, good=good) for good in [True] * 7 + [False] * 3]

    assert noted[:9] == [None] * 9
    assert noted[9] == pytest.approx(0.7)


def test_two_failures_of_ten_are_not_too_many() -> None:
    window = rates(metric_queue_size=10, metric_success_rate_threshold=0.8)

    noted = [window.note(1, good=good) for good in [True] * 8 + [False] * 2]

    assert noted == [None] * 10


def test_the_window_forgets_what_is_older_than_its_size() -> None:
    window = rates(metric_queue_size=4, metric_success_rate_threshold=0.5)
    for good in [False, False, True, True, True]:
        window.note(1, good=good)

    assert window.note(1, good=False) is None


def test_a_channel_starts_anew_after_it_was_switched_off() -> None:
    window = rates(metric_queue_size=2, metric_success_rate_threshold=0.8)
    window.note(1, good=False)

    first = window.note(1, good=False)
    second = window.note(1, good=False)

    assert first == 0.0
    assert second is None


def test_nothing_is_measured_unless_switched_on() -> None:
    window = SuccessRates(Settings(enable_metric=False, metric_queue_size=1))

    assert window.note(1, good=False) is None


def test_a_dead_key_switches_the_channel_off_at_once() -> None:
    assert Health(Settings()).failed(1, "m", Failure.CREDENTIAL, DISABLING) == "upstream_credential"


def test_an_empty_account_switches_the_channel_off_at_the_second_time() -> None:
    health = Health(Settings())

    first = health.failed(1, "m", Failure.QUOTA, DISABLING)
    second = health.failed(1, "m", Failure.QUOTA, DISABLING)

    assert (first, second) == (None, "upstream_quota")


def test_a_success_in_between_forgives_an_empty_account() -> None:
    health = Health(Settings())
    health.failed(1, "m", Failure.QUOTA, DISABLING)

    health.succeeded(1, "m")

    assert health.failed(1, "m", Failure.QUOTA, DISABLING) is None


@pytest.mark.parametrize(
    "failure", sorted(set(Failure) - {Failure.CREDENTIAL, Failure.QUOTA}), ids=str
)
def test_no_other_failure_switches_a_channel_off(failure: Failure) -> None:
    health = Health(Settings())

    assert [health.failed(1, "m", failure, DISABLING) for _ in range(30)] == [None] * 30


def test_nothing_is_switched_off_unless_the_option_says_so() -> None:
    health = Health(Settings())

    assert health.failed(1, "m", Failure.CREDENTIAL, Options()) is None


def test_client_mistakes_do_not_lower_the_success_rate() -> None:
    health = Health(Settings(enable_metric=True, metric_queue_size=3))

    reasons = [health.failed(1, "m", Failure.CLIENT, Options()) for _ in range(10)]

    assert reasons == [None] * 10


def test_upstream_failures_do_even_without_automatic_disabling() -> None:
    health = Health(Settings(enable_metric=True, metric_queue_size=2))
    health.failed(1, "m", Failure.TRANSIENT, Options())

    reason = health.failed(1, "m", Failure.RATE, Options())

    assert reason == "success_rate 0.00% < 80.00% of 2 calls"
