"""The paper's own procedure (Okunev et al. 2020, section 2.5), one particle after the other. Kept for comparison."""

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from shapely import affinity
from skimage.draw import polygon as pixels_of

from particlesnn.core import Contour, GaussianBump, Particle, Scan
from particlesnn.refinement.outlines import contour_of, polygon_of

Floats = NDArray[np.float64]

_DOUBLED = 2.0
_KERNEL = 4.0
"""The kernel of the smoothing is d_eff over this."""
_LEAST_PIXELS = 10
"""Seven parameters are not fitted to fewer heights."""
_MOST_STEPS = 50
"""A fit that has not settled by then has failed."""


def refine_singly(scan: Scan, particles: tuple[Particle, ...]) -> tuple[Particle, ...]:
    """Refine each particle by itself; where the fit fails the particle stays as it was.

    Parameters
    ----------
    scan
        The scan.
    particles
        Its particles.
    """
    outer = [polygon_of(particle.contour) for particle in particles]
    extended = [_extended(shape, particle.contour) for shape, particle in zip(outer, particles, strict=True)]
    areas = _without_intersections(extended)
    refined = []
    for particle, area in zip(particles, areas, strict=True):
        bump, level = _fitted(scan.values, particle.contour, area)
        contour = _section(bump, level, area, scan.shape_px) if bump is not None else None
        if contour is None:
            refined.append(particle)
        else:
            refined.append(Particle(contour, particle.score, "refined", bump, particle.id, particle.contour))
    return tuple(refined)


def _extended(outer: shapely.Geometry, contour: Contour) -> shapely.Geometry:
    """Double the contour in linear size; its centre of mass stays where it is."""
    return affinity.scale(outer, _DOUBLED, _DOUBLED, origin=contour.centroid_px)


def _without_intersections(extended: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Cut away what the extended contours of close particles have in common."""
    shapes = np.array(extended, dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    neighbours: list[list[int]] = [[] for _ in extended]
    for a, b in zip(one, other, strict=True):
        if a != b:
            neighbours[a].append(b)
    return [
        shapely.difference(shapes[number], shapely.union_all(shapes[near])) if near else shapes[number]
        for number, near in enumerate(neighbours)
    ]


def _fitted(values: Floats, contour: Contour, area: shapely.Geometry) -> tuple[GaussianBump | None, float]:
    """Fit H inside the area; the bump, and the level of half height."""
    from scipy.optimize import least_squares  # late: it takes a tenth of a second, and only this procedure needs it

    d_eff = math.sqrt(4 / math.pi * contour.area_px)
    rows, columns = _pixels(area, values.shape)
    if len(rows) < _LEAST_PIXELS:
        return None, 0.0
    smooth, corner = _smoothed(values, rows, columns, d_eff / _KERNEL)
    heights = smooth[rows - corner[0], columns - corner[1]]
    h_min_pred, h_max_pred = float(heights.min()), float(heights.max())
    scale = h_max_pred - h_min_pred
    if scale <= 0:
        return None, 0.0
    x0, y0 = contour.centroid_px
    x, y, z = (columns - x0) / d_eff, (rows - y0) / d_eff, (heights - h_min_pred) / scale

    def residuals(theta: Floats) -> Floats:
        h0, hm, cx, cy, xx, yy, xy = theta
        u, v = x - cx, y - cy
        return np.asarray(h0 + hm * np.exp(np.minimum(-(xx * u * u + yy * v * v + xy * u * v), 50.0)) - z)

    def slopes(theta: Floats) -> Floats:
        _, hm, cx, cy, xx, yy, xy = theta
        u, v = x - cx, y - cy
        bell = np.exp(np.minimum(-(xx * u * u + yy * v * v + xy * u * v), 50.0))
        rise = hm * bell
        by_x, by_y = rise * (2 * xx * u + xy * v), rise * (2 * yy * v + xy * u)
        return np.stack([np.ones_like(u), bell, by_x, by_y, -rise * u * u, -rise * v * v, -rise * u * v], axis=1)

    start = np.array([0.0, 1.0, 0.0, 0.0, 4 * math.log(2), 4 * math.log(2), 0.0])
    try:
        found = least_squares(residuals, start, slopes, method="lm", max_nfev=_MOST_STEPS)
    except ValueError:
        return None, 0.0
    h0, hm, cx, cy, xx, yy, xy = (float(value) for value in found.x)
    curvatures, axes = np.linalg.eigh([[xx, xy / 2], [xy / 2, yy]])
    if not found.success or hm <= 0 or curvatures[0] <= 0 or not np.isfinite(found.x).all():
        return None, 0.0
    sigmas = d_eff / np.sqrt(curvatures)
    bump = GaussianBump(
        amplitude=scale * hm,
        centre_px=(x0 + d_eff * cx, y0 + d_eff * cy),
        sigmas_px=(float(sigmas[0]), float(sigmas[1])),
        angle_rad=math.atan2(axes[1, 0], axes[0, 0]),
        base=h_min_pred + scale * h0,
        residual=scale * math.sqrt(2 * found.cost / len(z)),
    )
    h_min = max(bump.base, h_min_pred)
    h_max = min(bump.base + bump.amplitude, h_max_pred)
    return bump, (h_min + h_max) / 2


def _pixels(area: shapely.Geometry, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels whose centres lie in the area, holes left out."""
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and not part.is_empty]
    if not parts:
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    x_low, y_low, x_high, y_high = shapely.total_bounds(np.array(parts, dtype=object))
    left, top = max(math.floor(x_low), 0), max(math.floor(y_low), 0)
    right, bottom = min(math.ceil(x_high), shape[1] - 1), min(math.ceil(y_high), shape[0] - 1)
    inside = np.zeros((max(bottom - top + 1, 0), max(right - left + 1, 0)), dtype=bool)
    for part in parts:
        x, y = shapely.get_coordinates(part.exterior).T
        inside[pixels_of(y - top, x - left, inside.shape)] = True
    for part in parts:
        for hole in part.interiors:
            x, y = shapely.get_coordinates(hole).T
            inside[pixels_of(y - top, x - left, inside.shape)] = False
    rows, columns = np.nonzero(inside)
    return rows + top, columns + left


def _smoothed(
    values: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp], kernel_px: float
) -> tuple[Floats, tuple[int, int]]:
    """Smooth the part of the scan around the pixels: the part, and its first row and column.

    The size of a kernel is taken for its whole width, of three standard deviations to either side.
    """
    sigma = kernel_px / 6
    margin = math.ceil(4 * sigma) + 1
    top, left = max(int(rows.min()) - margin, 0), max(int(columns.min()) - margin, 0)
    part = values[top : int(rows.max()) + margin + 1, left : int(columns.max()) + margin + 1]
    return np.asarray(gaussian_filter(part, sigma), dtype=np.float64), (top, left)


def _section(bump: GaussianBump, level: float, area: shapely.Geometry, shape_px: tuple[int, int]) -> Contour | None:
    """Cut the fitted surface with the plane at half height; None where the section is no border of this particle."""
    points = bump.contour_at(level)
    if points is None or not shapely.covers(shapely.convex_hull(area), shapely.Point(bump.centre_px)):
        return None
    rows, columns = shape_px
    within = shapely.intersection(shapely.Polygon(points), shapely.box(-0.5, -0.5, columns - 0.5, rows - 0.5))
    return contour_of(within) if isinstance(within, shapely.Polygon) and within.area > 0 else None
