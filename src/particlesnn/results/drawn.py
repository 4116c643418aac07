"""Pictures and pages of all scans together: the histogram, the report, the report on paper."""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import particlesnn
from particlesnn.core import QUANTITIES, Measurements
from particlesnn.report import ImageEntry, Provenance, Section, budget_section, tip_section
from particlesnn.report.late import draw_histogram, write_pdf, write_report
from particlesnn.results.budgets import Budgets, joint_budgets
from particlesnn.results.job import Outcome
from particlesnn.results.records import picture_of, tip_of
from particlesnn.statistics import Summary, count_by_rule

if TYPE_CHECKING:
    from particlesnn.results.folder import Run

_REFINEMENTS = {
    "none": "",
    "gaussian": "a super-Gaussian bump was fitted to each particle, all at once, and cut at a quarter of its height; "
    "where a fit was not to be trusted, the network's contour was kept",
    "gaussian-single": "a two-dimensional Gaussian was fitted to each particle by itself and cut at half height "
    "(Okunev et al. 2020, section 2.5); where the fit failed, the network's contour was kept",
}


@dataclass(frozen=True, eq=False)
class _Content:
    """What one of the verbs of the report room is called with, after the path."""

    given: tuple[Any, ...]
    settings: dict[str, Any]


def draw_joint(
    folder: Path,
    outcomes: Sequence[Outcome],
    joint: Sequence[Summary],
    budgets: Sequence[Budgets],
    run: "Run",
    drawing: Executor,
) -> tuple[list[Future[None]], Future[str] | None]:
    """Have histogram and page drawn, and the page on paper where that is asked for.

    Returns
    -------
    tuple
        What is being drawn; and the paper, whose result is the letters that no font here has.
    """
    page = _page(folder, outcomes, joint, budgets, run)
    histogram = _histogram([outcome.analysed[1] for outcome in outcomes if outcome.analysed], joint, run)
    drawn = [
        drawing.submit(draw_histogram, folder / "histogram.png", *histogram.given, **histogram.settings),
        drawing.submit(write_report, folder / "report.html", *page.given, **page.settings),
    ]
    if "pdf" not in run.also:
        return drawn, None
    return drawn, drawing.submit(write_pdf, folder / "report.pdf", *page.given, **page.settings)


def told_missing(path: Path, letters: str) -> str:
    """Say which letters stand as codes on paper."""
    return (
        f"{path}: no font on this machine has {' '.join(letters[:20])}, written there as codes; install one, such as "
        "Noto Sans CJK, and make it again"
    )


def write_page(path: Path, folder: Path, outcomes: Sequence[Outcome], joint: Sequence[Summary], run: "Run") -> None:
    """Write the report; the pictures of the scans stand in a folder already, as `picture_of` names them."""
    done = [outcome.analysed for outcome in outcomes if outcome.analysed]
    page = _page(folder, outcomes, joint, joint_budgets(joint, done, run.settings, run.card), run)
    write_report(path, *page.given, **page.settings)


def write_histogram(path: Path, measured: Sequence[Measurements], joint: Sequence[Summary], run: "Run") -> None:
    """Draw the diameters that the first of the joint statistics counts."""
    histogram = _histogram(measured, joint, run)
    draw_histogram(path, *histogram.given, **histogram.settings)


def _page(
    folder: Path, outcomes: Sequence[Outcome], joint: Sequence[Summary], budgets: Sequence[Budgets], run: "Run"
) -> _Content:
    entries = [
        ImageEntry(
            name=outcome.name,
            particles=outcome.analysed[0] if outcome.analysed else None,
            measurements=outcome.analysed[1] if outcome.analysed else None,
            error=outcome.error,
            picture=picture_of(folder, outcome.stem) if outcome.analysed else None,
        )
        for outcome in outcomes
    ]
    provenance = Provenance(
        particlesnn.__version__, run.weights, run.operating_point, _REFINEMENTS[run.settings.refine], run.command
    )
    sections = _sections(folder, outcomes, joint, budgets)
    return _Content((entries, joint, provenance), {"bins": run.settings.bins, "sections": sections})


def _sections(
    folder: Path, outcomes: Sequence[Outcome], joint: Sequence[Summary], budgets: Sequence[Budgets]
) -> list[Section]:
    """Return what page and paper say of the uncertainty and of the tip."""
    several = len(joint) > 1
    parts = [budget_section(own, summary if several else None) for summary, own in zip(joint, budgets, strict=True)]
    done = [(outcome.name, outcome.stem, outcome.analysed[1]) for outcome in outcomes if outcome.analysed]
    pictures = [path for _, stem, _ in done if (path := tip_of(folder, stem)).exists()]
    picture = pictures[0].read_bytes() if len(pictures) == 1 else None
    parts.append(tip_section([(name, measured) for name, _, measured in done], picture))
    return [part for part in parts if part is not None]


def _histogram(measured: Sequence[Measurements], joint: Sequence[Summary], run: "Run") -> _Content:
    quantity = next(each for each in QUANTITIES if each.name == "diameter")
    scaled = joint[0].scaled if joint else True
    values = [
        value
        for numbers in measured
        if joint and (numbers.scaled, numbers.heights) == (scaled, joint[0].heights)
        for value in numbers.columns["diameter"][count_by_rule(numbers, run.settings.border).included]
    ]
    spread = joint[0].spreads["diameter"] if joint else None
    return _Content((values, quantity, quantity.unit(scaled=scaled)), {"bins": run.settings.bins, "spread": spread})
