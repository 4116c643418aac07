"""The numbers of one scan, or of many of the same kind taken together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, TIP_QUANTITIES, Measurements, ParticleMap
from particlesnn.statistics.association import Association, correlate
from particlesnn.statistics.border import BorderRule
from particlesnn.statistics.coverage import covered_area
from particlesnn.statistics.intervals import estimate_coverage, estimate_density, estimate_mean, not_negative
from particlesnn.statistics.law_choice import LawChoice, choose_law
from particlesnn.statistics.pooling import Equal, Pooled, pool
from particlesnn.statistics.sample import Sample
from particlesnn.statistics.sizes import Sizes, describe_sizes
from particlesnn.statistics.spatial import Neighbours, describe_neighbours

_POSITIONS = ("x", "y", "angle")
_SIGNED = frozenset(quantity.name for quantity in QUANTITIES if quantity.signed)
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
    """Standard error of the mean: sd / sqrt(N), or from scan to scan where that is more, see `estimate_mean`."""
    confidence_95: tuple[float, float] | None
    """95 % confidence interval of the mean, by Student's t; cut at 0 where values cannot be negative."""
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


@dataclass(frozen=True)
class Details:
    """What takes longer to work out than a mean. Each is None where there are too few particles."""

    law: LawChoice | None
    """The law that the diameters follow."""
    neighbours: Neighbours | None
    """Nearest neighbours; all particles count."""
    height_with_diameter: Association | None
    """Correlation of the highest point with the diameter."""


@dataclass(frozen=True, eq=False)
class Summary:
    """Joint statistics of scans of one kind."""

    images: int
    """How many scans."""
    peopled: int
    """How many of them have particles that count; with two or more, error bars are taken from scan to scan."""
    count: int
    """How many particles were counted."""
    left_out: int
    """How many the border rule left out."""
    area: float
    """Area that was counted on, in nm2, or px2 without a scale."""
    density: float | None
    """Particles per area."""
    density_error: float | None
    """Its standard error; see `estimate_density`. None where nothing was counted."""
    density_95: tuple[float, float] | None
    """Its 95 % interval; see `estimate_density`."""
    coverage: float | None
    """Share of the area inside contours, 0 to 1: of their union where contours are given, else of their sum."""
    overlap: float | None
    """Share of the area that lies inside more than one contour; None where contours were not given."""
    sauter_diameter: float | None
    """Surface-weighted mean diameter, sum d^3 / sum d^2: the one that catalysis asks for."""
    sizes: Sizes | None
    """Weighted means and percentiles of the diameter; None without particles."""
    spreads: Mapping[str, Spread]
    """For each `Quantity` name but the positions."""
    scaled: bool
    """Lengths are in nm rather than px."""
    heights: bool
    """Heights are in nm rather than grey levels."""
    border: BorderRule
    """What was done with particles at the border."""
    equal: Equal = "particles"
    """What counts alike."""
    details: Details | None = None
    """Only where they were asked for."""
    coverage_95: tuple[float, float] | None = None
    """95 % interval of the coverage, where contours were given and something is covered; see `estimate_coverage`."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with the unit in each name."""
        plane = "nm" if self.scaled else "px"
        entries: dict[str, Any] = {
            "images": self.images,
            "particles": self.count,
            "left_out_at_border": self.left_out,
            "border": self.border,
            "counts_alike": self.equal,
            "error_bars_from": "scans" if self.peopled > 1 else "particles",
            f"counted_area_{plane}2": self.area,
            f"density_per_{plane}2": self.density,
            f"density_standard_error_per_{plane}2": self.density_error,
            f"density_confidence_95_per_{plane}2": self.density_95,
            "coverage": self.coverage,
            "coverage_confidence_95": self.coverage_95,
            "overlap": self.overlap,
            f"sauter_diameter_{plane}": self.sauter_diameter,
        }
        if self.scaled:
            per_um2 = None if self.density is None else self.density * _NM2_PER_UM2
            entries["density_per_um2"] = per_um2
        for quantity in (*QUANTITIES, *TIP_QUANTITIES):
            if quantity.name in self.spreads:
                spread = self.spreads[quantity.name]
                name = quantity.column(scaled=self.scaled, heights=self.heights)
                entries[name] = {key: value for key, value in vars(spread).items() if key != "count"}
        entries["distribution"] = self.sizes.to_dict(plane) if self.sizes else None
        if self.details is not None:
            law, near, both = self.details.law, self.details.neighbours, self.details.height_with_diameter
            entries["law"] = law.to_dict(plane) if law else None
            entries["nearest_neighbours"] = near.to_dict(plane) if near else None
            entries["height_with_diameter"] = both.to_dict() if both else None
        return entries


