"""Histograms with bins that a reader can read off an axis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ROUND = np.array([1.0, 2.0, 2.5, 5.0, 10.0])
_MOST_BINS = 60


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts between edges."""

    edges: NDArray[np.float64]
    """Shape (B + 1,)."""
    counts: NDArray[np.int64]
    """Shape (B,)."""


def histogram(values: ArrayLike) -> Histogram:
    """Count values in bins of a round width.

    The width follows Freedman and Diaconis (1981), 2 IQR / N^(1/3), rounded up to 1, 2, 2.5 or 5 times a power of ten;
    bins begin at multiples of it.

    Parameters
    ----------
    values
        Shape (N,); NaN is left out. No values give no bins.
    """
    finite = np.asarray(values, dtype=np.float64).ravel()
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return Histogram(np.zeros(1), np.zeros(0, dtype=np.int64))
    low, high = float(finite.min()), float(finite.max())
    quarters = np.quantile(finite, (0.25, 0.75))
    width = 2 * float(quarters[1] - quarters[0]) / finite.size ** (1 / 3)
    width = max(width, (high - low) / _MOST_BINS) or max(abs(low), 1.0) / 10
    width = _round_up(width)
    first, last = np.floor(low / width), np.floor(high / width) + 1
    edges = np.arange(first, last + 1) * width
    counts, _ = np.histogram(finite, edges)
    return Histogram(edges, counts.astype(np.int64))


def _round_up(width: float) -> float:
    power = 10 ** np.floor(np.log10(width))
    return float(power * _ROUND[np.searchsorted(_ROUND, width / power * (1 - 1e-9))])
