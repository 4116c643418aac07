"""Which pixel belongs to which particle."""

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon

from particlesnn.core import ParticleMap


def label_pixels(particles: ParticleMap) -> NDArray[np.int32]:
    """Write into each pixel, shape (H, W), the number of its particle, from 1 in the order of the map; else 0."""
    labels = np.zeros(particles.shape_px, dtype=np.int32)
    for number, particle in enumerate(particles.particles, start=1):
        x, y = particle.contour.points_px.T
        labels[polygon(y, x, particles.shape_px)] = number
    return labels
