"""Particles at the border of a scan.

A particle cut off by the border looks too small, and a large one is cut off more often than a small one, so a plain
mean over all contours is too low. The paper's service leaves out every particle whose centre is nearer to the border
than half the mean diameter, and shrinks the area by the same margin, so that density and coverage stay right.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Measurements

BorderRule = Literal["keep", "exclude"]
BORDER_RULES: tuple[str, ...] = get_args(BorderRule)
"""What may be done with particles at the border."""


@dataclass(frozen=True, eq=False)
class Counted:
    """Which particles of a scan count, and on what area."""

    included: NDArray[np.bool_]
    """Shape (N,): counts or not."""
    area: float
    """Area that they are counted on, in the unit of ``Measurements.area_scan``."""


def count_by_rule(measurements: Measurements, rule: BorderRule) -> Counted:
    """Apply a border rule.

    Parameters
    ----------
    measurements
        One scan.
    rule
        "keep" counts all on the whole scan; "exclude" leaves out those near the border and corrects the area.

    Raises
    ------
    ValueError
        When there is no such rule.
    """
    if rule not in BORDER_RULES:
        raise ValueError(f"particles at the border are kept or excluded; {rule!r} is neither")
    everything = np.ones(len(measurements), dtype=np.bool_)
    if rule == "keep" or not len(measurements):
        return Counted(everything, measurements.area_scan)
    height, width = measurements.size_scan
    margin = float(np.mean(measurements.columns["diameter"])) / 2
    if 2 * margin >= min(height, width):
        return Counted(everything, measurements.area_scan)  # nothing would be left
    x, y = measurements.columns["x"], measurements.columns["y"]
    inside = (x >= margin) & (x <= width - margin) & (y >= margin) & (y <= height - margin)
    return Counted(np.asarray(inside), (height - 2 * margin) * (width - 2 * margin))
