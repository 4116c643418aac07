"""Heights at the sample points of each particle.

A large particle is sampled on a coarser copy of the scan, so that every pixel has its say and yet each particle costs
the same.
"""

import numpy as np
from numpy.typing import NDArray

from particlesnn.refinement.frames import Floats, Frames

_COARSEST = 6
"""Largest level; 64 px are one pixel there."""
_WIDEST_STEP = 1.3
"""Points farther apart than this, in pixels of a level, are taken from the next coarser one."""


def sample(values: Floats, frames: Frames, points: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Sample the scan at the points of each frame.

    Parameters
    ----------
    values
        Shape (H, W): the scan.
    frames
        N frames.
    points
        Shape (P, 2): points of the frame, evenly spread.

    Returns
    -------
    heights, inside
        Shapes (N, P): height of the scan, and whether the point lies on it.
    """
    places = frames.to_px(points)
    radius = np.hypot(*points.T).max()
    spacing = radius * np.sqrt(np.pi / len(points)) * frames.radii_px
    levels = np.clip(np.floor(np.log2(spacing / _WIDEST_STEP)), 0, _COARSEST).astype(int)
    heights = np.empty(places.shape[:2])
    picture = values
    for level in range(int(levels.max(initial=0)) + 1):
        chosen = levels == level
        if chosen.any():
            heights[chosen] = _interpolated(picture, (places[chosen] + 0.5) / 2**level - 0.5)
        if min(picture.shape) < 2:
            heights[levels > level] = _interpolated(picture, (places[levels > level] + 0.5) / 2**level - 0.5)
            break
        picture = _halved(picture)
    rows, columns = values.shape
    x, y = places[..., 0], places[..., 1]
    inside = (x >= -0.5) & (y >= -0.5) & (x <= columns - 0.5) & (y <= rows - 0.5)
    return heights, inside


def _halved(picture: Floats) -> Floats:
    """Join 2 x 2 pixels to one: the mean of the middle two, so that a spike of one pixel is gone."""
    rows, columns = picture.shape
    padded = np.pad(picture, ((0, rows % 2), (0, columns % 2)), mode="edge")
    four = np.stack([padded[::2, ::2], padded[::2, 1::2], padded[1::2, ::2], padded[1::2, 1::2]])
    return np.asarray((four.sum(axis=0) - four.max(axis=0) - four.min(axis=0)) / 2, dtype=np.float64)


def _interpolated(picture: Floats, places: Floats) -> Floats:
    """Bilinear, the outermost pixels continued: places (..., 2) as (x, y), result (...)."""
    rows, columns = picture.shape
    x = np.clip(places[..., 0], 0, columns - 1)
    y = np.clip(places[..., 1], 0, rows - 1)
    left = np.minimum(x.astype(np.intp), max(columns - 2, 0))
    top = np.minimum(y.astype(np.intp), max(rows - 2, 0))
    x, y = x - left, y - top
    flat = picture.ravel()
    first = top * columns + left
    right, down = min(1, columns - 1), columns * min(1, rows - 1)
    upper = flat[first] * (1 - x) + flat[first + right] * x
    lower = flat[first + down] * (1 - x) + flat[first + down + right] * x
    return np.asarray(upper * (1 - y) + lower * y, dtype=np.float64)
