"""All quantities of all particles of a scan."""

from collections.abc import Iterable
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from particlesnn.core import QUANTITIES, AnnotationError, Measurements, ParticleMap, Scan
from particlesnn.measurement.filling import label_inside
from particlesnn.measurement.neighbours import nearest_distances, touching_another
from particlesnn.measurement.outline import Outlines, measure_outlines
from particlesnn.measurement.relief import Ground, Relief, measure_relief
from particlesnn.measurement.volumes import measure_volumes

_UNSEEN = Relief(np.nan, np.nan, np.nan, np.nan, np.nan)
_AT_BORDER_PX = 0.5


def measure(scan: Scan, particles: ParticleMap) -> Measurements:
    """Measure each particle.

    Lengths are in nm, from the scan's own pixel size, which may differ in x and y; in px when the scan has no scale.
    Positions are counted from the left and the top border of the scan. Heights stand above the local substrate
    (see `particlesnn.measurement.relief`) and are negative for particles darker than it.

    Parameters
    ----------
    scan
        The scan.
    particles
        Its particles, found or drawn.

    Raises
    ------
    AnnotationError
        When the particles belong to a scan of another shape.
    """
    if particles.shape_px != scan.shape_px:
        raise AnnotationError(
            f"the contours were drawn on {_size(particles.shape_px)} px but {scan.source or 'the scan'} has "
            f"{_size(scan.shape_px)} px; give the contours of this very scan"
        )
    dy, dx = scan.pixel_nm or (1.0, 1.0)
    outlines = measure_outlines([(particle.contour.points_px + 0.5) * (dx, dy) for particle in particles.particles])
    labels = label_inside([particle.contour.points_px for particle in particles.particles], scan.shape_px)
    reliefs = _reliefs(scan, particles, labels)
    volumes = measure_volumes(scan.values, labels, len(particles), (dy, dx))
    top, diameter = _column(relief.height_max for relief in reliefs), outlines.diameter
    comparable = scan.value_unit == "nm" and scan.pixel_nm is not None
    ratio = top / diameter if comparable else np.full(len(particles), np.nan)
    columns = {field.name: getattr(outlines, field.name) for field in fields(Outlines)}
    columns |= {
        "nearest_neighbour": nearest_distances(outlines.x, outlines.y),
        "fwhm": np.sqrt(4 / np.pi * dx * dy * _column(relief.half_area_px for relief in reliefs)),
        "height_max": top,
        "height_mean": _column(relief.height_mean for relief in reliefs),
        "height_median": _column(relief.height_median for relief in reliefs),
        "height_to_diameter": ratio,
        "contact_angle": np.degrees(2 * np.arctan(2 * np.where(ratio > 0, ratio, np.nan))),
        "volume": dx * dy * _column(relief.volume_px for relief in reliefs),
        "volume_zero": dx * dy * volumes.zero,
        "volume_minimum": dx * dy * volumes.minimum,
        "volume_laplace": dx * dy * volumes.laplace,
    }
    rows, width = scan.shape_px
    return Measurements(
        ids=tuple(particle.id for particle in particles.particles),
        columns={quantity.name: columns[quantity.name] for quantity in QUANTITIES},
        scaled=scan.pixel_nm is not None,
        heights=scan.value_unit == "nm",
        touches_border=touching_border(particles),
        touches_particle=touching_another(particles),
        size_scan=(rows * dy, width * dx),
    )


def _size(shape_px: tuple[int, int]) -> str:
    return f"{shape_px[1]} x {shape_px[0]}"


def touching_border(particles: ParticleMap) -> NDArray[np.bool_]:
    """Tell which particles reach the border of the scan. Shape (N,)."""
    rows, columns = particles.shape_px
    flags = []
    for particle in particles.particles:
        left, top, right, bottom = particle.contour.bounds_px
        nearest = min(left, top, columns - 1 - right, rows - 1 - bottom)
        flags.append(nearest < _AT_BORDER_PX)
    return np.array(flags, dtype=np.bool_)


def _reliefs(scan: Scan, particles: ParticleMap, labels: NDArray[np.int32]) -> list[Relief]:
    boxes = find_objects(labels, max_label=len(particles))
    ground, reliefs = Ground(scan.values, labels), []
    for number, box in enumerate(boxes, start=1):
        if box is None:  # no pixel's centre lies inside, or a later particle covers all of it
            reliefs.append(_UNSEEN)
            continue
        area_px = particles.particles[number - 1].contour.area_px
        diameter_px = float(np.sqrt(4 * area_px / np.pi))
        reliefs.append(measure_relief(ground, number, (box[0], box[1]), diameter_px))
    return reliefs


def _column(values: Iterable[float]) -> NDArray[np.float64]:
    return np.fromiter(values, dtype=np.float64)
