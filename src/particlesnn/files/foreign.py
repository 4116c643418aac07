"""Formats that are known by sight but not read, so that the message can name them.

A format that learns to be read gets a file of its own and leaves this list.
"""

import io

import numpy as np
import tifffile

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import Channel
from particlesnn.files.pictures import TIFF_MAGICS

NAME = "other maker's format"

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"ONTMATRX", "Omicron MATRIX"),
    (b"\\*File list", "Bruker NanoScope"),
    (b"\\*Force file list", "Bruker NanoScope force curve"),
    (b"STiMage", "RHK SM2"),
    (b"fileType", "Keysight / Agilent"),
    (b"[DataSet]", "Nanosurf"),
    (b"fileformat = bcr", "Image Metrology BCR"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 (Gxsm, TopoStats, Asylum ARDF ...)"),
    (b"CDF\x01", "netCDF (Gxsm)"),
    (b"CDF\x02", "netCDF (Gxsm)"),
    (b"\x01\xb0\x93\xff", "NT-MDT"),
    (b"[Parameter]", "Createc"),
    (b"[Paramet32]", "Createc"),
    (b"[Paramco32]", "Createc"),
    (b"Grid dim=", "Nanonis grid spectroscopy"),
    (b"Experiment\t", "Nanonis point spectroscopy"),
    (b"GWYO", "Gwyddion 1"),
    (b"Gwyddion Simple Field", "Gwyddion simple field"),
    (b"Gwyddion XYZ Field", "Gwyddion XYZ field"),
    (b"DIGITAL SURF", "Digital Surf"),
    (b"DSCOMPRESSED", "Digital Surf"),
)
_NO_SCANS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "it is a ZIP archive or an office document; unpack it, or save its table as text"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an office document; save its table as text"),
    (b"\x1f\x8b", "it is a gzip archive; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive; unpack it"),
    (b"Rar!", "it is a RAR archive; unpack it"),
    (b"GIF8", "it is a GIF picture; save it as PNG"),
    (b"RIFF", "it is a WebP picture or a film; save the picture as PNG"),
    (b"%PDF", "it is a PDF document; export the scan itself"),
)
"""What people give by mistake, and what to do with it."""
_RHK = "STiMage".encode("utf-16-le")
_TIFF_TAGS = {0x8000: "JPK", 50432: "Park Systems"}


def recognises(data: bytes) -> bool:
    """Look for a mark of the lists."""
    return _no_scan(data) is not None or _maker(data) is not None


def read(data: bytes) -> tuple[Channel, ...]:
    """Say which format it is, and what to do.

    Raises
    ------
    ScanFormatError
        Always.
    """
    raise ScanFormatError(
        _no_scan(data)
        or f"{_maker(data)} files are not read here; "
        "export the scan with its own program or with Gwyddion, as .gwy or as a matrix of text"
    )


def _no_scan(data: bytes) -> str | None:
    return next((sentence for mark, sentence in _NO_SCANS if data.startswith(mark)), None)


def _maker(data: bytes) -> str | None:
    for mark, maker in _MARKS:
        if data.startswith(mark):
            return maker
    if data[:32].find(_RHK) in (0, 2):
        return "RHK SM3 / SM4"
    if data.startswith(TIFF_MAGICS):
        return _maker_of_tiff(data)
    return "Igor binary wave (Asylum Research)" if _is_igor_wave(data) else None


def _maker_of_tiff(data: bytes) -> str | None:
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as tiff:
            tags = tiff.pages.first.tags
            return next((maker for tag, maker in _TIFF_TAGS.items() if tag in tags), None)
    except Exception:  # a broken picture: its own reader says so
        return None


def _is_igor_wave(data: bytes) -> bool:
    """Version 5 of the wave, whose header of 384 bytes sums up to nothing in 16 bit."""
    for order in "<>":
        words = np.frombuffer(data[:384], f"{order}u2", min(len(data), 384) // 2)
        if len(words) == 192 and words[0] == 5 and int(words.sum(dtype=np.int64)) % 65536 == 0:
            return True
    return False
