"""A report in words: every number of the page is written here, so that the template only lays out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, Measurements
from particlesnn.report.entry import ImageEntry
from particlesnn.report.wording import between, counted, listed, rounded, symbol_text, unit_text, with_error
from particlesnn.statistics import Summary, count_by_rule, summarise
from particlesnn.statistics.summary import Spread

_TIMES = "\N{MULTIPLICATION SIGN}"
_NONE = "—"
_NM2_PER_UM2 = 1e6
_PX2_PER_MPX = 1e6
_CROWDED_PER_UM2 = 1e4
_LOW_SCORE = 0.5
_OVERLAP_WORTH_A_WORD = 0.001
_FEW_IMAGES = 5
_NOTHING = Spread(0, None, None, None, None, None, None, None, None, None)


@dataclass(frozen=True)
class Tile:
    """One headline number."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the table of images."""

    name: str
    cells: tuple[str, ...]
    note: str = ""
    kind: str = ""
    """"failed", "joint" or ""."""
    anchor: str = ""
    """Where on the page its overlay stands."""


@dataclass(frozen=True)
class Definition:
    """One line of the table of quantities."""

    name: str
    symbol: str
    unit: str
    meaning: str
    source: str


def units_of(summary: Summary, name: str) -> str:
    """Name the unit of a quantity in this summary."""
    quantity = next(quantity for quantity in QUANTITIES if quantity.name == name)
    return quantity.unit(scaled=summary.scaled, heights=summary.heights)


def belongs(measurements: Measurements | None, summary: Summary) -> bool:
    """Tell whether a scan is of the kind that this summary speaks of."""
    return measurements is not None and (measurements.scaled, measurements.heights) == (summary.scaled, summary.heights)


def pooled_diameters(entries: Sequence[ImageEntry], summary: Summary) -> NDArray[np.float64]:
    """Diameters of all particles that the summary counts, shape (N,)."""
    parts = [
        entry.measurements.columns["diameter"][count_by_rule(entry.measurements, summary.border).included]
        for entry in entries
        if entry.measurements is not None and belongs(entry.measurements, summary)
    ]
    return np.concatenate([np.zeros(0), *parts])


def kind_words(summary: Summary) -> str:
    """Tell scans with a scale from those without."""
    sizes = "sizes in nm" if summary.scaled else "no scale, sizes in px"
    return f"{sizes}, {'heights in nm' if summary.heights else 'grey levels'}"


def tiles_of(summary: Summary) -> list[Tile]:
    """Write the headline numbers."""
    unit = units_of(summary, "diameter")
    diameter = summary.spreads.get("diameter", _NOTHING)
    relative = ""
    if diameter.sd is not None and diameter.mean:
        relative = f"{100 * diameter.sd / diameter.mean:.0f} % of the mean"
    tails = (diameter.d10, diameter.d90)
    middle = between((tails[0], tails[1]), unit) if tails[0] is not None and tails[1] is not None else ""
    interval = between(diameter.confidence_95, unit)
    left_out = f", {_left_out(summary)}" if summary.left_out else ""
    tiles = [
        Tile("Particles", str(summary.count), f"on {counted(summary.images, 'image')}{left_out}"),
        Tile(
            "Mean diameter ± SE",
            _with_unit(with_error(diameter.mean, diameter.standard_error), unit),
            f"95 % confidence {interval}{_basis(summary)}" if interval else "",
        ),
        Tile("Median diameter", _with_unit(rounded(diameter.median), unit), f"80 % within {middle}" if middle else ""),
        Tile("Standard deviation", _with_unit(rounded(diameter.sd), unit), relative),
        Tile("Surface-weighted diameter", _with_unit(rounded(summary.sauter_diameter), unit), "sum of d³ / sum of d²"),
        Tile("Density ± SE", _density(summary), f"{_density_interval(summary)}on {_area(summary)}"),
        Tile(
            "Coverage",
            _percent(summary.coverage),
            f"share of the area inside contours{_coverage_interval(summary)}{_overlap(summary)}",
        ),
    ]
    if summary.heights:
        height = summary.spreads.get("height_max", _NOTHING)
        value = _with_unit(with_error(height.mean, height.standard_error), units_of(summary, "height_max"))
        tiles.append(Tile("Mean height ± SE", value, "highest point above the substrate"))
    return tiles


