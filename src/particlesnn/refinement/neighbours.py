"""Which particles stand near one another, and how high the neighbours stand at the sample points of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree, box

from particlesnn.refinement.fit import evaluate_bumps
from particlesnn.refinement.frames import Floats, Frames

_BODY = 1.6
"""A body is felt out to this many half axes."""
_FAINTEST = 0.06
"""What stands lower than this share of its own height is taken for substrate."""
_CHUNK = 2048
"""Pairs that are evaluated at once: memory stays small on the largest map."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Ordered pairs of near particles."""

    one: NDArray[np.intp]
    """Shape (M,), sorted: whose surroundings ..."""
    other: NDArray[np.intp]
    """Shape (M,): ... hold whom."""


def pairs_of(frames: Frames, reach: float) -> Pairs:
    """Find for each particle all whose bodies reach into its surroundings.

    Parameters
    ----------
    frames
        N frames.
    reach
        How far surroundings go, in half axes.
    """
    # Half sides of the upright boxes around the ellipses.
    sides = np.sqrt(np.einsum("nij,nij->ni", frames.axes_px, frames.axes_px))
    around, body = (
        box(*(frames.centres_px - share * sides).T, *(frames.centres_px + share * sides).T) for share in (reach, _BODY)
    )
    one, other = STRtree(body).query(around)
    apart = one != other
    one, other = one[apart], other[apart]
    order = np.argsort(one, kind="stable")
    return Pairs(one[order], other[order])


def rivals(frames: Frames, pairs: Pairs, parameters: Floats, contrasts: Floats, points: Floats) -> Floats:
    """Height of the highest neighbour at the sample points of each particle.

    Parameters
    ----------
    frames, pairs
        Of N particles.
    parameters
        Shape (N, K): their bumps.
    contrasts
        Shape (N,): unit of each bump's amplitude; may be negative, then the particle is dark.
    points
        Shape (P, 2), or (N, P, 2): points of the frames.

    Returns
    -------
    ndarray of shape (N, P)
        In the unit of the scan, over each neighbour's own base, not negative; 0 where no neighbour stands clearly.
    """
    highest = np.zeros((len(contrasts), points.shape[-2]))
    inverse = frames.inverse
    for start in range(0, len(pairs.one), _CHUNK):
        one, other = pairs.one[start : start + _CHUNK], pairs.other[start : start + _CHUNK]
        change = inverse[other] @ frames.axes_px[one]
        shift = np.einsum("mij,mj->mi", inverse[other], frames.centres_px[one] - frames.centres_px[other])
        seen = points[one] if points.ndim == 3 else points
        places = seen @ change.transpose(0, 2, 1) + shift[:, np.newaxis]
        shares = evaluate_bumps(parameters[other], places)
        shares = np.where(shares > _FAINTEST * parameters[other, 5, np.newaxis], shares, 0.0)
        rises = shares * np.abs(contrasts[other])[:, np.newaxis]
        firsts = np.concatenate([[0], np.flatnonzero(np.diff(one)) + 1])
        best = np.maximum.reduceat(rises, firsts, axis=0)
        highest[one[firsts]] = np.maximum(highest[one[firsts]], best)
    return highest
