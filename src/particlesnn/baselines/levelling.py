"""Levelling as a Gwyddion user does it before marking grains: the plane, then the lines."""

import numpy as np
from numpy.typing import NDArray


def level(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take off the plane through all heights, then each line's offset.

    A line's offset is the sum of the median differences between neighbouring lines down to it (Gwyddion's "median of
    differences"), which large particles disturb less than a line's plain median. The plane is taken off once more, as
    the small errors of the medians add up to a drift.

    Parameters
    ----------
    values
        Shape (H, W), any unit.

    Returns
    -------
    Shape (H, W): the levelled heights, 0 on average.
    """
    flat = _without_plane(values)
    offsets = np.concatenate([[0.0], np.cumsum(np.median(np.diff(flat, axis=0), axis=1))])
    return _without_plane(flat - offsets[:, np.newaxis])


def _without_plane(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Subtract the plane of least squares; on a regular grid its slopes are two independent sums."""
    flat = values - values.mean()
    for axis in (0, 1):
        along = np.arange(values.shape[axis]) - (values.shape[axis] - 1) / 2
        profile = flat.mean(axis=1 - axis)
        slope = float(profile @ along) / max(float(along @ along), 1.0)
        flat = flat - slope * np.expand_dims(along, 1 - axis)
    return np.asarray(flat, dtype=np.float64)
