"""The largest circle inside an outline and the smallest one around it."""

import numpy as np
import shapely
from numpy.typing import NDArray

_PRECISION = 2e-3
"""The inscribed circle is searched until its radius can grow by no more than this share of the diameter."""


def inscribed_diameters(rings: NDArray[np.object_], diameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Diameter of the largest circle inside each outline, to 0.4 %; 0 where it encloses nothing.

    An outline that crosses itself is taken apart, and its roomiest part counts.

    Parameters
    ----------
    rings
        Shape (N,): closed rings.
    diameters
        Shape (N,): their equal-area diameters, in the same unit.
    """
    polygons = np.asarray(shapely.polygons(rings))
    crossing = ~shapely.is_valid(polygons)
    polygons[crossing] = shapely.buffer(shapely.make_valid(polygons[crossing]), 0.0)
    parts, owner = shapely.get_parts(polygons, return_index=True)
    solid = shapely.area(parts) > 0
    parts, owner = parts[solid], owner[solid]
    tolerance = np.maximum(_PRECISION * diameters[owner], np.finfo(float).tiny)
    radii = shapely.length(shapely.maximum_inscribed_circle(parts, tolerance=tolerance))
    largest = np.zeros(len(rings))
    np.maximum.at(largest, owner, 2 * radii)
    return largest


def circumscribed_diameters(hulls: NDArray[np.object_]) -> NDArray[np.float64]:
    """Diameter of the smallest circle around each outline.

    Parameters
    ----------
    hulls
        Shape (N,): the convex hulls, which have the same circle and fewer corners.
    """
    return np.asarray(2 * shapely.minimum_bounding_radius(hulls), dtype=np.float64)
