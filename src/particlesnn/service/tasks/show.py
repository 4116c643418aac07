"""A scan as a picture for the page."""

import math
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.transform import downscale_local_mean

from particlesnn.files import colour
from particlesnn.report import levelled, render_overlay
from particlesnn.service.tasks.bench import ScanRef, bench

_FLAT = 1e-9


def picture(ref: ScanRef, palette: str, level: bool, low: float, high: float, within: int | None) -> bytes:
    """Colour a scan.

    Parameters
    ----------
    ref
        The scan.
    palette
        One of `particlesnn.files.PALETTES`.
    level
        Take off the plane through the substrate, and the drift between lines where it drowns all else.
    low, high
        Percentiles of the heights that become the darkest and the brightest colour.
    within
        Longest side that the picture may have, each pixel the mean of a square of the scan's; one pixel a pixel when
        None.

    Returns
    -------
    bytes
        A PNG of as many rows and columns as the scan, or of fewer.
    """
    values = bench().scan(ref).values
    step = 1 if within is None else math.ceil(max(values.shape) / within)
    if step > 1:
        values = downscale_local_mean(values, (step, step))
    return _png(colour(_grey(levelled(values) if level else values, low, high), palette))


def overlay(ref: ScanRef) -> bytes:
    """Draw a scan with its contours, as the report does; a PNG."""
    return _png(render_overlay(bench().scan(ref), bench().analysed(ref)[0]))


def _grey(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    dark, bright = np.percentile(values, (low, high))
    if bright - dark <= _FLAT * max(abs(dark), abs(bright), 1e-300):
        return np.full(values.shape, 128, dtype=np.uint8)
    shares = np.clip((values - dark) / (bright - dark), 0.0, 1.0)
    grey: NDArray[np.uint8] = np.rint(255 * shares).astype(np.uint8)
    return grey


def _png(pixels: NDArray[np.uint8]) -> bytes:
    content = BytesIO()
    Image.fromarray(pixels).save(content, "PNG", compress_level=3)
    return content.getvalue()
