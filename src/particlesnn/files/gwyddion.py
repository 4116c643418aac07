"""Gwyddion's own files (.gwy).

A tree of serialised objects (Gwyddion user guide, "Gwyddion native data format"), of which the data fields "/N/data"
are pictures, stored from the top row down in SI units. The tree is walked here with every length checked: the package
``gwyfile`` does not, and on a file that is cut off inside a text it never returns.

A data field without any unit, lateral or vertical, is taken to be in metres: so do the scripts that leave them out.
"""

import re
import struct
from typing import Any

import numpy as np

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import Channel, area_nm, check_shape
from particlesnn.files.units import length_nm

NAME = "Gwyddion"

_MAGIC = b"GWYP"
_ATOMS = {b"b": "<?", b"i": "<i", b"q": "<q", b"d": "<d"}
_ARRAYS = {b"C": "S1", b"I": "<i4", b"Q": "<i8", b"D": "<f8"}
_DEEPEST = 40
_CUT_OFF = "it is cut off or damaged; save it again with Gwyddion"

GwyObject = dict[str, Any]


def recognises(data: bytes) -> bool:
    """Look for "GWYP" at the beginning."""
    return data.startswith(_MAGIC)


def read(data: bytes) -> tuple[Channel, ...]:
    """Read all data fields, in the order of their numbers.

    Raises
    ------
    ScanFormatError
        When the file is broken or holds no data field.
    """
    content = _Cursor(data, len(_MAGIC), len(data)).gwy_object(0)
    numbers = sorted(int(match[1]) for match in map(re.compile(r"/(\d+)/data").fullmatch, content) if match)
    fields = [(number, content[f"/{number}/data"]) for number in numbers]
    channels = [
        _channel(field, content.get(f"/{number}/data/title")) for number, field in fields if isinstance(field, dict)
    ]
    if not channels:
        raise ScanFormatError("it holds no picture; save the scan itself with Gwyddion")
    return tuple(channels)


def _channel(field: GwyObject, title: object) -> Channel:
    rows, columns = (field.get(side) for side in ("yres", "xres"))
    values = field.get("data")
    if not isinstance(rows, int) or not isinstance(columns, int) or not isinstance(values, np.ndarray):
        raise ScanFormatError(_CUT_OFF)
    check_shape(rows, columns)
    if values.size != rows * columns or values.dtype.kind not in "if":
        raise ScanFormatError(_CUT_OFF)
    lateral, vertical = _unit(field, "si_unit_xy"), _unit(field, "si_unit_z")
    if not lateral and not vertical:
        lateral = vertical = "m"
    sides = (length_nm(f"{field.get(side, 0.0)!r} {lateral}") for side in ("xreal", "yreal"))
    name = title if isinstance(title, str) and title else "Channel"
    return Channel(name, values.reshape(rows, columns), vertical, area_nm((rows, columns), *sides))


def _unit(field: GwyObject, key: str) -> str:
    unit = field.get(key)
    text = unit.get("unitstr", "") if isinstance(unit, dict) else ""
    return text if isinstance(text, str) else ""


class _Cursor:
    """A place in the file that never leaves its object."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data, self.at, self.end = data, at, end

    def take(self, size: int) -> bytes:
        if size > self.end - self.at:
            raise ScanFormatError(_CUT_OFF)
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, layout: str) -> Any:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def text(self) -> str:
        stop = self.data.find(b"\0", self.at, self.end)
        if stop < 0:
            raise ScanFormatError(_CUT_OFF)
        word = self.take(stop - self.at).decode("utf-8", errors="replace")
        self.at += 1
        return word

    def gwy_object(self, depth: int) -> GwyObject:
        self.text()  # the name of its class; the keys tell enough
        size = self.number("<I")
        if size > self.end - self.at or depth > _DEEPEST:
            raise ScanFormatError(_CUT_OFF)
        inner = _Cursor(self.data, self.at, self.at + size)
        content = {}
        while inner.at < inner.end:
            key = inner.text()
            content[key] = inner.value(inner.take(1), depth)
        self.at = inner.end
        return content

    def value(self, kind: bytes, depth: int) -> Any:
        if kind in _ATOMS:
            return self.number(_ATOMS[kind])
        if kind == b"s":
            return self.text()
        if kind == b"c":  # how gwyfile writes texts of one letter
            return self.take(1).decode("latin-1")
        if kind == b"o":
            return self.gwy_object(depth + 1)
        count = self.number("<I")
        if kind in _ARRAYS:
            dtype = np.dtype(_ARRAYS[kind])
            return np.frombuffer(self.take(count * dtype.itemsize), dtype)
        if kind == b"S":
            return [self.text() for _ in range(count)]
        if kind == b"O":
            return [self.gwy_object(depth + 1) for _ in range(count)]
        raise ScanFormatError(_CUT_OFF)
