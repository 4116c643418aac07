"""Large scans in overlapping tiles.

The maps, not the particles, are joined: neighbouring tiles fade into each other over their overlap, and particles are
decoded once from the whole. So no particle is cut at a seam, and none is found twice.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Maps = NDArray[np.float32]

WHOLE_PX = 1024
"""Scans up to this side are run in one piece."""
TILE_PX = 768
"""Side of a tile of larger scans."""
OVERLAP_PX = 160
"""How far neighbouring tiles overlap; more than the radius of the largest particle at a scale."""


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
    total = np.zeros((rows, columns), dtype=np.float32)
    for top, bottom in spans(rows):
        for left, right in spans(columns):
            maps = run(np.ascontiguousarray(views[:, top:bottom, left:right]))
            weight = np.minimum.outer(_fade(top, bottom, rows), _fade(left, right, columns))
            if joined is None:
                joined = np.zeros((len(maps), rows, columns), dtype=np.float32)
            joined[:, top:bottom, left:right] += maps * weight
            total[top:bottom, left:right] += weight
    assert joined is not None
    joined /= total
    return joined


def spans(length: int) -> Iterator[tuple[int, int]]:
    """Cut a side into tiles of equal overlap that cover it all."""
    if length <= WHOLE_PX:
        yield 0, length
        return
    count = int(np.ceil((length - OVERLAP_PX) / (TILE_PX - OVERLAP_PX)))
    for first in np.linspace(0, length - TILE_PX, count).round().astype(int):
        yield int(first), int(first) + TILE_PX


def _fade(first: int, last: int, length: int) -> NDArray[np.float32]:
    """Weight along a tile's side: 1 inside, falling to nearly 0 at a seam, 1 at the scan's own border."""
    places = np.arange(last - first, dtype=np.float32)
    rise = np.ones_like(places) if first == 0 else (places + 1) / OVERLAP_PX
    fall = np.ones_like(places) if last == length else (last - first - places) / OVERLAP_PX
    return np.clip(np.minimum(rise, fall), 1e-3, 1.0)