def headings_of(joint: Sequence[Summary]) -> list[str]:
    """Write the head of the table of images; with scans of several kinds the units stand in the cells."""
    unit = f" ({unit_text(units_of(joint[0], 'diameter'))})" if len(joint) == 1 else ""
    height = f" ({unit_text(units_of(joint[0], 'height_max'))})" if len(joint) == 1 else ""
    density = f" ({_density_unit(joint[0])[1]})" if len(joint) == 1 else ""
    words = ["Image", "Scan", "Particles", f"Mean d{unit}", f"Median d{unit}", f"SD{unit}"]
    return [*words, f"Density{density}", "Coverage", f"Mean h{height}"]


def rows_of(entries: Sequence[ImageEntry], joint: Sequence[Summary], anchors: Sequence[str]) -> list[Row]:
    """Write one line an image, and at the end one a summary."""
    rows = []
    for entry, anchor in zip(entries, anchors, strict=True):
        kind = next((summary for summary in joint if belongs(entry.measurements, summary)), None)
        if entry.measurements is None or kind is None:
            note = entry.error or "not measured"
            rows.append(Row(entry.name, (_scan_size(entry), *[_NONE] * 7), note, "failed", anchor))
            continue
        maps = None if kind.overlap is None else entry.particles
        own = summarise(entry.measurements, border=kind.border, maps=maps, equal=kind.equal)
        cells = _cells(own, kind, with_units=len(joint) > 1)
        rows.append(Row(entry.name, (_scan_size(entry), *cells), _note(entry, own), "", anchor))
    for summary in joint:
        note = kind_words(summary) if len(joint) > 1 else ""
        cells = _cells(summary, summary, with_units=len(joint) > 1)
        rows.append(Row(f"All ({counted(summary.images, 'image')})", (_NONE, *cells), note, "joint"))
    return rows


def definitions_of(joint: Sequence[Summary]) -> list[Definition]:
    """Write the table of quantities in the units of this report."""
    lines = []
    for quantity in QUANTITIES:
        units = list(dict.fromkeys(unit_text(units_of(summary, quantity.name)) for summary in joint))
        name = quantity.name.replace("_", " ")
        unit = " or ".join(filter(None, units)) or _NONE
        lines.append(Definition(name, symbol_text(quantity.symbol), unit, quantity.meaning, quantity.source))
    return lines


def _like_atoms(measurements: Measurements | None) -> str:
    if measurements is not None and measurements.scaled:
        return "less than 1 nm apart"
    return "alike and touching in a pattern that repeats, with several in each cell (the scale is unknown)"


def warnings_of(entries: Sequence[ImageEntry], joint: Sequence[Summary]) -> list[str]:
    """Say what a careful reader should know before using the numbers."""
    kept = any(summary.border == "keep" for summary in joint)
    warnings = []
    failed = [entry.name for entry in entries if entry.measurements is None]
    if failed:
        warnings.append(f"{counted(len(failed), 'image')} could not be measured: {listed(failed)}.")
    bare = [entry.name for entry in entries if entry.measurements is not None and not entry.measurements.scaled]
    if bare:
        warnings.append(f"Sizes are in pixels where the scale is unknown: {listed(bare)}.")
    warnings += [
        f"{entry.name}: the {entry.particles.atoms} bumps found stand as the atoms of a surface do, "
        f"{_like_atoms(entry.measurements)}, and were left out; --keep-atoms counts them."
        for entry in entries
        if entry.particles is not None and entry.particles.atoms
    ]
    warnings += [
        f"{entry.name}: {counted(entry.particles.twins, 'particle')} found at one place beside others, and lower, "
        "look like what a double tip shows a second time, and were left out; --keep-twins counts them."
        for entry in entries
        if entry.particles is not None and entry.particles.twins
    ]
    measured = [entry.measurements for entry in entries if entry.measurements is not None]
    total, cut = sum(map(len, measured)), sum(int(one.touches_border.sum()) for one in measured)
    if cut and kept:
        warnings.append(f"{cut} of {counted(total, 'particle')} touch the border of their scan and may be cut off.")
    few = [summary.peopled for summary in joint if 1 < summary.peopled < _FEW_IMAGES]
    if few:
        warnings.append(
            f"Error bars of means are taken from image to image; with {few[0]} images they are rough, and more images "
            "make them better."
        )
    ends = [summary.spreads.get("diameter", _NOTHING).confidence_95 for summary in joint if summary.peopled > 1]
    if any(limits is not None and limits[0] == 0 for limits in ends):
        warnings.append(
            "The 95 % interval of the mean diameter begins at 0: so few images tell hardly more than the order of "
            "magnitude. Three or more, better five, narrow it."
        )
    scores = [p.score for entry in entries if entry.particles for p in entry.particles.particles if p.score is not None]
    low = sum(score < _LOW_SCORE for score in scores)
    if low:
        warnings.append(
            f"{low} of {len(scores)} contours have a score below {_LOW_SCORE}; look at them on the overlays."
        )
    return warnings


