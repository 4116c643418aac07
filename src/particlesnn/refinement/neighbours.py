"""Which particles stand near one another, and how high the neighbours stand at the sample points of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree, box

from particlesnn.refinement.fit import forms, profile
from particlesnn.refinement.frames import Floats, Frames

_BODY = 1.6
"""A body is felt out to this many half axes."""
_FAINTEST = 0.01
"""What stands lower than this share of its own height is taken for substrate."""
_CHUNK = 128
"""Pairs that are evaluated at once: all of it fits into the cache of a core."""


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
        Shape (P, 2): points of the frames.

    Returns
    -------
    ndarray of shape (N, P)
        In the unit of the scan, over each neighbour's own base, not negative; 0 where no neighbour stands clearly.
    """
    highest = np.zeros((len(contrasts), len(points)))
    # From the frame of the one straight to where the other's bump is a function of the distance alone.
    form = forms(parameters)
    to_other = form[pairs.other] @ frames.inverse[pairs.other]
    change = to_other @ frames.axes_px[pairs.one]
    apart = frames.centres_px[pairs.one] - frames.centres_px[pairs.other]
    shift = np.einsum("mij,mj->mi", to_other, apart)
    shift -= np.einsum("mij,mj->mi", form[pairs.other], parameters[pairs.other, :2])
    tall = np.abs(parameters[:, 5] * contrasts)[pairs.other]
    powers = np.exp(parameters[pairs.other, 6])
    for start in range(0, len(pairs.one), _CHUNK):
        part = slice(start, start + _CHUNK)
        places = points.astype(np.float32) @ change[part].astype(np.float32).transpose(0, 2, 1)
        places += shift[part, np.newaxis].astype(np.float32)
        q = np.einsum("mpi,mpi->mp", places, places)
        pair, point = np.nonzero(q < _BODY**2)
        shares = profile(q[pair, point], powers[part][pair])
        rises = np.where(shares > _FAINTEST, shares, 0.0) * tall[part][pair]
        np.maximum.at(highest, (pairs.one[part][pair], point), rises)
    return highest
