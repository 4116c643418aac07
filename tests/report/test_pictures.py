from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import Contour, OutputError, Particle, ParticleMap, Scan
from particlesnn.report.canvas import length_label, nice_length
from particlesnn.report.pictures import ORIGIN_COLOURS, Verdicts, draw_comparison, draw_overlay, render_overlay


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])


def near(picture, colour, tolerance=40):
    """Where the picture has that colour, shape (H, W), bool."""
    return (np.abs(picture.astype(int) - rgb(colour)) <= tolerance).all(axis=2)


def disc(x, y, radius, **rest):
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return Particle(Contour(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)), **rest)


def test_small_scan_is_enlarged_by_a_whole_number(bumps):
    scan, particles = bumps
    picture = render_overlay(scan, particles)
    assert picture.shape == (64 * 4, 96 * 4, 3)
    assert picture.dtype == np.uint8


def test_large_scan_keeps_its_resolution():
    scan = Scan(np.zeros((700, 1300)))
    assert render_overlay(scan, ParticleMap((700, 1300))).shape == (700, 1300, 3)


def test_contours_lie_where_the_particles_are():
    """A disc from pixel centre 20 to 40 of an enlarged scan must appear at (20 + 0.5) * 4 and (40 + 0.5) * 4."""
    scan = Scan(np.zeros((100, 100)))
    picture = render_overlay(scan, ParticleMap((100, 100), (disc(30, 30, 10),)), ids=False)
    rows, columns = np.nonzero(near(picture, ORIGIN_COLOURS["network"]))
    assert picture.shape == (400, 400, 3)
    for found in (rows, columns):
        assert found.min() == pytest.approx(82, abs=1.5)
        assert found.max() == pytest.approx(162, abs=1.5)


def test_colour_tells_the_origin():
    scan = Scan(np.zeros((60, 240)))
    origins = ("network", "refined", "human", "baseline")
    discs = tuple(disc(30 + 60 * i, 30, 10, origin=origin) for i, origin in enumerate(origins))
    picture = render_overlay(scan, ParticleMap((60, 240), discs), ids=False)
    for i, origin in enumerate(origins):
        columns = np.nonzero(near(picture, ORIGIN_COLOURS[origin]))[1] / picture.shape[1] * len(origins)
        assert len(columns) > 50
        assert ((columns > i) & (columns < i + 1)).all()


def test_numbers_appear_for_few_particles_only():
    scan = Scan(np.zeros((200, 200)))
    few = ParticleMap((200, 200), tuple(disc(20 + 20 * i, 100, 6) for i in range(5)))
    white = [(render_overlay(scan, few, ids=ids) > 200).all(axis=2).sum() for ids in (None, True, False)]
    assert white[0] == white[1] > 20
    assert white[2] == 0
    many = ParticleMap((200, 200), tuple(disc(10 + 20 * (i % 9), 10 + 20 * (i // 9), 6) for i in range(72)))
    assert (render_overlay(scan, many) > 200).all(axis=2).sum() == 0


def test_scale_bar_has_the_length_it_says(bumps):
    scan, _ = bumps
    picture = render_overlay(scan, ParticleMap(scan.shape_px))
    # 48 nm wide, so the bar is 10 nm = 20 px of the scan = 80 px of the picture: the longest run of pure white.
    longest = max(
        len(run) for row in (picture == 255).all(axis=2) for run in "".join("01"[int(v)] for v in row).split("0")
    )
    assert longest == pytest.approx(80, abs=1)


def test_no_scale_no_bar(bumps):
    scan, particles = bumps
    bare = Scan(scan.values, "nm", None)
    assert not (render_overlay(bare, particles, ids=False) == 255).all(axis=2).any()


def test_unequal_pixel_sides_are_drawn_in_true_proportions():
    scan = Scan(np.zeros((100, 400)), "nm", (2.0, 0.5))
    height, width, _ = render_overlay(scan, ParticleMap((100, 400))).shape
    assert height / width == pytest.approx(200 / 200, rel=0.01)


def test_huge_scan_gives_a_picture_that_can_be_opened():
    """A disc from column 8100 to 8300 of 9000 stands at the same share of a picture of 4096 px."""
    scan = Scan(np.zeros((100, 9000)))
    picture = render_overlay(scan, ParticleMap((100, 9000), (disc(8200, 50, 100),)), ids=False)
    columns = np.nonzero(near(picture, ORIGIN_COLOURS["network"]))[1]
    assert picture.shape[:2] == (46, 4096)
    assert columns.min() == pytest.approx(8100.5 * 4096 / 9000, abs=5)
    assert columns.max() == pytest.approx(8300.5 * 4096 / 9000, abs=5)


@pytest.mark.parametrize(
    ("limit", "length", "label"),
    [
        (12.5, 10, "10 nm"),
        (100, 100, "100 nm"),
        (99.9, 50, "50 nm"),
        (2.4, 2, "2 nm"),
        (0.61, 0.5, "0.5 nm"),
        (2300, 2000, "2 µm"),
        (49_000, 20_000, "20 µm"),
        (3e6, 2e6, "2 mm"),
    ],
)
def test_bar_lengths_are_round(limit, length, label):
    assert nice_length(limit) == pytest.approx(length)
    assert length_label(nice_length(limit)) == label


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3)])
def test_odd_shapes_are_drawn(shape):
    scan = Scan(np.zeros(shape), "nm", (1.0, 1.0))
    assert render_overlay(scan, ParticleMap(shape)).min() >= 0


def test_overlay_file_is_a_png_and_leaves_no_remains(tmp_path, bumps):
    draw_overlay(tmp_path / "scan.overlay.png", *bumps)
    assert [p.name for p in tmp_path.iterdir()] == ["scan.overlay.png"]
    with Image.open(tmp_path / "scan.overlay.png") as picture:
        assert (picture.format, picture.size) == ("PNG", (384, 256))


def test_missing_folder_is_one_clear_error(tmp_path, bumps):
    with pytest.raises(OutputError, match="cannot be written"):
        draw_overlay(tmp_path / "no" / "scan.png", *bumps)


def test_comparison_shows_each_verdict_in_its_colour(tmp_path: Path):
    scan = Scan(np.zeros((100, 500)), "nm", (1.0, 1.0))
    truth = ParticleMap((100, 500), (disc(50, 40, 15), disc(150, 40, 15)))
    prediction = ParticleMap((100, 500), (disc(50, 40, 20), disc(250, 40, 15)))
    fitted = ParticleMap((100, 500), (disc(50, 40, 10, origin="refined"),))
    target = tmp_path / "comparison.png"
    draw_comparison(target, scan, truth, prediction, Verdicts(frozenset({2}), frozenset({2})), fitted=fitted)
    with Image.open(target) as file:
        picture = np.asarray(file)[:200]
    fifth = picture.shape[1] / 5
    places = {"#ff3b30": 0, "#35d64b": 0, "#4d8bff": 0, "#22e6f2": 1, "#ff7ad9": 2}
    for colour, place in places.items():
        columns = np.nonzero(near(picture, colour, 30))[1]
        assert len(columns) > 50, colour
        assert set(np.floor(columns / fifth).astype(int)) == {place}


def test_threads_draw_the_same_picture(bumps):
    alone = render_overlay(*bumps)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: render_overlay(*bumps), range(8)))
    assert all(np.array_equal(alone, picture) for picture in together)
