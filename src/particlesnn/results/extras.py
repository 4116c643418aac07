"""Further files of a folder of results, written when ``--also`` asks for them."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

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
from particlesnn.results.job import Job

_OF_ALL = {
    "comma": "particles-comma.csv",
    "xlsx": "particles.xlsx",
    "parquet": "particles.parquet",
    "pdf": "report.pdf",
}
_OF_EACH = {"imagej": ".rois.zip", "labels": ".labels.tif", "via": ".via.json", "svg": ".overlay.svg"}
_CONTOURS: tuple[AnnotationKind, ...] = ("imagej", "labels", "via")

TABLES: tuple[str, ...] = ("comma", "xlsx", "parquet")
"""Forms that hold the tables of all scans."""
FORMS: tuple[str, ...] = (*_OF_ALL, *_OF_EACH)
"""What ``--also`` may ask for."""


@dataclass(frozen=True)
class Told:
    """What the tables of a run say."""

    particles: Table
    """A row a particle."""
    images: Table
    """A row an image."""
    summary: Mapping[str, object]
    """The content of summary.json."""

    @property
    def coco_info(self) -> dict[str, object]:
        """What a COCO file says of how it came about."""
        names = {"particlesnn": "version", "date": "date_created"}
        kept = ("particlesnn", "date", "weights", "settings", "reproduce")
        said = {names.get(name, name): self.summary[name] for name in kept if name in self.summary}
        return {"description": "Particles found and measured by ParticlesNN", **said}


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
    for form in TABLES:
        if form in also:
            write_table(folder / _OF_ALL[form], form, told)
    for job, particles in done:
        for kind in _CONTOURS:
            if kind in also:
                write_annotations(folder / f"{job.stem}{_OF_EACH[kind]}", [particles], [Path(job.scan).name], kind)
        if "svg" in also:
            svg = folder / f"{job.stem}{_OF_EACH['svg']}"
            drawn.append(drawing.submit(draw_overlay_svg, svg, load_scan(job.scan, settings), particles))
    return drawn


def write_table(path: Path, form: str, told: Told) -> None:
    """Write the tables of a run as "comma", "xlsx" or "parquet"."""
    if form == "comma":
        write_csv(path, told.particles, decimal_comma=True)
    elif form == "xlsx":
        write_xlsx(path, _sheets(told))
    else:
        write_parquet(path, told.particles, {name: str(value) for name, value in _lines(told.summary.get("reproduce"))})


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
