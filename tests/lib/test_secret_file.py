from pathlib import Path

import pytest

from oneapi.lib import secret_file


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    first = secret_file.load_or_create(path)

    assert len(first) == 64
    assert secret_file.load_or_create(path) == first


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    secret_file.load_or_create(path)

    assert path.stat().st_mode & 0o777 == 0o600


def test_an_empty_file_is_not_taken_for_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    path.touch()
    monkeypatch.setattr(secret_file, "_TRIES", 1)

    with pytest.raises(OSError, match="is empty"):
        secret_file.load_or_create(path)
