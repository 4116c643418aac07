import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from particlesnn.core import Scan, ScanFormatError
from particlesnn.files.channel import to_scan
from particlesnn.files.text_matrix import read, recognises

ROWS = "1 1.5 3\n-2 -3 -6\n0 0 0\n9 9 9\n"


def opened(text: str | bytes) -> Scan:
    data = text.encode() if isinstance(text, str) else text
    assert recognises(data)
    return to_scan(read(data)[0], "scan")


@given(
    heights=arrays(
        np.float64,
        st.tuples(st.integers(2, 7), st.integers(4, 7)),
        elements=st.floats(-1e6, 1e6, allow_subnormal=False),
    ),
    style=st.sampled_from([("\t", "."), ("\t", ","), (" ", "."), ("   ", ","), (";", "."), ("; ", ","), (",", ".")]),
    newline=st.sampled_from(["\n", "\r\n"]),
    comment=st.sampled_from(["", "# a comment: of no meaning\n", "made by hand\n\n"]),
    end=st.sampled_from(["", "\n", "\n\n# the end\n"]),
)
def test_separators_and_decimal_signs(
    heights: np.ndarray, style: tuple[str, str], newline: str, comment: str, end: str
) -> None:
    separator, point = style
    # A picture of whole numbers has no decimal sign to tell by; commas then part the numbers, which is right.
    rows = [separator.join(f"{value:.6f}".replace(".", point) for value in row) for row in heights]
    scan = opened((comment + "\n".join(rows) + end).replace("\n", newline))
    np.testing.assert_allclose(scan.values, heights, atol=1e-6)
    assert (scan.value_unit, scan.pixel_nm) == (None, None)


def test_commas_part_whole_numbers() -> None:
    np.testing.assert_array_equal(opened("1,2,3\n4,5,6").values, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(opened("1, 2, 3\n4, 5, 6").values, [[1, 2, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    "header",
    [
        "# Channel: Topo\n# Width: 12.34 µm\n# Height: 5678.9 nm\n# Value units: m\n",
        "# Kanal: Topo\n# Breite: 12,34 µm\n# Höhe: 5678,9 nm\n# Werteinheiten: m\n",
        "# Canal : Topo\n# Largeur : 12,34 µm\n# Hauteur : 5678,9 nm\n# Unités des valeurs : m\n",
        "# Канал: Topo\n# Ширина: 12.34 um\n# Высота: 5678.9 nm\n# Единицы измерения: m\n",
        "Height = 5678.9 nm\nWidth = 12.34 µm\nZ unit = m\nChannel = Topo\n",
    ],
)
def test_gwyddion_exports_of_every_language(header: str) -> None:
    scan = opened(header + ROWS)
    assert scan.size_nm == pytest.approx((5678.9, 12340.0))
    assert scan.value_unit == "nm"
    assert scan.values[0].tolist() == [1e9, 1.5e9, 3e9]
    assert scan.channel == "Topo"


def test_a_channel_of_volts_keeps_its_values() -> None:
    scan = opened("# Channel: Bias\n# Width: 1 µm\n# Height: 1 µm\n# Value units: V\n" + ROWS)
    assert scan.value_unit is None
    assert scan.values.max() == 9


def test_spip_lengths_are_nm() -> None:
    scan = opened("# x-pixels = 3\n# y-pixels = 4\n# x-length = 300\n# y-length = 200\n# z-unit = nm\n" + ROWS)
    assert scan.size_nm == (200.0, 300.0)
    assert scan.value_unit == "nm"


def test_size_of_a_pixel_and_a_factor_for_heights() -> None:
    scan = opened(
        "h=4 w=3\npixel size=5e-007 m\ndata unit=rad\nheight conversion factor (-> m)=2e-008\n"
        + ROWS.replace("\n", " \n")
    )
    assert scan.pixel_nm == pytest.approx((500.0, 500.0))
    assert scan.values.max() == pytest.approx(9 * 20.0)


def test_points_that_windows_calls_no_numbers_are_filled() -> None:
    scan = opened("1 2 3\n-1.#IND 5 1.#QNAN\n7 8 9")
    assert scan.values[1].tolist() == [5, 5, 5]


def test_an_empty_cell_is_a_point_that_was_not_measured() -> None:
    # Else the numbers after it would move one place to the left, unseen where each row lacks one.
    assert opened("1,,3\n4, ,6\n7,8,9").values.tolist() == [[1, 6, 3], [4, 6, 6], [7, 8, 9]]
    assert opened("1,5;;3\n4;;6\n7;8;9").values[:2, 1].tolist() == [6, 6]
    assert opened("1,2,\n3,4,\n").values.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ScanFormatError, match="line 2 holds 4 numbers where the first row holds 3"):
        opened(",0,1,2\n0,1,2,3\n1,4,5,6")  # a table with the numbers of its rows and columns


def test_excel_writes_utf_16() -> None:
    np.testing.assert_array_equal(opened("1\t2\r\n3\t4\r\n".encode("utf-16")).values, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("The scan was taken in 2019.\nIt shows platinum on graphite.\n", "text without rows of numbers"),
        ("1 2 3\n4 5\n", "line 2 holds 2 numbers where the first row holds 3"),
        ("# a\n1 2 3\n4 5 six\n", "line 3 holds 'six'"),
        ("3\nscans of platinum\n", "line 2 holds 'scans' where a number belongs"),
        ("1 2 3 4 5\n", "a list of points or a curve"),
        ("2019\n", "a list of points or a curve"),
        ("\n".join(f"{x} {x * x}" for x in range(30)), "holds 2 x 30 numbers"),
        ("# Width: 1e400 m\n# Height: 1e-320 nm\n# Value units: m\n" + "1e308 1e308\n" * 2, "larger than any"),
    ],
)
def test_what_is_no_matrix_says_so(text: str, complaint: str) -> None:
    with pytest.raises(ScanFormatError, match=complaint):
        opened(text)


@given(st.text(max_size=300))
def test_any_text_opens_or_is_refused(text: str) -> None:
    with contextlib.suppress(ScanFormatError):
        to_scan(read(text.encode())[0], "scan")
