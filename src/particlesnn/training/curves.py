"""What the log of a training tells, as lines to draw."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from particlesnn.training.config import TrainingConfig
from particlesnn.training.published.config import PublishedConfig
from particlesnn.training.published.log import LOG

Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Where along the training, and the value there."""
_PARTS: Mapping[str, str] = {
    "total": "all",
    "proposal": "proposals: score",
    "proposal_box": "proposals: box",
    "kind": "stages: score",
    "box": "stages: box",
    "mask": "stages: mask",
}


@dataclass(frozen=True, eq=False)
class Curves:
    """Losses along a training."""

    across: str
    """What is counted along it: "epoch" or "step"."""
    lines: Mapping[str, Line]
    """Each loss by its name."""
    marks: Mapping[float, str]
    """Where something changed, and what."""


def read_curves(config: TrainingConfig | PublishedConfig) -> Curves | None:
    """Read the log of a run; None where there is nothing to draw yet, or the log is another recipe's."""
    wanted = {"step", "set", "total"} if isinstance(config, TrainingConfig) else {"epoch", *_PARTS}
    rows = _rows(Path(config.run) / LOG)
    if not rows or not wanted <= set(rows[0]):
        return None
    if isinstance(config, TrainingConfig):
        return Curves("step", {name: _line(rows, name) for name in sorted({row["set"] for row in rows})}, {})
    epochs = np.array([int(row["epoch"]) for row in rows])
    done = np.unique(epochs)
    lines = {
        words: (done.astype(np.float64), np.array([_values(rows, name)[epochs == each].mean() for each in done]))
        for name, words in _PARTS.items()
    }
    changes = [(first, rate) for first, rate in config.learning_rates if 0 < first < done[-1]]
    return Curves("epoch", lines, {first + 0.5: f"learning rate {_short(rate)}" for first, rate in changes})


def _short(rate: float) -> str:
    """Write a learning rate as one does: 0.002, 1e-5."""
    return f"{rate:g}" if rate >= 1e-3 else np.format_float_scientific(rate, trim="-", exp_digits=1)


def _rows(path: Path) -> list[dict[str, str]]:
    """Read a log, without a last row that a kill cut off."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return list(csv.DictReader(line for line in lines if line.endswith("\n")))


def _line(rows: Iterable[Mapping[str, str]], which: str) -> Line:
    own = [row for row in rows if row["set"] == which]
    return _values(own, "step"), _values(own, "total")


def _values(rows: Iterable[Mapping[str, str]], name: str) -> NDArray[np.float64]:
    return np.array([float(row[name]) for row in rows])
