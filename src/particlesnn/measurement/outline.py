"""Sizes of outlines. Any length unit: points in nm give nm, points in px give px."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from particlesnn.measurement.circles import circumscribed_diameters, inscribed_diameters

Points = NDArray[np.float64]
Column = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outlines:
    """What was measured of N closed outlines; each field has shape (N,)."""

    x: Column
    """Centre of mass."""
    y: Column
    """Centre of mass."""
    area: Column
    """Enclosed area."""
    diameter: Column
    """Diameter of the circle of the same area."""
    perimeter: Column
    """Sum of the sides."""
    length: Column
    """Longer side of the minimal bounding rectangle."""
    width: Column
    """Shorter side of it."""
    aspect_ratio: Column
    """Length over width, at least 1; NaN where the width is zero."""
    angle: Column
    """Direction of the longer side in degrees, 0 <= angle < 180, from the x axis towards y; NaN for a point."""
    feret_max: Column
    """Largest distance of two parallel tangents."""
    feret_min: Column
    """Smallest distance of two parallel tangents."""
    feret_90: Column
    """Distance of the two tangents that run along the largest Feret diameter."""
    inscribed_diameter: Column
    """Diameter of the largest circle inside."""
    circumscribed_diameter: Column
    """Diameter of the smallest circle around."""
    circularity: Column
    """4 pi A / P^2, at most 1."""
    solidity: Column
    """Area over the area of the convex hull, at most 1; NaN where that is zero."""


def measure_outlines(outlines: Sequence[Points]) -> Outlines:
    """Measure closed polygons.

    Parameters
    ----------
    outlines
        N arrays of shape (K, 2), K >= 3: (x, y); the last point joins the first.
    """
    rings = as_rings(outlines)
    x, y, area, perimeter = _shoelace(outlines)
    hulls = shapely.convex_hull(rings)
    calipers = _calipers_of(hulls)
    diameter = np.sqrt(4 * area / np.pi)
    length, width = calipers[:, 0], calipers[:, 1]
    return Outlines(
        x=x,
        y=y,
        area=area,
        diameter=diameter,
        perimeter=perimeter,
        length=length,
        width=width,
        aspect_ratio=_ratio(length, width),
        angle=calipers[:, 2],
        feret_max=calipers[:, 3],
        feret_min=calipers[:, 4],
        feret_90=calipers[:, 5],
        inscribed_diameter=inscribed_diameters(rings, diameter),
        circumscribed_diameter=circumscribed_diameters(hulls),
        circularity=np.minimum(np.nan_to_num(_ratio(4 * np.pi * area, perimeter**2)), 1.0),
        solidity=np.minimum(_ratio(area, shapely.area(hulls)), 1.0),
    )


def minimal_rectangles(outlines: Sequence[Points]) -> tuple[Column, Column, Column]:
    """Length, width and angle of the minimal bounding rectangles, as `Outlines` has them, each of shape (N,)."""
    length, width, angle = _calipers_of(shapely.convex_hull(as_rings(outlines))).T[:3]
    return length, width, angle


def as_rings(outlines: Sequence[Points]) -> NDArray[np.object_]:
    """Return the outlines as shapely's rings, shape (N,)."""
    lengths = [len(points) for points in outlines]
    points = np.concatenate([np.zeros((0, 2)), *outlines])
    return np.asarray(shapely.linearrings(points, indices=np.repeat(np.arange(len(lengths)), lengths)))


def _ratio(above: Column, below: Column) -> Column:
    """Divide; NaN where the divisor is zero."""
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0))


def _shoelace(outlines: Sequence[Points]) -> tuple[Column, Column, Column, Column]:
    """Centre of mass x and y, area and perimeter, each of shape (N,).

    Shoelace formulas about the first point, so that large coordinates lose no digits.
    """
    figures = np.empty((len(outlines), 4))
    for number, points in enumerate(outlines):
        origin = points[0]
        x, y = np.concatenate([points - origin, np.zeros((1, 2))]).T
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        double = float(cross.sum())
        if abs(double) < 1e-12:
            centre = points.mean(axis=0)
        else:
            centre = origin + np.array([(x[:-1] + x[1:]) @ cross, (y[:-1] + y[1:]) @ cross]) / (3 * double)
        figures[number] = *centre, abs(double) / 2, np.hypot(np.diff(x), np.diff(y)).sum()
    x, y, area, perimeter = figures.T
    return x, y, area, perimeter


def _calipers_of(hulls: NDArray[np.object_]) -> NDArray[np.float64]:
    """Length, width, angle, and the largest, the smallest and the perpendicular Feret diameter, shape (N, 6)."""
    corners, owner = shapely.get_coordinates(hulls, return_index=True)
    bounds = np.searchsorted(owner, np.arange(len(hulls) + 1))
    figures = [_calipers(corners[start:stop]) for start, stop in pairwise(bounds)]
    return np.array(figures, dtype=np.float64).reshape(-1, 6)


def _calipers(hull: Points) -> tuple[float, float, float, float, float, float]:
    """Read all calipers off one hull, corners of shape (K, 2), the first repeated at the end unless it is a line."""
    if len(hull) < 2:
        return 0.0, 0.0, np.nan, 0.0, 0.0, 0.0
    # The minimal rectangle, and the narrowest pair of tangents (Shamos 1978), lie along a side of the hull.
    sides = (hull[1:] - hull[:-1]).T
    directions = sides / np.hypot(*sides)
    widths, heights = _extents(hull @ directions), _extents(hull @ _turned(directions))
    smallest = int((widths * heights).argmin())
    width, length = sorted((float(widths[smallest]), float(heights[smallest])))
    along = directions[:, smallest]
    long_side = along if widths[smallest] >= heights[smallest] else _turned(along)
    x, y = hull.T
    distances = np.hypot(x[:, np.newaxis] - x, y[:, np.newaxis] - y)
    one, other = divmod(int(distances.argmax()), len(hull))
    feret_max = float(distances[one, other])
    feret_90 = float(np.ptp(hull @ _turned(hull[one] - hull[other]))) / feret_max
    angle = float(np.degrees(np.arctan2(long_side[1], long_side[0]))) % 180.0
    return length, width, angle % 180.0, feret_max, float(heights.min()), feret_90


def _extents(projections: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(projections.max(axis=0) - projections.min(axis=0))


def _turned(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn vectors, shape (2,) or (2, K), by a right angle."""
    return np.stack([-vectors[1], vectors[0]])
