"""Small files of each format, made by hand from the makers' descriptions."""

import io
from collections.abc import Sequence

import numpy as np
import tifffile
from gwyfile.objects import GwyContainer, GwyDataField
from numpy.typing import NDArray
from PIL import Image


def wsxm_ascii_file(
    rows: Sequence[Sequence[object]],
    sides: tuple[str, str] = ("X Amplitude: 100 nm", "Y Amplitude: 50 nm"),
    height: str = "Z Amplitude: 5.12 nm",
    newline: str = "\r\n",
) -> str:
    """Rows as they stand in the file, that is from the lower right corner."""
    header = ["WSxM file copyright Nanotec Electronica", "WSxM ASCII Matrix file", *sides, height]
    return newline.join([*header, *("\t".join(str(word) for word in row) for row in rows), ""])


def wsxm_binary_file(
    stored: NDArray[np.generic],
    kind: str | None = "short",
    z_amplitude: str = "10 nm",
    newline: str = "\r\n",
    counts: tuple[int, int] | None = None,
    header_size: int = 0,
) -> bytes:
    rows, columns = counts or stored.shape
    lines = [
        "WSxM file copyright UAM",
        "SxM Image file",
        f"Image header size: {header_size}",
        "",
        "[Control]",
        "",
        "    X Amplitude: 2 µm",
        "    Y Amplitude: 1000 nm",
        "",
        "[General Info]",
        "",
        "    Acquisition channel: Topography",
        *([f"    Image Data Type: {kind}"] if kind else []),
        f"    Number of columns: {columns}",
        f"    Number of rows: {rows}",
        "    X scanning direction: Backward",
        f"    Z Amplitude: {z_amplitude}",
        "",
        "[Header end]",
        "",
    ]
    return newline.join(lines).encode("latin-1") + stored.tobytes()


def nanonis_file(
    pictures: NDArray[np.float32],
    table: Sequence[tuple[str, str, str]] = (("Z", "m", "both"),),
    scan_dir: str = "down",
    kind: str = "FLOAT            MSBFIRST",
) -> bytes:
    """Pictures in the order of the table, lines and points in the order of time."""
    _, rows, columns = pictures.shape
    lines = "".join(
        f"\t{number}\t{name}\t{unit}\t{direction}\t1.000E+0\t0.000E+0\n"
        for number, (name, unit, direction) in enumerate(table)
    )
    header = (
        f":NANONIS_VERSION:\n2\n:SCANIT_TYPE:\n              {kind}\n"
        f":SCAN_PIXELS:\n       {columns}       {rows}\n"
        ":SCAN_TIME:\n             1.0E-1             1.0E-1\n"
        ":ACQ_TIME:\n       10.0\n:BIAS:\n            1.0E+0\n:COMMENT:\nfirst: 100 °C\nsecond\n"
        ":SCAN_RANGE:\n           4.000000E-8           2.000000E-8\n"
        ":SCAN_OFFSET:\n             0.0E+0         0.0E+0\n"
        f":SCAN_DIR:\n{scan_dir}\n"
        f":DATA_INFO:\n\tChannel\tName\tUnit\tDirection\tCalibration\tOffset\n{lines}\n:SCANIT_END:\n\n\n"
    )
    order = "<f4" if "LSBFIRST" in kind else ">f4"
    return header.encode() + b"\x1a\x04" + pictures.astype(order).tobytes()


def gwyddion_file(fields: dict[int, tuple[str | None, GwyDataField]]) -> bytes:
    container = GwyContainer()
    for number, (title, field) in fields.items():
        container[f"/{number}/data"] = field
        if title:
            container[f"/{number}/data/title"] = title
    file = io.BytesIO()
    container.tofile(file)
    return file.getvalue()


def picture_file(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff_file(pixels: NDArray[np.generic], **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def one_of_each() -> dict[str, bytes]:
    """A small, whole file of every format that is read."""
    rng = np.random.default_rng(7)
    grey = rng.integers(0, 256, (7, 9), dtype=np.uint8)
    heights = rng.normal(size=(6, 5))
    rgb = rng.integers(0, 256, (7, 9, 3), dtype=np.uint8)
    return {
        "wsxm ascii": wsxm_ascii_file([[f"{value:.4g}" for value in row] for row in heights]).encode("latin-1"),
        "wsxm short": wsxm_binary_file(rng.integers(-900, 900, (6, 5), dtype=np.int16)),
        "wsxm double": wsxm_binary_file(heights, "double"),
        "gwyddion": gwyddion_file({0: ("Z", GwyDataField(heights, 1e-7, 1e-7, si_unit_xy="m", si_unit_z="m"))}),
        "nanonis": nanonis_file(rng.normal(size=(2, 6, 5)).astype(np.float32)),
        "text": "# Width: 1 µm\n# Height: 1 µm\n1 2 3\n4 5 6\n7 8 9\n".encode(),
        "png": picture_file(Image.fromarray(grey), "PNG"),
        "png 16 bit": picture_file(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"),
        "bmp": picture_file(Image.fromarray(rgb), "BMP"),
        "jpeg": picture_file(Image.fromarray(rgb), "JPEG"),
        "tiff": tiff_file(grey),
        "tiff 16 bit": tiff_file(grey.astype(np.uint16) * 200),
        "tiff float": tiff_file(heights.astype(np.float32)),
        "tiff lzw": picture_file(Image.fromarray(rgb), "TIFF", compression="tiff_lzw"),
    }
