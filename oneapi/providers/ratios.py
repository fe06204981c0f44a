"""Default prices by model name, as ratios.

Model ratio 1 is one quota unit per prompt token; the completion ratio multiplies it for what the
model writes.  A model without a completion ratio is left to the rules by name.  The cache ratios
are suggestions for the ratio page: what is charged for cached tokens is an option.
"""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_COLUMNS = [
    "model",
    "model_ratio",
    "completion_ratio",
    "cache_ratio",
    "cache_write_ratio",
    "source",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRatios:
    """Four tables by model name; a name may end in a channel type: ``llama3-8b-8192(33)``."""

    model: Mapping[str, float] = field(default_factory=dict)
    completion: Mapping[str, float] = field(default_factory=dict)
    cache: Mapping[str, float] = field(default_factory=dict)
    cache_write: Mapping[str, float] = field(default_factory=dict)


def read_ratios(path: Path) -> DefaultRatios:
    """Read the CSV file of default ratios.

    Raises:
        ValueError: a column is missing, a name stands twice, or a figure is none.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != _COLUMNS:
            raise ValueError(f"{path.name}: the columns must be {', '.join(_COLUMNS)}")
        rows = list(reader)
    names = [row["model"] for row in rows]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{path.name}: {twice} stands twice")
    return DefaultRatios(
        model=_column(rows, "model_ratio"),
        completion=_column(rows, "completion_ratio"),
        cache=_column(rows, "cache_ratio"),
        cache_write=_column(rows, "cache_write_ratio"),
    )


def _column(rows: Iterable[Mapping[str, str]], name: str) -> dict[str, float]:
    figures = {row["model"]: float(row[name]) for row in rows if row[name]}
    for model, figure in figures.items():
        if not math.isfinite(figure):
            raise ValueError(f"{name} of {model} is no number")
    return figures
