import numpy as np
import pytest

from particlesnn.core import Scan, ScanFormatError
from particlesnn.files.channel import to_scan
from particlesnn.files.wsxm_binary import read, recognises
from tests.files.sample_files import wsxm_binary_file

STEPS = np.array([[-100, 0, 100], [300, 200, 50]], dtype=np.int16)


def opened(data: bytes) -> Scan:
    assert recognises(data)
    return to_scan(read(data)[0], "scan")


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize("header_size", [0, 99999])
def test_integers_span_the_z_amplitude(newline: str, header_size: int) -> None:
    scan = opened(wsxm_binary_file(STEPS, newline=newline, header_size=header_size))
    # 400 steps are 10 nm, zero stays zero, and the file begins with the lower right corner.
    np.testing.assert_allclose(scan.values, [[1.25, 5.0, 7.5], [2.5, 0.0, -2.5]])
    assert scan.value_unit == "nm"
    assert scan.pixel_nm == pytest.approx((500.0, 2000 / 3))
    assert scan.channel == "Topography backward"


@pytest.mark.parametrize(("kind", "dtype"), [("double", "<f8"), ("float", "<f4")])
def test_floating_point_values_stand_as_they_are(kind: str, dtype: str) -> None:
    heights = np.array([[1.5, 2.5], [3.5, 8.5]], dtype=dtype)
    scan = opened(wsxm_binary_file(heights, kind, z_amplitude="1 Å"))
    np.testing.assert_allclose(scan.values, [[0.85, 0.35], [0.25, 0.15]])


@pytest.mark.parametrize(("kind", "dtype"), [(None, "<i2"), ("integer", "<i2"), ("integer-data", "<i4")])
def test_all_integers_are_read(kind: str | None, dtype: str) -> None:
    assert np.ptp(opened(wsxm_binary_file(STEPS.astype(dtype), kind)).values) == pytest.approx(10.0)


def test_other_channels_keep_their_unit_away() -> None:
    assert opened(wsxm_binary_file(STEPS, z_amplitude="3 V")).value_unit is None
    assert opened(wsxm_binary_file(STEPS, z_amplitude="unknown")).values.max() == 300


def test_a_flat_scan_opens() -> None:
    assert not opened(wsxm_binary_file(np.full((3, 3), 7, dtype=np.int16))).values.any()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (wsxm_binary_file(STEPS)[:-1], "ends after 11 of 12 bytes"),
        (wsxm_binary_file(STEPS)[:150], "header is cut off"),
        (wsxm_binary_file(STEPS, "quaternion"), "unknown type 'quaternion'"),
        (wsxm_binary_file(STEPS, counts=(10**9, 10**9)), "million"),
        (wsxm_binary_file(STEPS, counts=(0, 5)), "0 rows and 5 columns"),
        (wsxm_binary_file(STEPS).replace(b"Number of rows", b"Anything"), "no number of rows"),
        (b"WSxM file copyright UAM\r\nIV curve file\r\n", "kind 'IV curve file'"),
        (b"WSxM file copyright UAM\r\nWSxM ASCII XYZ file\r\nX[nm]\tY[nm]\tZ[nm]\r\n0 0 0\r\n", "ASCII XYZ file"),
        (b"WSxM file copyright UAM\nSxM Ima", "cut off in its first lines"),
    ],
)
def test_broken_files_say_why(data: bytes, complaint: str) -> None:
    with pytest.raises(ScanFormatError, match=complaint):
        read(data)
