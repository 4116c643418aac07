"""How well sizes agree: the figure a microscopist publishes is the mean size."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import ParticleMap
from particlesnn.evaluation.overlap import Matching


@dataclass(frozen=True)
class SizeAgreement:
    """Equal-area diameters of truth and prediction, in px. None where one side is empty."""

    truth_px: float | None
    """Mean diameter of the truth."""
    prediction_px: float | None
    """Mean diameter of the prediction."""
    pair_error: float | None
    """Median of |predicted - true| / true over matched pairs."""

    @property
    def accuracy(self) -> float | None:
        """Smaller mean over larger mean, as the paper states it."""
        if not self.truth_px or not self.prediction_px:
            return None
        return min(self.truth_px, self.prediction_px) / max(self.truth_px, self.prediction_px)


def compare_sizes(truth: ParticleMap, prediction: ParticleMap, matching: Matching) -> SizeAgreement:
    """Compare the sizes of one scan's particles.

    Parameters
    ----------
    truth, prediction
        Particles of the same scan.
    matching
        Their pairs.
    """
    true, predicted = diameters_px(truth), diameters_px(prediction)
    return SizeAgreement(_mean(true), _mean(predicted), median_error(true, predicted, matching))


def median_error(true: NDArray[np.float64], predicted: NDArray[np.float64], matching: Matching) -> float | None:
    """Median relative error of the matched pairs' diameters; None without pairs."""
    if not len(matching.pairs):
        return None
    wanted, got = true[matching.pairs[:, 0]], predicted[matching.pairs[:, 1]]
    return float(np.median(np.abs(got - wanted) / wanted))


def diameters_px(particles: ParticleMap) -> NDArray[np.float64]:
    """Equal-area diameters, shape (N,), in px."""
    areas = np.array([particle.contour.area_px for particle in particles.particles], dtype=np.float64)
    return np.asarray(np.sqrt(4 / np.pi * areas), dtype=np.float64)


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if len(values) else None
