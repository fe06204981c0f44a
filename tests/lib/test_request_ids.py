import time

from oneapi.lib.request_ids import new_request_id


def test_an_id_is_local_time_nanoseconds_and_eight_digits() -> None:
    before = time.strftime("%Y%m%d%H%M%S")

    request_id = new_request_id()

    assert request_id.isdecimal()
    assert 23 <= len(request_id) <= 31
    assert before <= request_id[:14] <= time.strftime("%Y%m%d%H%M%S")


def test_ids_differ() -> None:
    assert len({new_request_id() for _ in range(1000)}) == 1000
