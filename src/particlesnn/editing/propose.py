"""A contour that the surface itself draws around a point: what stands there, down to a quarter of its height.

The border of a particle is where its profile has fallen to a quarter of its height above the local substrate
(CONTEXT.md). The substrate is what remains when all that is narrower than a square is cut off (morphological opening),
so that tilt and steps stay in it; the smallest square that leaves room around the particle decides. Towards a
neighbour the contour runs along the valley between the two summits (watershed).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, gaussian_filter, grey_opening
from skimage.measure import find_contours, label
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

from particlesnn.core import AnnotationError, Contour, Scan

_LEVEL = 0.25
"""Share of the height above the local substrate at which a contour runs."""
_REACHES_PX = (5, 8, 12, 18, 27, 40, 60, 90)
"""Half sides of the squares that are tried."""
_SMOOTH = 1 / 9
"""Width of the smoothing as a share of the half side, so that noise weighs alike at all sizes."""
_ROOM = 0.75
"""The radius of a particle as a share of the half side of its square, at most."""
_PROMINENCE = 0.15
"""A summit beside ours is a neighbour when the pass between them lies this share of our height below it."""
_CLEAR = 5.0
"""A particle stands above the substrate by this many times its noise."""
_WHOLE = 0.5
"""What is lower than this share of the highest thing at a point is a part of it."""
_LEAST_AREA_PX = 8
_NOTHING = "nothing stands out at this point; click on a particle, or draw its contour"


def propose_on_surface(scan: Scan, at_px: tuple[float, float]) -> Contour:
    """Draw a contour around what stands, bright or dark, at a point.

    Parameters
    ----------
    scan
        The scan.
    at_px
        (x, y) of the point in px.

    Raises
    ------
    AnnotationError
        When the point lies outside the scan, or nothing stands out there.
    """
    rows, columns = scan.shape_px
    column, row = (round(value) for value in at_px)
    if not (0 <= column < columns and 0 <= row < rows):
        raise AnnotationError("the point lies outside the scan; click inside it")
    found = [each for reach in _REACHES_PX for each in _around(scan.values, (row, column), reach)]
    if not found:
        raise AnnotationError(_NOTHING)
    # The smallest square that leaves room; but a bump on top of a particle is not the particle.
    highest = max(height for height, _ in found)
    return Contour(next(points for height, points in found if height >= _WHOLE * highest))


def _around(values: NDArray[np.float64], at: tuple[int, int], reach: int) -> list[tuple[float, NDArray[np.float64]]]:
    """List what stands at a pixel of a scan, bright or dark, with its height, by squares of one size."""
    side = 3 * reach + 4
    top, left = max(at[0] - side, 0), max(at[1] - side, 0)
    window = values[top : at[0] + side + 1, left : at[1] + side + 1]
    window = gaussian_filter(window, max(0.7, _SMOOTH * reach))
    found = (_standing(sign * window, (at[0] - top, at[1] - left), reach) for sign in (1.0, -1.0))
    return [(height, points + np.array([left, top])) for height, points in filter(None, found)]


def _standing(values: NDArray[np.float64], at: tuple[int, int], reach: int) -> tuple[float, NDArray[np.float64]] | None:
    """Return how high something stands at a pixel and its outline, (K, 2) of (x, y); None where nothing does."""
    heights = values - grey_opening(values, size=(2 * reach + 1,) * 2)
    low = heights[heights <= np.median(heights)]  # what else stands around is no substrate
    ground, noise = float(np.median(low)), 1.4826 * float(np.median(np.abs(low - np.median(low))))
    summit = _climb(values, at, max(1, reach // 3))
    height = float(heights[summit]) - ground
    if height <= max(_CLEAR * noise, 1e-9 * float(np.abs(values).max())):
        return None
    above = heights - (ground + _LEVEL * height)
    region = _of_summit(values, above > 0, summit, _PROMINENCE * height)
    radius = float(np.sqrt(region.sum() / np.pi))
    if region.sum() < _LEAST_AREA_PX or radius > _ROOM * reach:
        return None
    if not binary_dilation(region, iterations=2)[at]:
        return None
    return height, _traced(np.where(region, above, np.minimum(above, -1e-9 * height)), region)


def _of_summit(
    values: NDArray[np.float64], above: NDArray[np.bool_], summit: tuple[int, int], prominence: float
) -> NDArray[np.bool_]:
    """Take the part of what stands above the level that belongs to a summit and not to a neighbour."""
    own = label(above, connectivity=1)
    mask = own == own[summit]
    seeds = label(h_maxima(np.where(mask, values, values.min()), prominence), connectivity=2) * mask
    seeds[summit] = seeds[summit] or seeds.max() + 1
    basins = watershed(-values, seeds, mask=mask, connectivity=1)
    return np.asarray(basins == basins[summit], dtype=np.bool_)


def _climb(values: NDArray[np.float64], at: tuple[int, int], step: int) -> tuple[int, int]:
    """Go uphill from a pixel to the summit."""
    row, column = at
    while True:
        top, left = max(row - step, 0), max(column - step, 0)
        near = values[top : row + step + 1, left : column + step + 1]
        best = np.unravel_index(int(np.argmax(near)), near.shape)
        higher = (top + int(best[0]), left + int(best[1]))
        if values[higher] <= values[row, column]:
            return row, column
        row, column = higher


def _traced(field: NDArray[np.float64], region: NDArray[np.bool_]) -> NDArray[np.float64]:
    padded = np.pad(field, 1, mode="constant", constant_values=-float(np.abs(field[region]).max()))
    path = max(find_contours(padded, 0.0), key=len)
    return np.asarray(path[:, ::-1] - 1.0, dtype=np.float64)
