"""All figures together."""

import json
from dataclasses import replace

import numpy as np
import pytest

from particlesnn.core import AnnotationError, ParticleMap
from particlesnn.evaluation import evaluate
from tests.evaluation.shapes import disc, disturbed, field, random_field


def test_a_perfect_prediction_gets_one_everywhere() -> None:
    truth = [replace(random_field(np.random.default_rng(k), 20), source=f"{k}.txt") for k in range(3)]
    total = evaluate(truth, truth).total.to_dict()
    for name in ("precision", "recall", "f1_iou50", "f1_iou75", "map_bbox", "map_mask", "size_accuracy"):
        assert total[name] == pytest.approx(1.0), name
    assert (total["tp"], total["fp"], total["fn"]) == (60, 0, 0)


def test_images_are_paired_by_name_whatever_their_order_and_suffix() -> None:
    rng = np.random.default_rng(0)
    truth = [replace(random_field(rng, 12), source=f"{name}.stp") for name in "abc"]
    prediction = [replace(disturbed(each, rng), source=each.source.replace("stp", "png")) for each in truth]
    forth, back = evaluate(truth, prediction), evaluate(truth, prediction[::-1])
    assert forth == back
    assert [row.image for row in forth.images] == ["a", "b", "c"]
    assert forth.total.counting.tp == sum(row.counting.tp for row in forth.images)


def test_a_missing_prediction_is_an_empty_one() -> None:
    truth = [field(disc(50, 50, 8), source="a"), field(disc(50, 50, 8), source="b")]
    total = evaluate(truth, truth[:1]).total
    assert (total.counting.tp, total.counting.fn) == (1, 1)


def test_one_against_one_needs_no_names() -> None:
    assert evaluate([field(disc(9, 9, 4), source="x")], [field(disc(9, 9, 4), source="y")]).total.counting.tp == 1


def test_figures_that_are_not_defined_are_none_and_json_takes_them() -> None:
    figures = evaluate([field()], [field()])
    assert figures.total.counting.precision is None
    json.dumps(figures.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("truth", "prediction", "message"),
    [
        ([], [], "no image in the truth"),
        ([field(source="a")], [ParticleMap((3, 3), (), "a")], "two scans"),
        ([field(source="a"), field(source="b")], [field(source="c")], "'c', which is not in the truth"),
        ([field(source="a.stp"), field(source="a.top")], [field(source="a")], "same name"),
    ],
)
def test_what_does_not_fit_is_said(truth: list, prediction: list, message: str) -> None:
    with pytest.raises(AnnotationError, match=message):
        evaluate(truth, prediction)


def test_the_median_error_of_all_is_that_of_all_pairs() -> None:
    one = (field(disc(50, 50, 10), source="one"), field(disc(50, 50, 8), source="one"))
    places = [(20 + 20 * k, 20 + 20 * m) for k in range(8) for m in range(8)]
    many = tuple(field(*(disc(x, y, radius) for x, y in places), source="many") for radius in (8, 7.9))
    total = evaluate([one[0], many[0]], [one[1], many[1]]).total
    assert total.sizes.pair_error == pytest.approx(0.1 / 8)
