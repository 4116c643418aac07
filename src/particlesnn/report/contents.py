"""What a report holds, before it is laid out: page and paper are made of the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from particlesnn.core import QUANTITIES
from particlesnn.report.charts import Bar, histogram_with_bars
from particlesnn.report.distribution import Figure, figures_of, remarks_of
from particlesnn.report.entry import ImageEntry, Provenance, Section
from particlesnn.report.figures import ScanFigure, figure_of
from particlesnn.report.method import Paragraph, method_of
from particlesnn.report.pictures import ORIGIN_COLOURS
from particlesnn.report.view import (
    Definition,
    Row,
    Tile,
    definitions_of,
    headings_of,
    kind_words,
    pooled_diameters,
    rows_of,
    tiles_of,
    units_of,
    warnings_of,
)
from particlesnn.report.wording import counted
from particlesnn.statistics import Summary

_PICTURE_BYTES = 10_000_000
"""For the pictures of all scans together; base64 makes a third more of it."""


@dataclass(frozen=True)
class Chart:
    """A histogram."""

    svg: bytes
    alt: str
    unit: str
    bars: list[Bar]


@dataclass(frozen=True)
class Group:
    """Headline numbers and chart of scans of one kind."""

    heading: str
    tiles: list[Tile]
    chart: Chart
    figures: list[Figure]
    remarks: list[tuple[str, str]]


@dataclass(frozen=True)
class Contents:
    """All that a report prints."""

    title: str
    byline: str
    groups: list[Group]
    warnings: list[str]
    sections: tuple[Section, ...]
    headings: list[str]
    rows: list[Row]
    figures: list[ScanFigure]
    colours: list[tuple[str, str]]
    method: list[Paragraph]
    definitions: list[Definition]
    signature: str


def contents_of(
    entries: Sequence[ImageEntry],
    joint: Sequence[Summary],
    provenance: Provenance,
    *,
    title: str,
    bins: int | None,
    sections: Sequence[Section],
) -> Contents:
    """Put a report together; the parameters are those of `write_report`."""
    share = _PICTURE_BYTES // max(1, len(entries))
    drawn = [figure_of(entry, number, share) for number, entry in enumerate(entries)]
    origins = {p.origin for entry in entries if entry.particles for p in entry.particles.particles}
    signature = f"ParticlesNN {provenance.version}"
    byline = [f"{provenance.date:%d %B %Y}".lstrip("0"), signature, counted(len(entries), "image")]
    if provenance.weights is not None:
        byline.append(f"weights {provenance.weights}")
    if provenance.operating_point:
        byline.append(provenance.operating_point)
    return Contents(
        title=title,
        byline=" · ".join(byline),
        groups=[_group(entries, summary, bins, alone=len(joint) == 1) for summary in joint],
        warnings=warnings_of(entries, joint),
        sections=tuple(sections),
        headings=headings_of(joint),
        rows=rows_of(entries, joint, ["" if figure is None else figure.anchor for figure in drawn]),
        figures=[figure for figure in drawn if figure is not None],
        colours=[(origin, colour) for origin, colour in ORIGIN_COLOURS.items() if origin in origins],
        method=method_of(provenance, joint),
        definitions=definitions_of(joint),
        signature=f"Made with {signature} on {provenance.date.isoformat()}.",
    )


def _group(entries: Sequence[ImageEntry], summary: Summary, bins: int | None, *, alone: bool) -> Group:
    diameter = next(quantity for quantity in QUANTITIES if quantity.name == "diameter")
    values = pooled_diameters(entries, summary)
    unit, spread = units_of(summary, "diameter"), summary.spreads["diameter"]
    svg, bars = histogram_with_bars(values, diameter, unit, bins=bins, spread=spread)
    chart = Chart(svg, f"Histogram of the diameters of {counted(len(values), 'particle')}", unit, bars)
    heading = "" if alone else kind_words(summary).capitalize()
    return Group(heading, tiles_of(summary), chart, figures_of(summary), remarks_of(summary))
