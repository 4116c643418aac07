"""What a format hands over: channels as the file holds them, and how one becomes a `Scan`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Scan, ScanFormatError
from particlesnn.files.units import nm_per

MAX_PIXELS = 8192 * 8192
"""Largest picture that is opened: half a gigabyte of heights. A header that asks for more is taken for damage."""


@dataclass(frozen=True, eq=False)
class Channel:
    """One picture of a scan file.

    Parameters
    ----------
    name
        As the maker names it, with the direction where there is one: "Z forward".
    values
        Shape (H, W), in ``unit``; row 0 on top and x to the right, as the maker's own program shows it.
        NaN where nothing was measured.
    unit
        Unit of the values as the file writes it; "" for none.
    size_nm
        Height and width of the scanned area in nm, None when unknown.
    """

    name: str
    values: NDArray[np.generic]
    unit: str = ""
    size_nm: tuple[float, float] | None = None

    @property
    def is_height(self) -> bool:
        """The values are lengths, so that they can be kept in nm."""
        return nm_per(self.unit) is not None


def check_shape(rows: int, columns: int) -> None:
    """Refuse a shape that cannot be that of a scan, before memory is taken for it.

    Raises
    ------
    ScanFormatError
        When a side is not positive, or there are more than `MAX_PIXELS`.
    """
    if rows < 1 or columns < 1:
        raise ScanFormatError(f"its header gives {rows} rows and {columns} columns; export the scan again")
    if rows * columns > MAX_PIXELS:
        raise ScanFormatError(
            f"{columns} x {rows} pixels are more than the {MAX_PIXELS / 1e6:.0f} million that are opened; "
            "cut or scale the picture first"
        )


def area_nm(shape_px: tuple[int, ...], width_nm: float | None, height_nm: float | None) -> tuple[float, float] | None:
    """Height and width of the scan in nm; where the file gives one side only, pixels are square."""
    rows, columns = shape_px
    if width_nm is not None:
        return (width_nm / columns * rows if height_nm is None else height_nm), width_nm
    if height_nm is not None:
        return height_nm, height_nm / rows * columns
    return None


def to_scan(channel: Channel, source: str) -> Scan:
    """Make a `Scan` of a channel: heights in nm, missing points filled with the median of the others.

    Raises
    ------
    ScanFormatError
        When it is a single line, no point was measured, or heights are too large to be kept.
    """
    values = np.asarray(channel.values, dtype=np.float64)
    rows, columns = values.shape
    if min(rows, columns) < 2:
        raise ScanFormatError(
            f"it holds {columns} x {rows} pixels, a line or a point and no picture; "
            "if it was cut off copy it again, else export the whole scan"
        )
    measured = np.isfinite(values)
    if not measured.any():
        raise ScanFormatError(
            f"channel {channel.name!r} holds no measured point, as if the scan was stopped before its first line; "
            "choose another channel or another scan"
        )
    if not measured.all():
        values = np.where(measured, values, np.median(values[measured]))
    factor = nm_per(channel.unit)
    if factor is not None:
        with np.errstate(over="ignore"):
            values = values * factor
    if not np.isfinite(values).all():
        raise ScanFormatError("its heights are larger than any number that can be kept; export the scan again")
    return Scan(values, "nm" if factor is not None else None, _pixel_nm(channel), channel.name, source)


def _pixel_nm(channel: Channel) -> tuple[float, float] | None:
    if channel.size_nm is None:
        return None
    rows, columns = channel.values.shape
    pixel = channel.size_nm[0] / rows, channel.size_nm[1] / columns
    return pixel if min(pixel) > 0 and max(pixel) < np.inf else None
