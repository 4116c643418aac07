"""Solids that a particle may be taken for, flat side down: only the round side is exposed."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Measurements, ParticlesNNError

Shape = Literal["cap", "hemisphere"]
SHAPES: tuple[str, ...] = get_args(Shape)
"""Spherical cap of the particle's diameter and height, or half a sphere of its diameter."""


def solid_of(measurements: Measurements, shape: Shape) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the volume in nm3 and the exposed area in nm2 of each particle, shape (N,) each.

    With r = d / 2 and the height h: the cap has V = pi h (3 r^2 + h^2) / 6 and S = pi (r^2 + h^2); the hemisphere is
    the cap with h = r. A particle without a height above the substrate has NaN as a cap.

    Parameters
    ----------
    measurements
        One scan.
    shape
        "cap" or "hemisphere".

    Raises
    ------
    ParticlesNNError
        When the scan lacks the scale, or the heights that a cap needs, or there is no such shape.
    """
    check_countable(shape, scaled=measurements.scaled, heights=measurements.heights)
    radius = measurements.columns["diameter"] / 2
    height = measurements.columns["height_max"] if shape == "cap" else radius
    height = np.where(height > 0, height, np.nan)
    volume = np.pi * height * (3 * radius**2 + height**2) / 6
    return volume, np.pi * (radius**2 + height**2)


def check_countable(shape: Shape, *, scaled: bool, heights: bool) -> None:
    """Refuse a scan whose atoms cannot be counted.

    Raises
    ------
    ParticlesNNError
        When it lacks the scale, or the heights that a cap needs, or there is no such shape.
    """
    if shape not in SHAPES:
        raise ParticlesNNError(f"a particle may be a cap or a hemisphere; {shape!r} is neither")
    if not scaled:
        raise ParticlesNNError("--metal needs a scale, which this scan does not have; give --pixel-size NM")
    if shape == "cap" and not heights:
        raise ParticlesNNError("--shape cap needs heights, and this scan holds grey levels; use --shape hemisphere")
