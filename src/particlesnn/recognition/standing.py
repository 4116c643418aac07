"""To which side particles stand out: a bump is higher than what surrounds it, a pit is lower.

The networks know bright and dark particles alike. But those of one scan all stand out to the same side: of 7,400
particles on 366 electron micrographs that people outlined (EMPS), 44 do not stand out as most of their picture do. What
does so is a pit, a terrace below a step, or a letter.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from particlesnn.core import Particle

_POINTS = 32
"""So many points of a contour are looked at."""
_INWARDS = 0.6
"""How far from the middle the inside is read, as a share of the way to the border."""
_OUTWARDS, _LEAST_OUTWARDS_PX = 0.3, 2.0
"""How far beyond the border the surroundings are read, as a share of the radius, and at least."""
_FEW_POINTS = 8
"""From fewer points of the surroundings within the scan nothing is told."""
_QUARTER = 0.25
"""Lower than its surroundings is what lies below this quantile of them: a slope has a low side as well."""
_MOST = 0.8
"""Share of a scan's particles that must stand out to one side for the others to be none."""

Side = int
"""1 for higher, -1 for lower, 0 where it cannot be told."""


def sides_of(particles: Sequence[Particle], values: NDArray[np.float64]) -> NDArray[np.int8]:
    """Tell for each particle to which side it stands out.

    Parameters
    ----------
    particles
        In px of ``values``.
    values
        Shape (H, W).

    Returns
    -------
    ndarray of shape (N,)
        A `Side` each.
    """
    if not particles:
        return np.zeros(0, dtype=np.int8)
    borders = np.stack([_some_points(particle.contour.points_px) for particle in particles])
    middles = borders.mean(axis=1, keepdims=True)
    ways = borders - middles
    lengths = np.maximum(np.hypot(ways[..., 0], ways[..., 1])[..., np.newaxis], 1e-9)
    outer = borders + ways / lengths * np.maximum(_OUTWARDS * lengths, _LEAST_OUTWARDS_PX)
    last = np.array(values.shape[::-1]) - 1
    within = ((outer >= 0) & (outer <= last)).all(axis=2)
    inside = np.median(_at(values, middles + _INWARDS * ways), axis=1)
    around, border = (np.where(within, _at(values, points), np.inf) for points in (outer, borders))
    sides = np.zeros(len(particles), dtype=np.int8)
    known = np.count_nonzero(within, axis=1) >= _FEW_POINTS
    low, high = _quantiles(around[known], _QUARTER, 1 - _QUARTER)
    # In a crowd a low bump has none but taller neighbours around it, yet it is higher than its own border.
    (own,) = _quantiles(border[known], 0.5)
    above, below = inside[known] > np.maximum(high, own), inside[known] < np.minimum(low, own)
    sides[known] = above.astype(np.int8) - below.astype(np.int8)
    return sides


def common_side(sides: NDArray[np.int8], *, heights: bool) -> Side:
    """Tell to which side the particles of a scan stand out, 0 where both may be.

    Parameters
    ----------
    sides
        Those of its particles.
    heights
        Whether the scan is one of heights: then particles stand above, unless most are told to lie below, as on a scan
        whose sign was turned round.
    """
    above, below = np.count_nonzero(sides > 0), np.count_nonzero(sides < 0)
    if below > _MOST * (above + below):
        return -1
    return 1 if heights or above > _MOST * (above + below) else 0


def on_side(particles: list[Particle], sides: NDArray[np.int8], side: Side) -> list[Particle]:
    """Keep the particles that stand out to one side, and those of which it cannot be told."""
    return [particle for particle, own in zip(particles, sides, strict=True) if own * side >= 0]


def _quantiles(rows: NDArray[np.float64], *shares: float) -> list[NDArray[np.float64]]:
    """Return quantiles of the finite values of each row; as numpy's `nanquantile`, in a fifth of its time."""
    ordered, each = np.sort(rows, axis=1), np.arange(len(rows))
    last = np.isfinite(rows).sum(axis=1) - 1
    found = []
    for share in shares:
        place = share * last
        lower = np.floor(place).astype(np.intp)
        low, high = ordered[each, lower], ordered[each, np.minimum(lower + 1, last)]
        found.append(low + (place - lower) * (high - low))
    return found


def _some_points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points[np.arange(_POINTS) * len(points) // _POINTS]


def _at(values: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    found = map_coordinates(values, points.reshape(-1, 2).T[::-1], order=1, mode="nearest")
    return np.asarray(found.reshape(points.shape[:-1]))
