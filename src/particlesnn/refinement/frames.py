"""The frame of each particle: a unit disc laid onto its contour, so that all particles are fitted in the same terms.

Legend of shapes: N particles, P sample points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Contour

Floats = NDArray[np.float64]

_SLIMMEST = 1 / 3
"""Least ratio of a frame's axes: a ragged contour must not make a needle of its frame."""
_LEAST_AXIS_PX = 0.7
"""Least half axis of a frame."""
_ON_BORDER_PX = 0.75
"""Points of a contour so near to the outermost pixels' centres are the border of the scan."""
_LEAST_ARC = 5
"""Points that an arc needs to be made a circle."""
_SIZES = 0.25
"""Standard deviation of ln(radius) that is expected of a circle."""
_ROUNDNESS = 0.3
"""How far a point of an arc strays from the circle, as a share of the radius."""
_UNUSUAL = 2.5
"""A circle so many times larger or smaller than usual is none."""
_CIRCLE_STEPS = 12


@dataclass(frozen=True, eq=False)
class Frames:
    """Ellipses with the centre of mass, the area and the second moments of the contours.

    A point u of the frame lies at ``centres_px + axes_px @ u``; the unit circle is the ellipse.
    """

    centres_px: Floats
    """Shape (N, 2), (x, y)."""
    axes_px: Floats
    """Shape (N, 2, 2), symmetric and positive definite."""

    @property
    def radii_px(self) -> Floats:
        """Radius of the circle of the same area, shape (N,)."""
        return np.asarray(np.sqrt(np.linalg.det(self.axes_px)), dtype=np.float64)

    @property
    def inverse(self) -> Floats:
        """From px about the centre to the frame, shape (N, 2, 2)."""
        return np.asarray(np.linalg.inv(self.axes_px), dtype=np.float64)

    @property
    def reach_px(self) -> Floats:
        """Longer half axis, shape (N,)."""
        return np.asarray(np.linalg.eigvalsh(self.axes_px)[:, 1], dtype=np.float64)

    def to_px(self, points: Floats) -> Floats:
        """Lay points (P, 2), or (N, P, 2), of the frames onto the scan: shape (N, P, 2), (x, y)."""
        return np.asarray(points @ self.axes_px.transpose(0, 2, 1) + self.centres_px[:, np.newaxis])


def frames_of(contours: Sequence[Contour]) -> Frames:
    """Lay a frame onto each contour.

    Parameters
    ----------
    contours
        N contours, at least one.
    """
    lengths = np.array([len(contour.points_px) for contour in contours])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    points = np.concatenate([contour.points_px for contour in contours])
    origins = np.add.reduceat(points, starts) / lengths[:, np.newaxis]
    x, y = (points - np.repeat(origins, lengths, axis=0)).T
    following = np.arange(1, len(points) + 1)
    following[starts + lengths - 1] = starts
    x_next, y_next = x[following], y[following]
    cross = x * y_next - x_next * y
    terms = np.stack(
        [
            cross / 2,
            (x + x_next) * cross / 6,
            (y + y_next) * cross / 6,
            (x * x + x * x_next + x_next * x_next) * cross / 12,
            (y * y + y * y_next + y_next * y_next) * cross / 12,
            (x * y_next + 2 * x * y + 2 * x_next * y_next + x_next * y) * cross / 24,
        ],
        axis=1,
    )
    sums = np.add.reduceat(terms, starts)
    area = sums[:, 0]
    safe = np.where(np.abs(area) < 1e-9, 1e-9, area)
    mean = sums[:, 1:3] / safe[:, np.newaxis]
    mean[np.abs(area) < 1e-6] = 0
    xx, yy, xy = (sums[:, 3:] / safe[:, np.newaxis]).T
    moments = np.stack([xx - mean[:, 0] ** 2, xy - mean.prod(axis=1), xy - mean.prod(axis=1), yy - mean[:, 1] ** 2], 1)
    return Frames(origins + mean, _axes(moments.reshape(-1, 2, 2), np.abs(area)))


