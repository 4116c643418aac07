"""Particles at the border of a scan.

A particle cut off by the border looks too small, and a large one is cut off more often than a small one, so a plain
mean over all contours is too low. There are three rules.

"keep" counts all on the whole scan. "exclude", the rule of the paper's service, leaves out every particle whose centre
is nearer to the border than half the mean diameter, and shrinks the area by the same margin. "weighted" counts the
particles that lie wholly inside, each with the weight that makes up for its like that do not: a particle w wide and h
high lies wholly inside a field W x H at (W - w) (H - h) of the W H places of its centre, so that it stands for
W H / ((W - w) (H - h)) particles (Miles 1974, Lantuejoul 1980). Only the last is free of bias for sizes and density.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Measurements, ParticleMap

BorderRule = Literal["keep", "exclude", "weighted"]
BORDER_RULES: tuple[str, ...] = get_args(BorderRule)
"""What may be done with particles at the border."""
_BORDER_PX = 1.0
"""Particles that come nearer than this to the border are taken as cut off; see `measure`."""


@dataclass(frozen=True, eq=False)
class Counted:
    """Which particles of a scan count, how much, and on what area."""

    included: NDArray[np.bool_]
    """Shape (N,): counts or not."""
    area: float
    """Area that they are counted on, in the unit of ``Measurements.area_scan``."""
    weights: NDArray[np.float64]
    """Shape (N,): how many particles each stands for; 1 but for the rule "weighted", 0 where it does not count."""


def count_by_rule(measurements: Measurements, rule: BorderRule, particles: ParticleMap | None = None) -> Counted:
    """Apply a border rule.

    Parameters
    ----------
    measurements
        One scan.
    rule
        "keep" counts all on the whole scan; "exclude" leaves out those near the border and corrects the area;
        "weighted" counts those wholly inside, large ones more.
    particles
        The contours, for the exact width and height of each particle in the rule "weighted". Without them the mean of
        its two Feret diameters stands for both.

    Raises
    ------
    ValueError
        When there is no such rule, or the contours are not those that were measured.
    """
    if rule not in BORDER_RULES:
        raise ValueError(f"particles at the border are kept, excluded or weighted; {rule!r} is none of these")
    everything = np.ones(len(measurements), dtype=np.bool_)
    if rule == "keep" or not len(measurements):
        return Counted(everything, measurements.area_scan, everything.astype(np.float64))
    if rule == "weighted":
        return _weighted(measurements, particles)
    height, width = measurements.size_scan
    margin = float(np.mean(measurements.columns["diameter"])) / 2
    if 2 * margin >= min(height, width):  # nothing would be left
        return Counted(everything, measurements.area_scan, everything.astype(np.float64))
    x, y = measurements.columns["x"], measurements.columns["y"]
    inside = (x >= margin) & (x <= width - margin) & (y >= margin) & (y <= height - margin)
    area = (height - 2 * margin) * (width - 2 * margin)
    return Counted(np.asarray(inside), area, inside.astype(np.float64))


def _weighted(measurements: Measurements, particles: ParticleMap | None) -> Counted:
    inside = ~measurements.touches_border
    field, extents = _field_and_extents(measurements, particles)
    room = np.prod(np.maximum(field - extents, 0.0), axis=1)
    inside = inside & (room > 0)
    weights = np.where(inside, measurements.area_scan / np.where(inside, room, 1.0), 0.0)
    return Counted(inside, measurements.area_scan, weights)


def _field_and_extents(
    measurements: Measurements, particles: ParticleMap | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Height and width of the field that particles must lie in, shape (2,), and of each particle, shape (N, 2)."""
    size = np.array(measurements.size_scan)
    if particles is None:
        extent = (measurements.columns["feret_max"] + measurements.columns["feret_min"]) / 2
        return size, np.stack([extent, extent], axis=1)
    if tuple(particle.id for particle in particles.particles) != measurements.ids:
        raise ValueError("the contours are not those that were measured")
    side = size / particles.shape_px
    bounds = np.array([particle.contour.bounds_px for particle in particles.particles])
    return size - 2 * _BORDER_PX * side, (bounds[:, [3, 2]] - bounds[:, [1, 0]]) * side
