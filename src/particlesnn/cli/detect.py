"""``particlesnn detect``: the main job."""

import os
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import click

from particlesnn.cli.batch import Worker, jobs_for, run_batch
from particlesnn.cli.drawing import drawing_thread
from particlesnn.cli.options import also_option, analysis_options, settings_from
from particlesnn.cli.tell import tell, warn
from particlesnn.pipeline import (
    REFINEMENT_CHOICES,
    AnalysisSettings,
    analyse_particles,
    find_particles,
    load_scan,
    of_wanted_size,
)
from particlesnn.recognition import ENGINES, Engine, OperatingPoint, Recognizer
from particlesnn.results import (
    Analysed,
    Job,
    Run,
    check_extras,
    claim,
    extra_files,
    finished_before,
    overlay_drawn,
    write_joint,
    write_single,
)


@dataclass(frozen=True)
class _Start:
    """Loads the network once in each process, then does scan by scan."""

    folder: Path
    settings: AnalysisSettings
    threads: int | None
    resume: bool
    recognizer: Recognizer | None = None
    """The network, where it is loaded already; None for another process, which loads its own."""
    drawing: Executor | None = None
    """Who draws; None for another process, which draws by itself."""

    def __call__(self) -> Worker:
        recognizer = self.recognizer or Recognizer.load(
            self.settings.model, threads=self.threads, engine=self.settings.engine
        )
        drawing = self.drawing or drawing_thread()

        def work(job: Job) -> Analysed:
            before = finished_before(self.folder, job) if self.resume else None
            if before and before.measurements:
                return before.particles, before.measurements
            scan = load_scan(job.scan, self.settings)
            particles = before.particles if before else find_particles(scan, recognizer, self.settings)
            shown = of_wanted_size(scan, particles, self.settings)
            with overlay_drawn(self.folder, job, scan, shown, drawing):
                analysis = analyse_particles(scan, particles, self.settings, recognizer.card.digest)
            return write_single(self.folder, job, analysis, drawing)

        return work


@click.command("detect")
@click.argument("scans", nargs=-1, required=True, metavar="SCAN...")
@click.option("-o", "--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--model", default=AnalysisSettings.model, show_default=True, help="Shipped model, or an ONNX file.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=AnalysisSettings.engine,
    show_default=True,
    help="What computes the network; as its weights ask for when auto.",
)
@click.option(
    "--refine",
    type=click.Choice(REFINEMENT_CHOICES),
    default=AnalysisSettings.refine,
    show_default=True,
    help="Refine contours by bumps fitted to the heights: jointly, or one by one as in the paper.",
)
@click.option("--keep-twins", is_flag=True, help="Count again what a double tip shows a second time.")
@click.option("--keep-atoms", is_flag=True, help="Count the atoms of a surface too, where a scan shows these alone.")
@analysis_options
@also_option
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes side by side.")
@click.option("--cluster", metavar="ADDRESS", help="Not in this version.")
@click.option("--resume", is_flag=True, help="Go on where a broken-off run stopped.")
@click.option("--overwrite", is_flag=True, help="Replace the results that stand in DIR.")
@click.pass_context
def command(
    context: click.Context,
    /,
    scans: tuple[str, ...],
    output: Path,
    model: str,
    engine: Engine,
    refine: str,
    keep_atoms: bool,
    keep_twins: bool,
    also: tuple[str, ...],
    jobs: int,
    cluster: str | None,
    resume: bool,
    overwrite: bool,
    **options: object,
) -> int:
    """Find and measure the particles of SCANs.

    Writes particles.csv, images.csv, summary.json, annotations.coco.json, histogram.png and report.html, and for each
    scan its overlay and its contours for LabelMe.
    """
    if cluster:
        raise click.UsageError("this version cannot use a cluster yet; use --jobs on this machine")
    if resume and overwrite:
        raise click.UsageError("--resume keeps the results that stand in DIR and --overwrite removes them; give one")
    kept = {"keep_atoms": keep_atoms, "keep_twins": keep_twins}
    settings = settings_from(options, model=model, engine=engine, refine=refine, **kept)
    todo = jobs_for(scans)
    processes = min(jobs, len(todo))
    threads = max(1, (os.cpu_count() or 1) // processes) if processes > 1 else None
    recognizer = Recognizer.load(
        model, threads=threads, engine=engine
    )  # a wrong model is said before anything is written
    card = recognizer.card
    check_extras(also)
    run = Run(
        settings, card.name, f"{_in_words(card.operating_point)}; {recognizer.engine}",
        card.to_json(), extra_files(also, todo), also,
        engine=recognizer.engine,
    )  # fmt: skip
    claim(output, run, overwrite=overwrite, resume=resume)
    drawing: Executor = context.obj
    start = _Start(output, settings, threads, resume)
    if processes == 1:
        start = replace(start, recognizer=recognizer, drawing=drawing)
    debug = bool(context.find_root().params.get("debug"))
    outcomes = run_batch(todo, start, processes, debug=debug)
    joint = write_joint(output, todo, outcomes, run, drawing, warn)
    return tell(output, outcomes, joint)


def _in_words(point: OperatingPoint) -> str:
    return f"score at least {point.score:.2f}"
