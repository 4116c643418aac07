"""WSxM binary pictures: .top, .tom, .ch1 and the like (16 bit), .stp (doubles).

An ASCII header in sections, closed by "[Header end]", then the values, little endian, beginning with the lower right
corner of the picture, as Gwyddion reads them too, so that the matrix is turned by 180 degrees here.

* Integers are in steps of the converter. The header's Z Amplitude is the height between the lowest and the highest of
  them, which gives the height of a step; zero stays zero.
* Floating-point values are heights in the unit of the Z Amplitude as they stand: WSxM looks only at the unit there, and
  programs that write such files often leave its number at 1.

The header's own size is often wrong, so the end is searched. One file holds one channel.
"""

import re

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import Channel, area_nm, check_shape
from particlesnn.files.units import amount, length_nm

NAME = "WSxM binary"

_END = re.compile(rb"\[Header end\](?:\r\n|\n|\r)")
_TYPES = {
    "short": "<i2",
    "short-data": "<i2",
    "integer": "<i2",
    "unsignedshort": "<u2",
    "signedinteger": "<i4",
    "integer-data": "<i4",
    "float": "<f4",
    "float-data": "<f4",
    "double": "<f8",
}


def recognises(data: bytes) -> bool:
    """Look for the line of copyright that every file of WSxM begins with."""
    return data.startswith(b"WSxM file copyright")


def read(data: bytes) -> tuple[Channel, ...]:
    """Read the one channel of the file.

    Raises
    ------
    ScanFormatError
        When the file is of another kind (curves, films, lists of points), or broken.
    """
    _check_kind(data)
    end = _END.search(data)
    if end is None:
        raise ScanFormatError("its header is cut off before '[Header end]'; copy the file again")
    fields = _fields(data[: end.start()].decode("latin-1"))
    rows, columns = (_count(fields, f"number of {side}") for side in ("rows", "columns"))
    check_shape(rows, columns)
    stored = _stored(data[end.end() :], fields.get("image data type", "short"), (rows, columns))
    values, unit = _heights(stored, fields.get("z amplitude", ""))
    sides = (length_nm(fields.get(f"{axis} amplitude", "")) for axis in "xy")
    return (Channel(_name(fields), values[::-1, ::-1], unit, area_nm(stored.shape, *sides)),)


def _check_kind(data: bytes) -> None:
    lines = data[:512].decode("latin-1").splitlines(keepends=True)
    if len(lines) < 2 or not lines[1].endswith(("\n", "\r")):
        raise ScanFormatError("it is cut off in its first lines; copy the file again")
    kind = lines[1].strip()
    if not kind.casefold().startswith("sxm image file"):
        raise ScanFormatError(
            f"it is a file of WSxM, but of the kind {kind[:40]!r} and no picture; "
            "save the topography as STP or ASCII matrix"
        )


def _fields(header: str) -> dict[str, str]:
    """Labels (small letters) and values; the first counts where a label comes in several sections."""
    fields: dict[str, str] = {}
    for line in header.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip().casefold(), value.strip())
    return fields


def _count(fields: dict[str, str], name: str) -> int:
    try:
        return int(fields[name])
    except (KeyError, ValueError):
        raise ScanFormatError(f"its header gives no {name}; save it again with WSxM") from None


def _stored(content: bytes, kind: str, shape: tuple[int, int]) -> NDArray[np.generic]:
    if kind.casefold() not in _TYPES:
        raise ScanFormatError(f"its values are of the unknown type {kind[:40]!r}; save it as STP or ASCII matrix")
    dtype = np.dtype(_TYPES[kind.casefold()])
    size = shape[0] * shape[1] * dtype.itemsize
    if len(content) < size:
        raise ScanFormatError(f"it ends after {len(content)} of {size} bytes of heights; copy the file again")
    return np.frombuffer(content, dtype, shape[0] * shape[1]).reshape(shape)


def _heights(stored: NDArray[np.generic], z_amplitude: str) -> tuple[NDArray[np.generic], str]:
    parts = amount(z_amplitude)
    if parts is None:
        return stored, ""
    if stored.dtype.kind == "f":
        return stored, parts[1]
    steps = stored.astype(np.float64)
    return steps * (parts[0] / (np.ptp(steps) or np.inf)), parts[1]


def _name(fields: dict[str, str]) -> str:
    direction = fields.get("x scanning direction", "").casefold()
    return f"{fields.get('acquisition channel') or 'Topography'} {direction}".strip()
