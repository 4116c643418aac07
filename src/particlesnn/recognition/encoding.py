"""The one eye: how a network sees a scan. Training and serving both look through it.

The network gets two views of the same scan, both free of unit and offset:

0. the scan as it is, stretched between its quantiles, as a microscopist sees the raw picture;
1. the scan with each line levelled and the slow background taken away, divided by the local contrast, as a
   microscopist sees it after an hour of image processing: a small particle on a high terrace is plain here.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

CHANNELS = 2
"""Number of views."""
_QUANTILES = (0.01, 0.99)
_BACKGROUND_PX = 24.0
"""Length below which relief is a particle's and above which it is the background's."""
_LIMIT = 4.0
"""Views are clipped here; a spike tells no more by being higher."""


def encode(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turn a scan into the network's input.

    Parameters
    ----------
    values
        Shape (H, W), any unit. The whole scan, not a tile: the views depend on all of it.

    Returns
    -------
    ndarray of shape (2, H, W), float32
        Both views, about 1 where the scan is bright and clipped at 4.
    """
    stride = max(1, min(values.shape) // 512)  # the quantiles of a large scan are read from a coarse grid of it
    low, high = np.quantile(values[::stride, ::stride], _QUANTILES)
    span = float(high - low) or float(np.ptp(values)) or 1.0
    stretched = ((values - (low + high) / 2) * (2 / span)).astype(np.float32)
    return np.stack([np.clip(stretched, -_LIMIT, _LIMIT), _locally_levelled(stretched)])


def _locally_levelled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    # The median difference of neighbouring lines is an offset of the instrument: particles fill no line.
    offsets = np.concatenate([[0.0], np.cumsum(np.median(np.diff(values, axis=0), axis=1))])
    levelled = values - offsets[:, np.newaxis].astype(np.float32)
    relief = levelled - _blurred(levelled, _BACKGROUND_PX)
    power = _blurred(relief**2, 2 * _BACKGROUND_PX)
    # An empty stretch keeps the contrast of the whole, lest its noise be blown up into particles.
    contrast = np.sqrt(power + 0.1 * float(np.mean(power)) + 1e-12)
    return np.asarray(np.clip(relief / contrast, -_LIMIT, _LIMIT), dtype=np.float32)


def _blurred(values: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Blur by two box filters of the Gaussian's variance: the cost does not grow with the width."""
    width = 2 * round(np.sqrt(6 * sigma_px**2 + 1) / 2) + 1
    for _ in range(2):
        values = uniform_filter(values, width, mode="nearest")
    return values
