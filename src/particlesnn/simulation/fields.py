"""What scans and micrographs are put together from: random fields, patches laid on a field, and labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Field = NDArray[np.float64]
Part = tuple[slice, slice]
_LEAST_VISIBLE_PX = 8
"""A particle of which fewer pixels show is no particle in the truth: nobody could outline it."""
_LEAST_SHOWN = 0.15
"""A body of which a smaller part shows is none in the truth: people leave it out, for its size cannot be told."""


def smooth_field(shape: tuple[int, int], length_px: float, rng: np.random.Generator) -> Field:
    """Gaussian random field of unit standard deviation and the given correlation length."""
    field = gaussian_filter(rng.normal(size=shape), length_px, mode="wrap")
    return np.asarray(field / (field.std() + 1e-12), dtype=np.float64)


def parts_in_common(
    corner: tuple[int, int], patch: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Part, Part] | None:
    """Tell where a patch lies in a field, and which part of the patch that is; None when it lies outside.

    Parameters
    ----------
    corner
        Row and column of the patch's first pixel in the field; may be negative.
    patch, shape
        Shapes of the patch and of the field.
    """
    spans = [(max(corner[axis], 0), min(corner[axis] + patch[axis], shape[axis])) for axis in (0, 1)]
    if any(first >= last for first, last in spans):
        return None
    inside = [slice(first, last) for first, last in spans]
    own = [slice(first - start, last - start) for (first, last), start in zip(spans, corner, strict=True)]
    return (inside[0], inside[1]), (own[0], own[1])


def without_hidden(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """Take the labels away of which fewer than 8 pixels show; changes ``labels`` and returns it."""
    visible = np.bincount(labels.ravel())
    hidden = np.nonzero(visible < _LEAST_VISIBLE_PX)[0]
    labels[np.isin(labels, hidden)] = 0
    return labels


def without_buried(labels: NDArray[np.int32], areas: Sequence[int]) -> NDArray[np.int32]:
    """Take the labels away of which fewer than 8 pixels, or less than 15 % of the whole body, show.

    Parameters
    ----------
    labels
        Shape (H, W): number of the body that shows, 0 where none does.
    areas
        Of the whole bodies within the picture, in px, by number; the first stands for what is no body.
    """
    buried = np.bincount(labels.ravel(), minlength=len(areas)) < _LEAST_SHOWN * np.asarray(areas)
    return without_hidden(np.where(buried[labels], np.int32(0), labels))
