"""The door: any scan file in, one `Scan` out.

The format is told by what stands in the file, never by its suffix. To teach it another one, write a file with ``NAME``,
``recognises`` and ``read`` and put it into `FORMATS`.
"""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from particlesnn.core import Scan, ScanFormatError
from particlesnn.files import foreign, gwyddion, nanonis, pictures, text_matrix, wsxm_ascii, wsxm_binary
from particlesnn.files.channel import Channel, to_scan

MAX_BYTES = 2**31
"""Largest file that is opened; scans are some megabytes, films and archives are more."""

_TOPOGRAPHY = re.compile(r"topo|height|\bz\b|z[-_ ]?(?:sensor|axis|height)", re.IGNORECASE)
_BACKWARD = re.compile(r"backward|retrace|\bbwd\b|right to left", re.IGNORECASE)


class ScanFormat(Protocol):
    """What a file of a format offers."""

    NAME: str

    def recognises(self, data: bytes) -> bool:
        """Tell by its content whether the file is of this format."""

    def read(self, data: bytes) -> tuple[Channel, ...]:
        """Read all channels; at least one, or a ScanFormatError that says what is wrong and what to do."""


# In the order in which they are asked; the text matrix takes every text and therefore comes last.
FORMATS: tuple[ScanFormat, ...] = (wsxm_ascii, wsxm_binary, gwyddion, nanonis, foreign, pictures, text_matrix)


def open_scan(path: Path | str, channel: str | None = None) -> Scan:
    """Open a scan of any known format.

    Read are WSxM (ASCII matrix, binary), Gwyddion (.gwy, text export), Nanonis (.sxm), plain matrices of text, and
    pictures (PNG, TIFF, BMP, JPEG). Row 0 is on top as in the maker's own program.

    Parameters
    ----------
    path
        The file; its suffix does not matter.
    channel
        Name of the channel, see `list_channels`. None takes the forward topography where there is one, else the first
        channel with heights, else the first.

    Returns
    -------
    Scan
        Heights in nm. Values of other channels (V, A, deg) and grey levels of pictures stay as they are, with
        ``value_unit`` None. ``pixel_nm`` is None where the file gives no scale. Points that were never measured hold
        the median of the others.

    Raises
    ------
    ScanFormatError
        When the file is missing, of an unknown format or broken, or has no such channel.
    """
    try:
        channels = _channels(path)
        chosen = _first_height(channels) if channel is None else _named(channels, channel)
        return to_scan(chosen, str(path))
    except ScanFormatError as error:
        raise ScanFormatError(f"{path}: {error}.") from error.__cause__


def list_channels(path: Path | str) -> tuple[str, ...]:
    """Names of the channels of a scan file, in its own order, each unlike the others.

    Raises
    ------
    ScanFormatError
        As `open_scan`.
    """
    try:
        return tuple(channel.name for channel in _channels(path))
    except ScanFormatError as error:
        raise ScanFormatError(f"{path}: {error}.") from error.__cause__


def _channels(path: Path | str) -> tuple[Channel, ...]:
    data = _content(Path(path))
    for scan_format in FORMATS:
        if scan_format.recognises(data):
            return _told_apart(scan_format.read(data))
    raise ScanFormatError(
        "it is of no format that is known here; export the scan as .gwy (Gwyddion) or as a matrix of text"
    )


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ScanFormatError("it is a folder; name the scans in it")
        if path.exists() and not path.is_file():
            raise ScanFormatError("it is no ordinary file; name a scan")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ScanFormatError(f"its {size / 2**30:.1f} GiB are more than a scan can have; export one picture of it")
        data = path.read_bytes()
    except FileNotFoundError:
        raise ScanFormatError("there is no such file; check the name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScanFormatError(f"it cannot be read ({reason}); check the name and your rights") from error
    if not data:
        raise ScanFormatError("it is empty; copy it again from the microscope")
    return data


def _told_apart(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    seen: Counter[str] = Counter()
    apart = []
    for channel in channels:
        seen[channel.name] += 1
        number = seen[channel.name]
        apart.append(channel if number == 1 else replace(channel, name=f"{channel.name} ({number})"))
    return tuple(apart)


def _first_height(channels: tuple[Channel, ...]) -> Channel:
    def rank(channel: Channel) -> tuple[bool, bool, bool]:
        named = _TOPOGRAPHY.search(channel.name) is not None
        return not channel.is_height, not named, _BACKWARD.search(channel.name) is not None

    return min(channels, key=rank)


def _named(channels: tuple[Channel, ...], name: str) -> Channel:
    for channel in channels:
        if channel.name.casefold() == name.strip().casefold():
            return channel
    known = ", ".join(repr(channel.name) for channel in channels)
    raise ScanFormatError(f"it has no channel {name!r}; choose one of {known}")
