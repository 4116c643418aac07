"""Which particles count: those that the filters of the page let through."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Measurements, ParticleMap, ParticlesNNError
from particlesnn.pipeline import AnalysisSettings, subset_of_wanted_size
from particlesnn.results import Analysed

AtBorder = Literal["all", "inside", "touching"]


@dataclass(frozen=True)
class Sieve:
    """Filters; what is None, 0 or "all" lets everything through."""

    settings: AnalysisSettings = field(default_factory=AnalysisSettings)
    """Range of diameters, and how what is left is counted."""
    min_height: float | None = None
    """In nm."""
    max_height: float | None = None
    """In nm."""
    min_score: float = 0.0
    """Of particles that have a score; those that a human drew pass."""
    at_border: AtBorder = "all"
    """Those wholly inside the scan, those that its border touches, or all."""

    def sift(self, name: str, particles: ParticleMap, measured: Measurements) -> Analysed:
        """Leave out of a scan what does not count; the rest was measured with all its neighbours known.

        Raises
        ------
        ParticlesNNError
            When a range of heights is asked for and the scan has none.
        """
        particles, measured = subset_of_wanted_size(particles, measured, self.settings)
        keep = self._keep(name, particles, measured)
        if keep.all():
            return particles, measured
        kept = tuple(particle for particle, counts in zip(particles.particles, keep, strict=True) if counts)
        return replace(particles, particles=kept), measured.subset(keep)

    def _keep(self, name: str, particles: ParticleMap, measured: Measurements) -> NDArray[np.bool_]:
        scores = np.array([1.0 if each.score is None else each.score for each in particles.particles])
        keep: NDArray[np.bool_] = scores >= self.min_score
        if self.at_border != "all":
            keep &= measured.touches_border == (self.at_border == "touching")
        if self.min_height is None and self.max_height is None:
            return keep
        heights = measured.columns.get("height_max")
        if heights is None or not measured.heights:
            raise ParticlesNNError(f"{name} has no heights; leave out the range of heights, or choose other scans")
        least, most = self.min_height, self.max_height
        within = (heights >= (-np.inf if least is None else least)) & (heights <= (np.inf if most is None else most))
        return keep & within

    @property
    def words(self) -> str:
        """Say in words what is left out beside the range of diameters; "" for nothing."""
        said = []
        if self.min_height is not None or self.max_height is not None:
            least = "" if self.min_height is None else f" from {self.min_height:.4g}"
            most = "" if self.max_height is None else f" to {self.max_height:.4g}"
            said.append(f"heights{least}{most} nm")
        if self.min_score > 0:
            said.append(f"scores from {self.min_score:.2g}")
        if self.at_border != "all":
            said.append("particles wholly inside" if self.at_border == "inside" else "particles at the border")
        return ", ".join(said)
