"""What `particlesnn benchmark paper` does with each scan and each network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from particlesnn.baselines import flooding
from particlesnn.cli.batch import Job, run_batch
from particlesnn.cli.columns import aligned, markdown
from particlesnn.cli.comparison import judge
from particlesnn.cli.pairing import paired
from particlesnn.core import QUANTITIES, AnnotationError, Measurements, ParticleMap, Scan
from particlesnn.core.writing import write_whole
from particlesnn.evaluation.paper_sizes import unit_of
from particlesnn.evaluation.paper_tables import FoundOnScan, PaperTable, TriedModel, TruthScan
from particlesnn.evaluation.published import image_with
from particlesnn.files import image_table, write_csv
from particlesnn.files.dataset import LabelledScan
from particlesnn.measurement import measure
from particlesnn.pipeline import AnalysisSettings, load_scan
from particlesnn.recognition import Recognizer
from particlesnn.refinement import Refinement, refine
from particlesnn.report import MethodMap, draw_comparison, draw_histograms, draw_panels

TABLES = ("data", "table1", "table2", "table3", "table4", "table5")
"""Stems of the tables' files."""
_DIAMETER = next(quantity for quantity in QUANTITIES if quantity.name == "diameter")
_WORDS = frozenset({"model", "image", "method", "unit", "backbone", "scale", "set", "part", "contours", "remark"})
"""Columns of words, which stand to the left."""


@dataclass(frozen=True)
class Candidate:
    """A network to try, or what one has found elsewhere."""

    name: str
    """As the user calls it."""
    model: str = ""
    """Shipped model or ONNX file; "" where contours are given."""
    found: Path | None = None
    """File or folder of the contours that it found."""

    def load(self, scans: int) -> Callable[[Job, Scan], ParticleMap]:
        """Return the function that finds the particles of a scan."""
        if self.found is not None:
            contours_of = paired(self.found, scans)
            return lambda job, scan: contours_of(job, scan.shape_px)
        recognizer = Recognizer.load(self.model)
        return lambda _, scan: recognizer.recognise(scan)


@dataclass(frozen=True)
class _Opening:
    """Measures the truth of each scan, and floods it."""

    truths: Mapping[str, ParticleMap]
    numbers: Mapping[str, int]
    settings: AnalysisSettings

    def __call__(self) -> Callable[[Job], tuple[TruthScan, ParticleMap]]:
        def work(job: Job) -> tuple[TruthScan, ParticleMap]:
            scan, truth = load_scan(job.scan, self.settings), self.truths[job.stem]
            if truth.shape_px != scan.shape_px:
                raise AnnotationError(f"{job.scan}: its true contours are of a picture of another size")
            flooded = flooding(scan)
            measured = {"truth": measure(scan, truth), "flooding": measure(scan, flooded)}
            number = self.numbers.get(job.stem)
            return TruthScan(job.name, number, truth, measured), flooded

        return work


@dataclass(frozen=True)
class _Trying:
    """Lets one network have its try at each scan, refines what it found, and draws it."""

    folder: Path
    candidate: Candidate
    scans: Mapping[str, tuple[TruthScan, ParticleMap]]
    settings: AnalysisSettings
    refinement: Refinement

    def __call__(self) -> Callable[[Job], FoundOnScan]:
        find = self.candidate.load(len(self.scans))

        def work(job: Job) -> FoundOnScan:
            scan, (known, flooded) = load_scan(job.scan, self.settings), self.scans[job.stem]
            predicted = find(job, scan)
            refined = refine(scan, predicted, self.refinement)
            kept = tuple(particle for particle in refined.particles if particle.origin == "refined")
            fitted = replace(refined, particles=kept)
            measured = {"predicted": measure(scan, predicted), "fitted": measure(scan, fitted)}
            found = FoundOnScan(predicted, fitted, measured)
            self._draw(job, scan, known, flooded, found)
            return found

        return work

    def _draw(self, job: Job, scan: Scan, known: TruthScan, flooded: ParticleMap, found: FoundOnScan) -> None:
        counted, fitted, contours, methods, sizes = figure_names(job, self.candidate)
        verdicts = judge(known.truth, found.predicted).verdicts
        draw_comparison(self.folder / counted, scan, known.truth, found.predicted, verdicts)
        draw_comparison(self.folder / fitted, scan, known.truth, found.predicted, verdicts, fitted=found.fitted)
        true, flat = known.measured["truth"], known.measured["flooding"]
        predicted = found.measured["predicted"]
        self._draw_sizes(contours, known, {"truth": true, "predicted": predicted, "fitted": found.measured["fitted"]})
        panels = [
            MethodMap("flooding", flooded, judge(known.truth, flooded).verdicts),
            MethodMap(self.candidate.name, found.predicted, verdicts),
        ]
        draw_panels(self.folder / methods, scan, panels, known.truth)
        self._draw_sizes(sizes, known, {"truth": true, "network": predicted, "flooding": flat})

    def _draw_sizes(self, name: str, known: TruthScan, measured: Mapping[str, Measurements]) -> None:
        values = {method: numbers.columns["diameter"] for method, numbers in measured.items()}
        draw_histograms(self.folder / name, values, _DIAMETER, unit_of(known))


