import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from particlesnn.core import Scan, ScanFormatError
from particlesnn.files.channel import to_scan
from particlesnn.files.pictures import read, recognises
from tests.files.sample_files import picture_file, tiff_file

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
DEEP = GREY.astype(np.uint16) * 257 + 3
RGB = np.stack([GREY, GREY[::-1], 255 - GREY], axis=-1)
LUMINANCE = RGB @ np.array([0.299, 0.587, 0.114])


def opened(data: bytes) -> Scan:
    assert recognises(data)
    return to_scan(read(data)[0], "picture")


def pillow(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    return picture_file(Image.fromarray(pixels), kind, **options)


@pytest.mark.parametrize(
    "data",
    [
        pillow(GREY, "PNG"),
        pillow(GREY, "BMP"),
        pillow(GREY, "TIFF"),
        pillow(GREY, "TIFF", compression="tiff_lzw"),
        tiff_file(GREY),
        tiff_file(GREY, bigtiff=True),
        tiff_file(255 - GREY, photometric="miniswhite"),
        pillow(np.dstack([GREY, GREY, GREY]), "PNG"),
        pillow(np.dstack([GREY, 255 - GREY]), "PNG"),
        tiff_file(np.stack([GREY, 255 - GREY]), photometric="minisblack"),
    ],
)
def test_grey_levels_stay_exactly_as_they_are(data: bytes) -> None:
    scan = opened(data)
    np.testing.assert_array_equal(scan.values, GREY)
    assert (scan.value_unit, scan.pixel_nm, scan.channel) == (None, None, "Grey")


@pytest.mark.parametrize(
    "data",
    [
        pillow(DEEP, "PNG"),
        pillow(DEEP, "TIFF"),
        tiff_file(DEEP),
        tiff_file(DEEP, byteorder=">"),
        tiff_file(DEEP, compression="zlib"),
        tiff_file(65535 - DEEP, photometric="miniswhite"),
        tiff_file(np.dstack([DEEP, DEEP, DEEP]), photometric="rgb"),
        tiff_file(np.stack([DEEP, DEEP, DEEP]), photometric="rgb", planarconfig="separate"),
        tiff_file(DEEP.astype(np.float32)),
        tiff_file(DEEP.astype(np.int32)),
    ],
)
def test_sixteen_bit_and_more_are_kept(data: bytes) -> None:
    np.testing.assert_array_equal(opened(data).values, DEEP)


def test_floating_point_tiffs_keep_fractions_and_fill_what_is_missing() -> None:
    values = np.array([[0.25, np.nan], [1e-9, -7.5]])
    np.testing.assert_array_equal(opened(tiff_file(values)).values, [[0.25, 1e-9], [1e-9, -7.5]])


@pytest.mark.parametrize(
    "data",
    [
        pillow(RGB, "PNG"),
        pillow(RGB, "BMP"),
        pillow(RGB, "TIFF"),
        tiff_file(RGB),
        pillow(np.dstack([RGB, GREY]), "PNG"),
        pillow(np.dstack([RGB, GREY]), "TIFF"),
    ],
)
def test_colours_become_luminance_and_opacity_is_ignored(data: bytes) -> None:
    np.testing.assert_allclose(opened(data).values, LUMINANCE, atol=1e-9)


def test_deep_colours_become_luminance_without_rounding() -> None:
    deep = RGB.astype(np.uint16) * 257
    np.testing.assert_allclose(opened(tiff_file(deep, photometric="rgb")).values, LUMINANCE * 257, atol=1e-6)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_palettes_are_resolved(kind: str) -> None:
    image = Image.fromarray(GREY % 4).convert("P")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    colours = np.array([0.0, 0.299 * 255, 0.587 * 255, 0.114 * 255])
    np.testing.assert_allclose(opened(picture_file(image, kind)).values, colours[GREY % 4], atol=1e-9)


def test_a_palette_with_opacity_opens_without_a_warning() -> None:
    image = Image.fromarray(GREY % 2).convert("P")
    image.putpalette([10, 10, 10, 200, 200, 200])
    data = picture_file(image, "PNG", transparency=b"\x00\xff")
    np.testing.assert_allclose(opened(data).values, np.array([10, 200])[GREY % 2], atol=1e-9)


def test_black_and_white() -> None:
    image = Image.fromarray(GREY > 100)
    assert set(np.unique(opened(picture_file(image, "PNG")).values)) == {0.0, 255.0}
    assert set(np.unique(opened(picture_file(image, "TIFF")).values)) == {0.0, 255.0}


def test_jpeg_is_close() -> None:
    smooth = np.tile(np.linspace(0, 255, 64), (64, 1)).astype(np.uint8)
    np.testing.assert_allclose(opened(pillow(smooth, "JPEG", quality=95)).values, smooth, atol=4)


def test_the_first_page_is_read() -> None:
    np.testing.assert_array_equal(opened(tiff_file(np.stack([DEEP, DEEP[::-1]]))).values, DEEP)


def bomb(side: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    size = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_000, 9_460, 12_000, 100_000, 2**31 - 1])
def test_pictures_that_would_fill_the_memory_are_refused(side: int) -> None:
    with pytest.raises(ScanFormatError, match=r"million|larger than any"):
        read(bomb(side))


@pytest.mark.parametrize("pixels", [DEEP, GREY])
def test_a_tiff_that_promises_too_much_is_refused(pixels: np.ndarray) -> None:
    data = bytearray(tiff_file(pixels, metadata=None))
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        places = {tag.code: tag.offset for tag in tiff.pages.first.tags}
    for code in (256, 257):  # width and length, written anew as LONG
        struct.pack_into("<HHII", data, places[code], code, 4, 1, 10**6)
    with pytest.raises(ScanFormatError, match=r"million|larger than any"):
        read(bytes(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF"])
def test_half_a_picture_is_refused_with_advice(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = pillow(noise, kind)
    for share in (0.3, 0.6, 0.9):
        with pytest.raises(ScanFormatError, match=r"cut off, damaged[^<]*save it as PNG"):
            read(data[: int(len(data) * share)])


def test_text_that_begins_like_a_bitmap_is_none() -> None:
    assert not recognises(b"BM is short for bitmap, and this is a text.")


def test_a_damaged_tiff_leaves_no_remarks_on_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    path.write_bytes(tiff_file(DEEP)[:200])
    # In a process of its own, because pytest takes all remarks to itself.
    program = "import sys; from particlesnn.files import open_scan; open_scan(sys.argv[1])"
    run = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert "TiffTag" not in run.stderr.split("Traceback")[0]
    assert "ScanFormatError" in run.stderr.splitlines()[-1]
