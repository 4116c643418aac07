"""Pictures inside a page: small enough that a report of many scans can still be mailed."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_LONGEST_PX = 1024
_SHORTEST_PX = 160
_QUALITIES = (88, 80, 72)
_SHRINK = 0.85
_FEWEST_BYTES_A_PIXEL = 0.12


def small_jpeg(pixels: NDArray[np.uint8], limit_bytes: int) -> bytes:
    """Encode a picture as JPEG within a limit of bytes: first by quality, then by size.

    Parameters
    ----------
    pixels
        Shape (H, W, 3), uint8.
    limit_bytes
        Not to be exceeded, unless the picture would shrink below 160 px.

    Notes
    -----
    Colour is kept at full resolution, since a contour is a thin line of colour.
    """
    picture = Image.fromarray(pixels)
    hopeful_px = int(np.sqrt(limit_bytes / _FEWEST_BYTES_A_PIXEL))
    side = min(max(picture.size), _LONGEST_PX, max(hopeful_px, _SHORTEST_PX))
    while True:
        small = picture.copy()
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        content = b""
        for quality in _QUALITIES:
            content = _jpeg(small, quality)
            if len(content) <= limit_bytes:
                return content
        if side <= _SHORTEST_PX:
            return content
        # Bytes go with the area, a little less; so one step or two lead there.
        side = max(int(side * min(_SHRINK, 0.97 * np.sqrt(limit_bytes / len(content)))), _SHORTEST_PX)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    content = BytesIO()
    picture.save(content, format="JPEG", quality=quality, subsampling=0)
    return content.getvalue()


def fitted_jpeg(content: bytes, limit_bytes: int) -> tuple[bytes, tuple[int, int]]:
    """Return a picture as a JPEG within a limit of bytes, and its width and height in px.

    Parameters
    ----------
    content
        A picture of any kind; a JPEG that is small enough is left as it is.
    limit_bytes
        As of `small_jpeg`.
    """
    with Image.open(BytesIO(content)) as picture:
        size = picture.size
        if picture.format == "JPEG" and len(content) <= limit_bytes and max(size) <= _LONGEST_PX:
            return content, size
        return small_jpeg(np.asarray(picture.convert("RGB")), limit_bytes), size


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Encode a picture, shape (H, W, 3), as PNG."""
    content = BytesIO()
    # Level 2 takes a third of the usual level 6's time for a tenth more bytes.
    Image.fromarray(pixels).save(content, format="PNG", compress_level=2)
    return content.getvalue()


def media_type(content: bytes) -> str:
    """Tell the kind of a picture by how it begins: "image/png", "image/jpeg", else "image/svg+xml"."""
    if content.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if content.startswith(b"\xff\xd8") else "image/svg+xml"


def data_uri(content: bytes, kind: str) -> str:
    """Write a file into an address, e.g. kind "image/jpeg"."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
