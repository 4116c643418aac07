"""COCO's average precision, right also for more than 100 particles an image."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from particlesnn.core import ParticleMap
from particlesnn.files import to_coco


@dataclass(frozen=True)
class AveragePrecision:
    """Averages over recall 0:0.01:1, by COCO's rules. None where there is no truth."""

    ap: float | None
    """Mean over IoU 0.50:0.05:0.95: "mAP"."""
    ap50: float | None
    """At IoU 0.5."""
    ap75: float | None
    """At IoU 0.75."""


def average_precision(
    truth: Sequence[ParticleMap],
    prediction: Sequence[ParticleMap],
    kind: Literal["bbox", "segm"],
    *,
    max_dets: int = 500,
) -> AveragePrecision:
    """Compute COCO's average precision.

    Parameters
    ----------
    truth, prediction
        Maps of the same scans in the same order. A prediction without score counts as certain.
    kind
        "bbox" for bounding boxes, "segm" for masks.
    max_dets
        How many of the surest predictions of an image count.
    """
    if not any(len(each) for each in truth):
        return AveragePrecision(None, None, None)
    if not any(len(each) for each in prediction):
        return AveragePrecision(0.0, 0.0, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        ground = COCO(_dataset(truth))
        found = ground.loadRes(_detections(prediction))
        scorer = COCOeval_faster(ground, found, kind)
        # Three limits, as COCO wants them, the largest last; only that one is read.
        scorer.params.maxDets = [min(1, max_dets), min(10, max_dets), max_dets]
        scorer.evaluate()
        scorer.accumulate()
    # Shape (IoU thresholds, recalls, categories, areas, limits); area 0 is "all".
    precision = scorer.eval["precision"][:, :, 0, 0, -1]
    by_threshold = np.where(precision > -1, precision, np.nan).mean(axis=1)
    return AveragePrecision(float(by_threshold.mean()), float(by_threshold[0]), float(by_threshold[5]))


def _dataset(maps: Sequence[ParticleMap]) -> dict[str, Any]:
    return {"info": {}, **to_coco(maps, [str(number) for number in range(len(maps))])}


def _detections(maps: Sequence[ParticleMap]) -> list[dict[str, Any]]:
    return [{"score": 1.0, **annotation} for annotation in _dataset(maps)["annotations"]]
