"""Least squares for thousands of particles at once: Levenberg-Marquardt on stacked normal matrices.

The model of one particle, in the terms of its frame and in units of its own contrast:

    h(u) = base + slope . u + amplitude * exp(-ln 4 * q^power),  q = |T (u - centre)|^2 / r^2

with T = [[exp(a), 0], [b, exp(c)]], and r near to 1 the distance of the border in the direction of T (u - centre), see
`lobes`. Where q = 1 the bump stands at a quarter of its height: the border of the particle. So a, b and c speak of its
size and stretching, and the power, which tells a dome from a table, hardly touches them.

Legend of shapes: N particles, P sample points, K parameters.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Array = NDArray[Any]

PARAMETERS = ("x", "y", "a", "b", "c", "amplitude", "ln_power", "base", "slope_u", "slope_v")
LN4 = float(np.log(4.0))
K = len(PARAMETERS)
_LN_POWERS = (np.log(0.6), np.log(5.0))
_LARGEST_STEP = np.array([0.3, 0.3, 0.25, 0.25, 0.25, 0.5, 0.4, 0.5, 0.5, 0.5])
"""No parameter changes by more than this at once."""
_PART = 96
"""Particles that are stepped together."""


@dataclass(frozen=True)
class Prior:
    """What is expected of the parameters before the heights are looked at: mean and standard deviation of each."""

    means: Floats
    """Shape (N, K)."""
    deviations: Floats
    """Shape (N, K)."""


def forms(parameters: Floats) -> Floats:
    """Matrices T, which make a circle of each border: shape (N, 2, 2)."""
    form = np.zeros((len(parameters), 2, 2))
    form[:, 0, 0], form[:, 1, 0], form[:, 1, 1] = np.exp(parameters[:, 2]), parameters[:, 3], np.exp(parameters[:, 4])
    return form


def profile(q: Array, power: Array) -> Array:
    """Share of a bump's height where the squared distance is q, 1 being the border."""
    return np.asarray(np.exp(-LN4 * np.exp(np.minimum(power * np.log(q + 1e-12), 5.0))))


def places_of(parameters: Floats, points: Floats) -> Floats:
    """Where points (P, 2) of the frames lie about the centres, each border being about a unit circle: (N, P, 2)."""
    return np.asarray((points - parameters[:, np.newaxis, :2]) @ forms(parameters).transpose(0, 2, 1))


def evaluate_bumps(parameters: Floats, places: Floats, ln_squares: Array) -> Floats:
    """Height of the bumps alone, without their base.

    Parameters
    ----------
    parameters
        Shape (N, K).
    places
        Shape (N, P, 2), see `places_of`.
    ln_squares
        Shape (N, P): ln r^2 there.

    Returns
    -------
    ndarray of shape (N, P)
    """
    q = np.einsum("npi,npi->np", places, places).astype(np.float32) * np.exp(-ln_squares)
    return np.asarray(parameters[:, 5:6] * profile(q, np.exp(parameters[:, 6:7]).astype(np.float32)))


def _rows(parameters: Floats, points: Singles, heights: Singles, ln_squares: Singles) -> Singles:
    """Compute the derivatives by each parameter and, last, what the model leaves: shape (N, K + 1, P)."""
    theta = parameters.astype(np.float32)[:, :, np.newaxis]
    ea, b, ec = np.exp(theta[:, 2]), theta[:, 3], np.exp(theta[:, 4])
    amplitude, power = theta[:, 5], np.exp(theta[:, 6])
    u, v = points[:, 0] - theta[:, 0], points[:, 1] - theta[:, 1]
    first, second = ea * u, b * u + ec * v
    q = first * first + second * second + np.float32(1e-6)
    log_q = np.log(q) - ln_squares
    raised = np.exp(np.minimum(power * log_q, np.float32(4.0)))
    shape = np.exp(np.float32(-LN4) * raised)
    rise = amplitude * shape
    by_log_q = np.float32(-LN4) * raised * rise
    by_power = by_log_q * power * log_q
    by_q2 = (2 * power) * by_log_q / q
    g_first, g_second = by_q2 * first, by_q2 * second
    out = np.empty((len(parameters), K + 1, len(points)), dtype=np.float32)
    out[:, 0] = -(g_first * ea + g_second * b)
    out[:, 1] = -(g_second * ec)
    out[:, 2] = g_first * first
    out[:, 3] = g_second * u
    out[:, 4] = g_second * (ec * v)
    out[:, 5] = shape
    out[:, 6] = by_power
    out[:, 7] = 1.0
    out[:, 8] = points[:, 0]
    out[:, 9] = points[:, 1]
    out[:, 10] = heights - rise - theta[:, 7] - theta[:, 8] * points[:, 0] - theta[:, 9] * points[:, 1]
    return out


