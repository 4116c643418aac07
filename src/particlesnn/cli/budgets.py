"""The budgets of uncertainty of a run: of each scan, and of each kind of scans together."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from particlesnn.cli.batch import Analysed, Outcome
from particlesnn.pipeline import AnalysisSettings, budgets_of
from particlesnn.statistics import Budget, Summary

Budgets = Mapping[str, Budget]


def card_digest(card: str) -> str | None:
    """SHA-256 of a weight card as text; None without one."""
    return hashlib.sha256(card.encode()).hexdigest() if card else None


def joint_budgets(
    joint: Sequence[Summary], done: Sequence[Analysed], settings: AnalysisSettings, card: str
) -> list[Budgets]:
    """Draw up the budgets that belong to each of the joint statistics."""
    budgets = []
    for summary in joint:
        own = [each for each in done if (each[1].scaled, each[1].heights) == (summary.scaled, summary.heights)]
        maps, measured = [particles for particles, _ in own], [numbers for _, numbers in own]
        budgets.append(budgets_of(measured, maps, settings, card_digest(card)))
    return budgets


def single_budgets(outcomes: Sequence[Outcome], settings: AnalysisSettings, card: str) -> dict[str, Budgets]:
    """Draw up the budgets of each scan that was done, by the stem of its files."""
    digest = card_digest(card)
    return {
        outcome.stem: budgets_of([outcome.analysed[1]], [outcome.analysed[0]], settings, digest)
        for outcome in outcomes
        if outcome.analysed
    }


def told(
    together: Sequence[Budgets], single: Mapping[str, Budgets], outcomes: Sequence[Outcome], settings: AnalysisSettings
) -> dict[str, Any]:
    """Return the part of summary.json that speaks of uncertainty; of single scans only the totals."""
    joint = [{figure: budget.to_dict() for figure, budget in budgets.items()} for budgets in together]
    images = [
        {"image": outcome.name, **{figure: _totals(budget) for figure, budget in single[outcome.stem].items()}}
        for outcome in outcomes
        if outcome.stem in single
    ]
    return {
        "scale_uncertainty_percent": settings.scale_uncertainty,
        "joint": joint[0] if joint else None,
        "other_units": joint[1:],
        "images": images,
    }


def _totals(budget: Budget) -> dict[str, Any]:
    content = budget.to_dict()
    relative = {part.cause: part.relative for part in budget.components}
    totals = {key: content[key] for key in content if key.startswith(("value", "combined", "unknown"))}
    return {**totals, "relative": relative}
