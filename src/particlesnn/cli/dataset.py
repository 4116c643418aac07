"""``particlesnn dataset``: scans and contours become a set to train and test on."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from particlesnn.cli.columns import aligned
from particlesnn.core import AnnotationError
from particlesnn.files.dataset import DataSet, Finding, gather, is_dataset, parted, write_dataset

_NOTES_OF_A_KIND = 3


@click.command("dataset")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="DIR", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--test", multiple=True, metavar="NAME", help="A scan that tests; may be given several times.")
@click.option(
    "--test-share",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    metavar="SHARE",
    help="Share of the scans that tests, 0 to 1, chosen by their names.",
)
@click.option("--half-turn", is_flag=True, help="Contours were drawn on pictures turned by 180 degrees.")
@click.option("--leave-out", is_flag=True, help="Leave out what is faulty instead of stopping.")
@click.option("--check", is_flag=True, help="Only check; write nothing.")
@click.option("--overwrite", is_flag=True, help="Replace the data set that stands in DIR.")
def command(
    folder: Path,
    output: Path | None,
    test: tuple[str, ...],
    test_share: float,
    half_turn: bool,
    leave_out: bool,
    check: bool,
    overwrite: bool,
) -> int:
    """Make a COCO set of the scans and contours in FOLDER, to train and test on.

    Contours are JSON files of LabelMe or COCO beside the scans, or in folders within FOLDER: each such folder is a set
    of its name, such as rough and precise; scans of the folder called test never train. All is checked first, and
    nothing is written where a contour is faulty, unless --leave-out says so.
    """
    if (output is None) == (not check):
        raise click.UsageError("give -o DIR to write a data set, or --check to write nothing")
    if is_dataset(folder):
        raise AnnotationError(f"{folder} is a data set already; give the folder that it was made from")
    entries, found = gather(folder, half_turn=half_turn)
    data, more = parted(entries, test, test_share)
    findings = [*found, *more]
    _say(findings, everything=check)
    faults = sum(finding.fault for finding in findings)
    if not data.entries:
        raise AnnotationError(f"{folder} holds no labelled scan that can be used")
    click.echo(_overview(data))
    click.echo(_verdict(findings, faults))
    if output is None:
        return int(faults > 0)
    if faults and not leave_out:
        raise AnnotationError("nothing was written; correct the contours, or give --leave-out to go without them")
    write_dataset(output, data, findings, overwrite=overwrite)
    click.echo(f"Data set: {output / 'dataset.json'} and the files beside it.")
    return 0


def _say(findings: Sequence[Finding], *, everything: bool) -> None:
    """Print the faults, and of each kind of note the first few; the others stand in checks.csv."""
    said: Counter[str] = Counter()
    for finding in findings:
        said[finding.kind] += 1
        if finding.fault or everything or said[finding.kind] <= _NOTES_OF_A_KIND:
            click.echo(f"particlesnn: {finding.message}", err=True)
        elif said[finding.kind] == _NOTES_OF_A_KIND + 1:
            click.echo(f"particlesnn: more such notes ({finding.kind}) stand in checks.csv", err=True)


def _overview(data: DataSet) -> str:
    lines = [["set", "part", "scans", "particles"]]
    for name in data.set_names:
        for part in ("train", "test"):
            chosen = data.chosen(name, part)
            if chosen:
                particles = sum(len(entry.particles) for entry in chosen)
                lines.append([name or "contours", part, str(len(chosen)), str(particles)])
    return aligned(lines)


def _verdict(findings: Sequence[Finding], faults: int) -> str:
    notes = len(findings) - faults
    return f"Checked: {faults} {'fault' if faults == 1 else 'faults'}, {notes} {'note' if notes == 1 else 'notes'}."
