import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from faster_coco_eval.core import mask as rle
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as judge
from skimage.draw import polygon2mask

from particlesnn.core import AnnotationError, Contour, Particle, ParticleMap
from particlesnn.files.coco import read_coco, to_coco, write_coco
from particlesnn.files.shapes import mask_contour
from tests.files.contour_files import assert_same, maps

# pycocotools speaks to NumPy 2 in an old way.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SHAPE = (10, 12)
MASK = np.zeros(SHAPE, dtype=bool)
MASK[2:7, 3:6] = True


def traced() -> Contour:
    contour = mask_contour(MASK)
    assert contour is not None
    return contour


MAP = ParticleMap(SHAPE, (Particle(traced(), 0.75, "network"), Particle(traced(), None, "human")))


def coco(folder: Path, *annotations: object, **others: object) -> Path:
    images = [{"id": 5, "file_name": "a.png", "height": 10, "width": 12}]
    path = folder / "c.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, **others}), encoding="utf-8")
    return path


def of_image(segmentation: object = None, **others: object) -> dict[str, object]:
    return {"id": 3, "image_id": 5, "category_id": 1, "segmentation": segmentation, **others}


@given(drawn=st.lists(maps, max_size=3))
def test_what_is_written_is_read(drawn: list[ParticleMap], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("coco") / "c.json"
    names = [f"{number}.png" for number in range(len(drawn))]
    write_coco(path, drawn, names)
    back = read_coco(path)
    assert [one.source for one in back] == names
    for one, other in zip(drawn, back, strict=True):
        assert_same(one, other)


def test_columns_3_to_5_are_a_box_from_3_of_width_3() -> None:
    data = to_coco([MAP], ["a.png"])
    first, second = data["annotations"]  # type: ignore[misc]
    assert first["bbox"] == [3.0, 2.0, 3.0, 5.0]
    assert (first["score"], first["iscrowd"], first["category_id"]) == (0.75, 0, 1)
    assert "score" not in second
    assert data["images"] == [{"id": 1, "file_name": "a.png", "width": 12, "height": 10}]


def test_pycocotools_sees_the_very_mask_that_was_traced() -> None:
    first = to_coco([MAP], ["a.png"])["annotations"][0]  # type: ignore[index]
    seen = judge.decode(judge.merge(judge.frPyObjects(first["segmentation"], *SHAPE)))
    np.testing.assert_array_equal(seen.astype(bool), MASK)


@pytest.mark.parametrize("compressed", [True, False])
def test_run_lengths_are_traced(tmp_path: Path, compressed: bool) -> None:
    packed = judge.encode(np.asfortranarray(MASK.astype(np.uint8)))
    counts: object = packed["counts"].decode()
    if not compressed:
        flat = MASK.ravel(order="F")
        edges = np.flatnonzero(np.diff(flat, prepend=False, append=False))
        counts = np.diff([0, *edges, *([] if flat[-1] else [flat.size])]).tolist()
    (back,) = read_coco(coco(tmp_path, of_image({"size": list(SHAPE), "counts": counts})))
    assert back.particles[0].contour.bounds_px == (2.5, 1.5, 5.5, 6.5)
    np.testing.assert_allclose(back.particles[0].contour.points_px, traced().points_px)


def test_the_largest_of_several_polygons_is_kept(tmp_path: Path) -> None:
    scrap, small, large = [1, 1, 2, 2], [1, 1, 2, 1, 2, 2], [3, 3, 8, 3, 8, 8, 3, 8]
    (back,) = read_coco(coco(tmp_path, of_image([small, large, scrap])))
    assert back.particles[0].contour.area_px == 25
    assert back.particles[0].origin == "human"


def test_a_box_alone_is_a_rectangle(tmp_path: Path) -> None:
    (back,) = read_coco(coco(tmp_path, of_image([], bbox=[3, 2, 3, 5])))
    assert back.particles[0].contour.bounds_px == (2.5, 1.5, 5.5, 6.5)


def test_images_without_annotations_and_crowds(tmp_path: Path) -> None:
    (back,) = read_coco(coco(tmp_path, of_image({"size": [1], "counts": []}, iscrowd=1)))
    assert (len(back), back.source, back.shape_px) == (0, "a.png", SHAPE)
    assert read_coco(coco(tmp_path, images=[])) == ()


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (of_image(), "neither"),
        (of_image([[1, 1, 2, 2]]), "three"),
        (of_image([[1, 1, 2, 2, 3]]), "polygons of x, y"),
        (of_image([[1, 1, 2, 2, float("nan"), 3]]), "finite"),
        (of_image("abc"), "list"),
        (of_image([], bbox=[1, 2, 0, 5]), "different points"),
        (of_image([[1, 1, 5, 1, 5, 5]], score=2), "score"),
        (of_image([[1, 1, 5, 1, 5, 5]]) | {"image_id": 6}, "image 6"),
        (of_image([[1, 1, 5, 1, 5, 5]]) | {"image_id": None}, "image_id"),
        (of_image({"size": [10, 11], "counts": "0"}), "size"),
        (of_image({"size": [10, 12], "counts": [120]}), "empty"),
        (of_image({"size": [10, 12], "counts": [1, 2]}), "run lengths"),
        (of_image({"size": [10, 12], "counts": [-1, 121]}), "run lengths"),
        (of_image({"size": [10, 12], "counts": "zzzz"}), "run lengths"),
        (of_image({"size": [10, 12], "counts": "é"}), "run lengths"),
        (of_image({"size": [10, 12], "counts": None}), "run lengths"),
    ],
)
def test_a_bad_annotation_is_named(tmp_path: Path, annotation: dict[str, object], said: str) -> None:
    with pytest.raises(AnnotationError, match=rf"c\.json: annotation 3 .*{said}"):
        read_coco(coco(tmp_path, annotation))


