"""What is printed into crops is never a particle."""

import numpy as np
import pytest

from particlesnn.training.imprint import print_into


@pytest.mark.parametrize("seed", range(8))
def test_letters_change_the_picture_and_only_an_opaque_ground_hides_particles(seed: int) -> None:
    values = np.full((256, 256), 0.5, dtype=np.float32) + np.linspace(0, 0.1, 256, dtype=np.float32)
    labels = np.ones((256, 256), dtype=np.int32)
    printed, left = print_into(values, labels, np.random.default_rng(seed))
    assert printed.shape == values.shape
    assert printed.dtype == np.float32
    changed = printed != values
    assert changed.mean() < 0.7
    assert not (labels == 0).any()  # what was given is as it was
    assert changed[left == 0].mean() > 0.95 if (left == 0).any() else True


def test_something_is_printed_nearly_always_and_chance_decides_alone() -> None:
    values, labels = np.random.default_rng(0).random((128, 128), dtype=np.float32), np.zeros((128, 128), np.int32)
    pictures = [print_into(values, labels, np.random.default_rng(seed))[0] for seed in range(20)]
    assert sum((picture != values).any() for picture in pictures) >= 16
    again = print_into(values, labels, np.random.default_rng(3))[0]
    assert np.array_equal(pictures[3], again)
