"""The particles of a report as data for the script of the page: columns of numbers, a list a scan."""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, Measurements
from particlesnn.report.charts import Bar
from particlesnn.report.entry import ImageEntry
from particlesnn.report.figures import ScanFigure
from particlesnn.report.view import belongs, kind_words, units_of
from particlesnn.report.wording import symbol_text, unit_text
from particlesnn.statistics import Summary, count_by_rule

_SHOWN = (
    "diameter",
    "height_max",
    "area",
    "length",
    "width",
    "aspect_ratio",
    "circularity",
    "feret_max",
    "nearest_neighbour",
    "volume",
)
"""Quantities that the table on the page has; particles.csv has them all."""
_DIGITS = 4


def explorer_json(
    entries: Sequence[ImageEntry],
    joint: Sequence[Summary],
    figures: Sequence[ScanFigure],
    bars: Sequence[Sequence[Bar]],
) -> str:
    """Write what the table of particles, its filters and the linked picture are made of.

    Parameters
    ----------
    entries
        The images of the report.
    joint
        The kinds of scans, as of `write_report`.
    figures
        The figures on the page; contours are read from them and not repeated.
    bars
        The bins of the histogram of each kind.

    Returns
    -------
    JSON that may stand inside a script element. ``kinds``: for each summary its words, and heading, unit and meaning
    of each column. ``scans``: for each measured image its figure, kind, scale, and by particle ``ids``, ``values`` (a
    list a column, 4 digits, null where unknown), ``scores``, ``border`` and ``bins`` (which bar of the histogram counts
    it; -1 for none).
    """
    anchors = {figure.anchor: figure for figure in figures}
    scans = []
    for number, entry in enumerate(entries):
        kind = next((k for k, summary in enumerate(joint) if belongs(entry.measurements, summary)), None)
        figure = anchors.get(f"image-{number + 1}")
        if kind is None or entry.measurements is None or figure is None:
            continue
        height, width = figure.plane.size
        scans.append(
            {
                "name": entry.name,
                "figure": figure.anchor,
                "kind": kind,
                "size": [width, height],
                "scale": figure.nm_per_unit,
                **_particles(entry, entry.measurements, joint[kind], bars[kind]),
            }
        )
    data = {"kinds": [_kind(summary) for summary in joint], "scans": scans}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Inside a script element only "<" could end it, or open a comment in it; JSON may write it otherwise.
    return text.replace("<", "\\u003c")


def _kind(summary: Summary) -> dict[str, object]:
    known = {quantity.name: quantity for quantity in QUANTITIES}
    columns = [
        {
            "name": name.replace("_", " ").removesuffix(" max"),
            "symbol": symbol_text(known[name].symbol),
            "unit": unit_text(units_of(summary, name)),
            "meaning": known[name].meaning,
        }
        for name in _SHOWN
    ]
    return {"name": kind_words(summary), "columns": columns}


def _particles(entry: ImageEntry, measured: Measurements, summary: Summary, bars: Sequence[Bar]) -> dict[str, object]:
    scores = {p.id: p.score for p in entry.particles.particles} if entry.particles else {}
    nothing = np.full(len(measured), np.nan)
    return {
        "ids": list(measured.ids),
        "values": [_short(measured.columns.get(name, nothing)) for name in _SHOWN],
        "scores": _short(np.array([_number(scores.get(number)) for number in measured.ids], dtype=np.float64)),
        "border": measured.touches_border.astype(int).tolist(),
        "bins": _bins(measured, summary, bars).tolist(),
    }


def _bins(measured: Measurements, summary: Summary, bars: Sequence[Bar]) -> NDArray[np.int64]:
    """Tell which bar counts each particle, by the very rule of the histogram, before a number is rounded."""
    if not bars:
        return np.full(len(measured), -1)
    edges = np.array([*(bar.low for bar in bars), bars[-1].high])
    diameters = measured.columns["diameter"]
    found = np.searchsorted(edges, diameters, side="right") - 1
    found[diameters == edges[-1]] = len(bars) - 1
    inside = (found >= 0) & (found < len(bars)) & count_by_rule(measured, summary.border).included
    return np.where(inside, found, -1)


def _number(score: float | None) -> float:
    return np.nan if score is None else score


def _short(values: NDArray[np.float64]) -> list[float | None]:
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values.tolist()]
