"""Two sets of scans compared: two samples, two preparations, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from particlesnn.core import Measurements, ParticleMap
from particlesnn.statistics.border import BorderRule
from particlesnn.statistics.intervals import Estimate, estimate_mean, students_interval
from particlesnn.statistics.pooling import pool

Set = Measurements | Sequence[Measurements]


@dataclass(frozen=True)
class Comparison:
    """Two sets compared in one quantity."""

    first: Estimate
    """Mean of the first set."""
    second: Estimate
    """Mean of the second set."""
    difference: float
    """Second mean less first."""
    standard_error: float
    """Of the difference."""
    confidence_95: tuple[float, float]
    """Welch's 95 % interval of the difference; the sets differ in the mean where it leaves out 0."""
    p_value: float
    """Chance of at least so large a difference if the means were equal (Welch's t)."""
    ks_distance: float
    """Largest distance of the two cumulative shares (Kolmogorov and Smirnov)."""
    ks_p_value: float
    """Chance of at least so large a distance if both were one distribution and all particles independent."""
    clustered: bool
    """Errors of the means are taken from scan to scan, in one set at least. Then ``ks_p_value``, which knows nothing of
    scans, is too small."""


def compare_sets(
    first: Set,
    second: Set,
    quantity: str = "diameter",
    *,
    border: BorderRule = "keep",
    maps: tuple[Sequence[ParticleMap] | None, Sequence[ParticleMap] | None] = (None, None),
) -> Comparison:
    """Compare two sets of scans of one kind in one quantity.

    Parameters
    ----------
    first, second
        A scan or several each. With several, scans and not particles are what is independent.
    quantity
        Name in the table of quantities.
    border
        What to do with particles at the border; see `count_by_rule`. The Kolmogorov-Smirnov distance takes no weights.
    maps
        The contours of either set, for the border rule "weighted".

    Raises
    ------
    ValueError
        When units differ, or a set has fewer than two values.
    """
    sets = [[each] if isinstance(each, Measurements) else list(each) for each in (first, second)]
    if len({(scan.scaled, scan.heights) for scans in sets for scan in scans}) != 1:
        raise ValueError("sets can be compared where all scans have a scale or none has, and likewise heights")
    samples = [
        pool(scans, border, particles).samples[quantity].finite() for scans, particles in zip(sets, maps, strict=True)
    ]
    if min(map(len, samples)) < 2:
        raise ValueError("each set needs at least two particles with a value")
    means = [estimate_mean(sample) for sample in samples]
    scans_of = [len(np.unique(sample.scans)) for sample in samples]
    freedom = [s - 1 if s > 1 else len(sample) - 1 for s, sample in zip(scans_of, samples, strict=True)]
    variances = [(mean.standard_error or 0.0) ** 2 for mean in means]
    difference, error = means[1].value - means[0].value, float(np.sqrt(sum(variances)))
    # Welch and Satterthwaite: the freedom that a sum of two variances has.
    joint = sum(variances) ** 2 / max(sum(v**2 / f for v, f in zip(variances, freedom, strict=True)), 1e-300)
    joint = max(joint, 1.0)
    from scipy.stats import ks_2samp  # late: takes a second to import

    distance = ks_2samp(samples[0].values, samples[1].values)
    certain = 1.0 if difference == 0 else 0.0
    return Comparison(
        first=means[0],
        second=means[1],
        difference=difference,
        standard_error=error,
        confidence_95=students_interval(difference, error, joint),
        p_value=float(2 * stdtr(joint, -abs(difference) / error)) if error else certain,
        ks_distance=float(distance.statistic),
        ks_p_value=float(distance.pvalue),
        clustered=max(scans_of) > 1,
    )
