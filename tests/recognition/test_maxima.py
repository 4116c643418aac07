"""Clear maxima against the general algorithm of scikit-image."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.morphology import h_maxima

from particlesnn.recognition.maxima import clear_maxima


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("rise", [1, 15, 60])
def test_they_are_the_h_maxima(seed: int, rise: int) -> None:
    random = np.random.default_rng(seed)
    rough = gaussian_filter(random.normal(size=(70, 90)), random.uniform(0.5, 6))
    rough = (rough - rough.min()) / np.ptp(rough)
    heights = np.where(rough > 0.4, np.rint(100 * rough), 0).astype(np.uint8)
    np.testing.assert_array_equal(clear_maxima(heights, rise), h_maxima(heights, rise) > 0)


def test_two_tops_of_one_height_are_both_clear_and_a_lower_one_must_rise_from_its_pass() -> None:
    profile = np.array([0, 50, 80, 60, 80, 50, 75, 0], dtype=np.uint8)
    heights = np.stack([np.zeros(8, dtype=np.uint8), profile, np.zeros(8, dtype=np.uint8)])
    assert np.flatnonzero(clear_maxima(heights, 20)[1]).tolist() == [2, 4, 6]
    assert np.flatnonzero(clear_maxima(heights, 26)[1]).tolist() == [2, 4]
    assert not clear_maxima(heights, 81).any()


def test_a_long_way_down_is_followed_to_its_end() -> None:
    ridge = np.zeros((21, 400), dtype=np.uint8)
    ridge[10] = 90
    ridge[10, 0], ridge[10, -1] = 100, 99
    found = np.argwhere(clear_maxima(ridge, 10))
    assert found.tolist() == [[10, 0]]
