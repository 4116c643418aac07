"""Every clause of the paper's counting rule."""

import pytest

from particlesnn.evaluation import Counting, count
from tests.evaluation.shapes import disc, field, square


def test_a_centre_inside_is_enough_whatever_the_outline() -> None:
    assert count(field(disc(50, 50, 10)), field(disc(58, 50, 3))) == Counting(1, 0, 0)


def test_a_centre_outside_is_a_false_positive_and_the_truth_is_missed() -> None:
    assert count(field(disc(50, 50, 10)), field(disc(62, 50, 11))) == Counting(0, 1, 1)


def test_each_truth_is_taken_once_and_by_the_surest() -> None:
    assert count(field(disc(50, 50, 10)), field(disc(49, 50, 8, 0.4), disc(51, 50, 8, 0.9))) == Counting(1, 1, 0)


def test_one_prediction_over_several_truths_takes_one() -> None:
    truth = field(disc(40, 50, 8), disc(56, 50, 8), disc(72, 50, 8))
    assert count(truth, field(disc(56, 50, 30))) == Counting(1, 0, 2)


def test_where_truths_overlap_the_nearest_free_one_is_taken() -> None:
    truth = field(disc(50, 50, 10), disc(58, 50, 10))
    assert count(truth, field(disc(52, 50, 5, 0.9), disc(53, 50, 5, 0.8))) == Counting(2, 0, 0)


def test_nothing_and_one_sided() -> None:
    empty, one = field(), field(disc(50, 50, 10))
    assert count(empty, empty) == Counting(0, 0, 0)
    assert count(one, empty) == Counting(0, 0, 1)
    assert count(empty, one) == Counting(0, 1, 0)
    assert count(empty, empty).precision is None
    assert count(one, empty).precision is None
    assert count(one, empty).recall == 0
    assert count(empty, empty).f1 is None


def test_figures() -> None:
    # Image 1 of the paper.
    figures = Counting(266, 6, 111)
    assert figures.precision == pytest.approx(0.978, abs=5e-4)
    assert figures.recall == pytest.approx(0.706, abs=5e-4)


def test_a_crossed_contour_is_no_accident() -> None:
    bow_tie = square(40, 40, 20)
    crossed = type(bow_tie)(type(bow_tie.contour)(bow_tie.contour.points_px[[0, 2, 1, 3]]))
    assert count(field(crossed), field(disc(43, 50, 2))).tp == 1
