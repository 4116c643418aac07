"""How good is a prediction: counts, overlaps, COCO figures and sizes against the truth."""

from particlesnn.evaluation.coco import AveragePrecision, average_precision
from particlesnn.evaluation.counting import Counting, count
from particlesnn.evaluation.evaluate import Evaluation, ImageEvaluation, evaluate
from particlesnn.evaluation.overlap import Matching, match_by_overlap
from particlesnn.evaluation.sizes import SizeAgreement, compare_sizes

__all__ = [
    "AveragePrecision",
    "Counting",
    "Evaluation",
    "ImageEvaluation",
    "Matching",
    "SizeAgreement",
    "average_precision",
    "compare_sizes",
    "count",
    "evaluate",
    "match_by_overlap",
]
