"""The paper's counting rule.

A prediction whose centre lies inside a truth contour is a true positive, each truth once; other predictions are false
positives; truths that nobody took are false negatives. (Okunev et al. 2020, section 3.1; "accuracy" there is recall.)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from shapely import STRtree, points
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import make_valid

from particlesnn.core import Particle, ParticleMap


@dataclass(frozen=True)
class Counting:
    """True positives, false positives, false negatives, and what follows from them."""

    tp: int
    """Predictions that took a truth."""
    fp: int
    """Predictions that did not."""
    fn: int
    """Truths that nobody took."""

    @property
    def precision(self) -> float | None:
        """Share of the predictions that are right; None without predictions."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """Share of the truths that were found; None without truths."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None where there is nothing at all."""
        total = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / total if total else None


def count(truth: ParticleMap, prediction: ParticleMap) -> Counting:
    """Count by the paper's rule.

    The centre is the predicted contour's centre of mass. The surest prediction chooses first; a centre that lies in
    several truths takes the nearest one that is free.

    Parameters
    ----------
    truth, prediction
        Particles of the same scan.
    """
    taken = len(taken_truths(truth, prediction))
    return Counting(taken, len(prediction) - taken, len(truth) - taken)


def taken_truths(truth: ParticleMap, prediction: ParticleMap) -> dict[int, int]:
    """Return which truth each true positive took: index of the prediction to index of the truth."""
    if not truth.particles or not prediction.particles:
        return {}
    shapes = polygons(truth)
    tree = STRtree(shapes)
    centres = np.array([particle.contour.centroid_px for particle in prediction.particles])
    candidates: dict[int, list[int]] = {}
    for predicted, true in zip(*tree.query(points(centres), predicate="intersects"), strict=True):
        candidates.setdefault(int(predicted), []).append(int(true))
    matched: dict[int, int] = {}
    free = set(range(len(shapes)))
    for predicted in surest_first(prediction.particles):
        options = [true for true in candidates.get(predicted, []) if true in free]
        if options:
            place = centres[predicted]
            nearest = min(options, key=lambda true: float(np.hypot(*(_centre(shapes[true]) - place))))
            matched[predicted] = nearest
            free.remove(nearest)
    return matched


def surest_first(particles: Sequence[Particle]) -> Iterable[int]:
    """Order the indices by falling score; particles without a score are certain."""
    scores = [1.0 if particle.score is None else particle.score for particle in particles]
    return sorted(range(len(particles)), key=lambda index: -scores[index])


def polygons(particles: ParticleMap) -> list[BaseGeometry]:
    """Contours as valid shapely geometries, in px."""
    shapes = [Polygon(particle.contour.points_px) for particle in particles.particles]
    return [shape if shape.is_valid else make_valid(shape) for shape in shapes]


def _centre(shape: BaseGeometry) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    centroid = shape.centroid
    return np.array([centroid.x, centroid.y])
