"""Several contours joined to one."""

from collections.abc import Sequence

from shapely import Polygon, union_all

from particlesnn.core import AnnotationError, Contour
from particlesnn.editing.polygons import contour_of, polygon_of

_BRIDGE_PX = 0.75
"""Contours this near are joined across the gap: those of neighbours run half a pixel apart."""


def merge(contours: Sequence[Contour]) -> Contour:
    """Join contours that touch, overlap or lie at most 1.5 px apart.

    Parameters
    ----------
    contours
        Two or more.

    Raises
    ------
    AnnotationError
        When there are fewer than two, or they lie apart.
    """
    if len(contours) < 2:
        raise AnnotationError("two particles at least are needed to make one of them; select more")
    polygons = [polygon_of(contour) for contour in contours]
    joined = union_all(polygons)
    if not isinstance(joined, Polygon):
        # Grown and shrunk again: only gaps are filled, the outer sides stay. The union keeps every old corner.
        bridged = union_all([polygon.buffer(_BRIDGE_PX) for polygon in polygons]).buffer(-_BRIDGE_PX)
        joined = union_all([bridged, *polygons])
    if not isinstance(joined, Polygon):
        raise AnnotationError("the particles lie apart; only those that touch can be made one")
    return contour_of(joined)
