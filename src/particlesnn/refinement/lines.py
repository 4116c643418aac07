"""The offset of each scan line, which drift, noise and changes of the tip leave behind."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from particlesnn.refinement.frames import Floats, Frames

_SKIRT = 1.7
"""Skirts reach so far, in half axes; they would pull the lines up where many begin and down where they end ..."""
_BODY = 1.1
"""... but where a crowd leaves nothing else, all outside the bodies is taken."""
_WELL_FREE = 40
"""Pairs of pixels outside the skirts that are enough."""
_LEAST_FREE = 12
"""Pairs of free pixels that two lines need to be compared at all."""
_CORNERS = 24


def line_offsets(values: Floats, frames: Frames) -> Floats:
    """Offset of each line against the first, from the substrate alone, shape (H,), in the unit of the scan.

    The median step from a line to the next over the pixels that are free in both. What tilts or bends slowly from line
    to line is no fault, but taking it away does no harm to a fit with a base of its own.

    Parameters
    ----------
    values
        Shape (H, W): the scan.
    frames
        Where the particles are.
    """
    steps = np.diff(values, axis=0)
    well, barely = (_free(values.shape, frames, share) for share in (_SKIRT, _BODY))
    enough = np.count_nonzero(well, axis=1) >= _WELL_FREE
    wanted = np.where(enough[:, np.newaxis], well, barely)
    counts = np.count_nonzero(wanted, axis=1)
    ordered = np.sort(np.where(wanted, steps, np.inf), axis=1)
    row = np.flatnonzero(counts >= _LEAST_FREE)
    lower, upper = ((counts[row] - 1) // 2, counts[row] // 2)
    offsets = np.zeros(len(values))
    offsets[row + 1] = (ordered[row, lower] + ordered[row, upper]) / 2
    return np.asarray(np.cumsum(offsets), dtype=np.float64)


def _free(shape: tuple[int, ...], frames: Frames, share: float) -> NDArray[np.bool_]:
    """Which pixels are outside all ellipses, made larger, and those below them too: shape (H - 1, W)."""
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    picture = Image.new("1", (shape[1], shape[0]))
    pen = ImageDraw.Draw(picture)
    for outline in frames.to_px(share * np.stack([np.cos(turn), np.sin(turn)], axis=1)):
        pen.polygon(outline.ravel().tolist(), fill=1, outline=1)
    covered = np.asarray(picture, dtype=bool)
    return np.asarray(~(covered[1:] | covered[:-1]))
