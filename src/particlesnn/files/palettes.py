"""Heights as pictures: eq. 1 of the paper, palettes, and saving."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from particlesnn.core import OutputError
from particlesnn.core.palette import JULIO_ANCHORS, to_grey8
from particlesnn.core.writing import write_whole

__all__ = ["PALETTES", "colour", "save_picture", "to_grey8"]

Anchors = tuple[tuple[float, tuple[int, int, int]], ...]

_ANCHORS: dict[str, Anchors] = {
    "julio": JULIO_ANCHORS,
    "grey": ((0.0, (0, 0, 0)), (1.0, (255, 255, 255))),
    "negative": ((0.0, (255, 255, 255)), (1.0, (0, 0, 0))),
}

PALETTES: tuple[str, ...] = tuple(_ANCHORS)
"""Names of the palettes: WSxM's fiery "julio", "grey", and "negative" (high is black)."""

_FORMATS = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".bmp": "BMP", ".jpg": "JPEG", ".jpeg": "JPEG"}

_JPEG_QUALITY = 95
"""JPEG alone takes note of it; even so it changes grey levels by a few."""


def colour(grey8: NDArray[np.uint8], palette: str = "julio") -> NDArray[np.uint8]:
    """Colour a grey picture.

    Parameters
    ----------
    grey8
        Shape (H, W), 0 to 255, e.g. from `to_grey8`.
    palette
        One of `PALETTES`.

    Returns
    -------
    NDArray[np.uint8]
        Shape (H, W, 3): red, green, blue.

    Raises
    ------
    OutputError
        When there is no such palette.
    """
    if palette not in _ANCHORS:
        raise OutputError(f"there is no palette {palette!r}; choose one of {', '.join(PALETTES)}.")
    shares, colours = zip(*_ANCHORS[palette], strict=True)
    levels = np.linspace(0.0, 1.0, 256)
    table = np.stack([np.interp(levels, shares, channel) for channel in zip(*colours, strict=True)], axis=1)
    coloured: NDArray[np.uint8] = np.rint(table).astype(np.uint8)[grey8]
    return coloured


def save_picture(path: Path | str, picture: NDArray[np.generic]) -> None:
    """Save a picture as PNG, TIFF, BMP or JPEG, as the suffix says, whole or not at all.

    Parameters
    ----------
    path
        Where the picture shall stand; its folder must exist.
    picture
        Shape (H, W) of 8 or 16 bit (16 bit as PNG or TIFF only), or (H, W, 3) of 8 bit.

    Raises
    ------
    OutputError
        When the suffix is none of these, the format cannot hold the picture, or the file cannot be written.
    """
    path = Path(path)
    name = _FORMATS.get(path.suffix.lower())
    if name is None:
        raise OutputError(f"{path}: pictures are written as {', '.join(_FORMATS)}; choose one of these suffixes.")
    content = io.BytesIO()
    try:
        Image.fromarray(picture).save(content, name, quality=_JPEG_QUALITY)
    except (OSError, TypeError, ValueError) as error:
        raise OutputError(f"{path}: {name} cannot hold this picture ({error}); choose PNG.") from error
    write_whole(path, content.getvalue())
