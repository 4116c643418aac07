"""All figures of a prediction against a truth, for each image and in total."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import Any

import numpy as np

from particlesnn.core import AnnotationError, ParticleMap
from particlesnn.evaluation.coco import AveragePrecision, average_precision
from particlesnn.evaluation.counting import Counting, count
from particlesnn.evaluation.overlap import match_ious, overlaps
from particlesnn.evaluation.sizes import SizeAgreement, compare_sizes, diameters_px, mean_of

_IOUS = (0.5, 0.75)


@dataclass(frozen=True)
class ImageEvaluation:
    """Figures of one image, or of all together."""

    image: str
    """Name of the image; "all" for the total."""
    truth: int
    """How many particles there are."""
    predicted: int
    """How many were predicted."""
    counting: Counting
    """By the paper's rule."""
    at_50: Counting
    """Pairs that overlap with IoU 0.5 or more."""
    at_75: Counting
    """Pairs that overlap with IoU 0.75 or more."""
    sizes: SizeAgreement
    """Mean diameters."""
    bbox: AveragePrecision
    """COCO's average precision of the boxes."""
    mask: AveragePrecision
    """COCO's average precision of the masks."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; None where a figure is not defined."""
        return {
            "image": self.image,
            "truth": self.truth,
            "predicted": self.predicted,
            "tp": self.counting.tp,
            "fp": self.counting.fp,
            "fn": self.counting.fn,
            "precision": self.counting.precision,
            "recall": self.counting.recall,
            "f1_iou50": self.at_50.f1,
            "f1_iou75": self.at_75.f1,
            "map_bbox": self.bbox.ap,
            "map_mask": self.mask.ap,
            "map_mask_50": self.mask.ap50,
            "map_mask_75": self.mask.ap75,
            "mean_diameter_truth_px": self.sizes.truth_px,
            "mean_diameter_predicted_px": self.sizes.prediction_px,
            "size_accuracy": self.sizes.accuracy,
            "median_diameter_error": self.sizes.pair_error,
        }


@dataclass(frozen=True)
class Evaluation:
    """Figures of each image and of all together."""

    images: tuple[ImageEvaluation, ...]
    total: ImageEvaluation
    max_dets: int
    """How many predictions of an image counted in the average precision."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        rows = [image.to_dict() for image in self.images]
        return {"max_dets": self.max_dets, "total": self.total.to_dict(), "images": rows}


def evaluate(truth: Sequence[ParticleMap], prediction: Sequence[ParticleMap], *, max_dets: int = 500) -> Evaluation:
    """Compare predictions with the truth.

    Maps are paired by the stem of their source; a single map on each side is paired whatever its name. A truth without
    prediction counts as an empty one.

    Parameters
    ----------
    truth, prediction
        One map a scan.
    max_dets
        How many of the surest predictions of an image count in COCO's average precision.

    Raises
    ------
    AnnotationError
        When there is no truth, a prediction belongs to no truth, or a pair differs in shape.
    """
    pairs = _paired(truth, prediction)
    images = tuple(_evaluate_image(name, true, found, max_dets) for name, true, found in pairs)
    return Evaluation(images, _total(images, pairs, max_dets), max_dets)


Pairs = list[tuple[str, ParticleMap, ParticleMap]]


def _paired(truth: Sequence[ParticleMap], prediction: Sequence[ParticleMap]) -> Pairs:
    if not truth:
        raise AnnotationError("there is no image in the truth; give contours to compare with")
    if len(truth) == len(prediction) == 1:
        pairs = [(_stem(truth[0]), truth[0], prediction[0])]
    else:
        by_name = {_stem(each): each for each in prediction}
        names = [_stem(each) for each in truth]
        if len(set(names)) < len(names) or len(by_name) < len(prediction):
            raise AnnotationError("two images have the same name; rename one, so that each prediction finds its truth")
        strangers = sorted(set(by_name) - set(names))
        if strangers:
            raise AnnotationError(f"the prediction holds {strangers[0]!r}, which is not in the truth; give both sides")
        pairs = [
            (name, true, by_name.get(name, ParticleMap(true.shape_px))) for name, true in zip(names, truth, strict=True)
        ]
    for name, true, found in pairs:
        if true.shape_px != found.shape_px:
            raise AnnotationError(
                f"{name}: the truth has {_size(true)} px and the prediction {_size(found)} px; "
                "they are of two scans, give both of one"
            )
    return pairs


def _size(particles: ParticleMap) -> str:
    rows, columns = particles.shape_px
    return f"{columns} x {rows}"


def _stem(particles: ParticleMap) -> str:
    return PurePath(particles.source).stem or "image"


def _evaluate_image(name: str, true: ParticleMap, found: ParticleMap, max_dets: int) -> ImageEvaluation:
    ious = overlaps(true, found)
    at_50, at_75 = (match_ious(ious, threshold) for threshold in _IOUS)
    return ImageEvaluation(
        image=name,
        truth=len(true),
        predicted=len(found),
        counting=count(true, found),
        at_50=at_50.counting,
        at_75=at_75.counting,
        sizes=compare_sizes(true, found, at_50),
        bbox=average_precision([true], [found], "bbox", max_dets=max_dets),
        mask=average_precision([true], [found], "segm", max_dets=max_dets),
    )


def _total(images: Sequence[ImageEvaluation], pairs: Pairs, max_dets: int) -> ImageEvaluation:
    truths, predictions = [true for _, true, _ in pairs], [found for _, _, found in pairs]
    true_px = np.concatenate([diameters_px(each) for each in truths])
    found_px = np.concatenate([diameters_px(each) for each in predictions])
    return ImageEvaluation(
        image="all",
        truth=len(true_px),
        predicted=len(found_px),
        counting=_added([image.counting for image in images]),
        at_50=_added([image.at_50 for image in images]),
        at_75=_added([image.at_75 for image in images]),
        sizes=SizeAgreement(
            mean_of(true_px), mean_of(found_px), tuple(chain.from_iterable(image.sizes.errors for image in images))
        ),
        bbox=average_precision(truths, predictions, "bbox", max_dets=max_dets),
        mask=average_precision(truths, predictions, "segm", max_dets=max_dets),
    )


def _added(counts: Sequence[Counting]) -> Counting:
    return Counting(sum(each.tp for each in counts), sum(each.fp for each in counts), sum(each.fn for each in counts))
