from pathlib import Path

import pytest

from oneapi.providers.ratios import read_ratios

HEAD = "model,model_ratio,completion_ratio,cache_ratio,cache_write_ratio,source\n"


def test_an_empty_figure_is_no_figure(tmp_path: Path) -> None:
    ratios = read_ratios(_file(tmp_path, "a,2.5,,0.5,,test\n"))

    assert ratios.model == {"a": 2.5}
    assert ratios.completion == {}
    assert ratios.cache == {"a": 0.5}


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ("a,1,,,,x\na,2,,,,x\n", "a stands twice"),
        ("a,inf,,,,x\n", "no number"),
        ("a,x,,,,x\n", "x"),
    ],
)
def test_a_broken_file_stops_the_start(tmp_path: Path, rows: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_ratios(_file(tmp_path, rows))


def test_a_missing_column_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("model,ratio\na,1\n", "utf-8")

    with pytest.raises(ValueError, match="columns"):
        read_ratios(path)


def _file(folder: Path, rows: str) -> Path:
    path = folder / "r.csv"
    path.write_text(HEAD + rows, "utf-8")
    return path
