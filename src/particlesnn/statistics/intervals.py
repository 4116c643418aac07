"""How sure a number is: standard errors and 95 % intervals.

Particles of one scan are taken as independent of each other: Student's t for a mean, a bootstrap over the particles for
other figures. Particles of several scans are not: those of one scan share its place on the sample, its tip and its
scale. There the scans are what is independent. Leaving out each scan in turn (the jackknife) gives the standard error,
and Student's t with one degree of freedom less than there are scans gives the interval. A bootstrap over scans is no
use here: with five scans its "95 %" interval holds the truth in 85 % of cases (benchmarks/intervals.py; Cameron,
Gelbach and Miller 2008).

Few scans may agree by chance. So the error is never taken as smaller than that of as many independent particles, nor
are intervals narrower, but for that of the mean: there Student's t reckons with such chance already, and with the wider
of both the "95 %" interval of two scans would hold the truth in 99 % of cases.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtri, ndtr, ndtri, stdtrit

from particlesnn.statistics.sample import Floats, Sample

_LEVEL = 0.95
_DRAWS = 1000
_AT_ONCE = 2_000_000
"""Numbers held at once while drawing."""
_SKEWED_UP_TO = 500
"""With more particles the acceleration of the bootstrap, which falls as 1 / sqrt(N), changes nothing one can see."""


@dataclass(frozen=True)
class Estimate:
    """A number and how sure it is."""

    value: float
    """The number."""
    standard_error: float | None = None
    """How far it strays from sample to sample; None where that cannot be told."""
    confidence_95: tuple[float, float] | None = None
    """An interval that holds the truth in 95 % of cases."""


Figures = Callable[[Floats, Floats], Floats]
"""Takes values, shape (N,) ascending, and weights, shape (B, N); returns K figures for each set, shape (B, K)."""


def students_interval(value: float, error: float, freedom: float) -> tuple[float, float]:
    """Return value -/+ t error, with the 97.5 % point of Student's t."""
    reach = float(stdtrit(freedom, (1 + _LEVEL) / 2)) * error
    return value - reach, value + reach


def estimate_mean(sample: Sample) -> Estimate:
    """Estimate the mean of at least one value.

    One scan: the error is sd / sqrt(N) where all count alike, sqrt(N / (N - 1) sum(w^2 (x - mean)^2)) / sum(w) with
    weights, and the interval is Student's t with N - 1. Several scans: the larger of that error and the jackknife's
    over scans; the interval is the jackknife's, Student's t with one less than there are scans.
    """
    mean, count = sample.mean, len(sample)
    if count < 2:
        return Estimate(mean)
    weights = sample.weights / sample.weights.sum()
    error = float(np.sqrt(count / (count - 1) * ((weights * (sample.values - mean)) ** 2).sum()))
    alone = Estimate(mean, error, students_interval(mean, error, count - 1))
    groups = sample.groups
    scans = int(groups.max()) + 1
    if scans < 2:
        return alone
    weight = np.bincount(groups, sample.weights)
    total = np.bincount(groups, sample.weights * sample.values)
    without = (total.sum() - total) / (weight.sum() - weight)
    over_scans = _over_scans(mean, without)
    return replace(over_scans, standard_error=max(error, over_scans.standard_error or 0.0))


def estimate_figures(sample: Sample, figures: Figures, *, seed: int = 0) -> list[Estimate]:
    """Estimate figures that are no means: quantiles and what is made of them.

    One scan: bias-corrected and accelerated bootstrap over the particles (Efron 1987), 1000 draws. Several: the
    jackknife over scans, as for a mean; the wider of both.

    Parameters
    ----------
    sample
        At least one value.
    figures
        Works them out for many sets of weights at once.
    seed
        Of the bootstrap.
    """
    sample = sample.sorted()
    at = [float(value) for value in figures(sample.values, sample.weights[np.newaxis])[0]]
    if len(sample) < 3:
        return [Estimate(value) for value in at]
    drawn = _bootstrap(sample, figures, np.random.default_rng(seed))
    slopes = _acceleration(sample, figures)
    alone = [
        Estimate(value, float(draws.std(ddof=1)), bca_interval(draws, value, float(slope)))
        for value, draws, slope in zip(at, drawn.T, slopes, strict=True)
    ]
    groups = sample.groups
    scans = int(groups.max()) + 1
    if scans < 2:
        return alone
    without = np.concatenate(
        [figures(sample.values, np.where(groups == scan, 0.0, sample.weights)[np.newaxis]) for scan in range(scans)]
    )
    return [_wider(one, _over_scans(one.value, left)) for one, left in zip(alone, without.T, strict=True)]


