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
    errors: tuple[float, ...]
    """|predicted - true| / true of each matched pair."""

    @property
    def pair_error(self) -> float | None:
        """Median error of the pairs; None without any."""
        return float(np.median(self.errors)) if self.errors else None

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
    wanted, got = true[matching.pairs[:, 0]], predicted[matching.pairs[:, 1]]
    return SizeAgreement(mean_of(true), mean_of(predicted), tuple((np.abs(got - wanted) / wanted).tolist()))


def diameters_px(particles: ParticleMap) -> NDArray[np.float64]:
    """Equal-area diameters, shape (N,), in px."""
    areas = np.array([particle.contour.area_px for particle in particles.particles], dtype=np.float64)
    return np.asarray(np.sqrt(4 / np.pi * areas), dtype=np.float64)


def mean_of(values: NDArray[np.float64]) -> float | None:
    """Mean; None of nothing."""
    return float(values.mean()) if len(values) else None
