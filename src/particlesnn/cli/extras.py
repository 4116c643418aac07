"""Further files of a folder of results, written when ``--also`` asks for them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

import click

from particlesnn.cli.batch import Job
from particlesnn.core import QUANTITIES, TIP_QUANTITIES, ParticleMap
from particlesnn.files import (
    AnnotationKind,
    Table,
    check_parquet,
    write_annotations,
    write_csv,
    write_parquet,
    write_xlsx,
)
from particlesnn.pipeline import AnalysisSettings, load_scan
from particlesnn.report.late import draw_overlay_svg

_OF_ALL = {
    "comma": "particles-comma.csv",
    "xlsx": "particles.xlsx",
    "parquet": "particles.parquet",
    "pdf": "report.pdf",
}
_OF_EACH = {"imagej": ".rois.zip", "labels": ".labels.tif", "via": ".via.json", "svg": ".overlay.svg"}
_CONTOURS: tuple[AnnotationKind, ...] = ("imagej", "labels", "via")

also_option = click.option(
    "--also",
    type=click.Choice([*_OF_ALL, *_OF_EACH]),
    multiple=True,
    help="Write more: a table with decimal commas, a workbook, Parquet, the report as PDF; for each scan ImageJ ROIs, "
    "a label picture, contours for VIA, the overlay as SVG. May be given several times.",
)


@dataclass(frozen=True)
class Told:
    """What the tables of a run say."""

    particles: Table
    """A row a particle."""
    images: Table
    """A row an image."""
    summary: Mapping[str, object]
    """The content of summary.json."""


def check_extras(also: Sequence[str]) -> None:
    """See to it, before any work, that all can be written.

    Raises
    ------
    OutputError
        When a library is missing.
    """
    if "parquet" in also:
        check_parquet()
    if "pdf" in also:
        from particlesnn.report import check_pdf  # late, see `particlesnn.cli.detect`

        check_pdf()


def extra_files(also: Sequence[str], jobs: Sequence[Job]) -> tuple[str, ...]:
    """Name the files that `write_extras` writes."""
    single = [f"{job.stem}{_OF_EACH[form]}" for form in also if form in _OF_EACH for job in jobs]
    return (*(_OF_ALL[form] for form in dict.fromkeys(also) if form in _OF_ALL), *dict.fromkeys(single))


def write_extras(
    folder: Path,
    also: Sequence[str],
    told: Told,
    done: Sequence[tuple[Job, ParticleMap]],
    settings: AnalysisSettings,
    drawing: Executor,
) -> list[Future[None]]:
    """Write the tables of all scans, and what is asked for of each scan that was done; return what is being drawn."""
    drawn = []
    if "comma" in also:
        write_csv(folder / _OF_ALL["comma"], told.particles, decimal_comma=True)
    if "xlsx" in also:
        write_xlsx(folder / _OF_ALL["xlsx"], _sheets(told))
    if "parquet" in also:
        notes = {name: str(value) for name, value in _lines(told.summary.get("reproduce"))}
        write_parquet(folder / _OF_ALL["parquet"], told.particles, notes)
    for job, particles in done:
        for kind in _CONTOURS:
            if kind in also:
                write_annotations(folder / f"{job.stem}{_OF_EACH[kind]}", [particles], [Path(job.scan).name], kind)
        if "svg" in also:
            svg = folder / f"{job.stem}{_OF_EACH['svg']}"
            drawn.append(drawing.submit(draw_overlay_svg, svg, load_scan(job.scan, settings), particles))
    return drawn


def _sheets(told: Told) -> dict[str, Table]:
    joint, rest = told.summary.get("joint"), {k: v for k, v in told.summary.items() if k != "joint"}
    return {
        "particles": told.particles,
        "images": told.images,
        "statistics": _two_columns("figure", joint),
        "columns": _meanings(told.particles.columns),
        "how it was made": _two_columns("setting", rest),
    }


def _two_columns(name: str, content: object) -> Table:
    return Table([name, "value"], [{name: key, "value": value} for key, value in _lines(content)])


def _lines(content: object, above: str = "") -> Iterator[tuple[str, object]]:
    """Flatten nested data: ("diameter_nm / mean", 8.4)."""
    if isinstance(content, Mapping):
        items = [(str(key), value) for key, value in content.items()]
    elif isinstance(content, list | tuple):
        ends = ("from", "to") if len(content) == 2 and all(isinstance(each, float) for each in content) else None
        items = [(ends[number] if ends else str(number + 1), value) for number, value in enumerate(content)]
    else:
        yield above, content
        return
    for key, value in items:
        yield from _lines(value, f"{above} / {key}" if above else key)


_OTHERS = {
    "image": ("", "Name of the scan.", ""),
    "particle": ("", "Number of the particle on its scan.", "as in the contour files"),
    "score": ("", "How sure the network is of the particle, 0 to 1; empty for contours drawn by hand.", "the network"),
    "origin": ("", "Who drew the contour: network, refined, human or baseline.", ""),
    "touches_border": ("", "The contour reaches the border of the scan, so the particle may be cut off.", ""),
    "touches_particle": ("", "The contour comes within 1 px of another.", ""),
    "atoms": ("", "Atoms of the particle.", "volume of its solid times atoms per volume"),
    "dispersion": ("", "Share of the atoms that are exposed, 0 to 1.", "exposed atoms / atoms"),
}
"""Columns that are no quantities: unit, meaning, how."""
_PREDICTED = "predicted_"
"""Begins the names of columns that tell of the contour as the network drew it."""


def _meanings(columns: Sequence[str]) -> Table:
    """Explain each column."""
    kinds = [(scaled, heights) for scaled in (True, False) for heights in (True, False)]
    every = (*QUANTITIES, *TIP_QUANTITIES)
    known = {q.column(scaled=s, heights=h): (q, q.unit(scaled=s, heights=h)) for q in every for s, h in kinds}
    rows: list[dict[str, object]] = []
    for column in columns:
        plain = column.removeprefix(_PREDICTED)
        if plain in known:
            quantity, unit = known[plain]
            before = "Of the contour before it was refined: " if plain != column else ""
            words = {"symbol": quantity.symbol, "meaning": before + quantity.meaning, "how": quantity.source}
            rows.append({"column": column, "unit": unit, **words})
        elif column in _OTHERS:
            unit, meaning, how = _OTHERS[column]
            rows.append({"column": column, "symbol": "", "unit": unit, "meaning": meaning, "how": how})
    return Table(["column", "symbol", "unit", "meaning", "how"], rows)
