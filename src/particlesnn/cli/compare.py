"""``particlesnn compare``: the network against what people use today."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from particlesnn.baselines import flooding, watershed
from particlesnn.cli.batch import jobs_for, run_batch
from particlesnn.cli.comparison import FILES, Compared, comparison_table, judge, write_comparison
from particlesnn.cli.pairing import check_contours, paired
from particlesnn.core import ParticlesNNError
from particlesnn.measurement import measure
from particlesnn.pipeline import AnalysisSettings, load_scan
from particlesnn.recognition import Recognizer
from particlesnn.report import MethodMap, draw_panels
from particlesnn.results import Job, Run, claim


@dataclass(frozen=True)
class _Start:
    """Loads the network, then lets each method have its try at scan by scan."""

    folder: Path
    settings: AnalysisSettings
    truth: Path | None
    scans: int
    dark: bool

    def __call__(self) -> Callable[[Job], Compared]:
        recognizer = Recognizer.load(self.settings.model)
        contours_of = paired(self.truth, self.scans) if self.truth else None

        def work(job: Job) -> Compared:
            scan = load_scan(job.scan, self.settings)
            truth = contours_of(job, scan.shape_px) if contours_of else None
            measured = {"truth": measure(scan, truth)} if truth else {}
            maps = {
                "network": recognizer.recognise(scan),
                "flooding": flooding(scan, dark=self.dark),
                "watershed": watershed(scan, dark=self.dark),
            }
            measured |= {method: measure(scan, particles) for method, particles in maps.items()}
            judged = {method: judge(truth, particles) for method, particles in maps.items()} if truth else {}
            panels = [
                MethodMap(method, particles, judged[method].verdicts if truth else None)
                for method, particles in maps.items()
            ]
            draw_panels(self.folder / _picture(job), scan, panels, truth)
            return Compared(measured, judged)

        return work


def _picture(job: Job) -> str:
    return f"{job.stem}.compare.png"


@click.command("compare")
@click.argument("scans", nargs=-1, required=True, metavar="SCAN...")
@click.option("-o", "--output", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--model", default=AnalysisSettings.model, show_default=True, help="Shipped model, or an ONNX file.")
@click.option("--truth", metavar="CONTOURS", type=click.Path(path_type=Path), help="True contours of the scans.")
@click.option(
    "--pixel-size", type=float, metavar="NM", help="Side of a pixel in nm, if the file has none or a wrong one."
)
@click.option("--channel", metavar="NAME", help="Channel of the file; the first height channel by default.")
@click.option("--dark", is_flag=True, help="Particles are darker than the substrate; the network needs no telling.")
@click.option("--overwrite", is_flag=True, help="Replace the results that stand in DIR.")
@click.pass_context
def command(
    context: click.Context,
    /,
    scans: tuple[str, ...],
    output: Path,
    model: str,
    truth: Path | None,
    pixel_size: float | None,
    channel: str | None,
    dark: bool,
    overwrite: bool,
) -> int:
    """Compare the network with flooding (WSxM) and watershed (Gwyddion) on the same SCANs.

    Writes comparison.csv and comparison.json (table 5 of Okunev et al. 2020), comparison.png (its figure 10), and for
    each scan a picture of the maps side by side. With --truth also how many particles each method got right.
    """
    try:
        settings = AnalysisSettings(model=model, pixel_size_nm=pixel_size, channel=channel)
    except ParticlesNNError as error:
        raise click.UsageError(str(error)) from error
    card = Recognizer.load(model, threads=1).card  # a wrong model is said before anything is written
    jobs = jobs_for(scans)
    if truth:
        if output.resolve() in (truth.resolve(), *truth.resolve().parents):
            raise click.UsageError(f"{truth} lies in the folder that is written, and might be lost; give another DIR")
        check_contours(truth)
    files = (*FILES, *(_picture(job) for job in jobs))
    claim(output, Run(settings, None, card=card.to_json(), files=files), overwrite=overwrite, resume=False)
    start = _Start(output, settings, truth, len(scans), dark)
    debug = bool(context.find_root().params.get("debug"))
    outcomes = run_batch(jobs, start, 1, debug=debug)
    rows = write_comparison(output, outcomes, settings, card.name, dark=dark)
    if rows:
        click.echo(comparison_table(rows))
    click.echo(f"Results: {output / 'comparison.csv'} and the files beside it.")
    failed = sum(outcome.error is not None for outcome in outcomes)
    if failed:
        noun = "scan" if len(outcomes) == 1 else "scans"
        table = output / "comparison.csv"
        click.echo(f"particlesnn: {failed} of {len(outcomes)} {noun} failed; see {table}", err=True)
    return int(failed > 0)
