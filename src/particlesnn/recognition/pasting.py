"""From a mask on the grid of its box to the pixels of the picture.

He et al. 2017; the arithmetic is that of mmdetection: bilinear between the middles of the grid's cells, fading to zero
over one more cell.
"""

import numpy as np
from numpy.typing import NDArray

Window = tuple[slice, slice]
"""Rows and columns of a picture."""


def paste(
    mask: NDArray[np.float32], box: NDArray[np.float32], shape_px: tuple[int, int]
) -> tuple[Window, NDArray[np.float32]]:
    """Paste one mask.

    Parameters
    ----------
    mask
        Shape (S, S): how likely each cell of the box is particle.
    box
        Left, top, right and bottom in px of the picture, where pixel i covers i to i + 1.
    shape_px
        Rows and columns of the picture.

    Returns
    -------
    tuple of Window and ndarray
        The part of the picture that the box touches, and how likely each of its pixels is particle.
    """
    left, top, right, bottom = box.tolist()
    down, across = _span(top, bottom, shape_px[0]), _span(left, right, shape_px[1])
    rows = _shares(down, top, bottom, mask.shape[0])
    columns = _shares(across, left, right, mask.shape[1])
    return (down, across), np.asarray(rows @ mask @ columns.T, dtype=np.float32)


def _span(first: float, last: float, length: int) -> slice:
    # A pixel more all around, where the mask fades to nothing.
    return slice(max(int(np.floor(first)) - 1, 0), max(min(int(np.ceil(last)) + 1, length), 0))


def _shares(span: slice, first: float, last: float, cells: int) -> NDArray[np.float32]:
    """Return the weights of linear interpolation between the cells of a mask, at the centres of pixels."""
    if last == first:  # a box cut to nothing at the border shows the middle of its mask, in mmdetection
        places = np.full(span.stop - span.start, (cells - 1) / 2)
    else:
        places = (np.arange(span.start, span.stop) + 0.5 - first) * (cells / (last - first)) - 0.5
    distance = np.abs(places[:, None] - np.arange(cells))
    return np.asarray(np.clip(1 - distance, 0, None), dtype=np.float32)
