"""How networks that began with COCO see: a colour picture, brought to a scale, normalised and padded.

Each step gives, to the last bit, what mmdetection's test pipeline gives (Resize with ``keep_ratio``, then its
DetDataPreprocessor), so that published weights meet what they were trained on. Resizing is OpenCV's bilinear
interpolation of 8-bit pictures, in integers with 11 binary places.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MEAN = (123.675, 116.28, 103.53)
"""Of ImageNet's red, green and blue."""
STD = (58.395, 57.12, 57.375)
"""Of ImageNet's red, green and blue."""
DIVISOR = 32
"""Rows and columns are padded to multiples of this in mmdetection."""
_PLACES = 11


@dataclass(frozen=True, eq=False)
class PictureView:
    """What the network gets of a picture, and how to come back."""

    values: NDArray[np.float32]
    """Shape (3, H, W), normalised; zero where padded."""
    size: tuple[int, int]
    """Rows and columns that are not padding."""
    scale: tuple[float, float]
    """Rows and columns of the view over those of the picture."""


def view_picture(
    picture: NDArray[np.uint8], scale_px: tuple[int, int] | None = None, divisor: int = DIVISOR
) -> PictureView:
    """Prepare a picture.

    Parameters
    ----------
    picture
        Shape (H, W, 3): red, green, blue.
    scale_px
        Longest and shortest side that the picture may have, in any order; it is made as large as fits, as mmdetection's
        ``scale``. The size stays as it is when None.
    divisor
        Rows and columns are padded to multiples of this.
    """
    rows, columns = size = picture.shape[:2] if scale_px is None else _fitted(picture.shape[:2], scale_px)
    resized = resize(picture, size)
    normalised = (resized.astype(np.float32) - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    padded = np.pad(normalised, ((0, -rows % divisor), (0, -columns % divisor), (0, 0)))
    scale = (rows / picture.shape[0], columns / picture.shape[1])
    return PictureView(np.ascontiguousarray(padded.transpose(2, 0, 1)), size, scale)


def resize(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize a picture (H, W, C) of 8 bit to ``size`` rows and columns, as OpenCV's INTER_LINEAR does."""
    rows, columns = picture.shape[:2]
    if (rows, columns) == tuple(size):
        return picture
    left, share = _neighbours(columns, size[1])
    # Beyond the last middle of a column the nearest one counts alone; of rows, both neighbours are that one.
    share[(left < 0) | (left >= columns - 1)] = 0
    left = left.clip(0, columns - 1)
    near, far = _weights(share)
    values = picture.astype(np.int32)
    across = values[:, left] * near[:, None] + values[:, (left + 1).clip(max=columns - 1)] * far[:, None]
    above, share = _neighbours(rows, size[0])
    near, far = (weights[:, None, None] for weights in _weights(share))
    upper, lower = (across[row.clip(0, rows - 1)] >> 4 for row in (above, above + 1))
    summed = ((near * upper) >> 16) + ((far * lower) >> 16)
    resized: NDArray[np.uint8] = ((summed + 2) >> 2).astype(np.uint8)
    return resized


def _neighbours(old: int, new: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the pixel before each place, which may lie outside, and the share of the one after it."""
    place = ((np.arange(new) + 0.5) * (old / new) - 0.5).astype(np.float32)
    before = np.floor(place).astype(np.intp)
    return before, place - before.astype(np.float32)


def _weights(share: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    one = 2**_PLACES
    return np.rint((1 - share) * one).astype(np.int32), np.rint(share * one).astype(np.int32)


def _fitted(size: tuple[int, ...], scale_px: tuple[int, int]) -> tuple[int, int]:
    factor = min(max(scale_px) / max(size), min(scale_px) / min(size))
    return int(size[0] * factor + 0.5), int(size[1] * factor + 0.5)