def estimate_power_mean(sample: Sample, power: int, *, seed: int = 0) -> Estimate:
    """Estimate a mean weighted by a power of the value, sum(w x^(power + 1)) / sum(w x^power).

    The few largest values carry most of it, so that a plain bootstrap is too sure of it. Here the distance of each draw
    is divided by its own standard error (bootstrap-t, Efron and Tibshirani 1993). Several scans: the jackknife over
    scans; the wider of both.

    Parameters
    ----------
    sample
        At least one value, all positive.
    power
        2 for the Sauter mean, 3 for that of De Brouckere.
    seed
        Of the bootstrap.
    """
    value = float(np.average(sample.values, weights=sample.weights * sample.values**power))
    if len(sample) < 3 or np.ptp(sample.values) == 0:
        return Estimate(value)
    share = sample.values / value
    own, squared = sample.weights * share**power, (sample.weights * share**power) ** 2
    sums = np.stack([own, own * share, squared, squared * share, squared * share**2], axis=1)

    def ratio_and_error(_: Floats, times: Floats) -> Floats:
        bottom, top, square, once, twice = (times @ sums).T
        ratio = top / bottom
        scatter = np.maximum(square * ratio**2 - 2 * once * ratio + twice, 0.0)
        return np.stack([ratio, np.sqrt(scatter) / bottom], axis=1)

    error = value * float(ratio_and_error(sample.values, np.ones((1, len(sample))))[0, 1])
    plain = Sample(sample.values, np.ones(len(sample)), sample.scans)
    ratios, errors = _bootstrap(plain, ratio_and_error, np.random.default_rng(seed)).T
    strayed = (ratios - 1) / np.maximum(errors, 1e-3 * error / value)
    low, high = np.quantile(strayed, ((1 - _LEVEL) / 2, (1 + _LEVEL) / 2))
    alone = Estimate(value, error, (value - float(high) * error, value - float(low) * error))
    groups = sample.groups
    if groups.max() == 0:
        return alone
    bottoms, tops = (np.bincount(groups, each).astype(np.float64) for each in (own, own * share))
    return _wider(alone, _over_scans(value, value * _without_each(tops) / _without_each(bottoms)))


