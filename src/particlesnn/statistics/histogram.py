"""Histograms with bins that a reader can read off an axis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_ROUND = np.array([1.0, 2.0, 2.5, 5.0, 10.0])
_MOST_BINS = 60
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts between edges."""

    edges: NDArray[np.float64]
    """Shape (B + 1,)."""
    counts: NDArray[np.int64]
    """Shape (B,)."""


def histogram(values: ArrayLike, bins: int | ArrayLike | None = None) -> Histogram:
    """Count values in bins, by default of a round width.

    The width is the finer of those of Freedman and Diaconis (1981), 2 IQR / N^(1/3), and of Sturges (1926),
    range / (1 + log2 N), rounded to the nearest of 1, 2, 2.5 or 5 times a power of ten; bins begin at multiples of it.

    Parameters
    ----------
    values
        Shape (N,); NaN is left out. No values give no bins.
    bins
        So many bins of one width from the smallest value to the largest; or their edges, rising, outside which nothing
        is counted.

    Raises
    ------
    ValueError
        When there are no bins, or edges do not rise.
    """
    if bins is not None and np.ndim(bins):
        edges = np.asarray(bins, dtype=np.float64)
        if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
            raise ValueError("the edges of a histogram are two numbers or more that rise")
        return Histogram(edges, np.histogram(np.asarray(values, dtype=np.float64).ravel(), edges)[0].astype(np.int64))
    if bins is not None and int(np.asarray(bins)) < 1:
        raise ValueError(f"a histogram needs one bin at least, not {bins}")
    finite = np.asarray(values, dtype=np.float64).ravel()
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return Histogram(np.zeros(1), np.zeros(0, dtype=np.int64))
    low, high = float(finite.min()), float(finite.max())
    if bins is not None:
        counts, edges = np.histogram(finite, int(np.asarray(bins)))
        return Histogram(edges, counts.astype(np.int64))
    width = max(abs(low), 1.0) / 10
    # Sizes that only rounding tells apart are one size.
    if high - low > _ROUNDING * max(abs(low), abs(high)):
        quarters = np.quantile(finite, (0.25, 0.75))
        by_spread = 2 * float(quarters[1] - quarters[0]) / finite.size ** (1 / 3)
        width = min(by_spread, (high - low) / (1 + np.log2(finite.size)))
        width = max(width, (high - low) / _MOST_BINS)
    width = _rounded(width)
    first, last = np.floor(low / width), np.floor(high / width) + 1
    edges = np.arange(first, last + 1) * width
    counts, _ = np.histogram(finite, edges)
    return Histogram(edges, counts.astype(np.int64))


def _rounded(width: float) -> float:
    power = 10 ** np.floor(np.log10(width))
    return float(power * _ROUND[np.argmin(np.abs(np.log(_ROUND * power / width)))])
