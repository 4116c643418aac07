"""Crops and targets: what the network is asked for is what the labels say."""

import numpy as np
import pytest
from scipy.ndimage import label

from particlesnn.training.augmentation import make_crop, targets_of
from particlesnn.training.dataset import Example


def two_touching() -> np.ndarray:
    labels = np.zeros((40, 60), dtype=np.int32)
    labels[10:30, 10:30] = 1
    labels[10:30, 30:50] = 2
    return labels


def test_depth_is_one_in_the_middle_and_low_at_the_border_and_at_the_contact() -> None:
    particle, depth, weight, _ = targets_of(two_touching())
    np.testing.assert_array_equal(particle, two_touching() > 0)
    assert weight.min() == 1
    assert depth[20, 20] > 0.9
    assert depth[20, 40] > 0.9
    for row, column in ((20, 10), (20, 29), (20, 30), (10, 20), (29, 45)):
        assert depth[row, column] < 0.2, (row, column)
    assert depth[particle == 0].max() == 0


def test_every_particle_reaches_full_depth() -> None:
    labels = two_touching()
    labels[2:6, 2:6] = 3
    depth = targets_of(labels)[1]
    for number in (1, 2, 3):
        assert depth[labels == number].max() == pytest.approx(1.0)


def test_depth_counts_more_where_particles_touch_and_only_there() -> None:
    depth_weight = targets_of(two_touching())[3]
    heavy = depth_weight > 1
    assert heavy[10:30, 29:31].all()
    assert not heavy[:, :27].any()
    assert not heavy[:, 33:].any()
    apart = two_touching()
    apart[:, 30] = 0
    assert not (targets_of(apart)[3] > 1).any()
    tiny = np.zeros((20, 20), dtype=np.int32)
    tiny[4:14, 4:14], tiny[4:7, 14:17] = 1, 2
    assert not (targets_of(tiny)[3] > 1).any(), "beside one too small to ask for"


def test_too_small_a_particle_is_neither_asked_for_nor_punished() -> None:
    labels = two_touching()
    labels[2:4, 2:5] = 3
    particle, _, weight, _ = targets_of(labels)
    assert particle[labels == 3].max() == 0
    assert weight[labels == 3].max() == 0
    assert weight[labels != 3].min() == 1


def test_no_particles_no_targets() -> None:
    particle, depth, weight, _ = targets_of(np.zeros((16, 16), dtype=np.int32))
    assert not particle.any()
    assert not depth.any()
    assert weight.all()


@pytest.mark.parametrize("source", ["simulated", "emps", "dsb2018"])
def test_crops_keep_picture_and_truth_together(source: str) -> None:
    """A picture that is its own truth stays so under every turn, flip, scale and disturbance."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:150, :190]
    labels = np.zeros((150, 190), dtype=np.int32)
    for number in range(1, 13):
        centre_x, centre_y = 15 + (number % 4) * 50, 20 + (number // 4) * 40
        labels[np.hypot(x - centre_x, y - centre_y) < 14] = number
    agreement = []
    for _ in range(20):
        crop = make_crop(Example((labels > 0).astype(np.float32), labels, source, "discs"), 96, rng)
        assert crop.views.shape == (2, 96, 96)
        assert crop.labels.shape == (96, 96)
        particle = crop.labels > 0
        if 0.05 < particle.mean() < 0.95:
            agreement.append(abs(np.corrcoef(crop.views[0].ravel(), particle.ravel())[0, 1]))
    assert np.median(agreement) > 0.8


def test_the_same_chance_gives_the_same_crop() -> None:
    example = Example(np.random.default_rng(0).random((80, 80), dtype=np.float32), two_touching(), "emps", "x")
    example = Example(example.values[:40, :60], example.labels, "emps", "x")
    first, again = (make_crop(example, 64, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first.views, again.views)
    np.testing.assert_array_equal(first.labels, again.labels)


def test_a_body_and_its_mirror_image_are_two() -> None:
    labels = np.zeros((80, 80), dtype=np.int32)
    labels[30:50, 30:50] = 1
    example = Example((labels > 0).astype(np.float32), labels, "simulated", "x")
    for seed in range(10):
        numbers = make_crop(example, 256, np.random.default_rng(seed)).labels
        pieces, _ = label(numbers > 0)
        assert len(np.unique(numbers[numbers > 0])) == pieces.max() > 1
