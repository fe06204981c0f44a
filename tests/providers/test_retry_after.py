import pytest

from oneapi.providers.retry_after import retry_after_s


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "20"}, 20),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        (
            {
                "retry-after": "Wed, 01 Jan 2025 00:01:00 GMT",
                "date": "Wed, 01 Jan 2025 00:00:00 GMT",
            },
            60,
        ),
        (
            {
                "retry-after": "Wed, 01 Jan 2025 00:00:00 GMT",
                "date": "Wed, 01 Jan 2025 00:00:30 GMT",
            },
            0,
        ),
    ],
)
def test_the_wait_is_read_from_numbers_and_dates(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers) == seconds
