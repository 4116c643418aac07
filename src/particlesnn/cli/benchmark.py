"""``particlesnn benchmark``: published figures, measured again."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

import particlesnn
from particlesnn.cli.batch import jobs_for
from particlesnn.cli.pairing import check_contours
from particlesnn.cli.paper import TABLES, Candidate, as_text, figure_names, open_scans, try_candidate, write_tables
from particlesnn.cli.results import Run, claim
from particlesnn.core import AnnotationError, ParticlesNNError
from particlesnn.evaluation.paper_sizes import table_4, table_5
from particlesnn.evaluation.paper_tables import (
    TriedModel,
    TruthScan,
    data_table,
    table_1,
    table_2,
    table_3,
)
from particlesnn.evaluation.published import IMAGES, MAX_DETS
from particlesnn.files.dataset import DataSet, LabelledScan, gather, is_dataset, parted, read_dataset
from particlesnn.pipeline import AnalysisSettings
from particlesnn.recognition import Recognizer
from particlesnn.refinement import REFINEMENTS, Refinement

_NAME = re.compile(r"[\w.+-]+")
_DEFAULT_FOLDER = Path("paper-results")


@click.group("benchmark")
def command() -> None:
    """Measure published figures again, on your data and with your networks."""


@command.command("paper")
@click.option(
    "--data",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A data set, or its sources.",
)
@click.option(
    "--model", "models", multiple=True, metavar="NAME=FILE", help="A network to try; may be given several times."
)
@click.option(
    "--found",
    multiple=True,
    metavar="NAME=CONTOURS",
    help="What a network found elsewhere; may be given several times.",
)
@click.option("--truth", metavar="SET", help="Contour set that is the truth; test, else precise, by default.")
@click.option("--image", multiple=True, metavar="N=SCAN", help="This scan is image N of the paper.")
@click.option(
    "--refine",
    type=click.Choice(REFINEMENTS),
    default="gaussian-single",
    show_default=True,
    help="How the fitted contours are fitted: as in the paper, or all of a scan at once.",
)
@click.option(
    "--pixel-size", type=float, metavar="NM", help="Side of a pixel in nm, if the scans have none or a wrong one."
)
@click.option(
    "-o",
    "--output",
    default=_DEFAULT_FOLDER,
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder to write.",
)
@click.option("--overwrite", is_flag=True, help="Replace the results that stand in DIR.")
@click.pass_context
def paper(
    context: click.Context,
    /,
    folder: Path,
    models: tuple[str, ...],
    found: tuple[str, ...],
    truth: str | None,
    image: tuple[str, ...],
    refine: Refinement,
    pixel_size: float | None,
    output: Path,
    overwrite: bool,
) -> int:
    """Repeat tables 1 to 5 of Okunev et al. 2020, beside the figures of the paper.

    The test scans of the data are given to each network; without --model, to the shipped one. A network of the paper's
    table 1 is called by its row, such as x101-3x-precise. Tables are printed, and written with their figures into DIR.
    """
    try:
        settings = AnalysisSettings(pixel_size_nm=pixel_size)
    except ParticlesNNError as error:
        raise click.UsageError(str(error)) from error
    candidates = _candidates(models, found)
    data, remark = _data_in(folder)
    truths = data.truth(truth)
    numbers = _numbers(image, truths)
    jobs = jobs_for([str(entry.scan) for entry in truths])
    cards = [_checked(candidate) for candidate in candidates]
    pictures = [name for candidate in candidates for job in jobs for name in figure_names(job, candidate)]
    files = (*(f"{table}.csv" for table in TABLES), "tables.md", *pictures)
    claim(output, Run(settings, None, card="".join(cards), files=files), overwrite=overwrite, resume=False)
    debug = bool(context.find_root().params.get("debug"))
    known, failed = open_scans(jobs, truths, numbers, settings, debug=debug)
    readable = [job for job in jobs if job.stem in known]
    tried = [
        try_candidate(output, candidate, readable, known, settings, refine, debug=debug) for candidate in candidates
    ]
    scans = [known[job.stem][0] for job in readable]
    tables = [
        data_table(_counts(data)),
        *(make(scans, tried) for make in (table_1, table_2, table_3, table_4, table_5)),
    ]
    more = [remark, *_identified(scans, numbers), *_uncounted(scans, tried), *_said(failed, tried)]
    notes = _notes(truths, more, refine)
    click.echo("\n\n".join([*map(as_text, tables), "\n".join(notes)]))
    write_tables(output, tables, notes)
    click.echo(f"Results: {output / 'tables.md'} and the files beside it.")
    return int(bool(failed) or any(model.failed for model in tried))


def _candidates(models: Sequence[str], found: Sequence[str]) -> list[Candidate]:
    """Read what is to be tried; a model without a name is called by its file."""
    candidates = []
    for text in models or (() if found else (AnalysisSettings.model,)):
        name, sign, model = text.partition("=")
        candidates.append(Candidate(name, model=model) if sign else Candidate(Path(text).stem, model=text))
    for text in found:
        name, sign, contours = text.partition("=")
        if not sign:
            raise click.UsageError(f"--found {text}: say whose contours they are by NAME=CONTOURS")
        candidates.append(Candidate(name, found=Path(contours)))
    names = [candidate.name for candidate in candidates]
    for name in names:
        if not _NAME.fullmatch(name):
            raise click.UsageError(f"{name!r} is no name for a network; use letters, digits, points and hyphens")
        if names.count(name) > 1:
            raise click.UsageError(f"two networks are called {name!r}; give each a name of its own by NAME=FILE")
    return candidates


def _checked(candidate: Candidate) -> str:
    """See to it that a wrong file is said before anything is written; return the card of a network."""
    if candidate.found is not None:
        check_contours(candidate.found)
        return ""
    return Recognizer.load(candidate.model, threads=1).card.to_json()


def _data_in(folder: Path) -> tuple[DataSet, str]:
    """Read a data set, or what one is made from: without a folder "test", all its scans then test."""
    if is_dataset(folder):
        return read_dataset(folder), ""
    entries, findings = gather(folder)
    faults = [finding for finding in findings if finding.fault]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise AnnotationError(
            f"{faults[0].message.rstrip('.')}{more}; 'particlesnn dataset {folder} --check' tells all"
        )
    data, _ = parted(entries)
    if any(entry.part == "test" for entry in data.entries):
        return data, ""
    data, _ = parted(entries, [entry.name for entry in entries])
    return (
        data,
        "The data name no test scans, so all of them test; figures of a network that they trained mean nothing.",
    )


def _numbers(image: Sequence[str], truths: Sequence[LabelledScan]) -> dict[str, int]:
    """Read which scan is which image of the paper."""
    names, known = {entry.name for entry in truths}, {str(each.number): each.number for each in IMAGES}
    numbers: dict[str, int] = {}
    for text in image:
        number, _, name = text.partition("=")
        if number not in known:
            raise click.UsageError(f"--image {text}: the paper's images are {', '.join(known)}; write 1=SCAN")
        if name not in names:
            raise click.UsageError(
                f"--image {text}: no test scan is called {name!r}; there are {', '.join(sorted(names))}"
            )
        if known[number] in numbers.values():
            raise click.UsageError(f"--image {text}: another scan is image {number} already")
        numbers[name] = known[number]
    return numbers


def _counts(data: DataSet) -> dict[tuple[str, str], tuple[int, int]]:
    counts = {}
    for name in data.set_names:
        for part in ("train", "test"):
            chosen = data.chosen(name, part)
            if chosen:
                counts[name, part] = (len(chosen), sum(len(entry.particles) for entry in chosen))
    return counts


def _identified(scans: Sequence[TruthScan], numbers: Mapping[str, int]) -> list[str]:
    """Say which scans are taken for images of the paper, and why."""
    return [
        f"{scan.name} is taken for image {scan.number} of the paper, "
        f"{'as you said' if scan.number in numbers.values() else f'by its {len(scan.truth)} true particles'}."
        for scan in scans
        if scan.number is not None
    ]


def _uncounted(scans: Sequence[TruthScan], tried: Sequence[TriedModel]) -> list[str]:
    """Say it where a small mAP comes of the paper's limit and not of the network."""
    found = [len(each.predicted) for model in tried for each in model.found.values()]
    most = max([len(scan.truth) for scan in scans] + found, default=0)
    if most <= MAX_DETS:
        return []
    return [f"A scan has {most} particles, but mAP counts the {MAX_DETS} surest of each, as in the paper."]


def _said(failed: Mapping[str, str], tried: Sequence[TriedModel]) -> list[str]:
    reasons = {name: reason for model in tried for name, reason in model.failed.items()}
    return [f"Failed: {reason}." for reason in dict.fromkeys([*failed.values(), *reasons.values()])]


def _notes(truths: Sequence[LabelledScan], more: Sequence[str], refine: Refinement) -> list[str]:
    """Say what the figures mean, and what could not be had."""
    lines = [
        f"Made by particlesnn {particlesnn.__version__}. Truth: the contours of the set "
        f"{truths[0].set_name or 'contours'!r}. Fitted contours: {refine}.",
        "Counting rule of the paper (centre inside the contour); recall is its accuracy. mAP is COCO's, of the boxes, "
        f"{MAX_DETS} particles an image. Flooding is run at Otsu's level; the authors set it by hand.",
        "The paper's figures are of its own three images: compare them with those of other scans with care.",
        "Not repeated: the 39 profiles measured by hand (6.1 nm against 5.8 nm from contours), which need a person.",
    ]
    return [*lines, *filter(None, more)]
