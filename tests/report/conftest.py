"""Scans and maps to draw."""

from collections.abc import Callable

import numpy as np
import pytest

from particlesnn.core import QUANTITIES, GaussianBump, Measurements, Particle, ParticleMap, Scan
from particlesnn.core.contour import Contour


@pytest.fixture
def bumps() -> tuple[Scan, ParticleMap]:
    """A flat 64 x 96 scan with three round bumps 12 px wide, 0.5 nm a pixel, and their contours at 1/4 height."""
    y, x = np.mgrid[0:64, 0:96].astype(float)
    heights, particles = np.zeros((64, 96)), []
    for centre in ((20.0, 20.0), (60.0, 30.0), (80.0, 50.0)):
        bump = GaussianBump(2.0, centre, (5.0, 5.0), 0.0, 0.0, 0.0)
        heights += bump.height_at(x, y)
        outline = bump.contour_at(0.5)
        assert outline is not None
        particles.append(Particle(Contour(outline), score=0.9))
    return Scan(heights, "nm", (0.5, 0.5), source="bumps.stp"), ParticleMap((64, 96), tuple(particles))


@pytest.fixture
def measured() -> Callable[..., Measurements]:
    """Make measurements from diameters alone: round particles on a scan of 100 x 100 nm (or px)."""

    def make(diameters, *, scaled=True, heights=True, at_border=0, size=(100.0, 100.0)) -> Measurements:
        d = np.asarray(diameters, dtype=float)
        columns = {quantity.name: d.copy() for quantity in QUANTITIES}
        columns |= {
            "area": np.pi * d**2 / 4,
            "height_max": d / 4,
            "x": np.full(d.size, 50.0),
            "y": np.full(d.size, 50.0),
        }
        touches = np.arange(d.size) < at_border
        return Measurements(tuple(range(1, d.size + 1)), columns, scaled, heights, touches, size)

    return make