@pytest.mark.parametrize(
    "images",
    [3, [4], [{"id": 1}], [{"id": 1, "height": 3, "width": 3}] * 2, [{"height": 3, "width": 3}]],
)
def test_bad_images_are_named(tmp_path: Path, images: object) -> None:
    with pytest.raises(AnnotationError, match=r"c\.json"):
        read_coco(coco(tmp_path, images=images))


@given(counts=st.text(max_size=12))
def test_no_run_lengths_crash(counts: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = coco(tmp_path_factory.mktemp("coco"), of_image({"size": [10, 12], "counts": counts}))
    with contextlib.suppress(AnnotationError):
        assert len(read_coco(path)[0]) == 1


@given(data=st.data())
def test_a_cut_file_is_called_so(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("coco") / "c.json"
    write_coco(path, [MAP], ["a.png"])
    whole = path.read_bytes().rstrip()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(AnnotationError, match=r"c\.json"):
        read_coco(path)


def test_published_contours_lie_where_the_house_expects_them(shared_data: Path) -> None:
    folder = shared_data / "ampis_powder"
    first = read_coco(folder / "annotations.json")[0]
    file = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    labels = np.asarray(Image.open(folder / file["images"][0]["label_file"]))
    numbers = [each["label"] for each in file["annotations"] if each["image_id"] == file["images"][0]["id"]]

    def overlap(shift: float) -> float:
        found = []
        for particle, label in list(zip(first.particles, numbers, strict=True))[:150]:
            x, y = (particle.contour.points_px + shift).T
            left, top = int(x.min()) - 2, int(y.min()) - 2
            box = (int(y.max()) + 4 - top, int(x.max()) + 4 - left)
            drawn = np.zeros(labels.shape, dtype=bool)
            inside = np.add(np.argwhere(polygon2mask(box, np.stack([y - top, x - left], axis=1))), [top, left])
            inside = inside[((inside >= 0) & (inside < labels.shape)).all(axis=1)]
            drawn[tuple(inside.T)] = True
            truth = labels == label
            found.append((drawn & truth).sum() / (drawn | truth).sum())
        return float(np.mean(found))

    exact = overlap(0.0)
    assert exact > 0.95
    assert exact > max(overlap(-0.5), overlap(0.5))


def test_both_libraries_read_the_same_run_lengths() -> None:
    packed = judge.encode(np.asfortranarray(MASK.astype(np.uint8)))
    np.testing.assert_array_equal(rle.decode(packed), judge.decode(packed))
