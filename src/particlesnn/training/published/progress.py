"""Tells how far a training is, and how long it will still take."""

import sys
import time
from types import TracebackType

from tqdm import tqdm


class Progress:
    """A bar on a terminal; a line for each epoch elsewhere, as in the log of a batch system.

    Parameters
    ----------
    epochs, steps
        Epochs of the whole training, and steps of an epoch.
    done
        Epochs done before.
    shown
        Whether anything is said at all.
    """

    def __init__(self, epochs: int, steps: int, done: int, *, shown: bool) -> None:
        self._epochs, self._steps, self._done, self._taken = epochs, steps, done, 0
        self._began = time.monotonic()
        self._losses: list[float] = []
        terminal = sys.stderr.isatty()
        self._lines = shown and not terminal
        self._bar = tqdm(
            total=epochs * steps, initial=done * steps, desc="training", unit="step", disable=not (shown and terminal)
        )

    def __enter__(self) -> "Progress":
        """Begin to count time."""
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bar as it stands."""
        self._bar.close()

    def step(self, epoch: int, loss: float) -> None:
        """Count a step of an epoch, which is counted from 0."""
        self._taken += 1
        self._losses.append(loss)
        self._bar.set_postfix(epoch=epoch + 1, loss=f"{loss:.3f}", refresh=False)
        self._bar.update()
        if self._lines and self._taken % self._steps == 0:
            each = (time.monotonic() - self._began) * self._steps / self._taken
            more = self._epochs - epoch - 1
            left = f", {duration(each * more)} left" if more else ""
            mean = sum(self._losses) / len(self._losses)
            text = f"epoch {epoch + 1} of {self._epochs}: loss {mean:.3f}, {duration(each)} an epoch{left}"
            tqdm.write(text, file=sys.stderr)
            self._losses.clear()


def duration(seconds: float) -> str:
    """Write a time in two units at most: "3 h 20 min", "42 s"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole >= 10 else f"{seconds:.1f} s"
    minutes, hours = whole // 60, whole // 3600
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min {whole % 60} s"
