import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gwyfile.objects import GwyDataField
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.core import ScanFormatError
from particlesnn.files import list_channels, open_scan
from particlesnn.files.units import nm_per
from tests.conftest import SHARED_DATA
from tests.files.sample_files import gwyddion_file, nanonis_file, one_of_each

NATIVE = SHARED_DATA / "spm_native_formats"
READ = ("gwyddion", "nanonis_sxm", "text_matrix", "wsxm")
ENTRIES: list[dict[str, Any]] = (
    json.loads((NATIVE / "manifest.json").read_text()) if (NATIVE / "manifest.json").is_file() else []
)


def is_readable(entry: dict[str, Any]) -> bool:
    return entry["file"].split("/")[0] in READ and entry["min"] is not None


def entries(readable: bool) -> list[Any]:
    chosen = [pytest.param(entry, id=entry["file"]) for entry in ENTRIES if is_readable(entry) is readable]
    absent = pytest.mark.skip(reason="the real data (../shared/data) is not on this machine")
    return chosen or [pytest.param({}, marks=absent, id="no data")]


@pytest.mark.parametrize("entry", entries(readable=True))
def test_real_files_open_as_an_independent_reader_says(entry: dict[str, Any]) -> None:
    scan = open_scan(NATIVE / entry["file"])
    assert scan.shape_px == tuple(entry["shape"])
    # The manifest's readers give heights in the unit of the sides unless it says otherwise.
    z_unit = entry.get("z_unit", entry.get("xy_unit"))
    factor = nm_per(z_unit) if z_unit else 1.0
    assert factor is not None
    assert scan.value_unit == ("nm" if z_unit else None)
    lowest, highest, mean = (entry[key] * factor for key in ("min", "max", "mean"))
    assert scan.values.min() == pytest.approx(lowest, rel=1e-6, abs=1e-9)
    assert scan.values.max() == pytest.approx(highest, rel=1e-6, abs=1e-9)
    assert scan.values.mean() == pytest.approx(mean, rel=1e-6, abs=1e-6 * (highest - lowest))
    if "scan_size" in entry:
        width, height = (side * (nm_per(entry["xy_unit"]) or 1.0) for side in entry["scan_size"])
        assert scan.size_nm == pytest.approx((height, width), rel=1e-9)
    else:
        assert scan.pixel_nm is None
    assert scan.source == str(NATIVE / entry["file"])


@pytest.mark.parametrize("entry", entries(readable=False))
def test_all_other_real_files_get_one_clear_sentence(entry: dict[str, Any]) -> None:
    path = NATIVE / entry["file"]
    with pytest.raises(ScanFormatError) as refusal:
        open_scan(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith(".")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("file", "maker"),
    [
        ("omicron_matrix/20201111--4_1.Z_mtrx", "Omicron"),
        ("bruker_nanoscope/di_corrupted.di", "Bruker"),
        ("rhk_sm4/test_iv.SM4", "RHK"),
        ("jpk/sample_0.jpk", "JPK"),
        ("park_tiff/example_ps.tiff", "Park"),
        ("igor_asylum_ibw/spot_1-1000nm.ibw", "Igor"),
        ("nanosurf_nid/circles.nid", "Nanosurf"),
        ("gxsm_nc/chigwell009-M-Xp-Topo.nc", "Gxsm"),
        ("agilent_mi/mi-1.mi", "Agilent"),
        ("image_metrology_bcrf/KJ_CoOEP_O2_80_211102_160950.bcrf", "Image Metrology"),
    ],
)
def test_makers_are_named(shared_data: Path, file: str, maker: str) -> None:
    with pytest.raises(ScanFormatError, match=maker):
        open_scan(shared_data / "spm_native_formats" / file)


@pytest.mark.parametrize("entry", entries(readable=True))
def test_real_files_cut_off_anywhere_never_crash(entry: dict[str, Any], tmp_path: Path) -> None:
    data = (NATIVE / entry["file"]).read_bytes()
    ends = {1, 2, 3, 20, 100, 500, *np.linspace(0, len(data) - 1, 12, dtype=int).tolist()}
    for end in sorted(end for end in ends if 0 < end < len(data)):
        open_or_refuse(tmp_path / "cut", data[:end])


@pytest.mark.parametrize("kind", one_of_each())
def test_small_files_cut_off_at_every_byte_never_crash(kind: str, tmp_path: Path) -> None:
    data = one_of_each()[kind]
    path = tmp_path / "cut"
    path.write_bytes(data)
    assert open_scan(path).values.size > 1
    for end in range(1, len(data)):
        open_or_refuse(path, data[:end])


