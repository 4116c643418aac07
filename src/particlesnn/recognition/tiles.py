"""Large scans in overlapping tiles.

The maps, not the particles, are joined: neighbouring tiles fade into each other over their overlap, and particles are
decoded once from the whole. So no particle is cut at a seam, and none is found twice.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Maps = NDArray[np.float32]

WHOLE_PX = 1024
"""Scans up to this side are run in one piece, and no tile of a larger one is larger."""
OVERLAP_PX = 160
"""How far neighbouring tiles overlap at least; more than the radius of the largest particle at a scale."""
_STEP_PX = 32
"""Sides of tiles are multiples of this, as networks want them; otherwise each tile would be mirrored up to one."""


def run_in_tiles(run: Callable[[Maps], Maps], views: Maps) -> Maps:
    """Run a network over a scan of any size.

    Parameters
    ----------
    run
        Turns views (C, h, w) into maps (M, h, w).
    views
        Shape (C, H, W), encoded from the whole scan.

    Returns
    -------
    ndarray of shape (M, H, W)
    """
    _, rows, columns = views.shape
    if max(rows, columns) <= WHOLE_PX:
        return run(views)
    joined: Maps | None = None
    for (top, bottom), down in _weighted(rows):
        for (left, right), across in _weighted(columns):
            maps = run(np.ascontiguousarray(views[:, top:bottom, left:right]))
            if joined is None:
                joined = np.zeros((len(maps), rows, columns), dtype=np.float32)
            joined[:, top:bottom, left:right] += maps * np.outer(down, across)
    assert joined is not None
    return joined


def spans(length: int, most_px: int = WHOLE_PX) -> Iterator[tuple[int, int]]:
    """Cut a side into the fewest tiles that overlap enough, all of one length, and cover it all.

    Parameters
    ----------
    length
        Of the side, in px.
    most_px
        Longest tile; a multiple of 32.
    """
    if length <= most_px:
        yield 0, length
        return
    count = -(-(length - OVERLAP_PX) // (most_px - OVERLAP_PX))
    # No longer than they must be: a longer overlap is computed twice for nothing.
    tile = -(-(length + (count - 1) * OVERLAP_PX) // (count * _STEP_PX)) * _STEP_PX
    for first in np.linspace(0, length - tile, count).round().astype(int):
        yield int(first), int(first) + tile


def _weighted(length: int) -> list[tuple[tuple[int, int], NDArray[np.float32]]]:
    """Return the tiles along a side with their weights, which add up to 1 everywhere."""
    tiles = list(spans(length))
    rises = [_fade(first, last, length) for first, last in tiles]
    total = np.zeros(length, dtype=np.float32)
    for (first, last), rise in zip(tiles, rises, strict=True):
        total[first:last] += rise
    return [((first, last), rise / total[first:last]) for (first, last), rise in zip(tiles, rises, strict=True)]


def _fade(first: int, last: int, length: int) -> NDArray[np.float32]:
    """Weight along a tile's side: 1 inside, falling to nearly 0 at a seam, 1 at the scan's own border."""
    places = np.arange(last - first, dtype=np.float32)
    rise = np.ones_like(places) if first == 0 else (places + 1) / OVERLAP_PX
    fall = np.ones_like(places) if last == length else (last - first - places) / OVERLAP_PX
    return np.clip(np.minimum(rise, fall), 1e-3, 1.0)
