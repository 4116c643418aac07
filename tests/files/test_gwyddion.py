import contextlib
import io
import struct

import numpy as np
import pytest
from gwyfile.objects import GwyDataField, GwyObject
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import to_scan
from particlesnn.files.gwyddion import read, recognises
from tests.files.sample_files import gwyddion_file

HEIGHTS = np.arange(12.0).reshape(3, 4)


def field(lateral: str | None = "m", vertical: str | None = "m", **sides: float) -> GwyDataField:
    sizes = {"xreal": 4e-7, "yreal": 1.5e-7} | sides
    return GwyDataField(HEIGHTS, si_unit_xy=lateral, si_unit_z=vertical, **sizes)


def test_all_data_fields_are_channels_in_the_order_of_their_numbers() -> None:
    data = gwyddion_file({10: (None, field()), 2: ("Z", field()), 0: ("Bias", field("m", "V"))})
    assert recognises(data)
    assert [(channel.name, channel.unit) for channel in read(data)] == [("Bias", "V"), ("Z", "m"), ("Channel", "m")]


def test_metres_become_nm_and_the_top_row_stays_on_top() -> None:
    scan = to_scan(read(gwyddion_file({0: ("Z", field())}))[0], "scan")
    np.testing.assert_allclose(scan.values, HEIGHTS * 1e9)
    assert scan.pixel_nm == pytest.approx((50.0, 100.0))


def test_a_field_without_any_unit_is_in_metres_but_a_share_is_a_share() -> None:
    bare, share = read(gwyddion_file({0: (None, field("", None)), 1: (None, field("m", ""))}))
    assert (bare.unit, bare.size_nm) == ("m", pytest.approx((150.0, 400.0)))
    assert (share.unit, share.size_nm) == ("", pytest.approx((150.0, 400.0)))


def test_a_field_without_size_has_no_scale() -> None:
    assert read(gwyddion_file({0: (None, field(xreal=0.0, yreal=float("nan")))}))[0].size_nm is None


def test_the_same_as_gwyfile_reads() -> None:
    data = gwyddion_file({0: ("Z", field())})
    theirs = GwyObject.fromfile(io.BytesIO(data))["/0/data"]
    np.testing.assert_array_equal(read(data)[0].values, theirs.data)


def test_a_file_without_pictures_says_so() -> None:
    with pytest.raises(ScanFormatError, match="holds no picture"):
        read(gwyddion_file({}))


def test_a_field_of_the_wrong_length_is_refused() -> None:
    broken = field()
    broken["xres"] = 5
    with pytest.raises(ScanFormatError, match="damaged"):
        read(gwyddion_file({0: (None, broken)}))


def test_boxes_in_boxes_do_not_end_in_a_crash() -> None:
    data = b""
    for _ in range(5000):
        data = b"Box\0" + struct.pack("<I", len(data) + 3) + b"a\0o" + data if data else b"Box\0" + bytes(4)
    with pytest.raises(ScanFormatError, match="damaged"):
        read(b"GWYP" + data)


def test_cut_off_anywhere_it_is_refused() -> None:
    data = gwyddion_file({0: ("Z", field())})
    for end in range(4, len(data)):
        with pytest.raises(ScanFormatError, match=r"cut off or damaged|no picture"):
            read(data[:end])


@given(st.data())
def test_damage_never_crashes_or_hangs(draw: st.DataObject) -> None:
    data = bytearray(gwyddion_file({0: ("Z", field())}))
    for _ in range(draw.draw(st.integers(1, 5))):
        data[draw.draw(st.integers(4, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(ScanFormatError):
        for channel in read(bytes(data)):
            to_scan(channel, "scan")
