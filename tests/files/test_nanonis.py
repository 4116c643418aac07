from pathlib import Path

import nanonispy2.read
import numpy as np
import pytest

from particlesnn.core import ScanFormatError
from particlesnn.files.channel import to_scan
from particlesnn.files.nanonis import read, recognises
from tests.files.sample_files import nanonis_file

# As stored: the first line scanned first, the first point of each line measured first.
STORED = np.arange(12, dtype=np.float32).reshape(2, 2, 3)


def test_downwards_and_forwards_is_as_stored() -> None:
    data = nanonis_file(STORED)
    assert recognises(data)
    forward, backward = read(data)
    assert (forward.name, backward.name) == ("Z forward", "Z backward")
    np.testing.assert_array_equal(forward.values, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(backward.values, [[8, 7, 6], [11, 10, 9]])


def test_upwards_begins_at_the_bottom() -> None:
    forward, backward = read(nanonis_file(STORED, scan_dir="up"))
    np.testing.assert_array_equal(forward.values, [[3, 4, 5], [0, 1, 2]])
    np.testing.assert_array_equal(backward.values, [[11, 10, 9], [8, 7, 6]])


def test_si_units_become_nm() -> None:
    scan = to_scan(read(nanonis_file(STORED * 1e-9))[0], "scan")
    np.testing.assert_allclose(scan.values, STORED[0], rtol=1e-6)
    assert scan.size_nm == pytest.approx((20.0, 40.0))
    assert scan.pixel_nm == pytest.approx((10.0, 40 / 3))


def test_channels_of_one_direction() -> None:
    data = nanonis_file(STORED, [("Z", "m", "forward"), ("Current", "A", "backward")])
    assert [(channel.name, channel.unit) for channel in read(data)] == [("Z forward", "m"), ("Current backward", "A")]


def test_little_endian_files() -> None:
    np.testing.assert_array_equal(read(nanonis_file(STORED, kind="FLOAT LSBFIRST"))[0].values, STORED[0])


def test_lines_that_were_never_scanned_hold_the_median() -> None:
    stopped = STORED.copy()
    stopped[0, 1] = np.nan
    scan = to_scan(read(nanonis_file(stopped))[0], "scan")
    np.testing.assert_allclose(scan.values[1], 1e9)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (nanonis_file(STORED)[:-1], "ends after 47 of 48 bytes"),
        (nanonis_file(STORED)[:300], "header is cut off"),
        (nanonis_file(STORED, kind="INT MSBFIRST"), "unknown type"),
        (nanonis_file(STORED, []), "lists no channels"),
        (nanonis_file(STORED).replace(b"       3       2", b"       3     two"), "no proper SCAN_PIXELS"),
        (nanonis_file(STORED).replace(b"       3       2", b"  999999  999999"), "million"),
    ],
)
def test_broken_files_say_why(data: bytes, complaint: str) -> None:
    with pytest.raises(ScanFormatError, match=complaint):
        read(data)


@pytest.mark.parametrize("name", ["Image_412", "STM_Au-111_Flat", "STM_Au-111_Terraced", "STM_nanonis_generic_4_5"])
def test_the_same_values_as_nanonispy2(shared_data: Path, name: str) -> None:
    path = shared_data / "spm_native_formats" / "nanonis_sxm" / f"{name}.sxm"
    theirs = nanonispy2.read.Scan(str(path))
    channels = {channel.name: channel.values for channel in read(path.read_bytes())}
    assert len(channels) == 2 * len(theirs.signals)
    for signal, pictures in theirs.signals.items():
        upwards = theirs.header["scan_dir"] == "up"
        for direction, stored in pictures.items():
            seen = stored[::-1] if upwards else stored
            seen = seen[:, ::-1] if direction == "backward" else seen
            np.testing.assert_array_equal(channels[f"{signal} {direction}"], seen)


@pytest.mark.parametrize("name", ["Image_412", "STM_Au-111_Flat", "STM_Au-111_Terraced", "STM_nanonis_generic_4_5"])
def test_both_directions_show_the_same_surface(shared_data: Path, name: str) -> None:
    data = (shared_data / "spm_native_formats" / "nanonis_sxm" / f"{name}.sxm").read_bytes()
    forward, backward = (
        picture.values - np.median(picture.values, axis=1, keepdims=True) for picture in read(data)[:2]
    )
    likeness = np.corrcoef(forward.ravel(), backward.ravel())[0, 1]
    mirrored = np.corrcoef(forward.ravel(), backward[:, ::-1].ravel())[0, 1]
    assert likeness > 0.5 > mirrored
