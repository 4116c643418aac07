"""Erosion: the highest surface that a tip can have shown as this scan, and where it is the surface itself.

J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102, 425 (1997). Where the tip touched at one place only while it
recorded some pixel, the surface there is known (his "certainty map"). Where it touched at several, at any of them.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import grey_dilation, grey_erosion, minimum_filter

Heights = NDArray[np.float64]
_EQUAL = 1e-9
"""Heights that differ by less than this share of the relief are the same, for want of digits."""
_AT_ONCE = 2**16
"""How many pixels are looked at together: as many as a processor keeps at hand."""


def erode(heights: Heights, tip: Heights) -> Heights:
    """Lower each point as far as the tip, its apex at each recorded height around, demands.

    Parameters
    ----------
    heights
        Shape (H, W): the scan. Outside of it nothing is demanded.
    tip
        Shape (S, T), odd, 0 in the middle and negative around.
    """
    # The stubs leave out arrays as structures, which scipy documents.
    return np.asarray(
        grey_erosion(heights, footprint=_touching(heights, tip), structure=_finite(tip), mode="constant", cval=np.inf)  # type: ignore[call-overload]
    )


def dilate(surface: Heights, tip: Heights) -> Heights:
    """Return what the tip shows of a surface; outside of it there is none."""
    return np.asarray(
        grey_dilation(surface, footprint=_touching(surface, tip), structure=_finite(tip), mode="constant", cval=-np.inf)  # type: ignore[call-overload]
    )


def _touching(heights: Heights, tip: Heights) -> NDArray[np.bool_]:
    """Which points of the tip can touch at all: those no higher above the apex than any relief within its reach."""
    relief = float((heights - minimum_filter(heights, size=tip.shape, mode="nearest")).max())
    return np.asarray(tip >= -relief * (1 + _EQUAL))


def _finite(tip: Heights) -> Heights:
    return np.where(np.isfinite(tip), tip, 0.0)  # such points never touch, and infinities would make NaN


def certain_points(surface: Heights, tip: Heights, *, tolerance: float = 0.0) -> NDArray[np.bool_]:
    """Find where the eroded surface is the surface itself.

    Parameters
    ----------
    surface
        Shape (H, W), as `erode` gives it.
    tip
        The same tip.
    tolerance
        How near to touching counts as touching: what noise can hide. Exact contact when 0.

    Returns
    -------
    ndarray
        Shape (H, W), bool. Pixels that only a tip outside of the scan could have touched are not certain.
    """
    height, width = surface.shape
    rows, columns = (side // 2 for side in tip.shape)
    if height <= 2 * rows or width <= 2 * columns:
        return np.zeros(surface.shape, dtype=np.bool_)
    near = np.full(surface.shape, np.inf)
    inner = slice(rows, height - rows), slice(columns, width - columns)  # beyond, a contact may be out of sight
    near[inner] = dilate(surface, tip)[inner] - max(tolerance, _EQUAL * float(np.ptp(surface)))
    places = np.argwhere(_touching(surface, tip))
    offsets = places - (rows, columns)
    # Lines lie one after the other in memory, so that a step of the tip is a shift of all pixels by one number.
    flat, steps = surface.ravel(), offsets @ (width, 1)
    drops = tip[tuple(places.T)]
    certain = np.zeros(flat.shape, dtype=np.bool_)
    for start in range(rows * width + columns, (height - rows) * width - columns, _AT_ONCE):
        stop = min(start + _AT_ONCE, (height - rows) * width - columns)
        wanted = near.ravel()[start:stop]
        touched = [
            np.nonzero(flat[start - step : stop - step] + drop >= wanted)[0]
            for step, drop in zip(steps, drops, strict=True)
        ]
        contacts = np.zeros(stop - start, dtype=np.int32)
        for pixels in touched:
            contacts[pixels] += 1
        single = contacts == 1
        for step, pixels in zip(steps, touched, strict=True):
            certain[pixels[single[pixels]] + (start - step)] = True
    return certain.reshape(surface.shape)
