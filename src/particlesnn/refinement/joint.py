"""The joint fit: a clump is the upper envelope of its bumps.

Where particles touch, the surface is the higher of the two, not their sum: that is what a tip makes of it (Villarrubia
1997). A sample then depends on one bump only, the one that stands highest there, so the normal matrix of a whole clump
falls apart into one block a particle. All are stepped at once; after each round the territories are drawn anew from
the bumps as they now stand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from particlesnn.refinement.fit import Fit, Floats, K, Prior, descend, evaluate_bumps, places_of
from particlesnn.refinement.frames import Frames, sunflower
from particlesnn.refinement.lobes import Lobes
from particlesnn.refinement.neighbours import rivals
from particlesnn.refinement.pairs import Pairs
from particlesnn.refinement.sampling import sample

Mask = NDArray[np.bool_]

REACH = 2.0
"""How far around a particle the fit looks, in half axes: the doubled contour of the paper."""
_POINTS = 256
"""Sample points of a particle."""
_ROUNDS = (5, 4, 4)
"""Steps of each round; between rounds territories and weights are drawn anew."""
_POWER = 6
"""Which parameter ln(power) is."""
_LN_POWER, _LN_POWERS_DIFFER, _OF_ONE_KIND = 0.75, 0.25, 0.25
"""What is expected of ln(power): of a scan's particles together, how much scans differ, and particles of one scan."""
_DEVIATIONS = (0.15, 0.15, 0.2, 0.2, 0.2, 1.0, 0.4, 0.5, 0.3, 0.3)
"""What is expected of the parameters, see `fit.PARAMETERS`: the contour is about right."""
_AT_BORDER = 2.0
"""Where the scan cuts a particle its contour says less: the deviations of place and size are larger."""
_FOOT = 0.15
"""Where a neighbour stands higher by less than this, in units of the contrast, his share is taken off; else the sample
is his and counts no more."""
_TOLERANCE = 2.5
"""A sample that is off by so many standard deviations counts a quarter."""
_CLEANEST = 0.03
"""Least standard deviation of a sample, as a share of the contrast: no particle is a perfect bump."""
_INDEPENDENT = 0.5
"""Share of the samples that are independent of one another: what a bump misses, it misses in patches."""


@dataclass(frozen=True, eq=False)
class Bumps:
    """What the joint fit found, in the terms of the frames."""

    frames: Frames
    lobes: Lobes
    pairs: Pairs
    parameters: Floats
    """Shape (N, K), see `fit.PARAMETERS`."""
    contrasts: Floats
    """Shape (N,): unit of the heights, negative for dark particles."""
    bases: Floats
    """Shape (N,): where the heights are counted from, in the unit of the scan."""
    noises: Floats
    """Shape (N,): root mean square of what the fit left, as a share of the contrast."""
    covariances: Floats
    """Shape (N, K, K)."""
    seen: Floats
    """Shape (N,): share of the inner samples that lie on the scan and in the particle's own territory."""


