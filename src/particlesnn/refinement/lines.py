"""The offset of each scan line, which drift, noise and changes of the tip leave behind."""

import numpy as np
from numpy.typing import NDArray

from particlesnn.refinement.frames import Floats

_LEAST_FREE = 12
"""Pairs of free pixels that two lines need to be compared."""


def line_offsets(values: Floats, covered: NDArray[np.bool_]) -> Floats:
    """Offset of each line against the first, from the substrate alone, shape (H,), in the unit of the scan.

    The median step from a line to the next over the pixels that are free in both. What tilts or bends slowly from line
    to line is no fault, but taking it away does no harm to a fit with a base of its own.

    Parameters
    ----------
    values
        Shape (H, W): the scan.
    covered
        Shape (H, W): the pixels of particles.
    """
    steps = np.diff(values, axis=0)
    free = ~(covered[1:] | covered[:-1])
    offsets = np.zeros(len(values))
    for row, (step, wanted) in enumerate(zip(steps, free, strict=True)):
        if np.count_nonzero(wanted) >= _LEAST_FREE:
            offsets[row + 1] = np.median(step[wanted])
    return np.cumsum(offsets)
