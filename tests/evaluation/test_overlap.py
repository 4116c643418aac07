"""Matching by overlap."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from particlesnn.evaluation import Counting, compare_sizes, match_by_overlap
from particlesnn.evaluation.overlap import match_ious
from tests.evaluation.shapes import disc, disturbed, field, random_field, square


def test_the_overlap_is_exact() -> None:
    matching = match_by_overlap(field(square(10, 10, 10)), field(square(12, 10, 10)), 0.5)
    assert matching.ious == pytest.approx([80 / 120])
    assert match_by_overlap(field(square(10, 10, 10)), field(square(12, 10, 10)), 0.7).counting == Counting(0, 1, 1)


def test_as_many_pairs_as_possible() -> None:
    # The first prediction fits both truths, the second only the first truth.
    truth = field(square(10, 10, 10), square(13, 10, 10))
    prediction = field(square(12, 10, 10), square(8, 10, 10))
    assert match_by_overlap(truth, prediction, 0.5).counting == Counting(2, 0, 0)


def test_a_perfect_prediction() -> None:
    truth = random_field(np.random.default_rng(0), 40)
    matching = match_by_overlap(truth, truth, 0.99)
    assert matching.counting == Counting(40, 0, 0)
    assert matching.ious == pytest.approx(np.ones(40))
    sizes = compare_sizes(truth, truth, matching)
    assert sizes.accuracy == 1
    assert sizes.pair_error == 0


def test_moving_away_lowers_the_overlap() -> None:
    truth = field(disc(50, 50, 10))
    ious = [match_by_overlap(truth, field(disc(50 + shift, 50, 10)), 0.01).ious[0] for shift in range(0, 15, 2)]
    assert (np.diff(ious) < 0).all()


def test_a_stricter_threshold_finds_no_more_pairs() -> None:
    rng = np.random.default_rng(1)
    truth = random_field(rng, 60)
    prediction = disturbed(truth, rng)
    found = [match_by_overlap(truth, prediction, threshold).counting.tp for threshold in (0.3, 0.5, 0.75, 0.9)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 20


@pytest.mark.parametrize(("truth", "prediction"), [((), ()), ((disc(50, 50, 5),), ()), ((), (disc(50, 50, 5),))])
def test_empty_sides(truth: tuple, prediction: tuple) -> None:
    matching = match_by_overlap(field(*truth), field(*prediction))
    assert matching.counting == Counting(0, len(prediction), len(truth))
    sizes = compare_sizes(field(*truth), field(*prediction), matching)
    assert sizes.accuracy is None
    assert sizes.pair_error is None


def test_size_accuracy_is_the_same_both_ways() -> None:
    large, small = field(disc(50, 50, 10)), field(disc(50, 50, 8))
    for one, other in ((large, small), (small, large)):
        assert compare_sizes(one, other, match_by_overlap(one, other)).accuracy == pytest.approx(0.8)


def test_a_crowd_of_1500() -> None:
    rng = np.random.default_rng(2)
    truth = random_field(rng, 1500, side=1000)
    assert match_by_overlap(truth, truth).counting.tp == 1500


def test_as_many_pairs_as_possible_whatever_the_better_ones_share() -> None:
    # Each prediction is its truth but for a shift, and one more truth in the row is the next prediction exactly: four
    # perfect pairs would leave the first prediction and the last truth alone.
    ious = csr_array(0.5 * np.eye(5) + np.eye(5, k=1))
    matching = match_ious(ious, 0.5)
    assert matching.counting == Counting(5, 0, 0)
    assert matching.ious == pytest.approx(np.full(5, 0.5))
