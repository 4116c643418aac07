"""How the particles of a scan lie to one another."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from particlesnn.core import ParticleMap
from particlesnn.measurement.outline import as_rings

_TOUCH_PX = 1.0
"""Contours that come this near to one another touch: no pixel of substrate fits between them."""


def touching_another(particles: ParticleMap) -> NDArray[np.bool_]:
    """Tell which particles touch another: their contours come within 1 px of each other. Shape (N,)."""
    rings = as_rings([particle.contour.points_px for particle in particles.particles])
    pairs = shapely.STRtree(rings).query(rings, predicate="dwithin", distance=_TOUCH_PX)
    flags = np.zeros(len(rings), dtype=np.bool_)
    flags[pairs[0][pairs[0] != pairs[1]]] = True
    return flags


def nearest_distances(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each centre to the nearest other one, shape (N,); NaN for one that is alone."""
    if len(x) < 2:
        return np.full(len(x), np.nan)
    centres = np.stack([x, y], axis=1)
    distances, _ = KDTree(centres).query(centres, k=2)
    return np.asarray(distances, dtype=np.float64)[:, 1]
