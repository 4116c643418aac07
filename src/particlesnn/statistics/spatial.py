"""Nearest neighbours: whether particles are strewn by chance, in clusters, or keep apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from particlesnn.core import Measurements
from particlesnn.statistics.sample import Floats

_LEAST = 7
"""Donnelly's correction was simulated for at least so many particles."""


@dataclass(frozen=True)
class Neighbours:
    """Distances from centre to nearest centre, and the test of Clark and Evans (1954) with Donnelly's (1978) border."""

    count: int
    """How many particles have a neighbour."""
    mean: float
    """Mean distance."""
    sd: float
    """Standard deviation of the distances."""
    minimum: float
    """Shortest distance."""
    expected: float
    """Mean distance to be expected of points strewn by chance in the same scans."""
    index: float
    """Clark-Evans R, mean / expected: 1 by chance, less in clusters, more where regular, 2.15 in a hexagonal net."""
    z: float | None
    """How many standard errors the mean is off; None where a scan holds fewer than 7."""
    p_value: float | None
    """Chance of at least so large a |z| if the particles were points strewn by chance."""

    def to_dict(self, unit: str) -> dict[str, Any]:
        """Return plain data for JSON with the unit, "nm" or "px", in each name that has one."""
        return {
            "particles": self.count,
            f"mean_distance_{unit}": self.mean,
            f"sd_distance_{unit}": self.sd,
            f"minimum_distance_{unit}": self.minimum,
            f"expected_distance_{unit}": self.expected,
            "clark_evans_index": self.index,
            "clark_evans_z": self.z,
            "clark_evans_p": self.p_value,
        }


def nearest_distances(measurements: Measurements) -> Floats:
    """Distance of each particle's centre to the nearest other, shape (N,); NaN where it is the only one."""
    centres = centres_of(measurements)
    if len(centres) < 2:
        return np.full(len(centres), np.nan)
    from scipy.spatial import KDTree  # late: takes half a second to import

    distances = np.asarray(KDTree(centres).query(centres, k=2)[0], dtype=np.float64)
    return distances[:, 1]


def describe_neighbours(scans: Sequence[Measurements]) -> Neighbours | None:
    """Measure nearest neighbours on scans of one kind; None where no scan has two particles.

    All particles count, also those at the border, because they are neighbours too: the expected distance,
    sqrt(A / N) / 2 + (0.0514 + 0.041 / sqrt(N)) P / N with area A and perimeter P of the scan, allows for neighbours
    that lie outside. Its standard error is sqrt(0.0703 A + 0.037 P sqrt(A / N)) / N. Over several scans sums over the
    particles are compared.
    """
    peopled = [scan for scan in scans if len(scan) > 1]
    if not peopled:
        return None
    distances = np.concatenate([nearest_distances(scan) for scan in peopled])
    count = len(distances)
    counts = np.array([len(scan) for scan in peopled], dtype=np.float64)
    area = np.array([scan.area_scan for scan in peopled])
    perimeter = np.array([2 * sum(scan.size_scan) for scan in peopled])
    expected_each = np.sqrt(area / counts) / 2 + (0.0514 + 0.041 / np.sqrt(counts)) * perimeter / counts
    expected = float((counts * expected_each).sum()) / count
    error = float(np.sqrt((0.0703 * area + 0.037 * perimeter * np.sqrt(area / counts)).sum())) / count
    mean = float(distances.mean())
    z = (mean - expected) / error if counts.min() >= _LEAST else None
    return Neighbours(
        count=count,
        mean=mean,
        sd=float(distances.std(ddof=1)),
        minimum=float(distances.min()),
        expected=expected,
        index=mean / expected,
        z=z,
        p_value=None if z is None else float(2 * ndtr(-abs(z))),
    )


def centres_of(measurements: Measurements) -> NDArray[np.float64]:
    """Centres of the particles, shape (N, 2), (x, y)."""
    return np.stack([measurements.columns["x"], measurements.columns["y"]], axis=1)
