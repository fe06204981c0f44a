from pathlib import Path

import pytest

from oneapi.lib.containers import cpu_limit, mount_point_of, usable_cores

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


def groups(root: Path, own: str, files: dict[str, str]) -> Path:
    """Write what the kernel shows: the process's groups, and files of ``/sys/fs/cgroup``."""
    texts = {"proc/self/cgroup": own} | {f"sys/fs/cgroup/{name}": files[name] for name in files}
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{text}\n")
    return root


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        ("0::/", {"cpu.max": "150000 100000"}, 1.5),
        ("0::/", {"cpu.max": "max 100000"}, None),
        ("0::/", {}, None),
        ("0::/a/b", {"a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000"}, 2.0),
        ("0::/a/b", {"a/cpu.max": "100000 100000", "a/b/cpu.max": "400000 100000"}, 1.0),
        ("0::/a", {"a/cpu.max": "max 100000", "ab/cpu.max": "1000 100000"}, None),
        (
            "9:name=systemd:/a\n4:cpu,cpuacct:/docker/x",
            {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"},
            0.5,
        ),
        ("1:cpu:/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("3:cpuset:/", {"cpu/cpu.cfs_quota_us": "1", "cpu/cpu.cfs_period_us": "1"}, None),
    ],
)
def test_the_tightest_group_around_a_process_limits_its_cores(
    own: str, files: dict[str, str], limit: float | None, tmp_path: Path
) -> None:
    assert cpu_limit(groups(tmp_path, own, files)) == limit


@pytest.mark.parametrize(("quota", "cores"), [(10, 1), (100, 1), (110, 2), (350, 4), (900, 4)])
def test_a_part_of_a_core_counts_whole(quota: int, cores: int, tmp_path: Path) -> None:
    root = groups(tmp_path, "0::/", {"cpu.max": f"{quota} 100"})

    assert usable_cores(root, cores=4) == cores


def test_without_control_groups_all_cores_count(tmp_path: Path) -> None:
    assert usable_cores(tmp_path, cores=4) == 4
