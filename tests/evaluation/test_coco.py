"""Average precision against pycocotools, read from its tables and never from its summarize()."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from particlesnn.core import ParticleMap
from particlesnn.evaluation import average_precision
from particlesnn.evaluation.coco import _dataset, _detections
from tests.evaluation.shapes import disturbed, field, random_field


def oracle(truth: list[ParticleMap], prediction: list[ParticleMap], kind: str, max_dets: int) -> list[float]:
    with contextlib.redirect_stdout(io.StringIO()):
        ground = COCO()
        ground.dataset = _dataset(truth)
        ground.createIndex()
        scorer = COCOeval(ground, ground.loadRes(_detections(prediction)), kind)
        scorer.params.maxDets = [1, 10, max_dets]
        scorer.evaluate()
        scorer.accumulate()
    by_threshold = scorer.eval["precision"][:, :, 0, 0, -1].mean(axis=1)
    return [by_threshold.mean(), by_threshold[0], by_threshold[5]]


@pytest.mark.parametrize("kind", ["bbox", "segm"])
@pytest.mark.parametrize(("count", "max_dets"), [(30, 500), (300, 100), (700, 500), (700, 2000)])
def test_it_agrees_with_pycocotools(kind: str, count: int, max_dets: int) -> None:
    rng = np.random.default_rng(count)
    truth = [random_field(rng, count, side=500), random_field(rng, 5, side=500)]
    prediction = [disturbed(each, rng) for each in truth]
    figures = average_precision(truth, prediction, kind, max_dets=max_dets)  # type: ignore[arg-type]
    assert [figures.ap, figures.ap50, figures.ap75] == pytest.approx(oracle(truth, prediction, kind, max_dets))
    assert figures.ap is not None
    assert 0.02 < figures.ap < 0.95


def test_more_than_a_hundred_count() -> None:
    truth = [random_field(np.random.default_rng(3), 400, side=600)]
    assert average_precision(truth, truth, "segm").ap == pytest.approx(1.0)
    limited = average_precision(truth, truth, "segm", max_dets=100).ap
    assert limited == pytest.approx(0.25, abs=0.02)


def test_empty_sides() -> None:
    some = random_field(np.random.default_rng(0), 5)
    assert average_precision([field()], [some], "bbox").ap is None
    assert average_precision([some], [field()], "bbox").ap == 0.0


@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_a_limit_of_a_few_counts(limit: int) -> None:
    truth = [random_field(np.random.default_rng(5), 10, side=600)]
    found = average_precision(truth, truth, "segm", max_dets=limit).ap
    assert found == pytest.approx(limit / 10, abs=0.02)
