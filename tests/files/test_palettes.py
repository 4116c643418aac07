from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from particlesnn.core import OutputError
from particlesnn.core.palette import JULIO_ANCHORS
from particlesnn.files import PALETTES, colour, open_scan, save_picture, to_grey8

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_equation_one_of_the_paper() -> None:
    heights = np.array([[-2.0, 0.0], [1.0, 8.0]])
    # I = 255 (H - Hmin) / (Hmax - Hmin), fractions cut off: 0, 51, 76.5, 255.
    np.testing.assert_array_equal(to_grey8(heights), [[0, 51], [76, 255]])
    assert to_grey8(heights).dtype == np.uint8


def test_a_full_picture_stays_as_it_is() -> None:
    np.testing.assert_array_equal(to_grey8(RAMP), RAMP)
    np.testing.assert_array_equal(to_grey8(RAMP * 0.1), RAMP)


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 6), st.integers(1, 6)),
        elements=st.floats(-1e6, 1e6, allow_subnormal=False),
    )
)
def test_grey_levels_keep_the_order_of_heights(heights: np.ndarray) -> None:
    grey = to_grey8(heights)
    order = np.argsort(heights, axis=None)
    assert (np.diff(grey.ravel()[order].astype(int)) >= 0).all()
    if np.ptp(heights) > 1e-300:
        assert grey.min() == 0
        assert grey.max() == 255


def test_a_flat_scan_is_black() -> None:
    assert not to_grey8(np.full((3, 4), 7.5)).any()


def test_julio_runs_from_dark_brown_to_pale_yellow() -> None:
    coloured = colour(RAMP, "julio").reshape(256, 3)
    assert tuple(coloured[0]) == JULIO_ANCHORS[0][1]
    assert tuple(coloured[255]) == JULIO_ANCHORS[-1][1]
    lightness = coloured @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(lightness) >= 0).all()
    assert (coloured[:, 0] >= coloured[:, 1]).all()
    assert (coloured[:, 1] >= coloured[:, 2]).all()


def test_every_palette_colours() -> None:
    for palette in PALETTES:
        coloured = colour(RAMP, palette)
        assert coloured.shape == (16, 16, 3)
        assert coloured.dtype == np.uint8
    np.testing.assert_array_equal(colour(RAMP, "grey"), np.dstack([RAMP] * 3))
    np.testing.assert_array_equal(colour(RAMP, "negative"), 255 - np.dstack([RAMP] * 3))


def test_an_unknown_palette_names_the_known() -> None:
    with pytest.raises(OutputError, match="julio, grey"):
        colour(RAMP, "jet")


@pytest.mark.parametrize("suffix", [".png", ".tif", ".TIFF", ".bmp"])
def test_pictures_are_saved_without_loss(tmp_path: Path, suffix: str) -> None:
    for picture in (RAMP, colour(RAMP)):
        save_picture(tmp_path / f"picture{suffix}", picture)
        with Image.open(tmp_path / f"picture{suffix}") as image:
            np.testing.assert_array_equal(np.asarray(image), picture)
    assert [path.name for path in tmp_path.iterdir()] == [f"picture{suffix}"]


def test_sixteen_bit_pictures_come_back(tmp_path: Path) -> None:
    deep = RAMP.astype(np.uint16) * 257
    save_picture(tmp_path / "deep.png", deep)
    np.testing.assert_array_equal(open_scan(tmp_path / "deep.png").values, deep)


def test_what_cannot_be_saved_leaves_the_old_picture(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    save_picture(path, RAMP)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="cannot hold this picture"):
        save_picture(path, np.zeros((4, 4, 7), dtype=np.uint8))
    with pytest.raises(OutputError, match="choose one of these suffixes"):
        save_picture(tmp_path / "picture.txt", RAMP)
    with pytest.raises(OutputError, match="check that the folder exists"):
        save_picture(tmp_path / "missing" / "picture.png", RAMP)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["picture.png"]
