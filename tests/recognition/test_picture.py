"""The picture that networks of COCO see, and masks laid back into it."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from particlesnn.recognition.pasting import paste
from particlesnn.recognition.picture import MEAN, STD, resize, view_picture


def picture(rows: int, columns: int) -> NDArray[np.uint8]:
    y, x, channel = np.mgrid[:rows, :columns, :3]
    return ((x * x * 7 + y * 13 + channel * 101 + x * y) % 256).astype(np.uint8)


@pytest.mark.parametrize(
    ("old", "new", "digest"),
    [
        ((37, 53), (41, 59), "36b5dd84b70c68eb"),
        ((64, 48), (128, 96), "6d424bc162d0b93b"),
        ((100, 80), (61, 49), "46ce6e8a712efad3"),
        ((50, 70), (25, 35), "53c0ce91bcf7ffb2"),
    ],
)
def test_resizing_is_opencv_s_to_the_bit(old: tuple[int, int], new: tuple[int, int], digest: str) -> None:
    """The digests are of cv2.resize (OpenCV 5.0.0, INTER_LINEAR)."""
    resized = resize(picture(*old), new)
    assert resized.shape == (*new, 3)
    assert hashlib.sha256(resized.tobytes()).hexdigest()[:16] == digest


@pytest.mark.parametrize(
    ("size", "scale", "seen"),
    [
        ((300, 400), (1333, 800), (800, 1067)),  # the short side is at its most
        ((200, 800), (800, 1333), (333, 1333)),  # the long side is; the order of the scale is no matter
        ((120, 150), None, (120, 150)),
    ],
)
def test_a_picture_is_made_as_large_as_fits(
    size: tuple[int, int], scale: tuple[int, int] | None, seen: tuple[int, int]
) -> None:
    view = view_picture(picture(*size), scale)
    assert view.size == seen
    assert view.scale == (seen[0] / size[0], seen[1] / size[1])
    _, rows, columns = view.values.shape
    assert (rows % 32, columns % 32) == (0, 0)
    assert 0 <= rows - seen[0] < 32
    assert not view.values[:, seen[0] :].any()
    assert not view.values[:, :, seen[1] :].any()


def test_colours_are_centred_as_imagenet_s() -> None:
    grey = np.full((32, 32, 3), 128, dtype=np.uint8)
    values = view_picture(grey).values
    assert values.dtype == np.float32
    assert np.allclose(values[:, 5, 5], (128 - np.array(MEAN)) / np.array(STD), atol=1e-6)


def test_a_full_mask_fills_its_box_and_no_more() -> None:
    window, values = paste(np.ones((4, 4), dtype=np.float32), np.float32([2, 3, 10, 7]), (20, 30))
    mask = np.zeros((20, 30), dtype=bool)
    mask[window] = values >= 0.5
    expected = np.zeros((20, 30), dtype=bool)
    expected[3:7, 2:10] = True
    assert np.array_equal(mask, expected)


def test_a_box_beyond_the_border_is_cut() -> None:
    window, values = paste(np.ones((4, 4), dtype=np.float32), np.float32([-5, -5, 5, 50]), (20, 30))
    assert values.shape == (20, 6)
    assert (window[0].start, window[0].stop) == (0, 20)


def test_a_box_without_extent_shows_the_middle_of_its_mask_as_in_mmdetection() -> None:
    mask = np.zeros((4, 4), dtype=np.float32)
    mask[:, 1:3] = 0.8
    window, values = paste(mask, np.float32([20, 4, 20, 8]), (12, 20))
    assert window == (slice(3, 9), slice(19, 20))
    assert values[1:-1] == pytest.approx(np.full((4, 1), 0.8))