def _cells(own: Summary, kind: Summary, *, with_units: bool) -> tuple[str, ...]:
    """Write the numbers of one line after the size of the scan; the density in the unit of its kind."""
    length = units_of(own, "diameter") if with_units else ""
    vertical = units_of(own, "height_max") if with_units else ""
    diameter, height = own.spreads.get("diameter", _NOTHING), own.spreads.get("height_max", _NOTHING)
    factor, per = _density_unit(kind)
    density = rounded(None if own.density is None else own.density * factor)
    return (
        str(own.count),
        _with_unit(with_error(diameter.mean, diameter.standard_error), length),
        _with_unit(rounded(diameter.median), length),
        _with_unit(rounded(diameter.sd), length),
        f"{density} {per}" if with_units else density,
        _percent(own.coverage),
        _with_unit(with_error(height.mean, height.standard_error), vertical),
    )


def _left_out(summary: Summary) -> str:
    made_up = summary.border == "weighted"
    return f"{summary.left_out} at the border {'made up for by weights' if made_up else 'left out'}"


def _basis(summary: Summary) -> str:
    return f", from {summary.peopled} images" if summary.peopled > 1 else ""


def _coverage_interval(summary: Summary) -> str:
    if summary.coverage_95 is None or not summary.coverage:
        return ""
    low, high = summary.coverage_95
    return f", 95 % confidence {between((100 * low, 100 * high), '')} %"


def _overlap(summary: Summary) -> str:
    if summary.overlap is None or summary.overlap < _OVERLAP_WORTH_A_WORD:
        return ""
    return f", {_percent(summary.overlap)} inside two"


def _note(entry: ImageEntry, own: Summary) -> str:
    remarks = []
    if own.count == 0 and own.left_out == 0:
        remarks.append("no particles found")
    if own.left_out:
        remarks.append(_left_out(own))
    if not own.scaled:
        remarks.append("no scale")
    if entry.error:
        remarks.append(entry.error)
    return "; ".join(remarks)


def _density_unit(kind: Summary) -> tuple[float, str]:
    """Choose what particles are counted per, so that the joint density is easy to read: (area in nm2 or px2, words)."""
    if not kind.scaled:
        return _PX2_PER_MPX, "per Mpx"
    crowded = (kind.density or 0.0) * _NM2_PER_UM2 >= _CROWDED_PER_UM2
    return (1.0, "per nm²") if crowded else (_NM2_PER_UM2, "per µm²")


def _density(summary: Summary) -> str:
    factor, per = _density_unit(summary)
    if summary.density is None:
        return _NONE
    error = None if summary.density_error is None else summary.density_error * factor
    return f"{with_error(summary.density * factor, error)} {per}"


def _density_interval(summary: Summary) -> str:
    factor, _ = _density_unit(summary)
    interval = summary.density_95
    return "" if interval is None else f"95 % {between((interval[0] * factor, interval[1] * factor), '')}, "


def _area(summary: Summary) -> str:
    if not summary.scaled:
        return f"{rounded(summary.area / _PX2_PER_MPX)} Mpx"
    if summary.area < 0.01 * _NM2_PER_UM2:
        return f"{rounded(summary.area)} nm²"
    return f"{rounded(summary.area / _NM2_PER_UM2)} µm²"


def _scan_size(entry: ImageEntry) -> str:
    """Width and height of the scan: in nm, else in px, else unknown."""
    if entry.measurements is not None:
        (height, width), unit = entry.measurements.size_scan, "nm" if entry.measurements.scaled else "px"
    elif entry.scan is not None:
        (height, width), unit = entry.scan.size_nm or entry.scan.shape_px, "nm" if entry.scan.size_nm else "px"
    else:
        return _NONE
    return f"{rounded(width)} {_TIMES} {rounded(height)} {unit}"


def _percent(share: float | None) -> str:
    return _NONE if share is None else f"{rounded(100 * share)} %"


def _with_unit(text: str, unit: str) -> str:
    return text if text == _NONE else f"{text} {unit_text(unit)}".rstrip()
