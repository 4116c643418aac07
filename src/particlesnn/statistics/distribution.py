"""Laws of particle sizes: normal, lognormal, a mixture of two lognormals."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
_ROOT_2_PI = float(np.sqrt(2 * np.pi))
_GRID = 256
_ROUNDS, _SETTLED = 200, 1e-3
_SMALLEST_SHARE, _SMALLEST_SIGMA = 0.05, 0.15


@dataclass(frozen=True)
class Normal:
    """A normal distribution, fitted by maximum likelihood."""

    mean: float
    """Mean size."""
    sd: float
    """Standard deviation, N in the denominator."""

    parameters = 2
    name = "normal"

    def density(self, sizes: ArrayLike) -> Floats:
        """Probability density, per unit of size."""
        z = (np.asarray(sizes, dtype=np.float64) - self.mean) / self.sd
        return np.asarray(np.exp(-(z**2) / 2) / (self.sd * _ROOT_2_PI), dtype=np.float64)

    def cumulative(self, sizes: ArrayLike) -> Floats:
        """Share that is smaller."""
        return np.asarray(ndtr((np.asarray(sizes, dtype=np.float64) - self.mean) / self.sd), dtype=np.float64)

    def to_dict(self, unit: str) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {f"mean_{unit}": self.mean, f"sd_{unit}": self.sd}


@dataclass(frozen=True)
class Lognormal:
    """A lognormal distribution, fitted by maximum likelihood (Granqvist and Buhrman 1976 for particle sizes)."""

    mu: float
    """Mean of ln(size)."""
    sigma: float
    """Standard deviation of ln(size)."""
    mu_error: float
    """Standard error of mu, sigma / sqrt(N)."""
    sigma_error: float
    """Standard error of sigma, sigma / sqrt(2 N)."""

    parameters = 2
    name = "lognormal"

    @property
    def geometric_mean(self) -> float:
        """exp(mu): half of the particles are smaller."""
        return float(np.exp(self.mu))

    @property
    def geometric_sd(self) -> float:
        """exp(sigma): two thirds of the particles lie within this factor of the geometric mean."""
        return float(np.exp(self.sigma))

    def density(self, sizes: ArrayLike) -> Floats:
        """Probability density at sizes > 0, per unit of size."""
        size = np.asarray(sizes, dtype=np.float64)
        z = (np.log(size) - self.mu) / self.sigma
        return np.asarray(np.exp(-(z**2) / 2) / (size * self.sigma * _ROOT_2_PI), dtype=np.float64)

    def cumulative(self, sizes: ArrayLike) -> Floats:
        """Share that is smaller, for sizes > 0."""
        return np.asarray(ndtr((np.log(np.asarray(sizes, dtype=np.float64)) - self.mu) / self.sigma), dtype=np.float64)

    def to_dict(self, unit: str) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {f"geometric_mean_{unit}": self.geometric_mean, "geometric_sd": self.geometric_sd}


@dataclass(frozen=True)
class LognormalMixture:
    """Two kinds of particles, each lognormal; the smaller kind first."""

    parts: tuple[Lognormal, Lognormal]
    """The two kinds."""
    shares: tuple[float, float]
    """Share of the particles that each makes."""

    parameters = 5
    name = "two lognormals"

    def density(self, sizes: ArrayLike) -> Floats:
        """Probability density at sizes > 0, per unit of size."""
        (first, second), (a, b) = self.parts, self.shares
        return a * first.density(sizes) + b * second.density(sizes)

    def cumulative(self, sizes: ArrayLike) -> Floats:
        """Share that is smaller, for sizes > 0."""
        (first, second), (a, b) = self.parts, self.shares
        return a * first.cumulative(sizes) + b * second.cumulative(sizes)

    def to_dict(self, unit: str) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"parts": [{"share": a, **part.to_dict(unit)} for part, a in zip(self.parts, self.shares, strict=True)]}


Law = Normal | Lognormal | LognormalMixture


def fit_normal(values: ArrayLike) -> Normal | None:
    """Fit a normal distribution to sizes, shape (N,); None with fewer than three, or when all are equal."""
    sizes = positive(values)
    if len(sizes) < 3 or sizes.std() < 1e-9 * abs(sizes.mean()):
        return None
    return Normal(float(sizes.mean()), float(sizes.std()))


def fit_lognormal(values: ArrayLike) -> Lognormal | None:
    """Fit a lognormal distribution.

    Parameters
    ----------
    values
        Shape (N,), sizes; those that are not positive are left out.

    Returns
    -------
    Lognormal or None
        None with fewer than three sizes, or when all are equal.
    """
    logs = np.log(positive(values))
    if len(logs) < 3:
        return None
    sigma = float(logs.std())
    if sigma < 1e-9:
        return None
    return _lognormal(float(logs.mean()), sigma, len(logs))


def fit_mixture(values: ArrayLike) -> LognormalMixture | None:
    """Fit a mixture of two lognormal distributions by expectation and maximisation (Dempster, Laird and Rubin 1977).

    Each part has at least 5 % of the particles and a sigma of at least 0.15 of the whole, so that no part shrinks to a
    few particles that happen to be alike; hence the fit is the best of those, from three starts. None with fewer than
    ten sizes, or when all are equal.
    """
    sizes = positive(values)
    if len(sizes) < 10 or fit_lognormal(sizes) is None:
        return None
    return fit_mixtures(np.sort(sizes)[np.newaxis])[0]


def fit_mixtures(sizes: Floats, splits: tuple[float, ...] = (0.25, 0.5, 0.75)) -> list[LognormalMixture]:
    """Fit many sets of the same number at once.

    The logarithms are counted on a grid of 256 places first, so that the time does not depend on N.

    Parameters
    ----------
    sizes
        Shape (B, N), each set ascending, positive and not all equal.
    splits
        The fit starts from each of these, with so large a share of the particles in the first part.
    """
    sets, count = sizes.shape
    logs = np.log(sizes)
    low, step = logs[:, :1], np.maximum(logs[:, -1:] - logs[:, :1], 1e-12) / (_GRID - 1)
    place = np.rint((logs - low) / step).astype(np.int64) + np.arange(sets)[:, np.newaxis] * _GRID
    counts = np.bincount(place.ravel(), minlength=sets * _GRID).reshape(sets, _GRID) / count
    at = low + step * np.arange(_GRID)
    least = _SMALLEST_SIGMA * logs.std(axis=1)
    best = np.full((sets, 5), np.nan)
    likelihood = np.full(sets, -np.inf)
    for split in splits:
        found, likely = _maximise(at, counts, np.quantile(logs, split, axis=1), least)
        better = likely > likelihood
        best[better], likelihood[better] = found[better], likely[better]
    return [_mixture(row, count) for row in best]


def _maximise(at: Floats, counts: Floats, split: Floats, least: Floats) -> tuple[Floats, Floats]:
    """Run expectation and maximisation from a split; rows of share, two means, two sigmas, and the likelihoods."""
    belongs = np.where(at > split[:, np.newaxis], 0.9, 0.1)
    for _ in range(_ROUNDS):
        second = counts * belongs
        first = counts - second
        share = np.clip(second.sum(axis=1), _SMALLEST_SHARE, 1 - _SMALLEST_SHARE)
        (mean_1, sigma_1), (mean_2, sigma_2) = (_moments(at, each, least) for each in (first, second))
        likely_1 = (1 - share)[:, np.newaxis] * _bell(at, mean_1, sigma_1)
        likely_2 = share[:, np.newaxis] * _bell(at, mean_2, sigma_2)
        both = likely_1 + likely_2 + 1e-300
        before, belongs = belongs, likely_2 / both
        if float(np.abs(belongs - before).max()) < _SETTLED:
            break
    found = np.stack([share, mean_1, mean_2, sigma_1, sigma_2], axis=1)
    return found, np.asarray((counts * np.log(both)).sum(axis=1), dtype=np.float64)


def _moments(at: Floats, weights: Floats, least: Floats) -> tuple[Floats, Floats]:
    total = weights.sum(axis=1) + 1e-12
    mean = (weights * at).sum(axis=1) / total
    variance = (weights * (at - mean[:, np.newaxis]) ** 2).sum(axis=1) / total
    return mean, np.maximum(np.sqrt(variance), least)


def _bell(at: Floats, mean: Floats, sigma: Floats) -> Floats:
    z = (at - mean[:, np.newaxis]) / sigma[:, np.newaxis]
    return np.asarray(np.exp(-(z**2) / 2) / (sigma[:, np.newaxis] * _ROOT_2_PI), dtype=np.float64)


def _mixture(row: Floats, count: int) -> LognormalMixture:
    share, mean_1, mean_2, sigma_1, sigma_2 = (float(value) for value in row)
    kinds = [(1 - share, mean_1, sigma_1), (share, mean_2, sigma_2)]
    (a, *one), (b, *two) = sorted(kinds, key=lambda kind: kind[1])
    first, second = (_lognormal(mu, sigma, part * count) for (mu, sigma), part in ((one, a), (two, b)))
    return LognormalMixture((first, second), (a, b))


def _lognormal(mu: float, sigma: float, count: float) -> Lognormal:
    return Lognormal(mu, sigma, sigma / float(np.sqrt(count)), sigma / float(np.sqrt(2 * count)))


def positive(values: ArrayLike) -> Floats:
    """Leave out sizes that are missing or not positive."""
    sizes = np.asarray(values, dtype=np.float64).ravel()
    return sizes[np.isfinite(sizes) & (sizes > 0)]
