"""From contours to the polygons of shapely, and back."""

import numpy as np
from shapely import Geometry, MultiPolygon, Polygon, make_valid

from particlesnn.core import AnnotationError, Contour


def polygon_of(contour: Contour) -> Polygon:
    """Make a valid polygon of a contour; of one that crosses itself the largest part.

    Raises
    ------
    AnnotationError
        When it encloses no area.
    """
    return largest(make_valid(Polygon(contour.points_px)))


def largest(geometry: Geometry) -> Polygon:
    """Take the largest polygon out of a geometry.

    Raises
    ------
    AnnotationError
        When there is none.
    """
    if isinstance(geometry, Polygon) and geometry.area > 0:
        return geometry
    parts = [part for part in getattr(geometry, "geoms", ()) if isinstance(part, Polygon | MultiPolygon)]
    polygons = [largest(part) for part in parts if part.area > 0]
    if not polygons:
        raise AnnotationError("the contour encloses no area; draw it anew")
    return max(polygons, key=lambda polygon: polygon.area)


def contour_of(polygon: Polygon) -> Contour:
    """Take the outer ring of a polygon; a hole belongs to its particle."""
    return Contour(np.asarray(polygon.exterior.coords, dtype=np.float64))
