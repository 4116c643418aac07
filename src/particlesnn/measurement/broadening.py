"""Diameters with the broadening by the tip taken off, and how much of each particle is known for certain."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, median_filter

from particlesnn.core import TIP_QUANTITIES, Measurements, ParticleMap, Reconstruction
from particlesnn.measurement.filling import label_inside
from particlesnn.measurement.relief import Ground, substrate_under

Heights = NDArray[np.float64]
Box = tuple[slice, slice]
_BORDER = 0.25
"""Share of its height at which a particle ends."""
_AROUND_PX = 2
"""So many pixels around a particle are looked at, for the slope at its border."""


def measure_broadening(
    measurements: Measurements, particles: ParticleMap, reconstruction: Reconstruction | None
) -> dict[str, NDArray[np.float64]]:
    """Measure what is left of each particle when the tip is taken off.

    The area that stands above a quarter of the particle's height is taken of the eroded surface and of the recorded
    one, inside the contour; the root of their ratio narrows the diameter. So the contour stays what it was drawn
    as, and a tip without width changes nothing. The area inside the contour is parted by the certainty map.

    Parameters
    ----------
    measurements
        What was measured of the particles on the scan as it is, with a scale.
    particles
        The same particles.
    reconstruction
        The surface without the broadening; None where it could not be told: all columns are NaN then.

    Returns
    -------
    dict
        For each name of `TIP_QUANTITIES` an array of shape (N,).
    """
    if reconstruction is None:
        return {quantity.name: np.full(len(measurements), np.nan) for quantity in TIP_QUANTITIES}
    labels = label_inside([particle.contour.points_px for particle in particles.particles], particles.shape_px)
    grounds = [Ground(surface, labels) for surface in (reconstruction.surface_nm, reconstruction.recorded_nm)]
    narrowing, certain = np.full(len(particles), np.nan), np.full(len(particles), np.nan)
    for number, box in enumerate(find_objects(labels, max_label=len(particles)), start=1):
        if box is None:
            continue
        around = _widened(box, labels.shape)
        narrowing[number - 1] = _narrowing(grounds, number, around)
        own = labels[around] == number
        certain[number - 1] = reconstruction.certain[around][own].mean()
    area = measurements.columns["area"]
    return {
        "diameter_reconstructed": measurements.columns["diameter"] * narrowing,
        "area_certain": area * certain,
        "area_uncertain": area * (1 - certain),
        "tip_radius": np.full(len(measurements), reconstruction.tip.radius_nm),
    }


def _widened(box: tuple[slice, ...], shape: tuple[int, ...]) -> Box:
    rows, columns = (
        slice(max(side.start - _AROUND_PX, 0), min(side.stop + _AROUND_PX, length))
        for side, length in zip(box, shape, strict=True)
    )
    return rows, columns


def _narrowing(grounds: Sequence[Ground], number: int, box: Box) -> float:
    """Diameter on the eroded surface (first) over that on the recorded one; NaN for what does not stand up."""
    own = grounds[0].labels[box] == number
    diameter_px = float(np.sqrt(4 / np.pi * np.count_nonzero(own)))
    areas = []
    for ground in grounds:
        heights = ground.values[box] - substrate_under(ground, box, diameter_px)
        top = float(median_filter(heights, size=3, mode="nearest")[own].max())
        areas.append(_area_above(heights - _BORDER * top, own) if top > 0 else 0.0)
    return float(np.sqrt(min(areas[0] / areas[1], 1.0))) if areas[1] else np.nan


def _area_above(heights: Heights, own: NDArray[np.bool_]) -> float:
    """Area in px^2 where heights are positive, to a fraction of a pixel: a border pixel counts by its slope."""
    slope = np.hypot(*np.gradient(heights))
    return float(np.clip(0.5 + heights / np.maximum(slope, 1e-12), 0.0, 1.0)[own].sum())
