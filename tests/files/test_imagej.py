import contextlib
import logging
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi, roiread

from particlesnn.core import AnnotationError, Contour, OutputError, Particle, ParticleMap
from particlesnn.files.imagej import read_imagej, write_imagej
from tests.files.contour_files import SHAPE, assert_same, maps

TRIANGLE = Contour(np.array([[1.5, 2], [9, 3], [4, 8]]))
MAP = ParticleMap(SHAPE, (Particle(TRIANGLE, 0.9, "network"), Particle(TRIANGLE, None, "human")))


def frame(kind: ROI_TYPE, left: int = 3, top: int = 2, right: int = 6, bottom: int = 7) -> ImagejRoi:
    roi = ImagejRoi()
    roi.roitype, roi.left, roi.top, roi.right, roi.bottom = kind, left, top, right, bottom
    return roi


def saved(folder: Path, roi: ImagejRoi) -> Path:
    path = folder / "r.roi"
    path.write_bytes(roi.tobytes())
    return path


@given(particle_map=maps)
def test_what_is_written_is_read(particle_map: ParticleMap, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("imagej") / "r.zip"
    write_imagej(path, particle_map)
    assert_same(particle_map, read_imagej(path, SHAPE), tolerance_px=1e-5)


def test_one_particle_fits_a_roi(tmp_path: Path) -> None:
    one = ParticleMap(SHAPE, MAP.particles[:1])
    write_imagej(tmp_path / "r.roi", one)
    assert_same(one, read_imagej(tmp_path / "r.roi", SHAPE), tolerance_px=1e-5)
    with pytest.raises(OutputError, match=r"write a \.zip"):
        write_imagej(tmp_path / "s.roi", MAP)
    with pytest.raises(OutputError, match="rename"):
        write_imagej(tmp_path / "s.txt", one)


def test_another_library_reads_corner_based_polygons(tmp_path: Path) -> None:
    write_imagej(tmp_path / "r.zip", MAP)
    rois = roiread(tmp_path / "r.zip")
    assert [roi.name for roi in rois] == ["0001 network, score 0.9", "0002 human"]
    assert rois[0].roitype == ROI_TYPE.POLYGON
    np.testing.assert_allclose(rois[0].coordinates(), TRIANGLE.points_px + 0.5)


def test_a_rectangle_lies_half_a_pixel_further_left(tmp_path: Path) -> None:
    back = read_imagej(saved(tmp_path, frame(ROI_TYPE.RECT)), SHAPE)
    assert back.particles[0].contour.bounds_px == (2.5, 1.5, 5.5, 6.5)
    assert back.particles[0].origin == "human"


def test_whole_numbers_of_a_traced_selection_are_corners(tmp_path: Path) -> None:
    roi = ImagejRoi.frompoints(np.array([[3, 2], [6, 2], [6, 7], [3, 7]]))
    roi.roitype = ROI_TYPE.TRACED
    back = read_imagej(saved(tmp_path, roi), SHAPE)
    assert back.particles[0].contour.bounds_px == (2.5, 1.5, 5.5, 6.5)


def test_an_oval_keeps_its_area(tmp_path: Path) -> None:
    contour = read_imagej(saved(tmp_path, frame(ROI_TYPE.OVAL, 2, 2, 12, 8)), SHAPE).particles[0].contour
    assert contour.area_px == pytest.approx(np.pi * 15)
    assert contour.centroid_px == pytest.approx((6.5, 4.5))


def test_the_largest_of_several_parts_is_kept(tmp_path: Path) -> None:
    roi = frame(ROI_TYPE.RECT)
    path = [0, 1, 1, 1, 2, 1, 1, 2, 2, 4, 0, 10, 10, 1, 20, 10, 1, 20, 20, 4]
    roi.multi_coordinates = np.array(path, dtype=np.float32)
    roi.shape_roi_size = len(path)
    roi.options = ROI_OPTIONS(0)
    assert read_imagej(saved(tmp_path, roi), SHAPE).particles[0].contour.area_px == 50


@pytest.mark.parametrize("kind", [ROI_TYPE.LINE, ROI_TYPE.POINT, ROI_TYPE.POLYLINE])
def test_what_is_no_area_is_named(tmp_path: Path, kind: ROI_TYPE) -> None:
    with pytest.raises(AnnotationError, match=rf"r\.roi: the ROI 'r' is a {kind.name.lower()}"):
        read_imagej(saved(tmp_path, frame(kind)), SHAPE)


def test_the_size_of_the_scan_is_needed(tmp_path: Path) -> None:
    write_imagej(tmp_path / "r.zip", MAP)
    with pytest.raises(AnnotationError, match=r"r\.zip holds no size of the picture"):
        read_imagej(tmp_path / "r.zip")


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(AnnotationError, match="without ImageJ ROIs"):
        read_imagej(tmp_path / "r.zip", SHAPE)


@pytest.mark.parametrize("suffix", [".roi", ".zip"])
@given(data=st.data())
def test_broken_bytes_never_crash(data: st.DataObject, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("imagej") / f"r{suffix}"
    write_imagej(path, ParticleMap(SHAPE, MAP.particles[:1]))
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(AnnotationError):
        assert len(read_imagej(path, SHAPE)) <= 1


def test_remarks_of_the_library_stay_off_the_screen() -> None:
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("roifile").handlers)
