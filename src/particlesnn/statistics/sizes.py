"""What a size distribution is summed up by: moments, percentiles, mode."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from particlesnn.statistics.intervals import (
    Estimate,
    estimate_figures,
    estimate_mean,
    estimate_power_mean,
    not_negative,
)
from particlesnn.statistics.sample import Floats, Sample, weighted_quantiles

_SHARES = np.array([0.1, 0.5, 0.9])
_GRID = 512


@dataclass(frozen=True)
class Sizes:
    """Figures of the diameters d of the counted particles, by number unless said otherwise."""

    number_mean: Estimate
    """sum d / N."""
    sauter: Estimate
    """Area-weighted mean d32 = sum d^3 / sum d^2: surface counts, as in catalysis (ISO 9276-2)."""
    brouckere: Estimate
    """Volume-weighted mean d43 = sum d^4 / sum d^3: mass counts (ISO 9276-2)."""
    d10: Estimate
    """A tenth of the particles is smaller."""
    d50: Estimate
    """The median."""
    d90: Estimate
    """A tenth of the particles is larger."""
    span: Estimate
    """(d90 - d10) / d50."""
    polydispersity: Estimate
    """(SD / mean)^2, with the SD over N."""
    mode: float | None
    """The most frequent diameter: top of a Gaussian kernel estimate (Silverman 1986); None where all are equal."""

    def to_dict(self, unit: str) -> dict[str, Any]:
        """Return plain data for JSON; ``unit``, "nm" or "px", stands in each name that has one."""
        names = {
            f"number_mean_{unit}": self.number_mean,
            f"area_weighted_mean_d32_{unit}": self.sauter,
            f"volume_weighted_mean_d43_{unit}": self.brouckere,
            f"d10_{unit}": self.d10,
            f"d50_{unit}": self.d50,
            f"d90_{unit}": self.d90,
            "span": self.span,
            "polydispersity_index": self.polydispersity,
        }
        return {f"mode_{unit}": self.mode, **{name: dict(vars(estimate)) for name, estimate in names.items()}}


def size_figures(diameters: Floats, weights: Floats) -> Floats:
    """Work out d10, d50, d90, span and polydispersity index.

    Parameters
    ----------
    diameters
        Shape (N,), ascending, positive.
    weights
        Shape (B, N): sets of weights.

    Returns
    -------
    numpy.ndarray
        Shape (B, 5).
    """
    powers = diameters[:, np.newaxis] ** np.arange(3)
    m0, m1, m2 = (weights @ powers).T
    d10, d50, d90 = weighted_quantiles(diameters, weights, _SHARES).T
    return np.stack([d10, d50, d90, (d90 - d10) / d50, m0 * m2 / m1**2 - 1], axis=1)


def describe_sizes(diameters: Sample, *, intervals: bool = False, seed: int = 0) -> Sizes | None:
    """Sum up a size distribution.

    Parameters
    ----------
    diameters
        Those that are not positive are left out; None comes back where none remain.
    intervals
        Work out standard errors and intervals too; see `particlesnn.statistics.intervals`.
    seed
        Of the bootstrap.
    """
    sample = diameters.where(np.isfinite(diameters.values) & (diameters.values > 0))
    if not len(sample):
        return None
    if intervals:
        rest = estimate_figures(sample, size_figures, seed=seed)
        mean, sauter, brouckere = estimate_mean(sample), *(estimate_power_mean(sample, p, seed=seed) for p in (2, 3))
    else:
        ascending = sample.sorted()
        figures = size_figures(ascending.values, ascending.weights[np.newaxis])[0]
        rest = [Estimate(float(figure)) for figure in figures]
        mean, sauter, brouckere = (
            Estimate(float(np.average(sample.values, weights=sample.weights * sample.values**power)))
            for power in (0, 2, 3)
        )
    mean, sauter, brouckere, *rest = (not_negative(each) for each in (mean, sauter, brouckere, *rest))
    d10, d50, d90, span, polydispersity = rest
    return Sizes(mean, sauter, brouckere, d10, d50, d90, span, polydispersity, mode_of(sample))


def mode_of(sample: Sample) -> float | None:
    """Find the top of the density, estimated with a Gaussian kernel of Silverman's width.

    The width is 0.9 min(SD, IQR / 1.349) N^(-1/5). None with fewer than three values, or when all are equal.
    """
    if len(sample) < 3 or np.ptp(sample.values) == 0:
        return None
    low, high = sample.quantiles((0.25, 0.75))
    spread = min(sample.sd, (high - low) / 1.349) if high > low else sample.sd
    width = 0.9 * spread * len(sample) ** -0.2
    left, right = float(sample.values.min()), float(sample.values.max())
    edges = np.linspace(left, right, _GRID + 1)
    counts, _ = np.histogram(sample.values, edges, weights=sample.weights)
    middles = (edges[1:] + edges[:-1]) / 2
    kernel = np.exp(-(((middles - middles[:, np.newaxis]) / width) ** 2) / 2)
    return float(middles[np.argmax(kernel @ counts)])
