"""The minimal rectangles of the contours that the network drew, beside those of the refined ones."""

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import QUANTITIES, Contour, Measurements, Particle, ParticleMap
from particlesnn.measurement.outline import minimal_rectangles

_SIDES = ("length", "width", "angle")


def measure_predicted(particles: ParticleMap, measurements: Measurements) -> dict[str, NDArray[np.float64]]:
    """Measure the minimal rectangle of each contour as it was before it was refined.

    Parameters
    ----------
    particles
        The particles, refined or not.
    measurements
        What was measured of them, all or some.

    Returns
    -------
    dict
        Columns of a table: "predicted_length", "predicted_width" and "predicted_angle" with their units, each of shape
        (N,) in the order of the measurements. One that the network drew and that was not refined has its own
        rectangle; where it is not known what the network drew, NaN.
    """
    rows, columns = particles.shape_px
    height, width = measurements.size_scan
    pixel = np.array([width / columns, height / rows])
    known = {particle.id: _predicted(particle) for particle in particles.particles}
    contours = [known[number] for number in measurements.ids]
    there = np.array([contour is not None for contour in contours], dtype=np.bool_)
    rectangles = minimal_rectangles([contour.points_px * pixel for contour in contours if contour is not None])
    figures = {}
    for side, values in zip(_SIDES, rectangles, strict=True):
        quantity = next(each for each in QUANTITIES if each.name == side)
        figures[f"predicted_{quantity.column(scaled=measurements.scaled)}"] = column = np.full(len(contours), np.nan)
        column[there] = values
    return figures


def _predicted(particle: Particle) -> Contour | None:
    return particle.contour if particle.origin == "network" else particle.unrefined
