"""Scans of one kind taken together, after the border rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, TIP_QUANTITIES, Measurements, ParticleMap
from particlesnn.statistics.border import BorderRule, Counted, count_by_rule
from particlesnn.statistics.sample import Sample

Equal = Literal["particles", "scans"]
"""What counts alike in means and quantiles: each particle, or each scan with its particles."""


@dataclass(frozen=True, eq=False)
class Pooled:
    """What is counted on several scans."""

    samples: dict[str, Sample]
    """For each `Quantity` name that all scans have."""
    counted: list[Counted]
    """Of each scan."""

    @property
    def areas(self) -> NDArray[np.float64]:
        """Area that each scan was counted on, shape (S,)."""
        return np.array([part.area for part in self.counted], dtype=np.float64)

    @property
    def numbers(self) -> NDArray[np.float64]:
        """How many particles stand for each scan, shape (S,): the sum of their weights."""
        return np.array([part.weights.sum() for part in self.counted], dtype=np.float64)


def pool(
    scans: Sequence[Measurements],
    border: BorderRule = "keep",
    maps: Sequence[ParticleMap] | None = None,
    equal: Equal = "particles",
) -> Pooled:
    """Apply the border rule to each scan and put the particles together.

    Parameters
    ----------
    scans
        One or more.
    border
        See `count_by_rule`.
    maps
        The contours of each scan.
    equal
        With "scans" the weights of the particles of a scan add up to 1.

    Raises
    ------
    ValueError
        When there are not as many maps as scans.
    """
    each: Sequence[ParticleMap | None] = [None] * len(scans) if maps is None else maps
    counted = [count_by_rule(scan, border, particles) for scan, particles in zip(scans, each, strict=True)]
    inside = [part.included for part in counted]
    parts = [part.weights[part.included] for part in counted]
    if equal == "scans":
        parts = [part / part.sum() if len(part) else part for part in parts]
    weights = np.concatenate(parts)
    numbers = np.repeat(np.arange(len(scans)), [len(part) for part in parts])
    samples = {
        quantity.name: Sample(
            np.concatenate([scan.columns[quantity.name][chosen] for scan, chosen in zip(scans, inside, strict=True)]),
            weights,
            numbers,
        )
        for quantity in (*QUANTITIES, *TIP_QUANTITIES)
        if all(quantity.name in scan.columns for scan in scans)
    }
    return Pooled(samples, counted)
