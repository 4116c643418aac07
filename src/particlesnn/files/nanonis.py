"""Nanonis scans (.sxm).

A text header of ``:TAG:`` lines and their values, closed by ``:SCANIT_END:`` and the bytes 1A 04; then, for every
channel of the table ``:DATA_INFO:``, the forward and the backward picture in 32-bit floating point and SI units.
Lines stand in the order in which they were scanned, so pictures scanned upwards are flipped here; the points of
backward lines stand in the order of time, so these are mirrored. Lines that were never scanned are NaN.

The package ``nanonispy2`` reads the same files, but only by their suffix, only with both directions, and leaves the
pictures as they were scanned.
"""

import re

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import Channel, area_nm, check_shape
from particlesnn.files.units import length_nm

NAME = "Nanonis scan"

_END = re.compile(rb":SCANIT_END:\s*\x1a\x04", re.DOTALL)
_TAG = re.compile(r"^:([^\n]+):[ \t\r]*$", re.MULTILINE)
_DIRECTIONS = {"both": ("forward", "backward"), "forward": ("forward",), "backward": ("backward",)}


def recognises(data: bytes) -> bool:
    """Look for the tag that every scan begins with."""
    return data.startswith(b":NANONIS_VERSION:")


def read(data: bytes) -> tuple[Channel, ...]:
    """Read all channels, each direction one of its own: "Z forward", "Z backward".

    Raises
    ------
    ScanFormatError
        When the header or the pictures are cut off or broken.
    """
    end = _END.search(data)
    if end is None:
        raise ScanFormatError("its header is cut off; copy the file again")
    tags = _tags(data[: end.start()].decode("utf-8", errors="replace"))
    columns, rows = (int(side) for side in _pair(tags, "SCAN_PIXELS", r"\d{1,9}"))
    check_shape(rows, columns)
    width, height = (length_nm(f"{side} m") for side in _pair(tags, "SCAN_RANGE", r"[-+.\deE]+"))
    table = _table(tags.get("DATA_INFO", ""))
    pictures = _pictures(data[end.end() :], tags, (len(table), rows, columns))
    upwards = tags.get("SCAN_DIR", "down").strip() == "up"
    size = area_nm((rows, columns), width, height)
    return tuple(
        Channel(f"{name} {direction}", _as_seen(picture, upwards, direction == "backward"), unit, size)
        for (name, unit, direction), picture in zip(table, pictures, strict=True)
    )


def _tags(header: str) -> dict[str, str]:
    parts = _TAG.split(header)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _pair(tags: dict[str, str], tag: str, pattern: str) -> list[str]:
    words = tags.get(tag, "").split()
    if len(words) != 2 or not all(re.fullmatch(pattern, word) for word in words):
        raise ScanFormatError(f"its header gives no proper {tag}; copy the file again")
    return words


def _table(info: str) -> list[tuple[str, str, str]]:
    """Name, unit and direction of every picture, in the order in which they are stored."""
    lines = [line.strip().split("\t") for line in info.splitlines() if line.strip()]
    pictures: list[tuple[str, str, str]] = []
    for line in lines[1:]:
        row = dict(zip(lines[0], line, strict=False))
        name, unit = row.get("Name", "Channel"), row.get("Unit", "")
        directions = _DIRECTIONS.get(row.get("Direction", ""), ("forward", "backward"))
        pictures += [(name, unit, direction) for direction in directions]
    if not pictures:
        raise ScanFormatError("its header lists no channels; copy the file again")
    return pictures


def _pictures(content: bytes, tags: dict[str, str], shape: tuple[int, int, int]) -> NDArray[np.generic]:
    kind = tags.get("SCANIT_TYPE", "FLOAT MSBFIRST").split()
    if kind[:1] != ["FLOAT"]:
        raise ScanFormatError(f"its values are of the unknown type {' '.join(kind)[:40]!r}; export it as Gwyddion file")
    dtype = np.dtype("<f4" if "LSBFIRST" in kind else ">f4")
    count = shape[0] * shape[1] * shape[2]
    if len(content) < count * dtype.itemsize:
        raise ScanFormatError(
            f"it ends after {len(content)} of {count * dtype.itemsize} bytes of pictures; copy the file again"
        )
    return np.frombuffer(content, dtype, count).reshape(shape)


def _as_seen(picture: NDArray[np.generic], upwards: bool, backward: bool) -> NDArray[np.generic]:
    picture = picture[::-1] if upwards else picture
    return picture[:, ::-1] if backward else picture
