"""A budget of uncertainty: what makes a figure unsure, how much each, and all of it together (GUM, JCGM 100:2008)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import stdtridf, stdtrit

from particlesnn.statistics.intervals import Estimate

Cause = Literal["detection", "border", "pixel", "scale", "operator", "sampling"]
_SURE = 0.975
_NORMAL = 1.959964
_ROUNDING = 1e-6
"""24 degrees of freedom that come out as 23.999999 are 24."""


@dataclass(frozen=True)
class Component:
    """One cause, as a standard uncertainty over the value of the figure."""

    cause: Cause
    """What makes the figure unsure."""
    relative: float | None
    """Standard uncertainty over the value, 0.02 for 2 %; None where it is not known, which adds nothing."""
    how: str
    """How it was obtained, in words."""
    counted: bool = True
    """Added to the rest; False where another component holds it already, or it does not apply."""
    bias: float | None = None
    """Mean relative error that was measured, signed; part of ``relative``, not corrected for."""
    freedom: float = np.inf
    """Degrees of freedom, for the coverage factor."""


@dataclass(frozen=True)
class Total:
    """Several components together."""

    relative: float
    """Combined standard uncertainty over the value."""
    freedom: float
    """Effective degrees of freedom (Welch and Satterthwaite), rounded down as GUM G.4.1 has it."""
    factor: float
    """Coverage factor k, Student's t of 95 %."""
    interval_95: tuple[float, float]
    """value -/+ k times the combined uncertainty, cut at what cannot be: coverage above 1, all but heights below 0."""


@dataclass(frozen=True)
class Budget:
    """The budget of one figure."""

    figure: str
    """"mean_diameter", "density", "coverage" or "mean_height_max"."""
    unit: str
    """Unit of the value, as in `Quantity.unit`; "" for a share."""
    value: float
    """The figure."""
    components: tuple[Component, ...]
    """All causes that were thought of; also those that are unknown or not counted."""
    together: float = 0.0
    """Correlation of detection and border, -1 to 1: their errors were measured on the same scans."""

    @property
    def total(self) -> Total:
        """All counted components: how far an expert elsewhere may be off."""
        return self._total(self.components)

    @property
    def same_operator(self) -> Total:
        """All but the operator: for figures that the same program and weights made by the same rule."""
        return self._total(part for part in self.components if part.cause != "operator")

    @property
    def unknown(self) -> tuple[Cause, ...]:
        """Causes whose size is not known; the totals are too small by them."""
        return tuple(part.cause for part in self.components if part.relative is None)

    def _total(self, components: Iterable[Component]) -> Total:
        parts = [part for part in components if part.counted and part.relative]
        sizes = {part.cause: part.relative or 0.0 for part in parts}
        variance = sum(size**2 for size in sizes.values())
        variance += 2 * self.together * sizes.get("detection", 0.0) * sizes.get("border", 0.0)
        relative = float(np.sqrt(max(variance, 0.0)))
        spread = sum(sizes[part.cause] ** 4 / part.freedom for part in parts)
        freedom = max(np.floor(relative**4 / spread * (1 + _ROUNDING)), 1.0) if spread > 0 else np.inf
        factor = float(stdtrit(freedom, _SURE)) if np.isfinite(freedom) else _NORMAL
        reach = factor * relative * abs(self.value)
        least = -np.inf if self.figure == "mean_height_max" else 0.0
        most = 1.0 if self.figure == "coverage" else np.inf
        ends = (max(self.value - reach, least), min(self.value + reach, most))
        return Total(relative, float(freedom), factor, ends)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with the unit in each name that has one."""
        unit = f"_{self.unit}" if self.unit else ""

        def told(total: Total) -> dict[str, Any]:
            return {
                f"standard_uncertainty{unit}": total.relative * abs(self.value),
                "relative": total.relative,
                "degrees_of_freedom": total.freedom,
                "coverage_factor": total.factor,
                f"confidence_95{unit}": total.interval_95,
            }

        return {
            f"value{unit}": self.value,
            "components": [
                {
                    "cause": part.cause,
                    f"standard_uncertainty{unit}": None if part.relative is None else part.relative * abs(self.value),
                    "relative": part.relative,
                    "measured_bias": part.bias,
                    "counted": part.counted and part.relative is not None,
                    "how": part.how,
                }
                for part in self.components
            ],
            "correlation_of_detection_and_border": self.together,
            "unknown": list(self.unknown),
            "combined": told(self.total),
            "combined_without_operator": told(self.same_operator),
        }


def sampling(estimate: Estimate, how: str) -> Component:
    """Make a component of an estimate; its freedom is that whose Student's t reaches as far as its interval."""
    if estimate.standard_error is None or estimate.confidence_95 is None or not estimate.value:
        return Component("sampling", None, "one particle says nothing about others")
    reach = (estimate.confidence_95[1] - estimate.value) / max(estimate.standard_error, 1e-300)
    freedom = float(stdtridf(_SURE, reach)) if reach > _NORMAL * 1.001 else np.inf
    return Component("sampling", estimate.standard_error / abs(estimate.value), how, freedom=freedom)