@dataclass(eq=False)
class Fit:
    """A fit under way."""

    parameters: Floats
    """Shape (N, K)."""
    residuals: Singles
    """Shape (N, P): heights less the model."""
    precision: Floats
    """Shape (N, K, K): inverse of the parameters' covariance."""


_FIT = tuple(field.name for field in fields(Fit))


def descend(
    parameters: Floats,
    heights: Singles,
    weights: Singles,
    points: Singles,
    ln_squares: Singles,
    prior: Prior,
    *,
    steps: int,
) -> Fit:
    """Take damped Gauss-Newton steps, all particles at once, each with a damping of its own.

    No particle knows of another, so they go in parts that fit into the cache of a core, on all cores.

    Parameters
    ----------
    parameters
        Shape (N, K): where to begin.
    heights, weights
        Shapes (N, P). A weight is the inverse of the variance of a sample; 0 where it does not count.
    points
        Shape (P, 2).
    ln_squares
        Shape (N, P): ln r^2 at the points. It is held, for the direction in which a point lies hardly changes.
    prior
        What is expected.
    steps
        How many steps at most.
    """

    def work(part: slice) -> Fit:
        own = Prior(prior.means[part], prior.deviations[part])
        return _descend(parameters[part], heights[part], weights[part], points, ln_squares[part], own, steps)

    parts = [slice(start, start + _PART) for start in range(0, len(parameters), _PART)]
    cores = min(len(parts), _cores())
    if cores == 1:
        fits = [work(part) for part in parts]
    else:
        with ThreadPoolExecutor(cores) as pool:
            fits = list(pool.map(work, parts))
    return Fit(*(np.concatenate([getattr(fit, name) for fit in fits]) for name in _FIT))


def _cores() -> int:
    """Count the cores that this process may use, where the system tells; else all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _descend(
    parameters: Floats,
    heights: Singles,
    weights: Singles,
    points: Singles,
    ln_squares: Singles,
    prior: Prior,
    steps: int,
) -> Fit:
    current = parameters.copy()
    stiffness = prior.deviations**-2.0
    roots = np.sqrt(weights)[:, np.newaxis]
    residuals = np.empty_like(heights)
    normal = np.empty((len(current), K, K))
    gradient = np.empty((len(current), K))
    cost = np.full(len(current), np.inf)
    damping = np.full(len(current), 1e-3)
    trial = current.copy()
    active = np.arange(len(current))
    for step in range(steps + 1):
        rows = _rows(trial[active], points, heights[active], ln_squares[active])
        left = rows[:, K].copy()
        rows *= roots[active]
        products = np.matmul(rows, rows.transpose(0, 2, 1)).astype(np.float64)
        away = prior.means[active] - trial[active]
        new_cost = products[:, K, K] + (stiffness[active] * away**2).sum(axis=1)
        better = new_cost <= cost[active]
        gain = cost[active] - new_cost
        won = active[better]
        current[won], cost[won], residuals[won] = trial[won], new_cost[better], left[better]
        normal[won] = products[better, :K, :K]
        normal[won[:, np.newaxis], np.arange(K), np.arange(K)] += stiffness[won]
        gradient[won] = products[better, :K, K] + stiffness[won] * away[better]
        damping[active] = np.where(better, damping[active] * 0.2, damping[active] * 8.0)
        active = active[~better | (gain > 1e-3 * new_cost)] if step else active
        active = active[damping[active] < 1e6]
        if step == steps or not len(active):
            break
        damped = normal[active]
        diagonal = np.einsum("nkk->nk", damped)
        diagonal *= (1 + damping[active])[:, np.newaxis]
        delta = np.linalg.solve(damped, gradient[active][:, :, np.newaxis])[:, :, 0]
        trial[active] = current[active] + np.clip(delta, -_LARGEST_STEP, _LARGEST_STEP)
        trial[active, 6] = np.clip(trial[active, 6], *_LN_POWERS)
    return Fit(current, residuals, normal)
