import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.core import AnnotationError, ParticleMap
from particlesnn.files.via import read_via, write_via
from tests.files.contour_files import assert_same, maps


def via(folder: Path, *shapes: object, project: bool = True, **attributes: object) -> Path:
    regions = [{"shape_attributes": shape, "region_attributes": attributes} for shape in shapes]
    images = {"a.png123": {"filename": "a.png", "size": 123, "regions": regions, "file_attributes": {}}}
    path = folder / "v.json"
    path.write_text(json.dumps({"_via_img_metadata": images} if project else images), encoding="utf-8")
    return path


RECT = {"name": "rect", "x": 3, "y": 2, "width": 3, "height": 5}


@given(drawn=st.lists(maps, max_size=3))
def test_what_is_written_is_read(drawn: list[ParticleMap], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("via") / "v.json"
    names = [f"{number}.png" for number in range(len(drawn))]
    write_via(path, drawn, names)
    back = read_via(path)
    assert [one.source for one in back] == names
    for one, other in zip(drawn, back, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("project", [True, False])
def test_a_rectangle_lies_half_a_pixel_further_left(tmp_path: Path, project: bool) -> None:
    (back,) = read_via(via(tmp_path, RECT, project=project), (10, 12))
    assert (back.shape_px, back.source) == ((10, 12), "a.png")
    assert back.particles[0].contour.bounds_px == (2.5, 1.5, 5.5, 6.5)
    assert (back.particles[0].origin, back.particles[0].score) == ("human", None)


@pytest.mark.parametrize(
    ("shape", "area", "width"),
    [
        ({"name": "circle", "cx": 9, "cy": 8, "r": 4}, np.pi * 16, 8),
        ({"name": "ellipse", "cx": 9, "cy": 8, "rx": 4, "ry": 2}, np.pi * 8, 8),
        ({"name": "ellipse", "cx": 9, "cy": 8, "rx": 4, "ry": 2, "theta": np.pi / 2}, np.pi * 8, 4),
    ],
)
def test_round_shapes_keep_place_and_area(tmp_path: Path, shape: object, area: float, width: float) -> None:
    contour = read_via(via(tmp_path, shape), (20, 30))[0].particles[0].contour
    assert contour.area_px == pytest.approx(area)
    assert contour.centroid_px == pytest.approx((8.5, 7.5))
    left, _, right, _ = contour.bounds_px
    assert right - left == pytest.approx(width, rel=2e-3)


def test_attributes_typed_by_a_user_count(tmp_path: Path) -> None:
    (back,) = read_via(via(tmp_path, RECT, score="0.5", origin="refined"), (10, 12))
    assert (back.particles[0].origin, back.particles[0].score) == ("refined", 0.5)
    with pytest.raises(AnnotationError, match="'high' where a number belongs"):
        read_via(via(tmp_path, RECT, score="high"), (10, 12))


def test_the_size_of_the_scan_is_needed(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"v\.json: the image 'a\.png' .*--size W H\.$"):
        read_via(via(tmp_path, RECT))


def test_two_images_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="different name"):
        write_via(tmp_path / "v.json", [ParticleMap((3, 3))] * 2, ["a.png", "a.png"])


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"name": "point", "cx": 1, "cy": 2}, "point"),
        ({"name": "polyline", "all_points_x": [1, 2], "all_points_y": [1, 2]}, "polyline"),
        ({"name": "polygon", "all_points_x": [1, 2, 3], "all_points_y": [1, 2]}, "3 x and 2 y"),
        ({"name": "polygon", "all_points_x": [1, 2, 3], "all_points_y": [1, 2, None]}, "number"),
        ({"name": "polygon"}, "three"),
        ({"name": "circle", "cx": 1, "cy": 2, "r": 0}, "three"),
        ({"name": "circle", "cx": 1, "cy": 2}, "number"),
        ({"name": "rect", "x": 1, "y": 2, "width": float("inf"), "height": 3}, "finite"),
        (None, "keys"),
    ],
)
def test_a_bad_region_is_named(tmp_path: Path, shape: object, said: str) -> None:
    with pytest.raises(AnnotationError, match=rf"v\.json: region 1 of 'a\.png' .*{said}"):
        read_via(via(tmp_path, RECT, shape), (10, 12))
