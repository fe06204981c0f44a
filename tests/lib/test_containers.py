from pathlib import Path

import pytest

from oneapi.lib.containers import mount_point_of

MOUNTS = """\
1 0 0:31 / / rw,relatime - overlay overlay rw,lowerdir=/a
2 1 0:32 / /proc rw,nosuid - proc proc rw
3 1 8:1 /srv/data /data rw,relatime - ext4 /dev/sda1 rw
4 1 8:1 /srv/more /my\\040data rw,relatime - ext4 /dev/sda1 rw
"""


@pytest.mark.parametrize(
    ("path", "point"),
    [
        ("/data/one-api.db", "/data"),
        ("/data/deep/one-api.db", "/data"),
        ("/database/one-api.db", "/"),
        ("/app/one-api.db", "/"),
        ("/my data/one-api.db", "/my data"),
    ],
)
def test_a_file_belongs_to_the_nearest_mount_above_it(path: str, point: str) -> None:
    assert mount_point_of(Path(path), MOUNTS) == point


def test_without_any_mount_everything_is_at_the_root() -> None:
    assert mount_point_of(Path("/data/x"), "") == "/"
