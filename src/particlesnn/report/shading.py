"""From heights to the colours that a microscopist reads: tilt taken off, contrast set, palette laid on."""

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Scan
from particlesnn.core.palette import JULIO_ANCHORS

Palette = tuple[tuple[float, tuple[int, int, int]], ...]
"""Anchor colours as in `JULIO_ANCHORS`: share of the range, and (red, green, blue) in 0 to 255."""

GREY_ANCHORS: Palette = ((0.0, (0, 0, 0)), (1.0, (255, 255, 255)))
"""The palette of a comparison, where the contours alone bring colour."""

_PERCENTILES = (0.3, 99.7)
_SAMPLES = 20_000
_PASSES = 6


def shade(scan: Scan, anchors: Palette = JULIO_ANCHORS, *, level: bool = True) -> NDArray[np.uint8]:
    """Colour a scan for the eye, never for a measurement.

    Parameters
    ----------
    scan
        The scan; it is not changed.
    anchors
        The palette, see `JULIO_ANCHORS`.
    level
        Take off the plane through the substrate, and the drift between lines where it drowns all else.

    Returns
    -------
    Shape (H, W, 3), uint8: red, green, blue. The range runs from the 0.3rd to the 99.7th percentile, so that single
    spikes do not darken all the rest; a flat scan comes out in the middle colour.
    """
    values = levelled(scan.values) if level else scan.values
    low, high = np.percentile(values, _PERCENTILES)
    # Numbers so close that only rounding tells them apart are one height.
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-300):
        shares = np.full(values.shape, 0.5)
    else:
        shares = np.clip((values - low) / (high - low), 0.0, 1.0)
    table = _colour_table(anchors)
    coloured: NDArray[np.uint8] = table[np.rint(shares * (len(table) - 1)).astype(np.intp)]
    return coloured


def _colour_table(anchors: Palette) -> NDArray[np.uint8]:
    """Return the palette in 256 steps, shape (256, 3)."""
    shares, colours = np.array([share for share, _ in anchors]), np.array([colour for _, colour in anchors])
    steps = np.linspace(0.0, 1.0, 256)
    table = np.stack([np.interp(steps, shares, band) for band in colours.T], axis=1)
    return np.asarray(np.rint(table), dtype=np.uint8)


def levelled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take off the plane and, where the drift from line to line hides what stands on them, also the lines' medians."""
    upright = values - _substrate_plane(values)
    medians = np.median(upright, axis=1, keepdims=True)
    lines_lifted: NDArray[np.float64] = upright - medians
    low, high = np.percentile(lines_lifted, _PERCENTILES)
    return lines_lifted if np.ptp(medians) > high - low else upright


def _substrate_plane(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Plane through what is neither particle nor pit: least squares, again and again without the outliers."""
    rows, columns = values.shape
    stride = max(1, int(np.sqrt(values.size / _SAMPLES)))
    sample = values[::stride, ::stride]
    y, x = (axis.ravel() for axis in np.mgrid[0:rows:stride, 0:columns:stride])
    heights, design = sample.ravel(), np.stack([np.ones(sample.size), x / columns, y / rows], axis=1)
    kept = np.ones(heights.size, dtype=bool)
    for _ in range(_PASSES):
        plane = np.linalg.lstsq(design[kept], heights[kept], rcond=None)[0]
        left = heights - design @ plane
        centre = np.median(left[kept])
        spread = 1.4826 * np.median(np.abs(left[kept] - centre))
        kept = np.abs(left - centre) <= 2.5 * spread
        if kept.sum() < 3 * design.shape[1]:
            break
    tilt: NDArray[np.float64] = plane[1] * (np.arange(columns) / columns) + plane[2] * (np.arange(rows) / rows)[:, None]
    return tilt
