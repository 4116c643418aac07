import contextlib
import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.core import AnnotationError, Contour, OutputError, Particle, ParticleMap
from particlesnn.files.annotations import AnnotationKind, read_annotations, write_annotations

SHAPE = (12, 16)
SQUARE = Contour(np.array([[2.5, 1.5], [6.5, 1.5], [6.5, 5.5], [2.5, 5.5]]))
TRIANGLE = Contour(np.array([[8.0, 3], [13, 4], [10, 9]]))
MAP = ParticleMap(SHAPE, (Particle(SQUARE, 0.9, "network"), Particle(TRIANGLE, None, "human")))
KINDS: dict[AnnotationKind, str] = {
    "labelme": ".json",
    "coco": ".json",
    "via": ".json",
    "imagej": ".zip",
    "labels": ".png",
}


@pytest.mark.parametrize("kind", get_args(AnnotationKind))
def test_each_kind_is_recognised_by_its_content(tmp_path: Path, kind: AnnotationKind) -> None:
    path = tmp_path / f"a{KINDS[kind]}"
    write_annotations(path, [MAP], ["a.png"], kind)
    odd_name = path.rename(tmp_path / "no suffix")
    (back,) = read_annotations(odd_name, SHAPE)
    assert back.shape_px == SHAPE
    for one, other in zip(MAP.particles, back.particles, strict=True):
        assert other.contour.area_px == pytest.approx(one.contour.area_px, rel=0.2)
        # A shift by half a pixel would show: tracing pixels moves a centroid far less.
        assert other.contour.centroid_px == pytest.approx(one.contour.centroid_px, abs=0.3)


def test_lone_roi_and_byte_order_mark(tmp_path: Path) -> None:
    one = ParticleMap(SHAPE, MAP.particles[:1])
    write_annotations(tmp_path / "a.roi", [one], ["a"], "imagej")
    assert len(read_annotations(tmp_path / "a.roi", SHAPE)[0]) == 1
    write_annotations(tmp_path / "a.json", [one], ["a"], "coco")
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf\r\n" + (tmp_path / "a.json").read_bytes())
    assert len(read_annotations(tmp_path / "a.json")[0]) == 1


@pytest.mark.parametrize("kind", ["coco", "via"])
def test_several_images_in_one_file(tmp_path: Path, kind: AnnotationKind) -> None:
    empty = ParticleMap((5, 6))
    write_annotations(tmp_path / "a.json", [MAP, empty], ["a.png", "b.png"], kind)
    back = read_annotations(tmp_path / "a.json")
    assert [(one.source, len(one), one.shape_px) for one in back] == [("a.png", 2, SHAPE), ("b.png", 0, (5, 6))]


@pytest.mark.parametrize("kind", ["labelme", "imagej", "labels"])
def test_files_of_one_image_refuse_several(tmp_path: Path, kind: AnnotationKind) -> None:
    with pytest.raises(OutputError, match="2 images"):
        write_annotations(tmp_path / f"a{KINDS[kind]}", [MAP, MAP], ["a", "b"], kind)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["labelme", "coco", "via", "imagej"])
def test_a_contour_beside_the_picture_does_not_belong_to_it(tmp_path: Path, kind: AnnotationKind) -> None:
    beside = ParticleMap(SHAPE, (Particle(Contour(np.add(SQUARE.points_px, [0, 11]))),))
    write_annotations(tmp_path / f"a{KINDS[kind]}", [beside], ["a.png"], kind)
    with pytest.raises(AnnotationError, match="outside the picture of 16 x 12 pixels"):
        read_annotations(tmp_path / f"a{KINDS[kind]}", SHAPE)


def test_an_unknown_kind_and_missing_names(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="labelme, coco"):
        write_annotations(tmp_path / "a", [MAP], ["a"], "yolo")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="as many names"):
        write_annotations(tmp_path / "a", [MAP], [], "coco")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Dear colleague, here are the contours.",
        "Уважаемый коллега".encode("utf-16"),
        b"{",
        b"[]",
        b"[1, 2]",
        b"{}",
        b"null",
        b'{"a": 1}',
        b'{"a": {"regions": 3}}',
        b'{"shapes": []}',
        b'{"shapes": null, "imageHeight": 3, "imageWidth": 3, "x": 1',
        b'{"annotations": []}',
        b'{"annotations": {}, "images": {}}',
        b'{"annotations": [], "images": [{"id": 1, "height": 1e99, "width": 1}]}',
        b'{"_via_img_metadata": []}',
        b'{"_via_img_metadata": {"a": 3}}',
        b"[" * 100_000,
        b'{"\xff": 1}',
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"Iout",
        b"\x89PNG\r\n\x1a\n",
        b"II*\0",
        bytes(range(256)),
    ],
)
def test_nonsense_gives_one_sentence_that_names_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.x").write_bytes(content)
    with pytest.raises(AnnotationError, match=r"a\.x") as raised:
        read_annotations(tmp_path / "a.x", SHAPE)
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith(".")


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="does not exist"):
        read_annotations(tmp_path / "none.json")
    with pytest.raises(AnnotationError, match="is a folder"):
        read_annotations(tmp_path)


@pytest.mark.parametrize("kind", get_args(AnnotationKind))
@given(data=st.data())
def test_any_cut_or_change_gives_an_answer_or_a_sentence(
    data: st.DataObject, kind: AnnotationKind, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / f"a{KINDS[kind]}"
    write_annotations(path, [MAP], ["a.png"], kind)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[place] = data.draw(st.sampled_from(b'0179-.e"[]{},: \0\xff'))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(AnnotationError):
        assert isinstance(read_annotations(path, SHAPE), tuple)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    *("shapes", "points", "shape_type", "imageHeight", "imageWidth", "images", "annotations", "segmentation", "counts"),
    *("size", "bbox", "id", "image_id", "height", "width", "_via_img_metadata", "regions", "shape_attributes", "name"),
]


@given(
    content=st.dictionaries(
        st.sampled_from(NAMES),
        json_values | st.lists(st.dictionaries(st.sampled_from(NAMES), json_values, max_size=5), max_size=3),
        min_size=1,
    )
)
def test_any_values_under_the_known_keys_are_answered(
    content: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with contextlib.suppress(AnnotationError):
        assert isinstance(read_annotations(path, SHAPE), tuple)
