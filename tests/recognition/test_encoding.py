"""The eye sees the same whatever the unit, the offset or the lines' own levels."""

import numpy as np
import pytest

from particlesnn.recognition import CHANNELS, encode


@pytest.fixture
def heights() -> np.ndarray:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:90, :120]
    return np.exp(-((x - 60) ** 2 + (y - 40) ** 2) / 60) + 0.02 * rng.normal(size=(90, 120))


@pytest.mark.parametrize(("factor", "offset"), [(1e-9, 0.0), (1.0, 1e3), (2.5e4, -7e5)])
def test_unit_and_offset_do_not_matter(heights: np.ndarray, factor: float, offset: float) -> None:
    np.testing.assert_allclose(encode(factor * heights + offset), encode(heights), atol=2e-2)


def test_shape_and_range(heights: np.ndarray) -> None:
    views = encode(heights)
    assert views.shape == (CHANNELS, 90, 120)
    assert views.dtype == np.float32
    assert np.abs(views).max() <= 4


def test_line_offsets_vanish_from_the_second_view(heights: np.ndarray) -> None:
    shifted = heights + np.random.default_rng(1).normal(0, 3.0, (90, 1))
    clean, levelled = encode(heights)[1], encode(shifted)[1]
    assert np.corrcoef(clean.ravel(), levelled.ravel())[0, 1] > 0.95


def test_a_flat_scan_is_all_zero() -> None:
    assert not encode(np.full((64, 64), 3.0)).any()
