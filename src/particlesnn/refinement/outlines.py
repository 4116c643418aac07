"""From bumps to contours: the section at a quarter of the height, cut where a neighbour stands higher."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from particlesnn.core import Contour
from particlesnn.refinement.fit import Floats, evaluate_bumps
from particlesnn.refinement.joint import Bumps
from particlesnn.refinement.neighbours import Pairs, rivals

_CORNERS = 64
"""Points of a contour."""
_HALVINGS = 9
"""How finely the line between two particles is sought along each ray."""
_OVERLAP_PX = 1e-9
"""Least common area, px^2, that is cut away."""
Mask = NDArray[np.bool_]


def sections(bumps: Bumps, chosen: Mask, shape_px: tuple[int, int]) -> list[Polygon]:
    """Outline each bump where it has fallen to a quarter of its height, or where another one stands as high.

    Along each ray from the centre the particle ends where first of the two is met.

    Parameters
    ----------
    bumps
        N bumps.
    chosen
        Shape (N,): those that count; the others cut nothing.
    shape_px
        Rows and columns of the scan, at whose border contours end.

    Returns
    -------
    list
        N polygons; one may be empty where a particle is hidden.
    """
    parameters = bumps.parameters
    pairs = Pairs(*(side[chosen[bumps.pairs.other] & chosen[bumps.pairs.one]] for side in _sides(bumps.pairs)))
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    rays = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    form = np.zeros((len(parameters), 2, 2))
    form[:, 0, 0], form[:, 1, 0], form[:, 1, 1] = (
        np.exp(parameters[:, 2]),
        parameters[:, 3],
        np.exp(parameters[:, 4]),
    )
    rays = rays @ np.linalg.inv(form).transpose(0, 2, 1)
    ends = np.ones((len(parameters), _CORNERS))
    crowded = np.zeros(len(parameters), dtype=bool)
    crowded[pairs.one] = True
    own = np.abs(parameters[:, 5] * bumps.contrasts)[:, np.newaxis]
    low, high = np.zeros_like(ends), ends.copy()
    for halving in range(_HALVINGS):
        middle = high if halving == 0 else (low + high) / 2
        places = parameters[:, np.newaxis, :2] + middle[:, :, np.newaxis] * rays
        lower = rivals(bumps.frames, pairs, parameters, bumps.contrasts, places) > own * _profile(parameters, middle)
        if halving == 0:
            low = np.where(lower, 0.0, 1.0)
            continue
        low, high = np.where(lower, low, middle), np.where(lower, middle, high)
    ends = (low + high) / 2
    places = bumps.frames.to_px(parameters[:, np.newaxis, :2] + ends[:, :, np.newaxis] * rays)
    polygons = shapely.polygons(places)
    rows, columns = shape_px
    within = shapely.box(-0.5, -0.5, columns - 0.5, rows - 0.5)
    outside = ~shapely.covers(within, polygons)
    polygons[outside] = shapely.intersection(shapely.make_valid(polygons[outside]), within)
    return list(polygons)


def _sides(pairs: Pairs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return pairs.one, pairs.other


def _profile(parameters: Floats, radii: Floats) -> Floats:
    """Share of the height at radii (N, R), 1 at the border of the particle."""
    powers = 2 * np.exp(parameters[:, 6:7])
    return np.asarray(np.exp(-np.log(4.0) * radii**powers), dtype=np.float64)


def without_overlap(polygons: Sequence[Polygon], kept: Mask, heights: Floats) -> list[Polygon]:
    """Cut the polygons so that no refined one overlaps any other.

    Parameters
    ----------
    polygons
        N outlines.
    kept
        Shape (N,): outlines that stay as they are; what overlaps them is cut.
    heights
        Shape (N,): of two refined ones the lower is cut.
    """
    shapes = np.array(polygons, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first = (one < other) & ~(kept[one] & kept[other])
    one, other = one[first], other[first]
    common = shapely.area(shapely.intersection(shapes[one], shapes[other])) > _OVERLAP_PX
    for a, b in zip(one[common], other[common], strict=True):
        loser, winner = (a, b) if kept[b] or (not kept[a] and heights[a] < heights[b]) else (b, a)
        shapes[loser] = _largest(shapely.difference(shapes[loser], shapes[winner]))
    return list(shapes)


def _largest(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the largest polygon of what a cut has left."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area, default=Polygon())


def polygon_of(contour: Contour) -> shapely.Geometry:
    """Make a valid polygon of a contour; several where it crosses itself."""
    polygon = Polygon(contour.points_px)
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def contour_of(polygon: Polygon) -> Contour:
    """Make a contour of the outer ring of a polygon."""
    return Contour(shapely.get_coordinates(polygon.exterior)[:-1])
