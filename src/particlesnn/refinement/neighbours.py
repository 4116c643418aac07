"""How high the neighbours stand at the sample points of each particle."""

import numpy as np

from particlesnn.refinement.fit import forms, profile
from particlesnn.refinement.frames import Floats, Frames
from particlesnn.refinement.lobes import Lobes
from particlesnn.refinement.pairs import BODY, Pairs

_FAINTEST = 0.01
"""What stands lower than this share of its own height is taken for substrate."""
_CHUNK = 128
"""Pairs that are evaluated at once: all of it fits into the cache of a core."""


def rivals(frames: Frames, lobes: Lobes, pairs: Pairs, parameters: Floats, contrasts: Floats, points: Floats) -> Floats:
    """Height of the highest neighbour at the sample points of each particle.

    Parameters
    ----------
    frames, lobes, pairs
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
        pair, point = np.nonzero(q < BODY**2)
        ln_squares = lobes.at(pairs.other[part][pair], places[pair, point])
        shares = profile(q[pair, point] * np.exp(-ln_squares), powers[part][pair])
        rises = np.where(shares > _FAINTEST, shares, 0.0) * tall[part][pair]
        np.maximum.at(highest, (pairs.one[part][pair], point), rises)
    return highest
