"""``particlesnn measure``: contours are given, only measure."""

from dataclasses import dataclass
from pathlib import Path

import click

from particlesnn.cli.batch import Analysed, Job, Worker, jobs_for, run_batch
from particlesnn.cli.options import analysis_options, settings_from
from particlesnn.cli.results import Run, claim, write_joint
from particlesnn.cli.tell import tell
from particlesnn.core import AnnotationError, ParticleMap
from particlesnn.files import read_annotations, write_labelme
from particlesnn.pipeline import AnalysisSettings, analyse_particles, load_scan
from particlesnn.report import draw_overlay

_ANY_SHAPE_PX = (2**24, 2**24)


@dataclass(frozen=True)
class _Start:
    """Measures scan by scan with the contours that belong to each."""

    folder: Path
    contours: Path
    settings: AnalysisSettings
    scans: int

    def __call__(self) -> Worker:
        def work(job: Job) -> Analysed:
            scan = load_scan(job.scan, self.settings)
            particles = self._belonging(job, scan.shape_px)
            analysis = analyse_particles(scan, particles, self.settings)
            draw_overlay(self.folder / f"{job.stem}.overlay.png", scan, analysis.particles)
            write_labelme(self.folder / f"{job.stem}.labelme.json", analysis.particles, Path(job.scan).name)
            return analysis.particles, analysis.measurements

        return work

    def _belonging(self, job: Job, shape_px: tuple[int, int]) -> ParticleMap:
        maps = read_annotations(self.contours, shape_px=shape_px)
        if len(maps) == 1 and self.scans == 1:
            return maps[0]
        stem = Path(job.scan).stem
        named = [particles for particles in maps if Path(particles.source).stem == stem]
        if len(named) != 1:
            raise AnnotationError(
                f"{self.contours} holds {len(named)} images named {stem!r}; contours and scans are paired by name"
            )
        return named[0]


@click.command("measure")
@click.argument("contours", metavar="CONTOURS", type=click.Path(path_type=Path))
@click.argument("scans", nargs=-1, required=True, metavar="SCAN...")
@click.option("-o", "--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@analysis_options
@click.option("--overwrite", is_flag=True, help="Replace the results that stand in DIR.")
@click.pass_context
def command(
    context: click.Context, /, contours: Path, scans: tuple[str, ...], output: Path, overwrite: bool, **options: object
) -> int:
    """Measure the particles whose CONTOURS are given, on their SCANs.

    CONTOURS is a file of LabelMe, COCO, VGG Image Annotator or ImageJ, or a picture of labels. Several images in it are
    paired with the scans by name.
    """
    settings = settings_from(options)
    # A broken file is said before anything is written; the size of the scan does not matter for that.
    read_annotations(contours, shape_px=_ANY_SHAPE_PX)
    run = Run(settings, None)
    claim(output, run, overwrite=overwrite, resume=False)
    start = _Start(output, contours, settings, len(scans))
    debug = bool(context.find_root().params.get("debug"))
    outcomes = run_batch(jobs_for(scans), start, 1, debug=debug)
    return tell(output, outcomes, write_joint(output, outcomes, run))
