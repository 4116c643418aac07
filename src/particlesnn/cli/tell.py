"""The last words of a batch."""

from collections.abc import Sequence
from pathlib import Path

import click

from particlesnn.results import Outcome
from particlesnn.statistics import Summary

_UNLIKE = 1e5
"""No instrument's scans differ so much in width."""


def tell(folder: Path, outcomes: Sequence[Outcome], joint: Sequence[Summary]) -> int:
    """Print what was found in a few lines and return the exit code: 0 all well, 1 some scans failed."""
    for summary in joint:
        unit, diameter = ("nm" if summary.scaled else "px"), summary.spreads["diameter"]
        size = "" if diameter.mean is None else f", mean diameter {diameter.mean:.4g} {unit}"
        if diameter.standard_error is not None:
            size = f", mean diameter {diameter.mean:.4g} ± {diameter.standard_error:.2g} {unit} (standard error)"
        cover = "" if summary.coverage is None else f", {100 * summary.coverage:.3g} % covered"
        particles = "1 particle" if summary.count == 1 else f"{summary.count} particles"
        click.echo(f"{particles} on {_scans(summary.images)}{size}{cover}")
    blunt = sum(bool(each.analysed and each.analysed[1].tip and each.analysed[1].tip.refusal) for each in outcomes)
    if blunt:
        click.echo(f"The tip could not be taken off on {_scans(blunt)}; column tip_refusal of images.csv says why.")
    atomic = sum(bool(each.analysed and each.analysed[0].atoms) for each in outcomes)
    if atomic:
        click.echo(
            f"What was found on {_scans(atomic)} was taken for the atoms of a surface and left out; the report says "
            "why, and --keep-atoms counts them."
        )
    twins = [each.analysed[0].twins for each in outcomes if each.analysed and each.analysed[0].twins]
    if twins:
        click.echo(
            f"{sum(twins)} of what was found on {_scans(len(twins))} was taken for particles that a double tip shows a "
            "second time and left out; --keep-twins counts them."
        )
    widths = [max(each.analysed[1].size_scan) for each in outcomes if each.analysed and each.analysed[1].scaled]
    if widths and max(widths) > _UNLIKE * min(widths):
        warn(
            f"the widest scan is {max(widths) / min(widths):.1g} times as wide as the narrowest, and all are taken "
            "together; is the unit of a file wrong?"
        )
    failed = sum(outcome.error is not None for outcome in outcomes)
    click.echo(f"Results: {folder / 'report.html'} and the files beside it.")
    if failed:
        click.echo(f"particlesnn: {failed} of {_scans(len(outcomes))} failed; see {folder / 'images.csv'}", err=True)
    return int(failed > 0)


def _scans(number: int) -> str:
    return f"{number} scan" if number == 1 else f"{number} scans"


def warn(sentence: str) -> None:
    """Print what the user must know beside the results."""
    click.echo(f"particlesnn: {sentence}", err=True)
