"""The report: one HTML file that holds all it shows, to be read, printed and mailed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from particlesnn.core import QUANTITIES, OutputError, ParticleMap
from particlesnn.core.writing import write_whole
from particlesnn.report.charts import render_histogram
from particlesnn.report.distribution import Figure, figures_of, remarks_of
from particlesnn.report.embedding import data_uri, small_jpeg
from particlesnn.report.entry import ImageEntry, Provenance
from particlesnn.report.method import Paragraph, method_of
from particlesnn.report.pictures import ORIGIN_COLOURS, render_overlay
from particlesnn.report.uncertainty import BudgetTable, budget_table
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
from particlesnn.statistics import Budget, Summary

_PICTURE_BYTES = 10_000_000
"""For all overlays together; base64 makes a third more of it."""


@dataclass(frozen=True)
class Embedded:
    """A picture inside the page."""

    uri: str
    alt: str
    anchor: str = ""
    name: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Group:
    """Headline numbers and chart of scans of one kind."""

    heading: str
    tiles: list[Tile]
    chart: Embedded
    figures: list[Figure]
    remarks: list[tuple[str, str]]
    uncertainty: BudgetTable | None = None


@dataclass(frozen=True)
class Page:
    """All that the template prints."""

    title: str
    byline: str
    groups: list[Group]
    warnings: list[str]
    headings: list[str]
    rows: list[Row]
    pictures: list[Embedded]
    colours: list[tuple[str, str]]
    method: list[Paragraph]
    definitions: list[Definition]
    signature: str


def write_report(
    path: Path,
    entries: Sequence[ImageEntry],
    joint: Sequence[Summary],
    provenance: Provenance,
    *,
    title: str = "Particle size report",
    bins: int | None = None,
    budgets: Sequence[Mapping[str, Budget]] = (),
) -> None:
    """Write one self-contained HTML file: no script, nothing fetched from elsewhere.

    Parameters
    ----------
    path
        The HTML file; an older one is replaced.
    entries
        The images in the order of the table. Failed and empty ones keep their row; overlays are made smaller the more
        of them there are, so that fifty make under 15 MB.
    joint
        Joint statistics as `particlesnn.statistics.summarise_jointly` gives them; empty when nothing was measured.
    provenance
        Version, weights and settings.
    title
        The headline.
    bins
        Number of bins of the histogram; a round width when None.
    budgets
        The budgets of uncertainty that belong to each of ``joint``; none are shown when empty.

    Raises
    ------
    OutputError
        When the file cannot be written, or an overlay cannot be read.
    """
    page = _page(entries, joint, provenance, title, bins)
    page = replace(page, groups=_with_budgets(page.groups, budgets))
    environment = Environment(
        loader=PackageLoader("particlesnn.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    write_whole(path, environment.get_template("report.html.j2").render(page=page).encode("utf-8"))


def _page(
    entries: Sequence[ImageEntry], joint: Sequence[Summary], provenance: Provenance, title: str, bins: int | None
) -> Page:
    pictures = _pictures(entries)
    shown = {picture.anchor for picture in pictures}
    anchors = [anchor if (anchor := _anchor(i)) in shown else "" for i in range(len(entries))]
    origins = {p.origin for entry in entries if entry.particles for p in entry.particles.particles}
    signature = f"ParticlesNN {provenance.version}"
    byline = [f"{provenance.date:%d %B %Y}".lstrip("0"), signature, counted(len(entries), "image")]
    if provenance.weights is not None:
        byline.append(f"weights {provenance.weights}")
    if provenance.operating_point:
        byline.append(provenance.operating_point)
    return Page(
        title=title,
        byline=" · ".join(byline),
        groups=[_group(entries, summary, bins, alone=len(joint) == 1) for summary in joint],
        warnings=warnings_of(entries, joint),
        headings=headings_of(joint),
        rows=rows_of(entries, joint, anchors),
        pictures=pictures,
        colours=[(origin, colour) for origin, colour in ORIGIN_COLOURS.items() if origin in origins],
        method=method_of(provenance, joint),
        definitions=definitions_of(joint),
        signature=f"Made with {signature} on {provenance.date.isoformat()}.",
    )


def _group(entries: Sequence[ImageEntry], summary: Summary, bins: int | None, *, alone: bool) -> Group:
    diameter = next(quantity for quantity in QUANTITIES if quantity.name == "diameter")
    values = pooled_diameters(entries, summary)
    content = render_histogram(
        values, diameter, units_of(summary, "diameter"), "svg", bins=bins, spread=summary.spreads["diameter"]
    )
    chart = Embedded(
        data_uri(content, "image/svg+xml"), f"Histogram of the diameters of {counted(len(values), 'particle')}"
    )
    heading = "" if alone else kind_words(summary).capitalize()
    return Group(heading, tiles_of(summary), chart, figures_of(summary), remarks_of(summary))


def _with_budgets(groups: list[Group], budgets: Sequence[Mapping[str, Budget]]) -> list[Group]:
    tables = [budget_table(own) for own in budgets] or [None] * len(groups)
    return [replace(group, uncertainty=table) for group, table in zip(groups, tables, strict=True)]


def _pictures(entries: Sequence[ImageEntry]) -> list[Embedded]:
    share = _PICTURE_BYTES // max(1, len(entries))
    pictures = []
    for number, entry in enumerate(entries):
        pixels = _overlay(entry)
        if pixels is None:
            continue
        found = len(entry.particles) if entry.particles else len(entry.measurements) if entry.measurements else 0
        caption = entry.error or counted(found, "particle")
        uri = data_uri(small_jpeg(pixels, share), "image/jpeg")
        pictures.append(Embedded(uri, f"Overlay of {entry.name}", _anchor(number), entry.name, caption))
    return pictures


def _overlay(entry: ImageEntry) -> NDArray[np.uint8] | None:
    """Shape (H, W, 3); None where there is nothing to show."""
    if entry.overlay_png is not None:
        source = BytesIO(entry.overlay_png) if isinstance(entry.overlay_png, bytes) else entry.overlay_png
        try:
            with Image.open(source) as picture:
                return np.asarray(picture.convert("RGB"))
        except OSError as error:
            raise OutputError(
                f"The overlay of {entry.name} cannot be read; draw it again before the report."
            ) from error
    if entry.scan is None:
        return None
    return render_overlay(entry.scan, entry.particles or ParticleMap(entry.scan.shape_px))


def _anchor(number: int) -> str:
    return f"image-{number + 1}"
