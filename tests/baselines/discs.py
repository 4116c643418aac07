"""Scans of round, steep particles whose places and sizes are known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import ParticleMap, Scan


def discs(
    places: Sequence[tuple[float, float, float]], shape: tuple[int, int] = (96, 128), *, edge_px: float = 1.0
) -> Scan:
    """Draw discs (x, y, radius) 5 nm high on a flat substrate; half their height is reached at the radius."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    heights = np.zeros(shape)
    for centre_x, centre_y, radius in places:
        inside = radius - np.hypot(x - centre_x, y - centre_y)
        heights = np.maximum(heights, np.clip(0.5 + inside / (2 * edge_px), 0, 1))
    return Scan(5.0 * heights, "nm", (0.5, 0.5), source="discs.txt")


def diameters(particles: ParticleMap) -> NDArray[np.float64]:
    """Equal-area diameters in px, sorted."""
    return np.sort([np.sqrt(4 / np.pi * particle.contour.area_px) for particle in particles.particles])
