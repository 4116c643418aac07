"""Matching by overlap: the stricter rule, which asks for the outline too."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from shapely import STRtree, area, intersection

from particlesnn.core import ParticleMap
from particlesnn.evaluation.counting import Counting, polygons


@dataclass(frozen=True, eq=False)
class Matching:
    """One-to-one pairs of truth and prediction."""

    counting: Counting
    """Pairs, predictions without a pair, truths without a pair."""
    pairs: NDArray[np.intp]
    """Shape (P, 2): index of the truth, index of the prediction."""
    ious: NDArray[np.float64]
    """Shape (P,): intersection over union of each pair."""


def overlaps(truth: ParticleMap, prediction: ParticleMap) -> csr_array:
    """Intersection over union of each truth (row) with each prediction (column), from the contours' exact areas."""
    shape = (len(truth), len(prediction))
    if 0 in shape:
        return csr_array(shape, dtype=np.float64)
    true, predicted = np.array(polygons(truth)), np.array(polygons(prediction))
    rows, columns = STRtree(predicted).query(true, predicate="intersects")
    shared = area(intersection(true[rows], predicted[columns]))
    union = area(true)[rows] + area(predicted)[columns] - shared
    ious = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return csr_array((ious, (rows, columns)), shape=shape)


def match_by_overlap(truth: ParticleMap, prediction: ParticleMap, threshold: float = 0.5) -> Matching:
    """Pair truths with predictions so that as many pairs as possible overlap enough, and those best.

    Parameters
    ----------
    truth, prediction
        Particles of the same scan.
    threshold
        Least intersection over union of a pair.
    """
    return match_ious(overlaps(truth, prediction), threshold)


def match_ious(ious: csr_array, threshold: float) -> Matching:
    """Pair rows with columns of a table of overlaps; see `match_by_overlap`."""
    truths, predictions = ious.shape
    table = ious.tocoo()
    enough = table.data >= threshold
    # Only those that have a possible partner enter the assignment: a crowd's table is nearly empty.
    rows, row_of = np.unique(table.coords[0][enough], return_inverse=True)
    columns, column_of = np.unique(table.coords[1][enough], return_inverse=True)
    # One pair more counts for more than all overlaps together.
    pair = 1.0 + min(len(rows), len(columns))
    gain = np.zeros((len(rows), len(columns)))
    gain[row_of, column_of] = pair + table.data[enough]
    chosen_rows, chosen_columns = linear_sum_assignment(gain, maximize=True)
    real = gain[chosen_rows, chosen_columns] > 0
    chosen_rows, chosen_columns = chosen_rows[real], chosen_columns[real]
    found = len(chosen_rows)
    return Matching(
        Counting(found, predictions - found, truths - found),
        np.stack([rows[chosen_rows], columns[chosen_columns]], axis=1).astype(np.intp),
        gain[chosen_rows, chosen_columns] - pair,
    )
