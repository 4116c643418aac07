"""``particlesnn measure``: contours are given, only measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click

from particlesnn.cli.batch import Analysed, Job, Worker, jobs_for, run_batch
from particlesnn.cli.options import analysis_options, settings_from
from particlesnn.cli.records import write_single
from particlesnn.cli.results import Run, claim, write_joint
from particlesnn.cli.tell import tell
from particlesnn.core import AnnotationError, ParticleMap
from particlesnn.files import read_annotations
from particlesnn.pipeline import AnalysisSettings, analyse_particles, load_scan

_ANY_SHAPE_PX = (2**24, 2**24)


@dataclass(frozen=True)
class _Start:
    """Measures scan by scan with the contours that belong to each."""

    folder: Path
    contours: Path
    settings: AnalysisSettings
    scans: int

    def __call__(self) -> Worker:
        read = cache(read_annotations)  # a file of many images is read once, not once for each of them

        def work(job: Job) -> Analysed:
            scan = load_scan(job.scan, self.settings)
            file = _labelme_in(self.contours, job) if self.contours.is_dir() else self.contours
            maps = read(file, shape_px=scan.shape_px)
            alone = len(maps) == 1 and (self.scans == 1 or self.contours.is_dir())
            particles = maps[0] if alone else _belonging(maps, job, self.contours)
            return write_single(self.folder, job, analyse_particles(scan, particles, self.settings))

        return work


def _labelme_in(folder: Path, job: Job) -> Path:
    for name in (f"{job.stem}.labelme.json", f"{job.stem}.json"):
        if (folder / name).is_file():
            return folder / name
    raise AnnotationError(f"{folder} holds no {job.stem}.labelme.json; contours and scans are paired by name")


def _belonging(maps: Sequence[ParticleMap], job: Job, contours: Path) -> ParticleMap:
    stem = Path(job.scan).stem
    named = [particles for particles in maps if particles.source in (job.name, job.scan)]
    named = named or [particles for particles in maps if Path(particles.source).stem == stem]
    if len(named) != 1:
        raise AnnotationError(
            f"{contours} holds {len(named) or 'no'} images named {stem!r}; contours and scans are paired by name"
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
    paired with the scans by name. Or it is a folder with a LabelMe file for each scan, such as the results of `detect`
    with corrected contours.
    """
    settings = settings_from(options)
    todo = jobs_for(scans)
    if output.resolve() in (contours.resolve(), *contours.resolve().parents):
        raise click.UsageError(f"{contours} lies in the folder that is written, and might be lost; give another DIR")
    if not contours.is_dir():
        # A broken file is said before anything is written; the size of the scan does not matter for that.
        read_annotations(contours, shape_px=_ANY_SHAPE_PX)
    run = Run(settings, None)
    claim(output, run, overwrite=overwrite, resume=False)
    start = _Start(output, contours, settings, len(scans))
    debug = bool(context.find_root().params.get("debug"))
    outcomes = run_batch(todo, start, 1, debug=debug)
    return tell(output, outcomes, write_joint(output, outcomes, run))
