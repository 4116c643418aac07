"""Real particles laid over one another: truth stays exact."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.training.collage import lay_more


def discs(centres: list[tuple[int, int]], radius: int = 9, side: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Bright discs on dark ground: picture and labels."""
    y, x = np.mgrid[:side, :side]
    labels = np.zeros((side, side), dtype=np.int32)
    for number, (row, column) in enumerate(centres, start=1):
        labels[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = number
    return np.where(labels > 0, 1.0, 0.1).astype(np.float32), labels


@given(st.integers(0, 2**32 - 1))
def test_what_is_labelled_is_bright_and_what_is_not_is_dark(seed: int) -> None:
    values, labels = discs([(30, 30), (60, 62)])
    more, numbers = lay_more(values, labels, np.random.default_rng(seed))
    assert more.shape == numbers.shape == labels.shape
    # Away from the soft edges every pixel of a body looks like one and the ground stays ground; the rest is what is
    # left of bodies that are all but hidden.
    whole = np.bincount(numbers.ravel())[1:] >= 0.9 * np.count_nonzero(labels == 1)
    for number in np.flatnonzero(whole) + 1:
        assert more[numbers == number].mean() > 0.5
    assert np.median(more[numbers == 0]) < 0.3


def test_copies_are_added_and_the_given_arrays_stay() -> None:
    values, labels = discs([(30, 30)])
    before = values.copy(), labels.copy()
    counts = [len(np.unique(lay_more(values, labels, np.random.default_rng(seed))[1])) - 1 for seed in range(20)]
    assert max(counts) > 5
    assert min(counts) >= 1
    np.testing.assert_array_equal(values, before[0])
    np.testing.assert_array_equal(labels, before[1])


def test_some_copies_hide_a_part_of_others_but_none_is_left_of_which_hardly_a_part_shows() -> None:
    values, labels = discs([(30, 30), (60, 62)])
    whole_px = np.count_nonzero(labels == 1)
    shown = []
    for seed in range(30):
        _more, numbers = lay_more(values, labels, np.random.default_rng(seed))
        inside = numbers[1:-1, 1:-1]
        cut = np.unique(np.concatenate([numbers[0], numbers[-1], numbers[:, 0], numbers[:, -1]]))
        shown += [np.count_nonzero(inside == number) / whole_px for number in np.unique(inside) if number not in cut]
    assert min(shown) >= 0.15 - 1e-6
    assert np.mean(np.array(shown) < 0.9) > 0.1


def test_a_crop_without_a_whole_particle_comes_back_as_it_is() -> None:
    values, labels = discs([(0, 48)])
    more, numbers = lay_more(values, labels, np.random.default_rng(1))
    np.testing.assert_array_equal(more, values)
    np.testing.assert_array_equal(numbers, labels)
