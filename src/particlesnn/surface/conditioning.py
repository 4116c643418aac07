"""Heights fit for morphology, which one wild pixel can mislead, and how noisy they are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, median_filter

Heights = NDArray[np.float64]
_JITTER_LINES = 4.0
"""A line's offset against its neighbours within this many lines is jitter; what changes more slowly is the surface."""
_SPIKE = (5, 3)
"""Rows and columns of the median that a spike or a scar of two lines stands off from ..."""
_SPIKE_NOISES = 8.0
"""... by more than this many standard deviations of the noise ..."""
_SPIKE_RELIEF = 0.1
"""... and by more than this share of the relief: less is what a sharp particle does."""
_TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, of a normal law."""
_ORDER = 4
"""Order of the difference from line to line that leaves noise and hardly any surface ..."""
_GAIN = np.sqrt(70.0)
"""... and by how much it enlarges white noise: root of the sum of the squared binomial coefficients."""
_LOUDEST = 0.04
"""Noise of a larger share of the relief is smoothed ..."""
_SMOOTHINGS_PX = (0.7, 1.0, 1.5, 2.0)
"""... by the first of these that is enough, else by the last."""


@dataclass(frozen=True, eq=False)
class Conditioned:
    """Heights without the jitter of lines and without spikes."""

    heights: Heights
    """Shape (H, W), in the unit of the scan."""
    noise: float
    """Standard deviation of the noise that is left in them."""


def condition(values: Heights, relief: float) -> Conditioned:
    """Take off the jitter of lines, replace spikes and scars, and smooth what noise would drown otherwise.

    Parameters
    ----------
    values
        Shape (H, W): the scan as recorded.
    relief
        How high the structures stand that matter, in the unit of the values: sets how much noise may stay.
    """
    values = without_jitter(values)
    noise = max(noise_of(values), _rounding_noise(values))
    middle = median_filter(values, size=_SPIKE, mode="nearest")
    least = max(_SPIKE_NOISES * noise, _SPIKE_RELIEF * relief)
    values = np.where(np.abs(values - middle) > least, middle, values)
    if noise <= _LOUDEST * relief:
        return Conditioned(values, noise)
    for width_px in _SMOOTHINGS_PX:
        left = noise_of(values, width_px)
        if left <= _LOUDEST * relief:
            break
    return Conditioned(np.asarray(gaussian_filter(values, width_px, mode="nearest")), left)


def without_jitter(values: Heights) -> Heights:
    """Take off what each line's offset, by median differences from line to line, jumps against its neighbours."""
    if len(values) < 3:
        return values
    offsets = np.concatenate([[0.0], np.cumsum(np.median(np.diff(values, axis=0), axis=1))])
    jitter = offsets - gaussian_filter1d(offsets, _JITTER_LINES, mode="nearest")
    return np.asarray(values - jitter[:, np.newaxis])


def noise_of(values: Heights, smoothing_px: float = 0.0) -> float:
    """Return the standard deviation of the noise, before or after a Gaussian smoothing.

    Differences from line to line are taken, since noise may be correlated along a line and is not from one to the next;
    of the fourth order, which leaves no plane and no dome. Their median absolute deviation passes over edges.

    Parameters
    ----------
    values
        Shape (H, W).
    smoothing_px
        Standard deviation of the smoothing whose effect is foretold.
    """
    if len(values) <= _ORDER:
        return 0.0
    noise = np.diff(values, n=_ORDER, axis=0) / _GAIN
    across = 1.0
    if smoothing_px:
        noise = gaussian_filter1d(noise, smoothing_px, axis=1, mode="nearest")
        across = float(1 / np.sqrt(2 * np.sqrt(np.pi) * smoothing_px))  # of white noise
    return float(_TO_SIGMA * np.median(np.abs(noise - np.median(noise)))) * across


def _rounding_noise(values: Heights) -> float:
    """Return the standard deviation of rounding to steps; next to nothing where heights were not rounded."""
    steps = np.diff(np.unique(values[0]))
    return float(steps.min() / np.sqrt(12)) if steps.size else 0.0
