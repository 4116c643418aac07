"""Values with what must be known to judge them: how much each counts, and which scan it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """Values of one quantity.

    Parameters
    ----------
    values
        Shape (N,), finite.
    weights
        Shape (N,), positive: how much each counts. Their scale does not matter.
    scans
        Shape (N,), int: the number of the scan that each came from. Particles of one scan are alike, so with two
        scans or more it is the scans that an error bar is taken from.
    """

    values: Floats
    weights: Floats
    scans: NDArray[np.int64]

    @staticmethod
    def of(values: ArrayLike) -> "Sample":
        """Take values of one scan that count alike; NaN is left out."""
        flat = np.asarray(values, dtype=np.float64).ravel()
        flat = flat[np.isfinite(flat)]
        return Sample(flat, np.ones(len(flat)), np.zeros(len(flat), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.values)

    def finite(self) -> "Sample":
        """Leave out values that are missing."""
        return self.where(np.isfinite(self.values))

    def where(self, chosen: NDArray[np.bool_]) -> "Sample":
        """Return the values where ``chosen``, shape (N,), is true."""
        return Sample(self.values[chosen], self.weights[chosen], self.scans[chosen])

    def sorted(self) -> "Sample":
        """Return the values in ascending order."""
        order = np.argsort(self.values, kind="stable")
        return Sample(self.values[order], self.weights[order], self.scans[order])

    @property
    def groups(self) -> NDArray[np.int64]:
        """Shape (N,): the scans numbered from 0 without gaps."""
        _, numbers = np.unique(self.scans, return_inverse=True)
        return np.asarray(numbers.reshape(len(self)), dtype=np.int64)

    @property
    def mean(self) -> float:
        """Weighted mean, sum(w x) / sum(w)."""
        return float(np.average(self.values, weights=self.weights))

    @property
    def sd(self) -> float:
        """Weighted standard deviation, N - 1 in the denominator where all count alike; needs two values."""
        count = len(self)
        variance = float(np.average((self.values - self.mean) ** 2, weights=self.weights))
        return float(np.sqrt(variance * count / (count - 1)))

    def quantiles(self, shares: ArrayLike) -> Floats:
        """Weighted quantiles, shape of ``shares``; with equal weights those of `numpy.quantile`."""
        ascending = self.sorted()
        found = weighted_quantiles(
            ascending.values, ascending.weights[np.newaxis], np.asarray(shares, dtype=np.float64)
        )
        return np.asarray(found[0], dtype=np.float64)


def weighted_quantiles(values: Floats, weights: Floats, shares: Floats) -> Floats:
    """Quantiles of the same values under many sets of weights.

    The k-th of the ascending values stands at the sum of the half weights passed on the way to it from the first, over
    that of the way to the last; between two values the quantile is interpolated. With equal weights this is
    (k - 1) / (N - 1), type 7 of Hyndman and Fan (1996).

    Parameters
    ----------
    values
        Shape (N,), ascending.
    weights
        Shape (B, N), not negative, each row with at least one that is positive.
    shares
        Shape (Q,), between 0 and 1.

    Returns
    -------
    numpy.ndarray
        Shape (B, Q).
    """
    if len(values) == 1:
        return np.full((len(weights), len(shares)), values[0])
    found = np.empty((len(weights), len(shares)))
    for row, weight in enumerate(weights):
        used = weight > 0
        level, at = weight[used], values[used]
        way = np.concatenate([[0.0], np.cumsum((level[1:] + level[:-1]) / 2)])
        found[row] = np.interp(shares, way / way[-1], at) if len(at) > 1 else at[0]
    return found