def fit_jointly(values: Floats, frames: Frames, lobes: Lobes, pairs: Pairs, cut: Mask) -> Bumps:
    """Fit all particles of a scan.

    Parameters
    ----------
    values
        Shape (H, W): the scan, its lines levelled.
    frames, lobes
        Of N particles, at least one.
    pairs
        Those that are near one another, to `REACH`.
    cut
        Shape (N,), bool: the particle touches the border of the scan.
    """
    points = sunflower(_POINTS, REACH)
    away = np.hypot(*points.T)
    heights, inside = sample(values, frames, points)
    everyone = np.arange(len(heights))[:, np.newaxis]
    parameters = np.zeros((len(heights), K))
    parameters[:, 5], parameters[:, _POWER] = 1.0, _LN_POWER
    # A rival of the same contrast, for a start: whoever is nearer to his centre in terms of his size.
    rival = rivals(frames, lobes, pairs, parameters, np.ones(len(heights)), points)
    places = places_of(parameters, points)
    ln_squares = lobes.at(everyone, places)
    own = evaluate_bumps(parameters, places, ln_squares)
    mine = inside & (rival <= own)
    bases, contrasts = _first_guess(heights, mine & (away > 1.4), mine & (away < 0.5), inside)
    plain = (heights - bases[:, np.newaxis]) / contrasts[:, np.newaxis]
    units = plain.astype(np.float32)
    prior = Prior(parameters.copy(), np.where(cut[:, np.newaxis], _AT_BORDER, 1.0) * np.array(_DEVIATIONS))
    noises = np.full(len(heights), 0.15)
    weights = mine / noises[:, np.newaxis] ** 2
    fit: Fit | None = None
    for steps in _ROUNDS:
        if fit is not None:
            rival = rivals(frames, lobes, pairs, parameters, contrasts, points)
            places = places_of(parameters, points)
            ln_squares = lobes.at(everyone, places)
            above = rival / np.abs(contrasts)[:, np.newaxis] - evaluate_bumps(parameters, places, ln_squares)
            mine = inside & ((above <= 0) | (above < _FOOT))
            units = np.where(mine, plain - np.maximum(above, 0), plain).astype(np.float32)
            noises = np.maximum(_robust_deviation(fit.residuals, mine), _CLEANEST)
            tame = 1 / (1 + (fit.residuals / (_TOLERANCE * noises[:, np.newaxis])) ** 2) ** 2
            weights = mine * tame / noises[:, np.newaxis] ** 2
            prior = _of_one_kind(prior, fit)
        fit = descend(
            parameters,
            units,
            (weights * _INDEPENDENT).astype(np.float32),
            points.astype(np.float32),
            ln_squares,
            prior,
            steps=steps,
        )
        parameters = fit.parameters
    assert fit is not None
    inner = away < 1.0
    return Bumps(
        frames,
        lobes,
        pairs,
        parameters,
        contrasts,
        bases,
        _robust_deviation(fit.residuals, mine),
        np.asarray(np.linalg.inv(fit.precision), dtype=np.float64),
        mine[:, inner].mean(axis=1),
    )


def _of_one_kind(prior: Prior, fit: Fit) -> Prior:
    """Expect of each particle the power that the particles of this scan have together.

    In noise the heights hardly tell a dome from a table, and whoever is taken for more pointed than he is comes out too
    large. What many particles say together is sure: an empirical Bayes estimate (Efron and Morris 1973).
    """
    variances = np.linalg.inv(fit.precision)[:, _POWER, _POWER]
    mean, expected = prior.means[:, _POWER], prior.deviations[:, _POWER] ** -2
    # What the heights alone say: the fit without what had been expected.
    own = np.maximum(1 / variances - expected, 1e-9)
    alone = (fit.parameters[:, _POWER] / variances - expected * mean) / own
    weights = 1 / (1 / own + _OF_ONE_KIND**2)
    common = (weights @ alone + _LN_POWER / _LN_POWERS_DIFFER**2) / (weights.sum() + _LN_POWERS_DIFFER**-2)
    means, deviations = prior.means.copy(), prior.deviations.copy()
    means[:, _POWER], deviations[:, _POWER] = common, _OF_ONE_KIND
    return Prior(means, deviations)


def _first_guess(heights: Floats, outer: Mask, inner: Mask, inside: Mask) -> tuple[Floats, Floats]:
    """Guess base and contrast: medians of what lies around and of what lies in the middle."""
    few = outer.sum(axis=1) < 8
    outer = outer | (few[:, np.newaxis] & inside)
    ground = _quantile(heights, outer, np.where(few, 0.1, 0.5))
    inner = inner | (~inner.any(axis=1, keepdims=True) & inside)
    top = _quantile(heights, inner, np.full(len(heights), 0.5))
    contrast = top - ground
    least = 1e-9 * (1 + np.abs(heights).max(initial=0.0))
    return ground, np.where(np.abs(contrast) < least, least, contrast)


def _quantile(heights: NDArray[Any], wanted: Mask, share: Floats) -> Floats:
    """Quantile of the wanted heights of each row; of all where none is wanted."""
    wanted = wanted | ~wanted.any(axis=1, keepdims=True)
    ordered = np.sort(np.where(wanted, heights, np.inf), axis=1)
    place = (share * (wanted.sum(axis=1) - 1)).astype(int)
    return np.asarray(ordered[np.arange(len(ordered)), place])


def _robust_deviation(residuals: NDArray[Any], mine: Mask) -> Floats:
    """Tell the standard deviation of the own samples' residuals from their median size."""
    sizes = _quantile(np.abs(residuals), mine, np.full(len(residuals), 0.5))
    return np.asarray(1.4826 * sizes).astype(np.float64)
