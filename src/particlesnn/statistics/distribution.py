"""The lognormal law of particle sizes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


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

    @property
    def geometric_mean(self) -> float:
        """exp(mu): half of the particles are smaller."""
        return float(np.exp(self.mu))

    @property
    def geometric_sd(self) -> float:
        """exp(sigma): two thirds of the particles lie within this factor of the geometric mean."""
        return float(np.exp(self.sigma))

    def density(self, sizes: ArrayLike) -> NDArray[np.float64]:
        """Probability density at sizes > 0, per unit of size."""
        size = np.asarray(sizes, dtype=np.float64)
        z = (np.log(size) - self.mu) / self.sigma
        return np.asarray(np.exp(-(z**2) / 2) / (size * self.sigma * np.sqrt(2 * np.pi)), dtype=np.float64)


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
    sizes = np.asarray(values, dtype=np.float64).ravel()
    logs = np.log(sizes[np.isfinite(sizes) & (sizes > 0)])
    if len(logs) < 3:
        return None
    sigma = float(logs.std())
    if sigma < 1e-9:
        return None
    count = len(logs)
    return Lognormal(float(logs.mean()), sigma, sigma / float(np.sqrt(count)), sigma / float(np.sqrt(2 * count)))
