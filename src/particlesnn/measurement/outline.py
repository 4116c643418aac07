"""Sizes of an outline. Any length unit: points in nm give nm, points in px give px."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Outline:
    """What was measured of one closed outline."""

    x: float
    """Centre of mass."""
    y: float
    """Centre of mass."""
    area: float
    """Enclosed area."""
    diameter: float
    """Diameter of the circle of the same area."""
    perimeter: float
    """Sum of the sides."""
    length: float
    """Longer side of the minimal bounding rectangle."""
    width: float
    """Shorter side of it."""
    feret_max: float
    """Largest distance of two parallel tangents."""
    feret_min: float
    """Smallest distance of two parallel tangents."""
    circularity: float
    """4 pi A / P^2, at most 1."""


def measure_outline(points: Points) -> Outline:
    """Measure a closed polygon.

    Parameters
    ----------
    points
        Shape (K, 2), K >= 3: (x, y); the last joins the first.
    """
    x, y, area = _centre_and_area(points)
    perimeter = float(np.hypot(*(points - np.roll(points, -1, axis=0)).T).sum())
    hull = _hull(points)
    widths, heights = _calipers(hull)
    smallest = int(np.argmin(widths * heights))
    length, width = sorted((float(widths[smallest]), float(heights[smallest])), reverse=True)
    distances = np.hypot(*(hull[:, np.newaxis] - hull[np.newaxis]).transpose(2, 0, 1))
    return Outline(
        x=x,
        y=y,
        area=area,
        diameter=float(np.sqrt(4 * area / np.pi)),
        perimeter=perimeter,
        length=length,
        width=width,
        feret_max=float(distances.max()),
        # The narrowest pair of parallel tangents lies along a side of the hull (Shamos 1978).
        feret_min=float(heights.min()),
        circularity=min(4 * np.pi * area / perimeter**2, 1.0) if perimeter else 0.0,
    )


def _centre_and_area(points: Points) -> tuple[float, float, float]:
    """Shoelace formulas about the first point, so that large coordinates lose no digits."""
    origin = points[0]
    x, y = (points - origin).T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    double = float(cross.sum())
    if abs(double) < 1e-12:
        mean = points.mean(axis=0)
        return float(mean[0]), float(mean[1]), abs(double) / 2
    centre_x = float(((x + next_x) * cross).sum()) / (3 * double) + float(origin[0])
    centre_y = float(((y + next_y) * cross).sum()) / (3 * double) + float(origin[1])
    return centre_x, centre_y, abs(double) / 2


def _hull(points: Points) -> Points:
    """Corners of the convex hull; its two ends where all points lie on one line."""
    corners: Points = shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(points)))
    return corners[:-1] if len(corners) > 2 else corners


def _calipers(hull: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Extent of the hull along and across each of its sides: the minimal rectangle lies along one of them."""
    sides = np.roll(hull, -1, axis=0) - hull
    lengths = np.hypot(*sides.T)
    directions = sides[lengths > 0] / lengths[lengths > 0, np.newaxis]
    along = hull @ directions.T
    across = hull @ np.stack([-directions[:, 1], directions[:, 0]])
    return np.ptp(along, axis=0), np.ptp(across, axis=0)
