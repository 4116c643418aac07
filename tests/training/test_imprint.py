"""What is printed into crops is never a particle."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from particlesnn.training.imprint import Labels, Values, print_into


def prints(shape: tuple[int, int], count: int) -> Iterator[tuple[NDArray[np.bool_], Values, Labels]]:
    """Print into a dark picture without particles: what changed, the picture, and its labels."""
    values, labels = np.zeros(shape, np.float32), np.zeros(shape, np.int32)
    values[0, 0] = 1.0
    for seed in range(count):
        printed, left = print_into(values, labels, np.random.default_rng(seed))
        yield printed != values, printed, left


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


def test_panel_letters_come_as_large_as_in_figures_and_never_fill_the_picture() -> None:
    heights = []
    for ink, _, _ in prints((256, 256), 150):
        assert ink.mean() < 0.7
        heights += [rows.stop - rows.start for rows, _ in find_objects(label(ink)[0])]
    assert 80 < max(heights) <= 160


def test_edges_of_letters_are_smooth_in_most_pictures_and_hard_in_some() -> None:
    shares = []
    for ink, printed, _ in prints((192, 192), 60):
        steps, amounts = np.unique(printed[ink], return_counts=True)
        if len(steps):
            shares.append(1 - np.sort(amounts)[-2:].sum() / amounts.sum())  # all but ink and ground
    assert sum(share > 0.1 for share in shares) > 20
    assert sum(share < 0.01 for share in shares) > 5


@pytest.mark.parametrize("side", [48, 97])
def test_text_wider_than_the_picture_is_cut_off(side: int) -> None:
    for _, printed, left in prints((side, 2 * side), 60):
        assert printed.shape == left.shape == (side, 2 * side)
        assert (printed > -0.11).all()
        assert (printed < 1.11).all()