def summarise(
    measurements: Measurements | Sequence[Measurements],
    *,
    border: BorderRule = "keep",
    maps: ParticleMap | Sequence[ParticleMap] | None = None,
    equal: Equal = "particles",
    detailed: bool = False,
) -> Summary:
    """Summarise one scan, or many of the same kind jointly.

    Parameters
    ----------
    measurements
        One or more scans; a scan without particles counts with its area.
    border
        "keep", "exclude" or "weighted"; see `count_by_rule`.
    maps
        The contours of each scan. They give the coverage without counting overlaps twice, and the rule "weighted" exact
        widths and heights.
    equal
        Whether "particles" or "scans" count alike in all but the density and the coverage.
    detailed
        Add the intervals of all `Sizes`, and the `Details`; takes about 0.1 s.

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
    contours = [maps] if isinstance(maps, ParticleMap) else maps
    pooled = pool(scans, border, contours, equal)
    diameters = pooled.samples["diameter"]
    count, area = len(diameters), float(pooled.areas.sum())
    coverage, overlap, coverage_95 = _coverage(scans, pooled, contours)
    density = estimate_density(pooled.numbers, pooled.areas, count) if area else None
    sizes = describe_sizes(diameters, intervals=detailed)
    return Summary(
        images=len(scans),
        peopled=len(np.unique(diameters.scans)),
        count=count,
        left_out=sum(map(len, scans)) - count,
        area=area,
        density=density.value if density else None,
        density_error=density.standard_error if density and count else None,
        density_95=density.confidence_95 if density else None,
        coverage=coverage,
        overlap=overlap,
        sauter_diameter=sizes.sauter.value if sizes else None,
        sizes=sizes,
        spreads={
            name: spread_of(sample, signed=name in _SIGNED)
            for name, sample in pooled.samples.items()
            if name not in _POSITIONS
        },
        scaled=scaled,
        heights=heights,
        border=border,
        equal=equal,
        details=_details(scans, pooled) if detailed else None,
        coverage_95=coverage_95,
    )


def spread_of(values: Sample | NDArray[np.float64], *, signed: bool = True) -> Spread:
    """Summarise values, shape (N,); NaN is left out. The interval of what is not signed is cut at 0."""
    sample = values.finite() if isinstance(values, Sample) else Sample.of(values)
    count = len(sample)
    if not count:
        return Spread(0, None, None, None, None, None, None, None, None, None)
    mean = estimate_mean(sample) if signed else not_negative(estimate_mean(sample))
    d10, median, d90 = (float(value) for value in sample.quantiles((0.1, 0.5, 0.9)))
    return Spread(
        count=count,
        mean=mean.value,
        sd=sample.sd if count > 1 else None,
        standard_error=mean.standard_error,
        confidence_95=mean.confidence_95,
        median=median,
        minimum=float(sample.values.min()),
        maximum=float(sample.values.max()),
        d10=d10,
        d90=d90,
    )


def _coverage(
    scans: Sequence[Measurements], pooled: Pooled, maps: Sequence[ParticleMap] | None
) -> tuple[float | None, float | None, tuple[float, float] | None]:
    """Shares of the area inside contours, and inside more than one of them; the interval of the first."""
    whole = sum(scan.area_scan for scan in scans)
    if maps is not None and whole:
        covers = [covered_area(scan, particles) for scan, particles in zip(scans, maps, strict=True)]
        united, areas = np.array([cover.union for cover in covers]), np.array([scan.area_scan for scan in scans])
        squares = sum(float((scan.columns["area"] ** 2).sum()) for scan in scans)
        estimate = estimate_coverage(united, areas, squares)
        low, high = estimate.confidence_95 or (0.0, 1.0)
        # Nothing seen is no proof that nothing is covered, but says nothing of how large what was missed is.
        interval = (max(low, 0.0), min(high, 1.0)) if estimate.value else None
        return estimate.value, sum(cover.overlap for cover in covers) / whole, interval
    area = float(pooled.areas.sum())
    parts = zip(scans, pooled.counted, strict=True)
    total = sum(float(part.weights @ scan.columns["area"]) for scan, part in parts)
    return (total / area if area else None), None, None


def _details(scans: Sequence[Measurements], pooled: Pooled) -> Details:
    diameters, heights = pooled.samples["diameter"], pooled.samples.get("height_max")
    return Details(
        law=choose_law(diameters.values),
        neighbours=describe_neighbours(scans),
        height_with_diameter=correlate(diameters.values, heights.values) if heights is not None else None,
    )
