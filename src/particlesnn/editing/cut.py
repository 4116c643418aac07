"""A contour parted by a line."""

import numpy as np
from numpy.typing import ArrayLike
from shapely import LineString, Polygon
from shapely.ops import split as cut

from particlesnn.core import AnnotationError, Contour
from particlesnn.editing.polygons import contour_of, polygon_of

LEAST_AREA_PX = 1.0
"""Smaller scraps of a cut are dropped."""


def split(contour: Contour, line_px: ArrayLike) -> tuple[Contour, ...]:
    """Part a contour by a line.

    Parameters
    ----------
    contour
        The outline of one particle, perhaps of several that were taken for one.
    line_px
        Shape (K, 2), K >= 2: (x, y) of the line's points in px. Its first and last stretch are drawn out until they
        leave the contour, so that a line which ends inside parts it all the same.

    Returns
    -------
    tuple
        The parts, the largest first; scraps of less than `LEAST_AREA_PX` are dropped.

    Raises
    ------
    AnnotationError
        When the line is no line, or does not part the contour in two.
    """
    points = np.asarray(line_px, dtype=np.float64)
    if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 2 or not np.isfinite(points).all():
        raise AnnotationError("a line that parts a particle needs two points at least; draw it anew")
    if np.ptp(points, axis=0).max() == 0:
        raise AnnotationError("the points of the line are all one; draw it across the particle")
    outline = polygon_of(contour)
    parts = [part for part in cut(outline, _drawn_out(points, outline)).geoms if isinstance(part, Polygon)]
    parts = sorted((part for part in parts if part.area >= LEAST_AREA_PX), key=lambda part: -part.area)
    if len(parts) < 2:
        raise AnnotationError("the line does not part the particle in two; draw it right across")
    return tuple(contour_of(part) for part in parts)


def _drawn_out(points: np.ndarray[tuple[int, int], np.dtype[np.float64]], outline: Polygon) -> LineString:
    left, top, right, bottom = outline.bounds
    far = float(np.hypot(right - left, bottom - top)) + 1.0
    distinct = points[np.r_[True, np.any(np.diff(points, axis=0) != 0, axis=1)]]
    first, last = distinct[0] - distinct[1], distinct[-1] - distinct[-2]
    start = distinct[0] + far * first / np.hypot(*first)
    end = distinct[-1] + far * last / np.hypot(*last)
    return LineString([start, *distinct, end])
