"""How much of a scan lies inside contours."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from particlesnn.core import Measurements, ParticleMap


@dataclass(frozen=True)
class Cover:
    """Areas of one scan."""

    union: float
    """What lies inside one contour or more, within the scan."""
    overlap: float
    """What lies inside two contours, plus twice what lies inside three, and so on."""


_known: "WeakKeyDictionary[ParticleMap, Cover]" = WeakKeyDictionary()
"""In px^2, of maps that are in use: a map never changes, and the same one is summed up alone and with others."""


def covered_area(measurements: Measurements, particles: ParticleMap) -> Cover:
    """Unite all contours of a scan, in the unit of ``Measurements.area_scan``.

    Parts beyond the border of the scan do not count, so that the coverage is right whatever is done with particles at
    the border.

    Parameters
    ----------
    measurements
        They give the size of a pixel.
    particles
        The contours.
    """
    cover = _known.get(particles)
    if cover is None:
        cover = _known[particles] = _united(particles)
    rows, columns = particles.shape_px
    pixel = measurements.area_scan / (rows * columns)
    return Cover(cover.union * pixel, cover.overlap * pixel)


def _united(particles: ParticleMap) -> Cover:
    import shapely  # late: only those who ask for coverage pay for it

    rows, columns = particles.shape_px
    field = shapely.box(-0.5, -0.5, columns - 0.5, rows - 0.5)
    outlines = np.empty(len(particles), dtype=object)
    for number, particle in enumerate(particles.particles):
        outline = shapely.Polygon(particle.contour.points_px)
        outlines[number] = outline if outline.is_valid else shapely.make_valid(outline)
    out = ~shapely.within(outlines, field)
    outlines[out] = shapely.intersection(outlines[out], field)
    areas = shapely.area(outlines)
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    meeting = np.unique(one[one != other])
    overlap = float(areas[meeting].sum()) - float(shapely.union_all(outlines[meeting]).area)
    return Cover(float(areas.sum()) - overlap, max(overlap, 0.0))