def bca_interval(drawn: Floats, value: float, acceleration: float) -> tuple[float, float]:
    """Return Efron's bias-corrected and accelerated interval of bootstrap draws, shape (B,)."""
    below = (np.count_nonzero(drawn < value) + np.count_nonzero(drawn == value) / 2) / len(drawn)
    bias = float(ndtri(np.clip(below, 1 / len(drawn), 1 - 1 / len(drawn))))
    ends = bias + ndtri([(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    levels = ndtr(bias + ends / (1 - acceleration * ends))
    low, high = np.quantile(drawn, levels)
    return float(low), float(high)


def counted_interval(count: int, area: float) -> tuple[float, float]:
    """Exact 95 % interval of a density, for particles strewn by chance (Garwood 1936)."""
    tail = (1 - _LEVEL) / 2
    low = float(chdtri(2 * count, 1 - tail)) / 2 if count else 0.0
    return low / area, float(chdtri(2 * count + 2, tail)) / 2 / area


def estimate_density(weights: Floats, areas: Floats, count: int) -> Estimate:
    """Estimate a density.

    Parameters
    ----------
    weights
        Shape (S,): particles on each scan, or the sum of their weights.
    areas
        Shape (S,): area that each was counted on.
    count
        How many particles were counted.

    Returns
    -------
    Estimate
        One scan: by chance alone, with the error density / sqrt(N) and Garwood's interval. Several: by the jackknife
        over scans and Student's t, not below 0; the wider of both.
    """
    area, total = float(areas.sum()), float(weights.sum())
    ends = counted_interval(count, area)
    scale = total / count if count else 1.0
    error = total / float(np.sqrt(max(count, 1))) / area
    alone = Estimate(total / area, error, (ends[0] * scale, ends[1] * scale))
    if len(weights) > 1 and count:
        alone = _wider(alone, _over_scans(total / area, _without_each(weights) / _without_each(areas)))
    return not_negative(alone)


def estimate_coverage(covered: Floats, areas: Floats, squares: float) -> Estimate:
    """Estimate which share of the area particles cover.

    Parameters
    ----------
    covered
        Shape (S,): area inside contours on each scan.
    areas
        Shape (S,): area of each.
    squares
        Sum of the squared areas of all particles.

    Returns
    -------
    Estimate
        One scan: sqrt(sum a^2) / A, for particles strewn by chance (compound Poisson); particles that keep their
        distance cover more evenly. Several: the jackknife over scans and Student's t; the wider of both. Not cut at 0
        and 1.
    """
    area, total = float(areas.sum()), float(covered.sum())
    error = float(np.sqrt(squares)) / area
    alone = Estimate(total / area, error, students_interval(total / area, error, np.inf))
    if len(areas) > 1 and total:
        alone = _wider(alone, _over_scans(total / area, _without_each(covered) / _without_each(areas)))
    return alone


def not_negative(estimate: Estimate) -> Estimate:
    """Cut the interval of what cannot be negative at 0: the truth is not lower, so it is held as often as before."""
    if estimate.confidence_95 is None:
        return estimate
    low, high = estimate.confidence_95
    return replace(estimate, confidence_95=(max(low, 0.0), high))


def _without_each(parts: Floats) -> Floats:
    """Sum all parts but one, for each, shape (S,); what is tiny beside one of them is not lost, as in a difference."""
    before = np.concatenate([[0.0], np.cumsum(parts)[:-1]])
    after = np.concatenate([np.cumsum(parts[::-1])[-2::-1], [0.0]])
    return np.asarray(before + after)


def _over_scans(value: float, without: Floats) -> Estimate:
    """Estimate by the jackknife from what comes out without each of S scans, shape (S,)."""
    scans = len(without)
    error = float(np.sqrt((scans - 1) / scans * ((without - value) ** 2).sum()))
    return Estimate(value, error, students_interval(value, error, scans - 1))


def _wider(one: Estimate, other: Estimate) -> Estimate:
    (low_1, high_1), (low_2, high_2) = one.confidence_95 or (0.0, 0.0), other.confidence_95 or (0.0, 0.0)
    error = max(one.standard_error or 0.0, other.standard_error or 0.0)
    return Estimate(one.value, error, (min(low_1, low_2), max(high_1, high_2)))


def _bootstrap(sample: Sample, figures: Figures, rng: np.random.Generator) -> Floats:
    """Draw particles with replacement, many times; shape (draws, K)."""
    count = len(sample)
    rows = max(1, min(_DRAWS, _AT_ONCE // count))
    parts = []
    for first in range(0, _DRAWS, rows):
        some = min(rows, _DRAWS - first)
        drawn = rng.integers(0, count, (some, count)) + np.arange(some)[:, np.newaxis] * count
        times = np.bincount(drawn.ravel(), minlength=some * count).reshape(some, count)
        parts.append(figures(sample.values, times * sample.weights))
    return np.concatenate(parts)


def _acceleration(sample: Sample, figures: Figures) -> Floats:
    """Efron's acceleration, shape (K,): a sixth of the skewness of the particles' influence (jackknife)."""
    count = len(sample)
    if count > _SKEWED_UP_TO:
        return np.zeros(len(figures(sample.values, sample.weights[np.newaxis])[0]))
    without = figures(sample.values, sample.weights * (1.0 - np.eye(count)))
    influence = without.mean(axis=0) - without
    spread = (influence**2).sum(axis=0)
    known = spread > 1e-30  # a figure that no particle moves has none
    skewness = (influence**3).sum(axis=0) / np.where(known, spread, 1.0) ** 1.5
    return np.where(known, skewness / 6, 0.0)
