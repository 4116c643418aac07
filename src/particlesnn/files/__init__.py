"""Scans in, pictures out: the files that microscopists have and want."""

from particlesnn.files.open_scan import list_channels, open_scan
from particlesnn.files.palettes import PALETTES, colour, save_picture, to_grey8
from particlesnn.files.wsxm_ascii import write_wsxm_ascii

__all__ = [
    "PALETTES",
    "colour",
    "list_channels",
    "open_scan",
    "save_picture",
    "to_grey8",
    "write_wsxm_ascii",
]
