from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from particlesnn.core import OutputError, Scan, ScanFormatError
from particlesnn.files import open_scan, write_wsxm_ascii
from particlesnn.files.channel import to_scan
from particlesnn.files.wsxm_ascii import read, recognises
from tests.files.sample_files import wsxm_ascii_file

HEIGHTS = arrays(
    np.float64,
    st.tuples(st.integers(2, 6), st.integers(2, 6)),
    elements=st.floats(-1e4, 1e4, allow_nan=False, allow_subnormal=False),
)


def opened(text: str | bytes) -> Scan:
    data = text.encode("latin-1") if isinstance(text, str) else text
    assert recognises(data)
    return to_scan(read(data)[0], "scan")


def test_the_first_row_is_on_top() -> None:
    scan = opened(
        "WSxM file copyright UAM\nWSxM ASCII Matrix file\n"
        "X Amplitude: 1 a.u.\nY Amplitude: 1 a.u.\nZ Amplitude: 1 a.u.\n3 2 0\n0 8 5\n"
    )
    np.testing.assert_array_equal(scan.values, [[3, 2, 0], [0, 8, 5]])
    assert scan.value_unit is None
    assert scan.pixel_nm is None


def test_scale_and_heights_come_in_nm() -> None:
    scan = opened(
        wsxm_ascii_file(
            [[1, 2, 3, 4], [5, 6, 7, 8]], ("X Amplitude: 0.2 µm", "Y Amplitude: 1000 Å"), "Z Amplitude: 7 Å"
        )
    )
    assert scan.shape_px == (2, 4)
    assert scan.pixel_nm == pytest.approx((50.0, 50.0))
    assert scan.value_unit == "nm"
    np.testing.assert_allclose(scan.values.ravel(), np.arange(1, 9) / 10)


def test_one_side_makes_square_pixels() -> None:
    scan = opened(wsxm_ascii_file([[1, 2, 3, 4], [5, 6, 7, 8]], ("X Amplitude: 100 nm", "")))
    assert scan.pixel_nm == pytest.approx((25.0, 25.0))


@pytest.mark.parametrize("unit", ["V", "nA", "deg", "a.u.", ""])
def test_other_channels_keep_their_values(unit: str) -> None:
    scan = opened(wsxm_ascii_file([[1, 2], [3, 4]], height=f"Z Amplitude: 3 {unit}"))
    assert scan.value_unit is None
    assert scan.values.max() == 4
    assert scan.pixel_nm == (25.0, 50.0)


@given(
    heights=HEIGHTS,
    unit=st.sampled_from([("nm", 1.0), ("Å", 0.1), ("µm", 1e3), ("pm", 1e-3), ("m", 1e9)]),
    newline=st.sampled_from(["\r\n", "\n"]),
    comma=st.booleans(),
    trailing_tab=st.booleans(),
    counts=st.booleans(),
    empty_line=st.booleans(),
    owner=st.sampled_from(["WSxM file copyright WSxM solutions", "WSxM file copyright UAM", None]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16"]),
)
def test_every_way_to_write_it_reads_the_same(
    heights: np.ndarray,
    unit: tuple[str, float],
    newline: str,
    comma: bool,
    trailing_tab: bool,
    counts: bool,
    empty_line: bool,
    owner: str | None,
    encoding: str,
) -> None:
    rows, columns = heights.shape
    lines = [
        *([owner] if owner else []),
        "WSxM ASCII Matrix file",
        *([f"Number of columns: {columns}", f"Number of rows: {rows}"] if counts else []),
        f"X Amplitude: {columns * 2.5} nm",
        f"Y Amplitude: {rows * 2.5} nm",
        f"Z Amplitude: {np.ptp(heights):.6g} {unit[0]}",
        *([""] if empty_line else []),
        *("\t".join(f"{value:.12g}" for value in row) + "\t" * trailing_tab for row in heights),
        "",
    ]
    text = newline.join(lines)
    scan = opened((text.replace(".", ",") if comma else text).encode(encoding))
    assert scan.pixel_nm == pytest.approx((2.5, 2.5))
    np.testing.assert_allclose(scan.values, heights * unit[1], rtol=1e-11, atol=1e-14)


@given(heights=HEIGHTS, pixel=st.one_of(st.none(), st.tuples(st.floats(0.01, 100), st.floats(0.01, 100))))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, heights: np.ndarray, pixel: tuple[float, float] | None
) -> None:
    path = tmp_path_factory.mktemp("written") / "scan.txt"
    scan = Scan(heights, "nm" if pixel else None, pixel)
    write_wsxm_ascii(path, scan)
    again = open_scan(path)
    np.testing.assert_allclose(again.values, scan.values, rtol=1e-8)
    assert again.value_unit == scan.value_unit
    assert again.pixel_nm == (None if pixel is None else pytest.approx(pixel, rel=1e-8))


def test_the_header_is_as_wsxm_writes_it(tmp_path: Path) -> None:
    write_wsxm_ascii(tmp_path / "scan.txt", Scan(np.array([[0.0, 1.5], [2.0, 3.25]]), "nm", (10.0, 50.0)))
    assert (tmp_path / "scan.txt").read_bytes() == (
        b"WSxM file copyright UAM\r\nWSxM ASCII Matrix file\r\nX Amplitude: 100 nm\r\nY Amplitude: 20 nm\r\n"
        b"Z Amplitude: 3.25 nm\r\n0\t1.5\r\n2\t3.25\r\n"
    )


def test_nothing_is_left_behind_when_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"missing.*scan\.txt"):
        write_wsxm_ascii(tmp_path / "missing" / "scan.txt", Scan(np.eye(3)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (wsxm_ascii_file([]), "no rows of numbers"),
        (wsxm_ascii_file([[1, 2, 3], [4, 5]]), "line 7 holds 2 numbers where the first row holds 3"),
        (wsxm_ascii_file([[1, 2, 3], [4, "x", 6]]), "line 7 holds 'x'"),
        (wsxm_ascii_file([[1, 2], [3, 4]], height="Number of rows: 3"), "number of rows of 3, but it holds 2"),
    ],
)
def test_broken_files_say_where(text: str, complaint: str) -> None:
    with pytest.raises(ScanFormatError, match=complaint):
        read(text.encode())
