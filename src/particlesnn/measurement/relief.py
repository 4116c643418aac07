"""Heights above the local substrate.

The substrate under a particle cannot be seen. It is taken from a ring around the particle that leaves out all other
particles and keeps a distance, because the tip-broadened foot of a particle reaches beyond its contour. A plane is laid
through the ring; where the ring holds a step, the terrace that most of the ring lies on counts.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

_GAP = 0.2
"""Distance between contour and ring, as a share of the particle's diameter."""
_RING = 0.45
"""Width of the ring, as a share of the diameter."""
_LEAST_PX = 12
"""A ring of fewer free pixels is widened."""
_WIDENINGS = 3
"""How often the ring is doubled before the whole scan's substrate is taken."""


@dataclass(frozen=True)
class Relief:
    """Heights of one particle, in the unit of the scan; negative for a hollow or a dark particle."""

    height_max: float
    """Highest point, of the surface freed of single-pixel spikes by a 3 x 3 median."""
    height_mean: float
    """Mean over the particle's pixels."""
    height_median: float
    """Median over the particle's pixels."""
    volume_px: float
    """Sum over the particle's pixels: height unit times px^2."""
    half_area_px: float
    """Area of the pixels that reach half of the highest point, in px^2; NaN for a flat particle."""


@dataclass(frozen=True, eq=False)
class Ground:
    """A scan, and where it shows substrate."""

    values: NDArray[np.float64]
    """Shape (H, W): the scan."""
    labels: NDArray[np.int32]
    """Shape (H, W): the number of the particle at each pixel, 0 on the substrate."""

    @cached_property
    def level(self) -> float:
        """Median of all substrate; the lowest point where there is none."""
        free = self.values[self.labels == 0]
        return _median(free) if free.size else float(np.min(self.values))


def measure_relief(ground: Ground, number: int, box: tuple[slice, slice], diameter_px: float) -> Relief:
    """Measure one particle's heights.

    Parameters
    ----------
    ground
        The scan and its particles.
    number
        Which particle.
    box
        Rows and columns that hold all of its pixels.
    diameter_px
        Its equal-area diameter, which sets the size of the ring.
    """
    own = ground.labels[box] == number
    heights = ground.values[box] - substrate_under(ground, box, diameter_px)
    inside = heights[own]
    mean = float(inside.mean())
    smooth = median_filter(heights, size=3, mode="nearest")[own] if inside.size > 9 else inside
    top = float(smooth.max() if mean >= 0 else smooth.min())
    half_area = float(np.count_nonzero(inside / top >= 0.5)) if top else np.nan
    return Relief(top, mean, _median(inside), float(inside.sum()), half_area)


def largest_reach(width_px: float, height_px: float, area_px: float) -> float:
    """How far from a particle's box its ring may reach, in px, however often it is widened."""
    diameter = float(np.sqrt(4 * area_px / np.pi))
    reach = max((_GAP + _RING) * diameter, 3.0) * 2 ** (_WIDENINGS - 1)
    # The ring is counted on an ellipse; along the longer side of its box a step is longer.
    return float(reach * max(width_px, height_px, 1.0) / max(np.sqrt(width_px * height_px), 1.0) + 2.0)


def substrate_under(ground: Ground, box: tuple[slice, slice], diameter_px: float) -> NDArray[np.float64]:
    """Height of the substrate under each pixel of the box, shape of the box."""
    gap, reach = max(_GAP * diameter_px, 1.0), max((_GAP + _RING) * diameter_px, 3.0)
    for _ in range(_WIDENINGS):
        rows, columns = (slice(max(side.start - int(reach) - 1, 0), side.stop + int(reach) + 1) for side in box)
        near = ground.labels[rows, columns]
        y = np.arange(rows.start, rows.start + near.shape[0])
        x = np.arange(columns.start, columns.start + near.shape[1])
        away = _distance_to_box_ellipse(y, x, box)
        free_y, free_x = np.nonzero((near == 0) & (away > gap) & (away < reach))
        if free_y.size >= _LEAST_PX:
            return _plane(ground.values[y[free_y], x[free_x]], y[free_y], x[free_x], box)
        reach *= 2
    return np.full(tuple(side.stop - side.start for side in box), ground.level)


def _distance_to_box_ellipse(y: NDArray[np.int_], x: NDArray[np.int_], box: tuple[slice, slice]) -> NDArray[np.float64]:
    """Roughly how far pixels lie outside the ellipse that fills the box, a row for each y and a column for each x."""
    half_y, half_x = ((side.stop - side.start) / 2 for side in box)
    centre_y, centre_x = ((side.stop + side.start - 1) / 2 for side in box)
    radius = np.hypot(((y - centre_y) / half_y)[:, np.newaxis], (x - centre_x) / half_x)
    return np.asarray((radius - 1) * np.sqrt(half_y * half_x), dtype=np.float64)


def _plane(
    heights: NDArray[np.float64], y: NDArray[np.int_], x: NDArray[np.int_], box: tuple[slice, slice]
) -> NDArray[np.float64]:
    """Lay a plane through the ring, three times, each time without what stands far off: unseen particles, a terrace."""
    centre_y, centre_x = y.mean(), x.mean()
    design = np.stack([np.ones_like(heights), y - centre_y, x - centre_x])
    coefficients = np.array([_median(heights), 0.0, 0.0])
    for _ in range(3):
        residual = heights - coefficients @ design
        distance = np.abs(residual - _median(residual))
        near = distance < 2.5 * (1.4826 * _median(distance) + 1e-12)
        if np.count_nonzero(near) < _LEAST_PX / 2:
            break
        kept = design[:, near]
        normal = kept @ kept.T
        # A little ridge: a ring on one side only must not tilt the plane without bound.
        normal[(1, 2), (1, 2)] += 1e-3 * (normal[1, 1] + normal[2, 2] + 1e-12)
        coefficients = np.linalg.solve(normal, kept @ heights[near])
    level, slope_y, slope_x = coefficients
    rows, columns = (np.arange(side.start, side.stop) for side in box)
    return np.asarray(
        level + slope_y * (rows - centre_y)[:, np.newaxis] + slope_x * (columns - centre_x), dtype=np.float64
    )


def _median(values: NDArray[np.float64]) -> float:
    """Median of finite values, shape (N,), in a third of the time that np.median takes for a few hundred."""
    middle = values.size // 2
    if values.size % 2:
        return float(np.partition(values, middle)[middle])
    low, high = np.partition(values, (middle - 1, middle))[middle - 1 : middle + 1]
    return float((low + high) / 2)
