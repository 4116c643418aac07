"""Large pictures part by part: what is kept for decoding does not grow with the picture, nor does the time a pixel.

Unlike tiles, parts are not cut out of the picture but chosen by what is in them: each thing belongs to one part, whole.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

PART_PX = 1024
"""Side of the squares by which things are sorted into parts. A smaller picture is one part."""

Window = tuple[slice, slice]
"""Rows and columns of a picture."""
Boxes = NDArray[np.int64]
"""Shape (N, 4): for each thing the first row, the row after the last, the first column, the column after the last."""


def boxes_of(labels: NDArray[np.int32]) -> tuple[NDArray[np.int64], Boxes]:
    """Return the numbers of the labels that are there, shape (N,), and their boxes."""
    found = [(number, box) for number, box in enumerate(find_objects(labels), start=1) if box is not None]
    numbers = np.array([number for number, _ in found], dtype=np.int64)
    sides = [(rows.start, rows.stop, columns.start, columns.stop) for _, (rows, columns) in found]
    return numbers, np.array(sides, dtype=np.int64).reshape(-1, 4)


def parts_of(boxes: Boxes) -> Iterator[tuple[Window, NDArray[np.int64]]]:
    """Sort things into parts by where their middles lie; those larger than a part share one of their own.

    Parameters
    ----------
    boxes
        Shape (N, 4).

    Yields
    ------
    tuple of Window and ndarray
        The rows and columns that hold all of a part's things, and which things those are (from 0), in rising order.
    """
    if not len(boxes):
        return
    squares = (boxes[:, ::2] + boxes[:, 1::2]) // 2 // PART_PX
    squares[(boxes[:, 1::2] - boxes[:, ::2]).max(axis=1) > PART_PX] = -1
    _, part = np.unique(squares, axis=0, return_inverse=True)
    order = np.argsort(part, kind="stable")
    for members in np.split(order, np.cumsum(np.bincount(part))[:-1]):
        top, left = boxes[members, ::2].min(axis=0).tolist()
        bottom, right = boxes[members, 1::2].max(axis=0).tolist()
        yield (slice(top, bottom), slice(left, right)), members


def meeting(boxes: Boxes, window: Window) -> NDArray[np.int64]:
    """Tell which boxes reach into a window, in rising order."""
    rows, columns = window
    return np.flatnonzero(
        (boxes[:, 0] < rows.stop)
        & (boxes[:, 1] > rows.start)
        & (boxes[:, 2] < columns.stop)
        & (boxes[:, 3] > columns.start)
    )


def count_pixels(labels: NDArray[np.int32], weights: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """Count the pixels of each label, or add up their weights; shape (the largest label + 1,).

    In strips, because numpy counts what it has first copied to twice the width.
    """
    total = np.zeros(int(labels.max(initial=0)) + 1)
    for start in range(0, len(labels), PART_PX):
        strip = slice(start, start + PART_PX)
        own = None if weights is None else weights[strip].ravel()
        total += np.bincount(labels[strip].ravel(), own, len(total))
    return total