def figure_names(job: Job, candidate: Candidate) -> tuple[str, str, str, str, str]:
    """Name the pictures of a network on a scan, after figures 6 to 8, 4, 9b, 10a and 10b of the paper."""
    kinds = ("counted", "fitted", "contours", "methods", "sizes")
    first, second, third, fourth, fifth = (f"{job.stem}.{candidate.name}.{kind}.png" for kind in kinds)
    return first, second, third, fourth, fifth


def open_scans(
    jobs: Sequence[Job],
    truths: Sequence[LabelledScan],
    numbers: Mapping[str, int],
    settings: AnalysisSettings,
    *,
    debug: bool,
) -> tuple[dict[str, tuple[TruthScan, ParticleMap]], dict[str, str]]:
    """Measure the truth of each scan, and flood it.

    Parameters
    ----------
    jobs, truths
        The scans, and in the same order their true contours.
    numbers
        Name of the scan to which image of the paper the user says it is; the others are known by their number of
        particles.

    Returns
    -------
    dict
        For each scan that could be read, by its stem, what is known of it, and what flooding found.
    dict
        Name of each other scan to the reason.
    """
    known = {job.stem: image_with(len(entry.particles)) for job, entry in zip(jobs, truths, strict=True)}
    taken = set(numbers.values())
    found = {stem: number for stem, number in known.items() if number is not None and number not in taken}
    given = {job.stem: numbers[entry.name] for job, entry in zip(jobs, truths, strict=True) if entry.name in numbers}
    maps = {job.stem: entry.particles for job, entry in zip(jobs, truths, strict=True)}
    outcomes = run_batch(jobs, _Opening(maps, found | given, settings), 1, debug=debug)
    done = {outcome.stem: outcome.analysed for outcome in outcomes if outcome.analysed}
    return done, {outcome.name: outcome.error for outcome in outcomes if outcome.error}


def try_candidate(
    folder: Path,
    candidate: Candidate,
    jobs: Sequence[Job],
    scans: Mapping[str, tuple[TruthScan, ParticleMap]],
    settings: AnalysisSettings,
    refinement: Refinement,
    *,
    debug: bool,
) -> TriedModel:
    """Let a network have its try at all scans; the pictures are drawn on the way."""
    outcomes = run_batch(jobs, _Trying(folder, candidate, scans, settings, refinement), 1, debug=debug)
    found = {outcome.name: outcome.analysed for outcome in outcomes if outcome.analysed}
    return TriedModel(candidate.name, found, {outcome.name: outcome.error for outcome in outcomes if outcome.error})


def written(table: PaperTable) -> list[list[str]]:
    """Write the cells of a table as words, the head first."""
    lines = [[column.heading for column in table.columns]]
    for row in table.rows:
        values = [row.get(column.name) for column in table.columns]
        lines.append(
            [
                "-" if value is None else format(value, each.form)
                for value, each in zip(values, table.columns, strict=True)
            ]
        )
    return lines


def as_text(table: PaperTable) -> str:
    """Write a table for the screen."""
    return f"{table.title}\n{aligned(written(table), _left(table))}"


def write_tables(folder: Path, tables: Sequence[PaperTable], notes: Sequence[str]) -> None:
    """Write each table as CSV, and all of them, with the notes, as Markdown."""
    for table in tables:
        names = [column.name for column in table.columns]
        write_csv(
            folder / f"{table.name}.csv", image_table([{name: row.get(name) for name in names} for row in table.rows])
        )
    parts = [f"## {table.title}\n\n{markdown(written(table), _left(table))}" for table in tables]
    text = "\n\n".join(
        ["# The tables of Okunev et al. 2020, repeated", *parts, "## Notes", "\n".join(f"- {note}" for note in notes)]
    )
    write_whole(folder / "tables.md", f"{text}\n".encode())


def _left(table: PaperTable) -> set[int]:
    return {number for number, column in enumerate(table.columns) if column.name in _WORDS}
