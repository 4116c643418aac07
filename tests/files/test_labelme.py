import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from particlesnn.core import AnnotationError, Contour, Particle, ParticleMap
from particlesnn.files.labelme import read_labelme, write_labelme
from tests.files.contour_files import assert_same, maps

TRIANGLE = Contour(np.array([[1.5, 2], [9, 3], [4, 8]]))
MAP = ParticleMap((20, 30), (Particle(TRIANGLE, 0.9, "network"), Particle(TRIANGLE, None, "human")))


def labelme(tmp_path: Path, *shapes: object, **others: object) -> Path:
    content = {"version": "5.4.1", "shapes": list(shapes), "imagePath": "a.png", "imageHeight": 20, "imageWidth": 30}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**content, **others}), encoding="utf-8")
    return path


def shape(kind: str, points: object, **others: object) -> dict[str, object]:
    return {"label": "x", "shape_type": kind, "points": points, **others}


@given(particle_map=maps)
def test_what_is_written_is_read(particle_map: ParticleMap, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("labelme") / "a.json"
    write_labelme(path, particle_map, "a.png")
    back = read_labelme(path)
    assert_same(particle_map, back)
    assert back.source == "a.png"


def test_the_file_has_all_that_labelme_writes(tmp_path: Path) -> None:
    write_labelme(tmp_path / "a.json", MAP, "a.png")
    content = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert list(content) == ["version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"]
    first = content["shapes"][0]
    assert set(first) == {"label", "points", "group_id", "description", "shape_type", "flags", "mask"}
    assert first["description"] == "network, score 0.9"
    assert first["points"][0] == [2.0, 2.5]


def test_corners_of_the_picture_are_corners_of_pixels(tmp_path: Path) -> None:
    path = labelme(tmp_path, shape("rectangle", [[30, 20], [0, 0]]))
    assert read_labelme(path).particles[0].contour.bounds_px == (-0.5, -0.5, 29.5, 19.5)


def test_a_circle_keeps_its_area(tmp_path: Path) -> None:
    particle = read_labelme(labelme(tmp_path, shape("circle", [[10, 9], [13, 13]]))).particles[0]
    assert particle.contour.area_px == pytest.approx(np.pi * 25)
    assert particle.contour.centroid_px == pytest.approx((9.5, 8.5))


def test_old_files_give_the_size_by_the_picture_that_they_hold(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("L", (30, 20)).save(buffer, "PNG")
    picture = base64.b64encode(buffer.getvalue()).decode()
    without = {"imageHeight": None, "imageWidth": None}
    triangle = {"label": "x", "points": [[1, 1], [5, 1], [5, 5]], "line_color": None, "fill_color": None}
    assert read_labelme(labelme(tmp_path, triangle, imageData=picture, **without)).shape_px == (20, 30)
    for data in (picture[:40], "no picture"):
        with pytest.raises(AnnotationError, match="damaged"):
            read_labelme(labelme(tmp_path, triangle, imageData=data, **without))


@pytest.mark.parametrize("others", [{}, {"description": ""}, {"description": None}, {"description": "looks odd"}])
def test_what_a_person_draws_is_human(tmp_path: Path, others: dict[str, object]) -> None:
    particle = read_labelme(labelme(tmp_path, shape("polygon", [[1, 1], [5, 1], [5, 5]], **others))).particles[0]
    assert (particle.origin, particle.score) == ("human", None)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (shape("line", [[1, 1], [5, 1]]), "line"),
        (shape("point", [[1, 1]]), "point"),
        (shape("polygon", [[1, 1], [5, 1]]), "three"),
        (shape("polygon", [[1, 1], [5, 1], [1, 1], [5, 1]]), "three"),
        (shape("polygon", [[1, 1], [5, 1], [9, 1]]), "no area"),
        (shape("rectangle", [[1, 1], [5, 1]]), "different points"),
        (shape("circle", [[1, 1], [1, 1]]), "different points"),
        (shape("circle", [[1, 1]]), "two"),
        (shape("polygon", [[1, 1], [5, 1], [float("nan"), 4]]), "finite"),
        (shape("polygon", [[1, 1], [5, 1], [1e300, 4]]), "further"),
        (shape("polygon", [[1, 1], [5, 1], [10**400, 4]]), "finite"),
        (shape("polygon", [[1, 1], [5, 1], ["7", 4]]), "number"),
        (shape("polygon", [[1, 1], [5, 1], [True, 4]]), "number"),
        (shape("polygon", "abc"), "list"),
        (shape("polygon", [1, 2, 3]), "pairs"),
        (shape("polygon", [[1, 1], [5, 1], [5, 5]], description="network, score 7"), "score"),
        ("polygon", "keys"),
    ],
)
def test_a_bad_shape_is_named(tmp_path: Path, bad: object, said: str) -> None:
    good = shape("polygon", [[1, 1], [5, 1], [5, 5]])
    with pytest.raises(AnnotationError, match=rf"a\.json: shape 1 .*{said}"):
        read_labelme(labelme(tmp_path, good, bad))


def test_a_file_without_the_size_of_its_picture_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"shapes": [], "imageHeight": 5}')
    with pytest.raises(AnnotationError, match="the file gives no height and width of the picture; correct"):
        read_labelme(path)


@pytest.mark.parametrize("others", [{"imageHeight": None}, {"imageWidth": 0}, {"imageWidth": 2.5}, {"shapes": 3}])
def test_a_bad_head_is_named(tmp_path: Path, others: dict[str, object]) -> None:
    with pytest.raises(AnnotationError, match=r"a\.json"):
        read_labelme(labelme(tmp_path, **others))


@given(data=st.data())
def test_a_cut_file_is_called_so(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("labelme") / "a.json"
    write_labelme(path, MAP, "a.png")
    whole = path.read_bytes().rstrip()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(AnnotationError, match=r"a\.json"):
        read_labelme(path)
