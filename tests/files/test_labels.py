import contextlib
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from particlesnn.core import AnnotationError, Contour, OutputError, Particle, ParticleMap
from particlesnn.files.coco import read_coco
from particlesnn.files.labels import rasterise, read_labels, write_labels
from tests.files.contour_files import maps


def rectangle(left: float, top: float, right: float, bottom: float) -> Contour:
    return Contour(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]))


MAP = ParticleMap(
    (10, 12), (Particle(rectangle(2.5, 1.5, 5.5, 6.5), id=4), Particle(rectangle(4.5, 3.5, 9, 8), id=300))
)


def test_a_pixel_belongs_to_the_contour_around_its_centre() -> None:
    labels = rasterise(MAP)
    assert labels.dtype == np.int32
    assert labels.shape == (10, 12)
    expected = np.zeros((10, 12), dtype=bool)
    expected[2:7, 3:6] = True
    expected[4:7, 5] = False
    np.testing.assert_array_equal(labels == 4, expected)
    assert labels[4, 5] == 300


def test_a_contour_beyond_the_picture_is_cut() -> None:
    assert (rasterise(ParticleMap((4, 5), (Particle(rectangle(-9, -9, 20, 20)),))) == 1).all()


@pytest.mark.parametrize("name", ["l.png", "l.tif", "L.TIFF"])
def test_the_labels_in_the_file_are_the_rasterised_ones(tmp_path: Path, name: str) -> None:
    write_labels(tmp_path / name, MAP)
    pixels = np.asarray(Image.open(tmp_path / name)) if name.endswith("png") else tifffile.imread(tmp_path / name)
    np.testing.assert_array_equal(pixels, rasterise(MAP))
    back = read_labels(tmp_path / name)
    assert [particle.id for particle in back.particles] == [4, 300]
    assert (back.shape_px, back.source, back.particles[0].origin) == ((10, 12), name, "human")


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@given(particle_map=maps)
def test_tracing_loses_no_pixel_of_a_particle_in_one_piece(
    particle_map: ParticleMap, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("labels") / f"l{suffix}"
    only = ParticleMap(particle_map.shape_px, particle_map.particles[:1])
    write_labels(path, only)
    back = read_labels(path)
    np.testing.assert_array_equal(rasterise(back) > 0, rasterise(only) > 0)


@given(labels=arrays(np.uint8, (6, 7), elements=st.integers(0, 3)))
def test_any_labels_give_contours_inside_the_picture(
    labels: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("labels") / "l.png"
    Image.fromarray(labels).save(path)
    back = read_labels(path)
    if len(np.unique(labels[labels > 0])) > 1:
        assert {particle.id for particle in back.particles} == set(np.unique(labels)) - {0}
    for particle in back.particles:
        left, top, right, bottom = particle.contour.bounds_px
        assert min(left, top) >= -0.5
        assert right <= 6.5
        assert bottom <= 5.5
        # Alone, since a contour has no holes and may cover what lies in them.
        drawn = rasterise(ParticleMap(back.shape_px, (particle,))) > 0
        assert (drawn & (labels > 0)).any()


def test_a_mask_is_parted_into_its_pieces(tmp_path: Path) -> None:
    mask = np.zeros((10, 12), dtype=np.uint8)
    mask[1:4, 1:4] = mask[6:9, 5:9] = 255
    Image.fromarray(mask).save(tmp_path / "m.png")
    assert [p.contour.bounds_px for p in read_labels(tmp_path / "m.png").particles] == [
        (0.5, 0.5, 3.5, 3.5),
        (4.5, 5.5, 8.5, 8.5),
    ]


def test_a_picture_without_substrate_and_an_empty_one(tmp_path: Path) -> None:
    Image.fromarray(np.repeat(np.array([[3, 8]], dtype=np.uint8), 4, axis=0)).save(tmp_path / "l.png")
    assert [particle.id for particle in read_labels(tmp_path / "l.png").particles] == [3, 8]
    Image.fromarray(np.zeros((4, 4), dtype=np.uint8)).save(tmp_path / "l.png")
    assert len(read_labels(tmp_path / "l.png")) == 0


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.zeros((5, 6, 3), np.uint8), "colour"),
        (np.full((5, 6), 0.5, np.float32), "fractions"),
        (np.full((5, 6), np.nan, np.float32), "fractions"),
        (np.full((5, 6), -1, np.int16), "negative"),
    ],
)
def test_other_pictures_are_refused(tmp_path: Path, pixels: np.ndarray, said: str) -> None:
    tifffile.imwrite(tmp_path / "l.tif", pixels)
    with pytest.raises(AnnotationError, match=rf"l\.tif.*{said}"):
        read_labels(tmp_path / "l.tif")


def test_a_tiff_holds_ids_of_more_than_16_bit(tmp_path: Path) -> None:
    particles = (Particle(rectangle(1, 1, 3, 3), id=7), Particle(rectangle(5, 5, 8, 8), id=70_000))
    write_labels(tmp_path / "l.tif", ParticleMap((10, 12), particles))
    assert [particle.id for particle in read_labels(tmp_path / "l.tif").particles] == [7, 70_000]
    assert tifffile.imread(tmp_path / "l.tif").dtype == np.uint32


def test_what_cannot_be_written_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="rename"):
        write_labels(tmp_path / "l.jpg", MAP)
    many = ParticleMap((10, 12), (Particle(rectangle(1, 1, 3, 3), id=70000),))
    with pytest.raises(OutputError, match="COCO"):
        write_labels(tmp_path / "l.png", many)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@given(data=st.data())
def test_a_cut_file_is_called_so_or_read(
    data: st.DataObject, suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("labels") / f"l{suffix}"
    write_labels(path, MAP)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with warnings.catch_warnings(), contextlib.suppress(AnnotationError):
        assert read_labels(path).shape_px == (10, 12)


def test_published_labels_agree_with_their_published_contours(shared_data: Path) -> None:
    folder = shared_data / "ampis_powder"
    file = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    traced = read_labels(folder / file["images"][0]["label_file"])
    published = read_coco(folder / "annotations.json")[0]
    assert len(traced) == len(published)
    shift = np.median(
        [
            np.subtract(one.contour.centroid_px, other.contour.centroid_px)
            for one, other in zip(traced.particles, published.particles, strict=True)
        ],
        axis=0,
    )
    np.testing.assert_allclose(shift, 0.0, atol=0.1)
