"""The tables of a comparison: table 5 of Okunev et al. 2020, for each scan and for all."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import particlesnn
from particlesnn.cli.columns import aligned
from particlesnn.core import QUANTITIES, Measurements, ParticleMap
from particlesnn.evaluation import Counting, match_by_overlap
from particlesnn.evaluation.counting import taken_truths
from particlesnn.files import image_table, write_csv, write_json
from particlesnn.pipeline import AnalysisSettings
from particlesnn.report import Verdicts, draw_histograms
from particlesnn.results import Result
from particlesnn.statistics import Summary, summarise
from particlesnn.statistics.pooling import pool

FILES = ("comparison.csv", "comparison.json", "comparison.png")
"""What is written of all scans together."""
ALL = "all scans"
"""Stands for the name of the scan in the rows of all together."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Judgement:
    """How right one method is on one scan."""

    counting: Counting
    """By the paper's rule: centre inside the true contour."""
    at_50: Counting
    """Pairs that overlap with IoU 0.5 or more."""
    verdicts: Verdicts
    """Which particles the paper's rule calls false, and which missed."""


@dataclass(frozen=True, eq=False)
class Compared:
    """What all methods made of one scan."""

    measured: Mapping[str, Measurements]
    """Method to what was measured; with a truth, that under "truth" and first."""
    judged: Mapping[str, Judgement] = field(default_factory=dict)
    """Method to its judgement; empty without a truth."""

    @property
    def kind(self) -> tuple[bool, bool]:
        """Whether lengths are in nm, and whether values are heights: what may not be mixed."""
        any_of_them = next(iter(self.measured.values()))
        return any_of_them.scaled, any_of_them.heights


def judge(truth: ParticleMap, found: ParticleMap) -> Judgement:
    """Compare what one method found with the truth of the same scan."""
    taken = taken_truths(truth, found)
    false = frozenset(p.id for index, p in enumerate(found.particles) if index not in taken)
    seen = set(taken.values())
    missed = frozenset(p.id for index, p in enumerate(truth.particles) if index not in seen)
    counting = Counting(len(taken), len(false), len(missed))
    return Judgement(counting, match_by_overlap(truth, found).counting, Verdicts(false, missed))


def write_comparison(
    folder: Path, outcomes: Sequence[Result[Compared]], settings: AnalysisSettings, weights: str, *, dark: bool
) -> list[Row]:
    """Write `FILES` into the folder and return the rows of all scans together.

    Scans with and without a scale are not mixed: each kind has its rows, the most frequent first, and the chart shows
    that one. A scan that failed has a row that says why.
    """
    done = [outcome.analysed for outcome in outcomes if outcome.analysed]
    kinds = _by_kind(done)
    joint = [row for scans in kinds for row in _rows(ALL, scans)]
    single: list[Row] = []
    for outcome in outcomes:
        if outcome.analysed:
            single += _rows(outcome.name, [outcome.analysed])
        else:
            single.append({"image": outcome.name, "method": None, "status": "failed", "error": outcome.error or ""})
    write_csv(folder / "comparison.csv", image_table([*single, *joint]))
    chosen = asdict(settings)
    data = {
        "particlesnn": particlesnn.__version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "weights": weights,
        "settings": {name: chosen[name] for name in ("model", "channel", "pixel_size_nm")} | {"dark": dark},
        "images": len(outcomes),
        "failed": [{"image": outcome.name, "error": outcome.error} for outcome in outcomes if outcome.error],
        "joint": joint,
        "scans": [row for row in single if row["status"] == "done"],
    }
    write_json(folder / "comparison.json", data)
    diameter = next(quantity for quantity in QUANTITIES if quantity.name == "diameter")
    first = kinds[0] if kinds else []
    values = {
        method: pool([scan.measured[method] for scan in first]).samples["diameter"]
        for method in (first[0].measured if first else ())
    }
    unit = diameter.unit(scaled=first[0].kind[0] if first else True)
    draw_histograms(folder / "comparison.png", values, diameter, unit)
    return joint


def _by_kind(scans: Sequence[Compared]) -> list[list[Compared]]:
    kinds: dict[tuple[bool, bool], list[Compared]] = {}
    for scan in scans:
        kinds.setdefault(scan.kind, []).append(scan)
    return sorted(kinds.values(), key=len, reverse=True)


def _rows(name: str, scans: Sequence[Compared]) -> list[Row]:
    """List a row a method for scans of one kind taken together."""
    summaries = {method: summarise([scan.measured[method] for scan in scans]) for method in scans[0].measured}
    truth = summaries.get("truth")
    rows = []
    for method, summary in summaries.items():
        diameter, unit = summary.spreads["diameter"], "nm" if summary.scaled else "px"
        row: Row = {
            "image": name,
            "method": method,
            "status": "done",
            "error": "",
            "particles": summary.count,
            f"mean_diameter_{unit}": diameter.mean,
            f"standard_error_{unit}": diameter.standard_error,
            f"sd_diameter_{unit}": diameter.sd,
            "coverage": summary.coverage,
        }
        if truth is not None:
            row |= _rightness(method, summary, truth, scans)
        rows.append(row)
    return rows


def _rightness(method: str, summary: Summary, truth: Summary, scans: Sequence[Compared]) -> Row:
    if method == "truth":
        return dict.fromkeys(("precision", "recall", "f1_iou50", "size_accuracy"))
    judged = [scan.judged[method] for scan in scans]
    counting, at_50 = _added([each.counting for each in judged]), _added([each.at_50 for each in judged])
    mean, true_mean = summary.spreads["diameter"].mean, truth.spreads["diameter"].mean
    return {
        "precision": counting.precision,
        "recall": counting.recall,
        "f1_iou50": at_50.f1,
        "size_accuracy": min(mean, true_mean) / max(mean, true_mean) if mean and true_mean else None,
    }


def _added(counts: Sequence[Counting]) -> Counting:
    return Counting(sum(each.tp for each in counts), sum(each.fp for each in counts), sum(each.fn for each in counts))


def comparison_table(rows: Sequence[Row]) -> str:
    """Set rows as text; scans in nm and in px have a table each."""
    tables = []
    for unit in ("nm", "px"):
        own = [row for row in rows if f"mean_diameter_{unit}" in row]
        if not own:
            continue
        columns = [
            ("particles", "particles", "d"),
            (f"mean_diameter_{unit}", f"mean {unit}", ".4g"),
            (f"standard_error_{unit}", f"error {unit}", ".2g"),
            (f"sd_diameter_{unit}", f"SD {unit}", ".3g"),
            ("coverage", "coverage", ".1%"),
        ]
        if "recall" in own[0]:
            columns += [("precision", "precision", ".3f"), ("recall", "recall", ".3f"), ("f1_iou50", "F1@.50", ".3f")]
            columns += [("size_accuracy", "size", ".3f")]
        lines = [["method", *(heading for _, heading, _ in columns)]]
        for row in own:
            cells = ["-" if row[name] is None else format(row[name], form) for name, _, form in columns]
            lines.append([row["method"], *cells])
        tables.append(aligned(lines))
    return "\n\n".join(tables)
