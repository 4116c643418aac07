"""``particlesnn measure``: contours are given, only measure."""

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import click

from particlesnn.cli.batch import Analysed, Job, Worker, jobs_for, run_batch
from particlesnn.cli.extras import also_option, check_extras, extra_files
from particlesnn.cli.options import analysis_options, settings_from
from particlesnn.cli.pairing import check_contours, paired
from particlesnn.cli.records import overlay_drawn, write_single
from particlesnn.cli.results import Run, claim, write_joint
from particlesnn.cli.tell import tell
from particlesnn.pipeline import AnalysisSettings, analyse_particles, load_scan, of_wanted_size


@dataclass(frozen=True)
class _Start:
    """Measures scan by scan with the contours that belong to each."""

    folder: Path
    contours: Path
    settings: AnalysisSettings
    scans: int
    drawing: Executor

    def __call__(self) -> Worker:
        contours_of = paired(self.contours, self.scans)

        def work(job: Job) -> Analysed:
            scan = load_scan(job.scan, self.settings)
            particles = contours_of(job, scan.shape_px)
            shown = of_wanted_size(scan, particles, self.settings)
            with overlay_drawn(self.folder, job, scan, shown, self.drawing):
                analysis = analyse_particles(scan, particles, self.settings)
            return write_single(self.folder, job, analysis, self.drawing)

        return work


@click.command("measure")
@click.argument("contours", metavar="CONTOURS", type=click.Path(path_type=Path))
@click.argument("scans", nargs=-1, required=True, metavar="SCAN...")
@click.option("-o", "--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@analysis_options
@also_option
@click.option("--overwrite", is_flag=True, help="Replace the results that stand in DIR.")
@click.pass_context
def command(
    context: click.Context,
    /,
    contours: Path,
    scans: tuple[str, ...],
    output: Path,
    also: tuple[str, ...],
    overwrite: bool,
    **options: object,
) -> int:
    """Measure the particles whose CONTOURS are given, on their SCANs.

    CONTOURS is a file of LabelMe, COCO, VGG Image Annotator or ImageJ, or a picture of labels. Several images in it are
    paired with the scans by name. Or it is a folder with a LabelMe file for each scan, such as the results of `detect`
    with corrected contours, or with an annotations.coco.json.
    """
    drawing: Executor = context.obj
    settings = settings_from(options)
    todo = jobs_for(scans)
    if output.resolve() in (contours.resolve(), *contours.resolve().parents):
        raise click.UsageError(f"{contours} lies in the folder that is written, and might be lost; give another DIR")
    check_contours(contours)
    check_extras(also)
    run = Run(settings, None, files=extra_files(also, todo), also=also)
    claim(output, run, overwrite=overwrite, resume=False)
    start = _Start(output, contours, settings, len(scans), drawing)
    debug = bool(context.find_root().params.get("debug"))
    outcomes = run_batch(todo, start, 1, debug=debug)
    return tell(output, outcomes, write_joint(output, todo, outcomes, run, drawing))
