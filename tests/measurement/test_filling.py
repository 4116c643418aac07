"""Pixels inside contours, against the test of each pixel that scikit-image makes."""

import numpy as np
import pytest
from skimage.draw import polygon

from particlesnn.measurement.filling import label_inside

SHAPE = (48, 60)


def one_by_one(contours: list[np.ndarray]) -> np.ndarray:
    labels = np.zeros(SHAPE, dtype=np.int32)
    for number, points in enumerate(contours, start=1):
        labels[polygon(points[:, 1], points[:, 0], SHAPE)] = number
    return labels


@pytest.mark.parametrize("seed", range(20))
def test_contours_that_cross_themselves_and_the_border(seed: int) -> None:
    random = np.random.default_rng(seed)
    contours = [random.uniform(-5, 60, 2) + random.normal(0, 12, (random.integers(3, 12), 2)) for _ in range(5)]
    np.testing.assert_array_equal(label_inside(contours, SHAPE), one_by_one(contours))


def test_corners_and_sides_on_pixel_centres_belong_to_the_inside() -> None:
    square = np.array([(10.0, 10.0), (20.0, 10.0), (20.0, 16.0), (10.0, 16.0)])
    diamond = np.array([(40.0, 10.0), (46.0, 16.0), (40.0, 22.0), (34.0, 16.0)])
    labels = label_inside([square, diamond], SHAPE)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    expected = ((columns >= 10) & (columns <= 20) & (rows >= 10) & (rows <= 16)).astype(np.int32)
    expected[np.abs(columns - 40) + np.abs(rows - 16) <= 6] = 2
    np.testing.assert_array_equal(labels, expected)


def test_the_last_contour_lies_on_top_and_tiny_ones_hold_nothing() -> None:
    below = np.array([(5.0, 5.0), (30.0, 5.0), (30.0, 30.0), (5.0, 30.0)])
    above = below / 2 + 6.0
    tiny = np.array([(40.2, 40.2), (40.8, 40.2), (40.5, 40.8)])
    labels = label_inside([below, above, tiny], SHAPE)
    np.testing.assert_array_equal(labels, one_by_one([below, above, tiny]))
    assert labels[12, 12] == 2
    assert 3 not in labels
    assert not label_inside([], SHAPE).any()
    assert not label_inside([below + 200], SHAPE).any()
