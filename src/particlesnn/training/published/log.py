"""The log of a training: a row for each step, in a table that any program reads."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from particlesnn.core.writing import write_whole
from particlesnn.network.cascade.model import CascadeLosses

LOG = "log.csv"
"""Name of the log in the folder of a run."""
_PARTS = tuple(entry.name for entry in fields(CascadeLosses))
COLUMNS = ("epoch", "step", "learning_rate", "total", *_PARTS, "seconds")
"""Columns of the log; epochs and steps count from 1."""


@dataclass(frozen=True)
class LoggedStep:
    """One step, for the log."""

    epoch: int
    """Its epoch, from 1."""
    step: int
    """Its number in the whole training, from 1."""
    learning_rate: float
    losses: Mapping[str, float]
    """Each part of the loss, and ``total``."""
    seconds: float
    """How long it took."""


def write_step(folder: Path, logged: LoggedStep) -> None:
    """Add a row to the log."""
    path = folder / LOG
    fresh = not path.exists()
    losses = [f"{logged.losses[name]:.6g}" for name in ("total", *_PARTS)]
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(COLUMNS)
        writer.writerow([logged.epoch, logged.step, f"{logged.learning_rate:g}", *losses, f"{logged.seconds:.3f}"])


def forget_after(folder: Path, step: int) -> None:
    """Drop the rows of steps after the checkpoint that a training goes on from: they will be taken again."""
    path = folder / LOG
    if not path.exists():
        return
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True) or [""]
    if not head.endswith("\n"):  # killed while it was begun
        path.unlink()
        return
    column = head.split(",").index("step")
    kept = [row for row in rows if row.endswith("\n") and int(row.split(",")[column]) <= step]
    write_whole(path, "".join([head, *kept]).encode())
