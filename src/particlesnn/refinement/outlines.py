"""From bumps to contours: the section at a quarter of the height, cut where a neighbour stands higher."""

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from particlesnn.core import Contour
from particlesnn.refinement.fit import Floats, forms, profile
from particlesnn.refinement.frames import Frames
from particlesnn.refinement.joint import Bumps

_CORNERS = 48
"""Points of a contour."""
_GAP = 0.005
"""A cut ends so much before the line, as a share of the way: straight sides between the rays then hardly overlap."""
_HALVINGS = 9
"""How finely the line between two particles is sought along each ray."""
_NOTHING = Polygon()
Mask = NDArray[np.bool_]


def sections(bumps: Bumps, chosen: Mask, wanted: Mask, shape_px: tuple[int, int]) -> NDArray[np.object_]:
    """Outline each bump where it has fallen to a quarter of its height, or where another one stands as high.

    Along each ray from the centre the particle ends where first of the two is met.

    Parameters
    ----------
    bumps
        N bumps.
    chosen
        Shape (N,): those that count; the others cut nothing.
    wanted
        Shape (N,): the M of them that are to be outlined.
    shape_px
        Rows and columns of the scan, at whose border contours end.

    Returns
    -------
    ndarray of shape (M,)
        Polygons; empty where a particle is hidden.
    """
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    rays = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    borders = np.exp(bumps.lobes.at(np.arange(len(wanted))[:, np.newaxis], rays[np.newaxis]) / 2)
    ends = (_ends(bumps, wanted, chosen, rays, borders) * borders)[wanted]
    parameters = bumps.parameters[wanted]
    offsets = (ends[:, :, np.newaxis] * rays) @ np.linalg.inv(forms(parameters)).transpose(0, 2, 1)
    frames = Frames(bumps.frames.centres_px[wanted], bumps.frames.axes_px[wanted])
    places = frames.to_px(parameters[:, np.newaxis, :2] + offsets)
    polygons = np.asarray(shapely.polygons(places))
    rows, columns = shape_px
    within = shapely.box(-0.5, -0.5, columns - 0.5, rows - 0.5)
    outside = ((places < -0.5) | (places > (columns - 0.5, rows - 0.5))).any(axis=(1, 2))
    polygons[outside] = shapely.intersection(shapely.make_valid(polygons[outside]), within)
    return polygons


def _ends(bumps: Bumps, wanted: Mask, chosen: Mask, rays: Floats, borders: Floats) -> Floats:
    """Where each ray ends, as a share of the way to the border, shape (N, rays)."""
    parameters, form = bumps.parameters, forms(bumps.parameters)
    both = wanted[bumps.pairs.one] & chosen[bumps.pairs.other]
    one, other = bumps.pairs.one[both], bumps.pairs.other[both]
    # From where the one's border is a circle to where the other's is.
    to_other = form[other] @ bumps.frames.inverse[other]
    from_one = bumps.frames.axes_px[one]
    change = to_other @ from_one @ np.linalg.inv(form[one])
    shift = np.einsum("mij,mj->mi", to_other @ from_one, parameters[one, :2])
    shift += np.einsum("mij,mj->mi", to_other, bumps.frames.centres_px[one] - bumps.frames.centres_px[other])
    shift -= np.einsum("mij,mj->mi", form[other], parameters[other, :2])
    directions = (borders[one][..., np.newaxis] * rays) @ change.transpose(0, 2, 1)
    tall, powers = np.abs(parameters[:, 5] * bumps.contrasts), np.exp(parameters[:, 6])

    def lower(share: Floats, pair: NDArray[np.intp], direction: Floats) -> Mask:
        """Whether the other stands higher at that share of the way."""
        place = shift[pair] + share[:, np.newaxis] * direction
        q = (place * place).sum(axis=1) * np.exp(-bumps.lobes.at(other[pair], place))
        return np.asarray(
            tall[other[pair]] * profile(q, powers[other[pair]])
            > tall[one[pair]] * profile(share * share, powers[one[pair]])
        )

    pair, ray = (side.ravel() for side in np.indices(directions.shape[:2]))
    lost = lower(np.ones(len(pair)), pair, directions[pair, ray])
    pair, ray = pair[lost], ray[lost]
    low, high, direction = np.zeros(len(pair)), np.ones(len(pair)), directions[pair, ray]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = lower(middle, pair, direction)
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    ends = np.ones((len(parameters), len(rays)))
    np.minimum.at(ends, (one[pair], ray), (1 - _GAP) * low)
    return ends


def without_overlap(polygons: NDArray[np.object_], kept: Mask, heights: Floats, fresh: Mask) -> NDArray[np.object_]:
    """Cut the polygons so that no refined one overlaps any other.

    Parameters
    ----------
    polygons
        N outlines.
    kept
        Shape (N,): outlines that stay as they are; what overlaps them is cut.
    heights
        Shape (N,): of two refined ones the lower is cut.
    fresh
        Shape (N,): the others do not overlap one another already.
    """
    shapes = polygons.copy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first = (one < other) & ~(kept[one] & kept[other]) & (fresh[one] | fresh[other])
    for a, b in zip(one[first], other[first], strict=True):
        loser, winner = (a, b) if kept[b] or (not kept[a] and heights[a] < heights[b]) else (b, a)
        shapes[loser] = _largest(shapely.difference(shapes[loser], shapes[winner]))
    return shapes


def _largest(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the largest polygon of what a cut has left."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area, default=_NOTHING)


def polygon_of(contour: Contour) -> shapely.Geometry:
    """Make a valid polygon of a contour; several where it crosses itself."""
    polygon = Polygon(contour.points_px)
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def contour_of(polygon: Polygon) -> Contour:
    """Make a contour of the outer ring of a polygon."""
    return Contour(shapely.get_coordinates(polygon.exterior)[:-1])
