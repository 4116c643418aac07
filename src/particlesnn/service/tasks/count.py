"""Numbers of many scans: joint statistics, histograms, comparisons."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, Measurements, ParticleMap, ParticlesNNError, Quantity
from particlesnn.pipeline import AnalysisSettings
from particlesnn.service.tasks.bench import ScanRef, bench
from particlesnn.service.tasks.sieve import Sieve
from particlesnn.statistics import Summary, compare_sets, count_by_rule, histogram, summarise_jointly

_LAW_POINTS = 200


def joint_summary(refs: Sequence[ScanRef]) -> dict[str, Any] | None:
    """Summarise scans of the most frequent kind, in short."""
    analysed = [bench().analysed(ref) for ref in refs]
    joint = summarise_jointly([numbers for _, numbers in analysed], maps=[particles for particles, _ in analysed])
    return plain(joint[0].to_dict()) if joint else None


def statistics(refs: Sequence[ScanRef], sieve: Sieve, name: str) -> list[dict[str, Any]]:
    """Summarise scans, each kind by itself, with the histogram of one quantity.

    Raises
    ------
    ParticlesNNError
        When there is no such quantity, or a filter asks for what a scan does not have.
    """
    quantity, settings = quantity_named(name), sieve.settings
    kinds: dict[tuple[bool, bool], list[tuple[ScanRef, ParticleMap, Measurements]]] = {}
    for ref in refs:
        particles, numbers = sieve.sift(ref.name, *bench().analysed(ref))
        kinds.setdefault((numbers.scaled, numbers.heights), []).append((ref, particles, numbers))
    groups = []
    for group in sorted(kinds.values(), key=len, reverse=True):
        measured = [numbers for _, _, numbers in group]
        (summary,) = summarise_jointly(
            measured, border=settings.border, maps=[particles for _, particles, _ in group], detailed=True
        )
        groups.append(
            {
                "scans": [ref.id for ref, _, _ in group],
                "summary": plain(summary.to_dict()),
                "histogram": _histogram(measured, quantity, summary, settings),
            }
        )
    return groups


def compare(
    first: Sequence[ScanRef], second: Sequence[ScanRef], name: str, settings: AnalysisSettings
) -> dict[str, Any]:
    """Compare two choices of scans in one quantity.

    Raises
    ------
    ParticlesNNError
        When their units differ, or there are too few particles.
    """
    quantity = quantity_named(name)
    sides = [[bench().analysed(ref) for ref in refs] for refs in (first, second)]
    measured = [[numbers for _, numbers in side] for side in sides]
    maps = ([particles for particles, _ in sides[0]], [particles for particles, _ in sides[1]])
    try:
        comparison = compare_sets(measured[0], measured[1], name, border=settings.border, maps=maps)
    except ValueError as error:
        raise ParticlesNNError(f"{error}; choose other scans") from error
    numbers = measured[0][0]
    unit = quantity.unit(scaled=numbers.scaled, heights=numbers.heights)
    return {"quantity": name, "unit": unit, **plain(asdict(comparison))}


def quantity_named(name: str) -> Quantity:
    """Return a quantity.

    Raises
    ------
    ParticlesNNError
        When there is none of this name.
    """
    for quantity in QUANTITIES:
        if quantity.name == name:
            return quantity
    raise ParticlesNNError(f"there is no quantity {name!r}; choose one of {', '.join(q.name for q in QUANTITIES)}")


def plain(data: Any) -> Any:
    """Return data that JSON can hold: no arrays, no tuples, None for what is no finite number."""
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    if isinstance(data, np.ndarray | np.generic):
        return plain(data.tolist())
    if isinstance(data, float):
        return data if np.isfinite(data) else None
    return data


def _histogram(
    measured: Sequence[Measurements], quantity: Quantity, summary: Summary, settings: AnalysisSettings
) -> dict[str, Any]:
    parts = [
        numbers.columns[quantity.name][count_by_rule(numbers, settings.border).included]
        for numbers in measured
        if quantity.name in numbers.columns
    ]
    values = np.concatenate([np.zeros(0), *parts])
    values = values[np.isfinite(values)]
    bars = histogram(values, bins=settings.bins)
    return {
        "quantity": quantity.name,
        "unit": quantity.unit(scaled=summary.scaled, heights=summary.heights),
        "edges": bars.edges.tolist(),
        "counts": bars.counts.tolist(),
        "law": _law(bars.edges, len(values), summary) if quantity.name == "diameter" else None,
    }


def _law(edges: NDArray[np.float64], count: int, summary: Summary) -> list[list[float]] | None:
    choice = summary.details.law if summary.details else None
    if choice is None or len(edges) < 2:
        return None
    at = np.linspace(edges[0], edges[-1], _LAW_POINTS)
    at = at[at > 0]
    heights = choice.law.density(at) * count * float(edges[1] - edges[0])
    return [[float(x), float(y)] for x, y in zip(at, heights, strict=True)]
