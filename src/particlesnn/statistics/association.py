"""How height goes with diameter: correlation of two quantities."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from particlesnn.statistics.sample import Floats

_REACH = 1.959964
_LEAST = 4


@dataclass(frozen=True)
class Association:
    """Correlation of two quantities over particles that are taken as independent."""

    count: int
    """How many particles have both."""
    pearson: float
    """Along a straight line, -1 to 1."""
    pearson_95: tuple[float, float]
    """95 % interval by Fisher's z, standard error 1 / sqrt(N - 3)."""
    spearman: float
    """Pearson's correlation of the ranks: along any rising curve."""
    spearman_95: tuple[float, float]
    """95 % interval by Fisher's z, standard error sqrt((1 + r^2 / 2) / (N - 3)) (Bonett and Wright 2000)."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return dict(vars(self))


def correlate(first: ArrayLike, second: ArrayLike) -> Association | None:
    """Correlate two quantities, each of shape (N,); NaN is left out.

    None with fewer than four particles, or where all have the same value.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    count = len(a)
    if count < _LEAST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    pearson, spearman = _pearson(a, b), _pearson(_ranks(a), _ranks(b))
    return Association(
        count,
        pearson,
        _interval(pearson, 1 / np.sqrt(count - 3)),
        spearman,
        _interval(spearman, np.sqrt((1 + spearman**2 / 2) / (count - 3))),
    )


def _pearson(a: Floats, b: Floats) -> float:
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of their ranks."""
    _, number, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[number], dtype=np.float64)


def _interval(correlation: float, error: float) -> tuple[float, float]:
    if abs(correlation) == 1.0:
        return correlation, correlation
    z = np.arctanh(correlation)
    return float(np.tanh(z - _REACH * error)), float(np.tanh(z + _REACH * error))
