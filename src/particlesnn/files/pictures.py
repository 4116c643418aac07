"""Pictures: PNG, TIFF, BMP and JPEG.

A picture has grey levels and no scale: ``value_unit`` and ``pixel_nm`` stay None. Colours become luminance by ITU-R
BT.601, Y = 0.299 R + 0.587 G + 0.114 B, without rounding; palettes are resolved first, opacity is ignored. Grey
pictures of 16 bit and floating-point TIFFs keep their values; of a file with several pages the first is read.
"""

import io
import logging
import struct

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import Channel, check_shape

NAME = "picture"

TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OTHER_MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}

# Without a handler of its own, what tifffile remarks on a broken file would stand on the screen beside our sentence.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def recognises(data: bytes) -> bool:
    """Look for the marks of PNG, JPEG, TIFF and BMP."""
    return data.startswith((*TIFF_MAGICS, *_OTHER_MAGICS)) or _is_bmp(data)


def read(data: bytes) -> tuple[Channel, ...]:
    """Read the picture as one channel of grey levels.

    Raises
    ------
    ScanFormatError
        When the picture is broken, too large, or packed in a way that cannot be unpacked.
    """
    try:
        # Pillow would round TIFFs of more than 8 bit, tifffile cannot unpack all of the others.
        grey = _deep_tiff(data) if data.startswith(TIFF_MAGICS) else None
        if grey is None:
            grey = _by_pillow(data)
    except ScanFormatError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ScanFormatError("it is larger than any picture that is opened; cut or scale it first") from None
    except Exception as error:  # the two libraries raise whatever a broken file leads them to
        raise ScanFormatError(
            "the picture is cut off, damaged or of a rare kind; copy it again, or save it as PNG with another program"
        ) from error
    return (Channel("Grey", grey),)


def luminance(colours: NDArray[np.generic]) -> NDArray[np.float64]:
    """Luminance by ITU-R BT.601 of an array (H, W, 3) of red, green and blue, shape (H, W)."""
    red, green, blue = np.moveaxis(colours.astype(np.float64), -1, 0)
    # 0.299 R + 0.587 G + 0.114 B, written so that grey stays exactly what it was.
    return np.asarray(green + 0.299 * (red - green) + 0.114 * (blue - green))


def _is_bmp(data: bytes) -> bool:
    return data.startswith(b"BM") and len(data) >= 18 and struct.unpack_from("<I", data, 14)[0] in _BMP_HEADERS


def _by_pillow(data: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "BMP", "TIFF")) as image:
        check_shape(image.height, image.width)
        if image.mode.startswith(("I", "F")):
            return np.asarray(image, dtype=np.float64)
        if image.mode in ("1", "L", "LA", "La"):
            return np.asarray(image.convert("L"), dtype=np.float64)
        # By way of RGBA, because Pillow grumbles at palettes with opacity otherwise.
        resolved = image.convert("RGBA") if image.mode in ("P", "PA", "RGBa") else image
        return luminance(np.asarray(resolved.convert("RGB")))


def _deep_tiff(data: bytes) -> NDArray[np.float64] | None:
    """Read the first page of a TIFF of more than 8 bit; None leaves the others to Pillow."""
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages.first
        if page.dtype is None or page.dtype.itemsize == 1 or page.dtype.kind not in "iuf":
            return None
        check_shape(page.imagelength, page.imagewidth)
        if page.axes not in ("YX", "YXS", "SYX"):
            return None
        pixels = page.asarray()
    if page.axes == "SYX":
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3:
        pixels = luminance(pixels[..., :3]) if pixels.shape[-1] >= 3 else pixels[..., 0]
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE and page.dtype.kind == "u":
        pixels = np.iinfo(page.dtype).max - pixels
    return pixels.astype(np.float64)
