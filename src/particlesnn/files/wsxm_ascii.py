"""WSxM ASCII matrix: the format of the paper, both ways.

A header, then the heights::

    WSxM file copyright UAM
    WSxM ASCII Matrix file
    X Amplitude: 100 nm
    Y Amplitude: 100 nm
    Z Amplitude: 5.12 nm
    3.201   3.187   ...

The values are heights in the unit of the Z Amplitude. The rows are taken as they stand, the first one on top, as every
other text matrix is (docs/adr tells why): some versions of WSxM begin with the lower right corner, and a scan of theirs
then appears turned by 180 degrees, which changes no count, size or height.

What varies between versions and between the programs that write it:

* the owner after "copyright" (Nanotec Electronica, UAM, WSxM solutions), and whether that line is there at all;
* the units (Å, nm, µm, a.u., and V or nA for other channels), the blank before them, their encoding (Latin-1, UTF-8);
* lines with the numbers of columns and rows, other fields, an empty line before the matrix;
* points or commas as decimal signs, a tab at the end of each row, CR LF or LF.
"""

import io
from pathlib import Path

import numpy as np

from particlesnn.core import Scan, ScanFormatError
from particlesnn.core.writing import write_whole
from particlesnn.files.channel import Channel, area_nm
from particlesnn.files.plain_text import decode, is_row, matrix
from particlesnn.files.units import amount, length_nm

NAME = "WSxM ASCII matrix"

_MAGIC = "WSxM ASCII Matrix file".casefold()


def recognises(data: bytes) -> bool:
    """Look for "WSxM ASCII Matrix file" near the beginning."""
    return _MAGIC in decode(data[:512]).casefold()


def read(data: bytes) -> tuple[Channel, ...]:
    """Read the one channel of the file.

    Raises
    ------
    ScanFormatError
        When the matrix is missing, cut off or not of the size that the header gives.
    """
    lines = decode(data).splitlines()
    start = next((number for number, line in enumerate(lines) if is_row(line)), len(lines))
    fields = {key.strip().casefold(): value for key, _, value in (line.partition(":") for line in lines[:start])}
    values = matrix(lines[start:], start + 1)
    _check_counts(fields, values.shape)
    height = amount(fields.get("z amplitude", ""))
    width_nm, height_nm = (length_nm(fields.get(f"{axis} amplitude", "")) for axis in "xy")
    size = area_nm(values.shape, width_nm, height_nm)
    return (Channel("Z", values, height[1] if height else "", size),)


def _check_counts(fields: dict[str, str], shape: tuple[int, ...]) -> None:
    for name, found in zip(("number of rows", "number of columns"), shape, strict=True):
        promised = amount(fields.get(name, ""))
        if promised is not None and promised[0] != found:
            raise ScanFormatError(
                f"its header gives a {name} of {promised[0]:.0f}, but it holds {found}; export the scan again"
            )


def write_wsxm_ascii(path: Path | str, scan: Scan) -> None:
    """Write a scan as a WSxM ASCII matrix, whole or not at all.

    Values keep nine digits. Heights are in nm; the unit is "a.u." for grey levels and for the sides of a scan
    without a scale, which are then given in px.

    Parameters
    ----------
    path
        Where the file shall stand; its folder must exist.
    scan
        What to write. The name of its channel is lost: the format has no place for it.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    height, width = scan.size_nm or scan.shape_px
    side_unit = "nm" if scan.size_nm else "a.u."
    value_unit = scan.value_unit or "a.u."
    header = (
        "WSxM file copyright UAM\r\nWSxM ASCII Matrix file\r\n"
        f"X Amplitude: {width:.10g} {side_unit}\r\n"
        f"Y Amplitude: {height:.10g} {side_unit}\r\n"
        f"Z Amplitude: {np.ptp(scan.values):.10g} {value_unit}\r\n"
    )
    body = io.StringIO()
    np.savetxt(body, scan.values, fmt="%.9g", delimiter="\t", newline="\r\n")
    write_whole(Path(path), (header + body.getvalue()).encode("ascii"))
