"""Pieces of one particle joined: how clear a pass between two middles parts them depends on how large they are.

Small particles that touch leave a shallow pass between them; a large one with facets, shadows or grain of its own shows
passes as deep inside. The passes are taken from the highest down, as for the dynamics of contours (Najman and Schmitt,
IEEE Trans. Pattern Anal. Mach. Intell. 1996, 18, 1163), and at each the lower of the two summits must rise by what the
larger piece demands. Summits of one height on a ridge, all of them clear maxima, are joined as well.
"""

import numpy as np
from numpy.typing import NDArray

from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.parts import count_pixels


def joined(labels: NDArray[np.int32], depth: NDArray[np.float32], point: OperatingPoint) -> NDArray[np.int32]:
    """Join neighbouring pieces that no clear pass divides.

    Parameters
    ----------
    labels
        Shape (H, W): 0 for substrate, else the piece's number.
    depth
        Shape (H, W): how deep inside a particle, 0..1.
    point
        Thresholds; ``seed_rise`` and those after it that speak of the rise are used here.

    Returns
    -------
    ndarray of shape (H, W), int32
        A particle made of several pieces bears the number of one of them.
    """
    neighbours, passes = _passes(labels, depth)
    if not len(passes):
        return labels
    areas = count_pixels(labels)
    summits = np.zeros(len(areas), dtype=depth.dtype)
    np.maximum.at(summits, labels.ravel(), depth.ravel())
    whole = np.arange(len(areas), dtype=np.int32)

    def whole_of(piece: int) -> int:
        while whole[piece] != piece:
            whole[piece] = whole[whole[piece]]
            piece = int(whole[piece])
        return piece

    for pair in np.argsort(-passes, kind="stable"):
        one, other = (whole_of(int(piece)) for piece in neighbours[pair])
        if one == other:
            continue
        rise = min(summits[one], summits[other]) - passes[pair]
        if rise < _demanded(max(areas[one], areas[other]), point):
            whole[other] = one
            summits[one] = max(summits[one], summits[other])
            areas[one] += areas[other]
    return np.array([whole_of(piece) for piece in range(len(whole))], dtype=np.int32)[labels]


def _demanded(area_px: float, point: OperatingPoint) -> float:
    """Tell by how much the summit of a piece must rise above a pass."""
    diameter_px = np.sqrt(4 / np.pi * area_px)
    times_larger = point.rise_large_px / point.rise_small_px
    largeness = np.clip(np.log(diameter_px / point.rise_small_px) / np.log(times_larger), 0, 1)
    return float(point.seed_rise + (point.seed_rise_large - point.seed_rise) * largeness)


def _passes(labels: NDArray[np.int32], depth: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Find which pieces touch, shape (P, 2), and the highest pass between them, shape (P,)."""
    names, heights = [], []
    many = int(labels.max(initial=0)) + 1
    for first, second in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        one, other = labels[first], labels[second]
        touch = (one != other) & (one > 0) & (other > 0)
        low, high = np.minimum(one[touch], other[touch]), np.maximum(one[touch], other[touch])
        names.append(low.astype(np.int64) * many + high)
        heights.append(np.minimum(depth[first][touch], depth[second][touch]))
    pairs, which = np.unique(np.concatenate(names), return_inverse=True)
    passes = np.zeros(len(pairs), dtype=depth.dtype)
    np.maximum.at(passes, which, np.concatenate(heights))
    return np.stack(np.divmod(pairs, many), axis=1), passes
