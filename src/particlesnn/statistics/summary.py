"""The numbers of one scan, or of many of the same kind taken together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from particlesnn.core import QUANTITIES, Measurements
from particlesnn.statistics.border import BorderRule, count_by_rule

_POSITIONS = ("x", "y")
_NM2_PER_UM2 = 1e6


@dataclass(frozen=True)
class Spread:
    """How one quantity is spread over the particles. None where there are too few of them."""

    count: int
    """How many particles have a value."""
    mean: float | None
    """Arithmetic mean."""
    sd: float | None
    """Standard deviation of the particles (N - 1 in the denominator)."""
    standard_error: float | None
    """Standard error of the mean, sd / sqrt(N)."""
    confidence_95: tuple[float, float] | None
    """95 % confidence interval of the mean, by Student's t."""
    median: float | None
    """Half of the particles are smaller."""
    minimum: float | None
    """Smallest value."""
    maximum: float | None
    """Largest value."""
    d10: float | None
    """A tenth of the particles is smaller."""
    d90: float | None
    """A tenth of the particles is larger."""


@dataclass(frozen=True, eq=False)
class Summary:
    """Joint statistics of scans of one kind."""

    images: int
    """How many scans."""
    count: int
    """How many particles were counted."""
    left_out: int
    """How many the border rule left out."""
    area: float
    """Area that was counted on, in nm2, or px2 without a scale."""
    density: float | None
    """Particles per area."""
    density_error: float | None
    """Its standard error if particles are strewn by chance: sqrt(N) / area (Poisson)."""
    coverage: float | None
    """Share of the area that is covered, 0 to 1."""
    sauter_diameter: float | None
    """Surface-weighted mean diameter, sum d^3 / sum d^2: the one that catalysis asks for."""
    spreads: Mapping[str, Spread]
    """For each `Quantity` name but the positions."""
    scaled: bool
    """Lengths are in nm rather than px."""
    heights: bool
    """Heights are in nm rather than grey levels."""
    border: BorderRule
    """What was done with particles at the border."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with the unit in each name."""
        plane = "nm" if self.scaled else "px"
        entries: dict[str, Any] = {
            "images": self.images,
            "particles": self.count,
            "left_out_at_border": self.left_out,
            "border": self.border,
            f"counted_area_{plane}2": self.area,
            f"density_per_{plane}2": self.density,
            f"density_standard_error_per_{plane}2": self.density_error,
            "coverage": self.coverage,
            f"sauter_diameter_{plane}": self.sauter_diameter,
        }
        if self.scaled:
            per_um2 = None if self.density is None else self.density * _NM2_PER_UM2
            entries["density_per_um2"] = per_um2
        for quantity in QUANTITIES:
            if quantity.name in self.spreads:
                spread = self.spreads[quantity.name]
                name = quantity.column(scaled=self.scaled, heights=self.heights)
                entries[name] = {key: value for key, value in vars(spread).items() if key != "count"}
        return entries


def summarise(measurements: Measurements | Sequence[Measurements], *, border: BorderRule = "keep") -> Summary:
    """Summarise one scan, or many of the same kind jointly.

    Parameters
    ----------
    measurements
        One or more scans; a scan without particles counts with its area.
    border
        "keep" or "exclude"; see `count_by_rule`.

    Raises
    ------
    ValueError
        When there is no scan, or scans with and without a scale (or heights) are mixed; see `summarise_jointly`.
    """
    scans = [measurements] if isinstance(measurements, Measurements) else list(measurements)
    if not scans:
        raise ValueError("there is no scan to summarise")
    kinds = {(scan.scaled, scan.heights) for scan in scans}
    if len(kinds) > 1:
        raise ValueError("scans with and without a scale cannot be summarised together; use summarise_jointly")
    (scaled, heights), *_ = kinds
    counted = [count_by_rule(scan, border) for scan in scans]
    pooled = {
        quantity.name: np.concatenate(
            [scan.columns[quantity.name][part.included] for scan, part in zip(scans, counted, strict=True)]
        )
        for quantity in QUANTITIES
        if all(quantity.name in scan.columns for scan in scans)
    }
    count, area = len(pooled["diameter"]), sum(part.area for part in counted)
    return Summary(
        images=len(scans),
        count=count,
        left_out=sum(map(len, scans)) - count,
        area=area,
        density=count / area if area else None,
        density_error=float(np.sqrt(count)) / area if area else None,
        coverage=float(pooled["area"].sum()) / area if area else None,
        sauter_diameter=_sauter(pooled["diameter"]),
        spreads={name: spread_of(values) for name, values in pooled.items() if name not in _POSITIONS},
        scaled=scaled,
        heights=heights,
        border=border,
    )


def spread_of(values: NDArray[np.float64]) -> Spread:
    """Summarise values, shape (N,); NaN is left out."""
    values = values[np.isfinite(values)]
    count = len(values)
    if not count:
        return Spread(0, None, None, None, None, None, None, None, None, None)
    mean = float(values.mean())
    sd = float(values.std(ddof=1)) if count > 1 else None
    error = None if sd is None else sd / float(np.sqrt(count))
    reach = None if error is None else float(stdtrit(count - 1, 0.975)) * error
    d10, median, d90 = (float(value) for value in np.quantile(values, (0.1, 0.5, 0.9)))
    return Spread(
        count=count,
        mean=mean,
        sd=sd,
        standard_error=error,
        confidence_95=None if reach is None else (mean - reach, mean + reach),
        median=median,
        minimum=float(values.min()),
        maximum=float(values.max()),
        d10=d10,
        d90=d90,
    )


def _sauter(diameters: NDArray[np.float64]) -> float | None:
    surface = float((diameters**2).sum())
    return float((diameters**3).sum()) / surface if surface else None
