"""Which particles stand near one another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import STRtree, box

from particlesnn.refinement.frames import Frames

BODY = 1.6
"""A body is felt out to this many half axes."""


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
        box(*(frames.centres_px - share * sides).T, *(frames.centres_px + share * sides).T) for share in (reach, BODY)
    )
    one, other = STRtree(body).query(around)
    apart = one != other
    one, other = one[apart], other[apart]
    order = np.argsort(one, kind="stable")
    return Pairs(one[order], other[order])
