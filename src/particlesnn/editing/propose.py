"""A contour that the surface itself draws around a point: what stands there, down to a quarter of its height.

The border of a particle is where its profile has fallen to a quarter of its height above the local substrate
(CONTEXT.md). Around one point this is a flood from the summit nearby, with a level that follows from the flood itself.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter
from skimage.measure import find_contours, label

from particlesnn.core import AnnotationError, Contour, Scan

_LEVEL = 0.25
"""Share of the height above the local substrate at which a contour runs."""
_NOTHING = "nothing stands out at this point; click on a particle, or draw its contour"
_SMOOTH_PX = 0.7
_CLIMB_PX = 3
"""A click may miss the summit's slope by this much."""
_LEAST_AREA_PX = 6
_LARGEST_SHARE = 0.5
"""Of the window; what fills more of it is a terrace, not a particle."""
_CLEAR = 4.0
"""A particle stands above the substrate by this many times its noise."""
_ROUNDS = 6


def propose_on_surface(scan: Scan, at_px: tuple[float, float], *, reach_px: int = 96) -> Contour:
    """Draw a contour around what stands, bright or dark, at a point.

    Parameters
    ----------
    scan
        The scan.
    at_px
        (x, y) of the point in px.
    reach_px
        How far from the point the contour may reach.

    Raises
    ------
    AnnotationError
        When the point lies outside the scan, or nothing stands out there.
    """
    rows, columns = scan.shape_px
    column, row = (round(value) for value in at_px)
    if not (0 <= column < columns and 0 <= row < rows):
        raise AnnotationError("the point lies outside the scan; click inside it")
    for reach in (24, 48, reach_px):  # the near substrate knows best; a large particle needs a larger window
        top, left = max(row - reach, 0), max(column - reach, 0)
        window = scan.values[top : row + reach + 1, left : column + reach + 1]
        inside = (top > 0, row + reach < rows - 1, left > 0, column + reach < columns - 1)
        found = _in_window(gaussian_filter(window, _SMOOTH_PX), (row - top, column - left), inside)
        if found is not None:
            return Contour(found + np.array([left, top]))
    raise AnnotationError(_NOTHING)


def _in_window(
    values: NDArray[np.float64], at: tuple[int, int], inside: tuple[bool, bool, bool, bool]
) -> NDArray[np.float64] | None:
    """Points (K, 2) of (x, y) within the window; None where nothing ends inside it.

    ``inside`` tells of its top, bottom, left and right side whether the scan goes on beyond.
    """
    substrate = float(np.median(values))
    sign = 1.0 if values[at] >= substrate else -1.0
    heights = sign * values
    level_of = -np.inf
    region = np.ones(values.shape, dtype=np.bool_)
    summit = _climb(heights, at)
    for _ in range(_ROUNDS):
        ring = np.ones_like(region) if region.all() else binary_dilation(region, iterations=4) & ~region
        low = heights[ring]
        low = low[low <= np.median(low)]  # what else stands around is no substrate
        ground = float(np.median(low))
        noise = 2 * 1.4826 * float(np.median(np.abs(low - ground)))
        height = float(heights[summit]) - ground
        if height <= 0 or (not region.all() and height < _CLEAR * noise):
            return None
        level = ground + _LEVEL * height
        if np.isclose(level, level_of, rtol=0, atol=1e-3 * height):
            break
        level_of = level
        labels = label(heights > level, connectivity=1)
        region = labels == labels[summit]
        if region.mean() > _LARGEST_SHARE:
            return None
    sides = (region[0].any(), region[-1].any(), region[:, 0].any(), region[:, -1].any())
    if any(open_ and reached for open_, reached in zip(inside, sides, strict=True)):
        return None
    if region.sum() < _LEAST_AREA_PX or not binary_dilation(region, iterations=_CLIMB_PX)[at]:
        return None
    return _traced(np.where(region, heights - level_of, np.minimum(heights - level_of, -1e-9)), region)


def _climb(heights: NDArray[np.float64], at: tuple[int, int]) -> tuple[int, int]:
    """Go uphill from a point to the summit."""
    row, column = at
    while True:
        top, left = max(row - _CLIMB_PX, 0), max(column - _CLIMB_PX, 0)
        near = heights[top : row + _CLIMB_PX + 1, left : column + _CLIMB_PX + 1]
        best = np.unravel_index(int(np.argmax(near)), near.shape)
        higher = (top + int(best[0]), left + int(best[1]))
        if heights[higher] <= heights[row, column]:
            return row, column
        row, column = higher


def _traced(field: NDArray[np.float64], region: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    padded = np.pad(field, 1, mode="constant", constant_values=-float(np.abs(field[region]).max()))
    paths = [path for path in find_contours(padded, 0.0) if len(path) > 3]
    if not paths:
        return None
    return np.asarray(max(paths, key=len)[:, ::-1] - 1.0, dtype=np.float64)
