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


def sunflower(points: int, radius: float) -> Floats:
    """Spread points evenly over a disc (Vogel, Math. Biosci. 44, 179 (1979)): shape (P, 2)."""
    number = np.arange(points) + 0.5
    turn = number * np.pi * (3 - np.sqrt(5))
    away = radius * np.sqrt(number / points)
    return np.stack([away * np.cos(turn), away * np.sin(turn)], axis=1)