@given(st.data())
def test_damaged_files_never_crash(tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject) -> None:
    data = bytearray(one_of_each()[draw.draw(st.sampled_from(sorted(one_of_each())))])
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    open_or_refuse(tmp_path_factory.getbasetemp() / "damaged", bytes(data))


@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_are_opened_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    open_or_refuse(tmp_path_factory.getbasetemp() / "junk", data)


def open_or_refuse(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        open_scan(path)
    except ScanFormatError as error:
        message = str(error)
        assert message.startswith(f"{path}: ")
        assert message.splitlines() == [message]


@pytest.mark.parametrize("kind", one_of_each())
def test_the_suffix_does_not_matter(kind: str, tmp_path: Path) -> None:
    for suffix in (".dat", ".png", ".gwy", ""):
        path = tmp_path / f"scan{suffix}"
        path.write_bytes(one_of_each()[kind])
        assert open_scan(str(path)).shape_px == open_scan(path).shape_px


def test_what_is_no_scan_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "junk.bin").write_bytes(bytes(range(256)) * 4)
    (tmp_path / "prose.txt").write_text("Dear colleague,\n\nplease find the scans attached.\n")
    (tmp_path / "table.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    for name, complaint in [
        ("empty.txt", "is empty; copy it again"),
        ("junk.bin", "no format that is known here; export"),
        ("prose.txt", "a text without rows of numbers; give a scan"),
        ("table.xlsx", "a ZIP archive or an office document; unpack it"),
        ("missing.sxm", "no such file; check the name"),
        ("", "is a folder; name the scans in it"),
        ("nul\0byte", "cannot be read"),
    ]:
        with pytest.raises(ScanFormatError, match=complaint):
            open_scan(tmp_path / name)
        with pytest.raises(ScanFormatError, match=complaint):
            list_channels(tmp_path / name)


@pytest.mark.parametrize("rows", ["1\t2\t3", "1\n2\n3", "1"])
def test_a_scan_cut_off_in_its_first_line_is_refused(rows: str, tmp_path: Path) -> None:
    path = tmp_path / "line.txt"
    path.write_text(f"WSxM ASCII Matrix file\nX Amplitude: 9 nm\nZ Amplitude: 1 nm\n{rows}")
    with pytest.raises(ScanFormatError, match=r"a line or a point and no picture; if it was cut off copy it again"):
        open_scan(path)


def test_the_forward_topography_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "scan.sxm"
    table = [("Amplitude", "m", "both"), ("Current", "A", "both"), ("Z", "m", "backward"), ("Z", "m", "forward")]
    path.write_bytes(nanonis_file(np.arange(36, dtype=np.float32).reshape(6, 2, 3), table))
    assert open_scan(path).channel == "Z forward"
    assert list_channels(path)[0] == "Amplitude forward"
    current = open_scan(path, "current FORWARD")
    assert (current.channel, current.value_unit) == ("Current forward", None)
    assert current.values[0].tolist() == [12, 13, 14]


def test_without_heights_the_first_channel_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "scan.sxm"
    path.write_bytes(nanonis_file(np.zeros((2, 2, 3), np.float32), [("Bias", "V", "forward"), ("X", "A", "forward")]))
    assert open_scan(path).channel == "Bias forward"


def test_an_unknown_channel_names_the_known(tmp_path: Path) -> None:
    path = tmp_path / "scan.sxm"
    path.write_bytes(nanonis_file(np.zeros((2, 2, 3), np.float32)))
    with pytest.raises(ScanFormatError, match=r"no channel 'Phase'; choose one of 'Z forward', 'Z backward'\.$"):
        open_scan(path, "Phase")


def test_channels_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "scan.gwy"
    fields = {number: ("Height", GwyDataField(np.full((2, 2), float(number)), si_unit_z="m")) for number in range(3)}
    path.write_bytes(gwyddion_file(fields))
    assert list_channels(path) == ("Height", "Height (2)", "Height (3)")
    assert open_scan(path, "Height (3)").values[0, 0] == 2e9


def test_a_scan_that_never_began_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.sxm"
    path.write_bytes(nanonis_file(np.full((2, 2, 3), np.nan, np.float32)))
    with pytest.raises(ScanFormatError, match="holds no measured point"):
        open_scan(path)
    assert list_channels(path) == ("Z forward", "Z backward")
