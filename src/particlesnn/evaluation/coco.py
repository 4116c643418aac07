"""COCO's average precision, right also for more than 100 particles an image."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from particlesnn.core import ParticleMap

_HALF = 0.5
"""COCO counts from the corner of the first pixel, we from its centre."""


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
        # Three limits, as COCO wants them; only the last is read.
        scorer.params.maxDets = [1, 10, max_dets]
        scorer.evaluate()
        scorer.accumulate()
    # Shape (IoU thresholds, recalls, categories, areas, limits); area 0 is "all".
    precision = scorer.eval["precision"][:, :, 0, 0, -1]
    by_threshold = np.where(precision > -1, precision, np.nan).mean(axis=1)
    return AveragePrecision(float(by_threshold.mean()), float(by_threshold[0]), float(by_threshold[5]))


def _dataset(maps: Sequence[ParticleMap]) -> dict[str, object]:
    annotations: list[dict[str, object]] = []
    for image, particles in enumerate(maps, start=1):
        for shape in _shapes(particles):
            annotations.append({"id": len(annotations) + 1, "image_id": image, "iscrowd": 0, **shape})
    return {
        "info": {},
        "images": [
            {"id": image, "height": particles.shape_px[0], "width": particles.shape_px[1], "file_name": str(image)}
            for image, particles in enumerate(maps, start=1)
        ],
        "categories": [{"id": 1, "name": "particle"}],
        "annotations": annotations,
    }


def _detections(maps: Sequence[ParticleMap]) -> list[dict[str, object]]:
    return [
        {"image_id": image, "score": 1.0 if particle.score is None else particle.score, **shape}
        for image, particles in enumerate(maps, start=1)
        for particle, shape in zip(particles.particles, _shapes(particles), strict=True)
    ]


def _shapes(particles: ParticleMap) -> list[dict[str, object]]:
    shapes: list[dict[str, object]] = []
    for particle in particles.particles:
        left, top, right, bottom = (side + _HALF for side in particle.contour.bounds_px)
        shapes.append(
            {
                "category_id": 1,
                "bbox": [left, top, right - left, bottom - top],
                "area": particle.contour.area_px,
                "segmentation": [(particle.contour.points_px + _HALF).ravel().tolist()],
            }
        )
    return shapes
