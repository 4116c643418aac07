"""The budgets of the four figures that one publishes of a scan: mean diameter, density, coverage, mean height.

What is independent: scale, operator, contours and chance have nothing to do with one another, so their squares add up.
What is not: detection and border were measured on the same scans, and their correlation is carried along; the finite
pixel scatters the sizes of particles, which sampling holds already. Of several scans the scatter of contour errors from
scan to scan is held by sampling too, because that is taken from scan to scan; what scans share does not fall with their
number. One scale belongs to all scans of an instrument.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from particlesnn.core import Measurements, ParticleMap
from particlesnn.statistics.border import BorderRule
from particlesnn.statistics.budget import Budget, Component, sampling
from particlesnn.statistics.contour_errors import ContourErrors, Error, measured_errors
from particlesnn.statistics.coverage import covered_area
from particlesnn.statistics.intervals import Estimate, estimate_coverage, estimate_density, estimate_mean
from particlesnn.statistics.pooling import Equal, Pooled, pool

SCALE_UNCERTAINTY = 0.03
"""Standard uncertainty of a scale of which nothing is known but that the instrument was once calibrated."""
_OPERATORS_DIFFER = 0.05
"""By so much two careful operators differed in the mean diameter of the same particles (Okunev et al. 2020)."""
_POWERS = {"mean_diameter": 1, "density": 2, "coverage": 0, "mean_height_max": 1}
"""How often the scale enters the figure."""
_DRAWN = "not known of contours drawn or corrected by hand"


@dataclass(frozen=True)
class Circumstances:
    """What must be known of a measurement besides its numbers."""

    weights: str | None = None
    """SHA-256 of the card of the weights that drew the contours; None where no network did."""
    refinement: str = "none"
    """How contours were refined."""
    scale: float = SCALE_UNCERTAINTY
    """Relative standard uncertainty of the scale, in the plane and of heights."""


def uncertainty_budgets(
    measurements: Sequence[Measurements],
    maps: Sequence[ParticleMap],
    circumstances: Circumstances | None = None,
    *,
    border: BorderRule = "keep",
    equal: Equal = "particles",
) -> Mapping[str, Budget]:
    """Draw up the budgets of one scan, or of several of one kind together.

    Parameters
    ----------
    measurements, maps
        What was measured, and the contours, of each scan.
    circumstances
        How contours and scale came about; the defaults when None.
    border, equal
        See `summarise`.

    Returns
    -------
    Mapping
        Name to budget: "mean_diameter", "density", "coverage", and "mean_height_max" where values are heights. Empty
        without particles.

    Raises
    ------
    ValueError
        When there are not as many maps as measurements.
    """
    given = circumstances or Circumstances()
    if len(measurements) != len(maps):
        raise ValueError(f"{len(measurements)} scans need as many maps, not {len(maps)}")
    pooled = pool(measurements, border, maps, equal) if measurements else None
    if pooled is None or not len(pooled.samples["diameter"]):
        return {}
    scan = _Scans(measurements, maps, pooled, given)
    estimates = scan.estimates()
    return {
        figure: Budget(figure, unit, estimate.value, scan.components(figure, estimate), scan.together(figure))
        for figure, (estimate, unit) in estimates.items()
        if estimate.value
    }


class _Scans:
    """What the budgets of one set of scans are drawn up from."""

    def __init__(
        self, measurements: Sequence[Measurements], maps: Sequence[ParticleMap], pooled: Pooled, given: Circumstances
    ) -> None:
        self.measurements, self.maps, self.pooled, self.given = measurements, maps, pooled, given
        diameters = pooled.samples["diameter"]
        self.count, self.peopled = len(diameters), len(np.unique(diameters.scans))
        # Of scans of several pixel sizes the particles' mean pixel is taken.
        sides = [
            np.sqrt(each.area_scan / np.prod(each_map.shape_px))
            for each, each_map in zip(measurements, maps, strict=True)
        ]
        self.pixel = float(np.average(np.array(sides)[diameters.scans], weights=diameters.weights))
        self.diameter_px = diameters.mean / self.pixel
        self.scaled, self.heights = measurements[0].scaled, measurements[0].heights
        origins = {particle.origin for each in maps for particle in each.particles}
        self.by_network = bool(origins & {"network", "refined"}) and given.weights is not None

    def estimates(self) -> dict[str, tuple[Estimate, str]]:
        plane = "nm" if self.scaled else "px"
        covers = [covered_area(each, own) for each, own in zip(self.measurements, self.maps, strict=True)]
        squares = [float((each.columns["area"] ** 2).sum()) for each in self.measurements]
        areas = np.array([each.area_scan for each in self.measurements])
        found = {
            "mean_diameter": (estimate_mean(self.pooled.samples["diameter"]), plane),
            "density": (estimate_density(self.pooled.numbers, self.pooled.areas, self.count), f"per_{plane}2"),
            "coverage": (estimate_coverage(np.array([cover.union for cover in covers]), areas, sum(squares)), ""),
        }
        tops = self.pooled.samples["height_max"].finite()
        if self.heights and len(tops):
            found["mean_height_max"] = (estimate_mean(tops), "nm")
        return found

    def components(self, figure: str, estimate: Estimate) -> tuple[Component, ...]:
        parts = [self._contours(figure, "detection"), self._contours(figure, "border")]
        if figure == "density":  # contours that run elsewhere are as many
            parts = parts[:1]
        scans = self._scans(figure)
        basis = f"from scan to scan, {scans} scans" if scans > 1 else f"from {self.count} particles"
        return (*parts, *self._pixel(figure), *self._scale(figure), *self._operator(figure), sampling(estimate, basis))

    def together(self, figure: str) -> float:
        """Correlation of detection and border, from their errors and that of both."""
        errors = self._measured(figure)
        if errors is None or figure == "density":
            return 0.0
        one, other, both = (self._size(figure, each) for each in (errors.detection, errors.border, errors.both))
        return float(np.clip((both**2 - one**2 - other**2) / (2 * one * other), -1, 1)) if one * other else 0.0

    def _measured(self, figure: str) -> ContourErrors | None:
        if not self.by_network:
            return None
        name = figure.removeprefix("mean_")
        return measured_errors(self.given.weights, self.given.refinement, name, self.diameter_px)

    def _scans(self, figure: str) -> int:
        """From how many scans sampling is taken: an empty one has no mean, but a density."""
        return len(self.measurements) if figure in ("density", "coverage") else self.peopled

    def _size(self, figure: str, error: Error) -> float:
        """Scatter from scan to scan counts for one scan only: of several, sampling holds it."""
        return float(np.hypot(error.systematic, error.scatter)) if self._scans(figure) == 1 else error.systematic

    def _contours(self, figure: str, cause: Literal["detection", "border"]) -> Component:
        errors = self._measured(figure)
        if errors is None:
            reason = "not measured for these weights and this refinement" if self.by_network else _DRAWN
            return Component(cause, None, reason)
        error: Error = getattr(errors, cause)
        low, high = errors.sizes_px
        beyond = "" if low <= self.diameter_px <= high else f"; simulated were {low:.0f} to {high:.0f} px"
        what = "particles missed and invented" if cause == "detection" else "contours too wide or too narrow"
        how = f"{what}, on {errors.scans} simulated scans of each size, at {self.diameter_px:.0f} px{beyond}"
        return Component(cause, self._size(figure, error), how, bias=error.bias)

    def _pixel(self, figure: str) -> list[Component]:
        """Both ends of a diameter may lie anywhere in their pixels: a variance of 2 p^2 / 12 for each particle."""
        one = 1 / np.sqrt(6) / self.diameter_px
        mean = float(one / np.sqrt(self.count))
        if figure == "mean_diameter":
            return [Component("pixel", mean, "p / sqrt(6 N); the scatter of sizes holds it already", counted=False)]
        if figure == "coverage":
            return [Component("pixel", 2 * mean, "2 p / (d sqrt(6 N))")]
        if figure == "mean_height_max":
            # The highest pixel lies p^2 / 6 (mean square) beside the top of a paraboloid of radius d / 2.
            return [
                Component(
                    "pixel", float((2 / self.diameter_px) ** 2 / 6), "highest pixel beside the top, (2 p / d)^2 / 6"
                )
            ]
        return []

    def _scale(self, figure: str) -> list[Component]:
        power = _POWERS[figure]
        known = self.heights if figure == "mean_height_max" else self.scaled
        if not power or not known:
            return []
        times = "" if power == 1 else f"{power} times "
        return [
            Component("scale", power * self.given.scale, f"{times}{100 * self.given.scale:g} %, as given or by default")
        ]

    def _operator(self, figure: str) -> list[Component]:
        """Two that differ by 5 % stray by 5 % / sqrt(2) each."""
        powers = {"mean_diameter": 1, "coverage": 2}
        if figure not in powers:
            return []
        size = powers[figure] * _OPERATORS_DIFFER / float(np.sqrt(2))
        return [
            Component("operator", size, "two operators differed by 5 % in diameter (Okunev et al. 2020): / sqrt(2)")
        ]