def _axes(moments: Floats, areas: Floats) -> Floats:
    """Root of the second moments, scaled to the area."""
    values, vectors = np.linalg.eigh(np.nan_to_num(moments))
    halves = np.sqrt(np.maximum(values, 1e-6))
    halves = np.maximum(halves, _SLIMMEST * halves[:, 1:])
    halves *= np.sqrt(areas / np.pi / halves.prod(axis=1))[:, np.newaxis]
    halves = np.maximum(halves, _LEAST_AXIS_PX)
    return np.asarray((vectors * halves[:, np.newaxis]) @ vectors.transpose(0, 2, 1), dtype=np.float64)


def completed(frames: Frames, contours: Sequence[Contour], cut: NDArray[np.bool_], shape_px: tuple[int, int]) -> Frames:
    """Lay circles onto the contours that the scan cuts, as if the particles went on beyond its border.

    A circle is fitted to that part of the contour which is not the border of the scan, by Gauss-Newton steps; its
    radius is held near to the median radius of the particles that are whole.

    Parameters
    ----------
    frames, contours
        Of N particles.
    cut
        Shape (N,): those that the scan cuts.
    shape_px
        Rows and columns of the scan.
    """
    centres, axes = frames.centres_px.copy(), frames.axes_px.copy()
    usual = float(np.median(frames.radii_px[~cut] if not cut.all() else frames.radii_px))
    rows, columns = shape_px
    arcs, owners = [], []
    for number in np.flatnonzero(cut).tolist():
        points = contours[number].points_px
        away = np.minimum(points, np.array([columns - 1, rows - 1]) - points).min(axis=1)
        free = points[away > _ON_BORDER_PX]
        if len(free) >= _LEAST_ARC:
            arcs.append(free)
            owners.append(number)
    if arcs:
        circles, radii = _circles(arcs, centres[owners], usual)
        likely = (radii > usual / _UNUSUAL) & (radii < usual * _UNUSUAL)
        chosen = np.array(owners)[likely]
        centres[chosen] = circles[likely]
        axes[chosen] = radii[likely, np.newaxis, np.newaxis] * np.eye(2)
    return Frames(centres, axes)


def _circles(arcs: Sequence[Floats], centres: Floats, usual: float) -> tuple[Floats, Floats]:
    """Fit a circle to each arc, its ln(radius) expected at the usual one: centres (M, 2) and radii (M,)."""
    lengths = np.array([len(arc) for arc in arcs])
    known = np.arange(lengths.max()) < lengths[:, np.newaxis]
    points = np.zeros((*known.shape, 2))
    points[known] = np.concatenate(arcs)
    weights = np.where(known, (_ROUNDNESS * usual) ** -2, 0.0)
    theta = np.concatenate([centres, np.full((len(arcs), 1), np.log(usual))], axis=1)
    longest = np.array([usual, usual, 0.5])
    rows = np.empty((len(arcs), 3, points.shape[1]))
    for _ in range(_CIRCLE_STEPS):
        out = points - theta[:, np.newaxis, :2]
        away = np.maximum(np.hypot(out[..., 0], out[..., 1]), 1e-9)
        radius = np.exp(theta[:, 2:])
        rows[:, 0], rows[:, 1], rows[:, 2] = -out[..., 0] / away, -out[..., 1] / away, -radius
        weighted = rows * weights[:, np.newaxis]
        normal = weighted @ rows.transpose(0, 2, 1) + np.diag([1e-9, 1e-9, _SIZES**-2])
        gradient = -np.einsum("mkp,mp->mk", weighted, away - radius)
        gradient[:, 2] += _SIZES**-2 * (np.log(usual) - theta[:, 2])
        step = np.linalg.solve(normal, gradient[..., np.newaxis])[..., 0]
        theta += np.clip(step, -longest, longest)
    return theta[:, :2], np.exp(theta[:, 2])


def sunflower(points: int, radius: float) -> Floats:
    """Spread points evenly over a disc (Vogel, Math. Biosci. 44, 179 (1979)): shape (P, 2)."""
    number = np.arange(points) + 0.5
    turn = number * np.pi * (3 - np.sqrt(5))
    away = radius * np.sqrt(number / points)
    return np.stack([away * np.cos(turn), away * np.sin(turn)], axis=1)
