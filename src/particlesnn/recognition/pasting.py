"""From a mask on the grid of its box to the pixels of the picture.

He et al. 2017; the arithmetic is that of mmdetection: bilinear between the middles of the grid's cells, and zero beyond
the outermost ones by one cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PastedMask:
    """The part of a picture that a mask reaches."""

    top: int
    """First row."""
    left: int
    """First column."""
    values: NDArray[np.float32]
    """Shape (rows, columns) of that part: how likely each pixel is particle. Beyond it nothing is."""


def paste(mask: NDArray[np.float32], box: NDArray[np.float32], size: tuple[int, int]) -> PastedMask:
    """Paste one mask.

    Parameters
    ----------
    mask
        Shape (S, S), how likely each cell of the box is particle.
    box
        Left, top, right and bottom in px of the picture, where pixel i covers i to i + 1.
    size
        Rows and columns of the picture.
    """
    left, top, right, bottom = (np.float32(side) for side in box)
    first_row, by_row = _shares(top, bottom, mask.shape[0], size[0])
    first_column, by_column = _shares(left, right, mask.shape[1], size[1])
    values: NDArray[np.float32] = by_row @ mask @ by_column.T
    return PastedMask(first_row, first_column, values)


def _shares(start: np.float32, end: np.float32, cells: int, length: int) -> tuple[int, NDArray[np.float32]]:
    """Return the first pixel that a side of a box reaches, and the share of each cell in it and those after it."""
    first, last = max(int(np.floor(start)) - 1, 0), min(int(np.ceil(end)) + 1, length)
    middles = np.arange(first, last, dtype=np.float32) + np.float32(0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (middles - start) / (end - start) * 2 - 1
    # A box without extent: all of its few pixels lie in its middle, as mmdetection has it.
    along[np.isinf(along)] = 0
    place: NDArray[np.float32] = ((along + 1) * cells - 1) / 2
    distance = np.abs(place[:, np.newaxis] - np.arange(cells, dtype=np.float32))
    return first, np.clip(1 - distance, 0, None).astype(np.float32)
