"""The pair correlation function: how much more often than by chance two particles lie so far apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from particlesnn.core import Measurements
from particlesnn.statistics.sample import Floats
from particlesnn.statistics.spatial import centres_of

_REACH = 5.0
"""Largest distance, in mean spacings 1 / sqrt(density), and at most a third of the shorter side of the scans."""
_BINS = 40
_SIMULATIONS = 199


@dataclass(frozen=True, eq=False)
class PairCorrelation:
    """g(r), with what chance alone would make of it."""

    radii: Floats
    """Shape (B,): middles of the rings, in nm (px without a scale)."""
    values: Floats
    """Shape (B,): g, 1 where particles are strewn by chance."""
    low: Floats
    """Shape (B,): 2.5 % of simulations of points strewn by chance lie below."""
    high: Floats
    """Shape (B,): 2.5 % of them lie above."""


def pair_correlation(
    measurements: Measurements | Sequence[Measurements],
    *,
    reach: float | None = None,
    bins: int = _BINS,
    simulations: int = _SIMULATIONS,
    seed: int = 0,
) -> PairCorrelation | None:
    """Estimate g(r) in rings, with the translation correction of Ohser (1983).

    g = sum over pairs 1 / ((W - |dx|) (H - |dy|)) / (ring area * sum over scans N (N - 1) / (W H)^2): a pair that could
    lie at fewer places of the scan counts for more. The band is pointwise: of 40 rings two stray out of it by chance.

    Parameters
    ----------
    measurements
        One or more scans of one kind; all particles count.
    reach
        Largest distance; by default five mean spacings, at most a third of the shortest side.
    bins
        Number of rings, all of one width.
    simulations
        How often as many points are strewn by chance on the same scans; the more, the smoother the band.
    seed
        Of the simulation.

    Returns
    -------
    PairCorrelation or None
        None where no scan has two particles.
    """
    scans = [measurements] if isinstance(measurements, Measurements) else list(measurements)
    scans = [scan for scan in scans if len(scan) > 1]
    if not scans:
        return None
    density = sum(map(len, scans)) / sum(scan.area_scan for scan in scans)
    shortest = min(min(scan.size_scan) for scan in scans)
    if reach is None:
        reach = min(_REACH / density**0.5, shortest / 3)
    if not 0 < reach < shortest:
        raise ValueError(f"pairs can be counted up to the shortest side of the scans, {shortest:g}, not to {reach:g}")
    edges = np.linspace(0.0, reach, bins + 1)
    fields = [(np.array(scan.size_scan)[::-1], len(scan)) for scan in scans]
    pairs = sum(count * (count - 1) / float(np.prod(field)) ** 2 for field, count in fields)
    scale = 1.0 / (np.pi * np.diff(edges**2) * pairs)
    values = scale * sum(
        _pairs_in_rings(centres_of(scan), field, edges) for scan, (field, _) in zip(scans, fields, strict=True)
    )
    rng = np.random.default_rng(seed)
    drawn = np.array(
        [
            scale * sum(_pairs_in_rings(rng.random((count, 2)) * field, field, edges) for field, count in fields)
            for _ in range(simulations)
        ]
    )
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return PairCorrelation((edges[1:] + edges[:-1]) / 2, values, low, high)


def _pairs_in_rings(centres: Floats, field: Floats, edges: Floats) -> Floats:
    """Count ordered pairs in each ring, each by the inverse of the area its first point may lie on."""
    from scipy.spatial import KDTree  # late: takes half a second to import

    pairs = KDTree(centres).query_pairs(float(edges[-1]), output_type="ndarray")
    steps = np.abs(centres[pairs[:, 0]] - centres[pairs[:, 1]])
    weights = 2.0 / np.prod(field - steps, axis=1)
    counts, _ = np.histogram(np.hypot(*steps.T), edges, weights=weights)
    return np.asarray(counts, dtype=np.float64)
