"""Plain text matrices, with or without a header.

A matrix is rows of numbers parted by tabs, spaces, semicolons or commas, the first row on top. What stands before the
first row of numbers is the header. Understood there, with or without a leading "#":

* Gwyddion's text export, in every language, because its lines come in one order:
  ``# Channel: Z``, ``# Width: 12.34 µm``, ``# Height: 5678.9 nm``, ``# Value units: m``.
* SPIP's ASCII: ``# x-length = 500`` (nm), ``# y-length = 500``, ``# z-unit = nm``.
* ``pixel size=3.7e-007 m`` and ``height conversion factor (-> m)=2.9e-008``, as interference microscopes write.

Without a unit the values are grey levels, without a size the scan has no scale.
"""

import re
from collections.abc import Sequence

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import Channel, area_nm
from particlesnn.files.plain_text import decode, is_row, looks_like_text, matrix
from particlesnn.files.units import amount, length_nm, nm_per

NAME = "text matrix"

_FIELD = re.compile(r"\s*[#%;/]*\s*(.+?)\s*[:=]\s*(.*?)\s*$")
_WIDTHS = {"width", "x amplitude", "x-length", "x length", "x size", "x range", "scan size"}
_HEIGHTS = {"height", "y amplitude", "y-length", "y length", "y size", "y range"}
_UNITS = {"value units", "value unit", "z-unit", "z unit", "data unit"}
_CONVERSION = re.compile(r"height conversion factor \(-> *(.+)\)")

Fields = list[tuple[str, str]]


def recognises(data: bytes) -> bool:
    """Take any text; whether it holds a matrix is seen when it is read."""
    return looks_like_text(data)


def read(data: bytes) -> tuple[Channel, ...]:
    """Read the one channel of a text matrix.

    Raises
    ------
    ScanFormatError
        When the text holds no matrix, or a broken one.
    """
    lines = decode(data).splitlines()
    start = next((number for number, line in enumerate(lines) if is_row(line)), None)
    if start is None:
        raise ScanFormatError("it is a text without rows of numbers; give a scan, a picture or a matrix of heights")
    values = matrix(["" if line.lstrip().startswith("#") else line for line in lines[start:]], start + 1)
    _refuse_lists(values.shape)
    fields = [(match[1].casefold(), match[2]) for match in map(_FIELD.match, lines[:start]) if match]
    factor, unit = _height_unit(fields)
    width, height = _sides(fields, values.shape)
    return (Channel(_name(fields), values * factor, unit, area_nm(values.shape, width, height)),)


def _refuse_lists(shape: tuple[int, ...]) -> None:
    if min(shape) < 2 or (min(shape) <= 3 and max(shape) > 20):
        raise ScanFormatError(
            f"it holds {shape[1]} x {shape[0]} numbers (columns x rows), a list of points or a curve and no picture; "
            "export the scan as a matrix"
        )


def _name(fields: Fields) -> str:
    """Name of the channel: the first line of the header where it is neither an amount nor a unit."""
    named = dict(reversed(fields)).get("channel")
    if named is None and fields and fields[0][0] not in _UNITS and amount(fields[0][1]) is None:
        named = fields[0][1]
    return named or "Z"


def _height_unit(fields: Fields) -> tuple[float, str]:
    """Give the factor to multiply with, and the unit that the heights then have."""
    for key, value in fields:
        conversion = _CONVERSION.fullmatch(key)
        factor = amount(value)
        if conversion and factor:
            return factor[0], conversion[1]
    for key, value in fields:
        if key in _UNITS:
            return 1.0, value
    # Gwyddion in another language: the line that holds nothing but a unit.
    return 1.0, next((value for _, value in fields if nm_per(value) is not None), "")


def _sides(fields: Fields, shape: Sequence[int]) -> tuple[float | None, float | None]:
    """Width and height of the scan in nm, by the names of the fields, else by their order: width comes first."""
    lengths = [(key, _side_nm(key, value)) for key, value in fields]
    known = [(key, length) for key, length in lengths if length is not None]
    pixel = dict(known).get("pixel size")
    if pixel is not None:
        return shape[1] * pixel, shape[0] * pixel
    width = next((length for key, length in known if key in _WIDTHS), None)
    height = next((length for key, length in known if key in _HEIGHTS), None)
    if width is None and height is None and len(known) >= 2:
        return known[0][1], known[1][1]
    return width, height


def _side_nm(key: str, value: str) -> float | None:
    bare = amount(value)
    if bare is not None and not bare[1] and key in {"x-length", "y-length"}:
        return length_nm(f"{value} nm")
    return length_nm(value)
