"""A contour: the closed outline of one particle."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Contour:
    """A closed polygon in pixel coordinates.

    Parameters
    ----------
    points_px
        Shape (K, 2), K >= 3, float64: (x, y) pairs. An integer is the CENTRE of a pixel, so the picture
        reaches from -0.5 to W - 0.5. The last point is joined to the first and not repeated.

    Raises
    ------
    ValueError
        When there are fewer than three points, or one is not finite.
    """

    points_px: NDArray[np.float64]

    def __post_init__(self) -> None:
        points = np.array(self.points_px, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"a contour is a list of (x, y) pairs, not an array of shape {points.shape}")
        if len(points) > 1 and np.array_equal(points[0], points[-1]):
            points = points[:-1]
        if len(points) < 3:
            raise ValueError("a contour needs at least three points")
        if not np.isfinite(points).all():
            raise ValueError("a contour needs finite coordinates")
        points.setflags(write=False)
        object.__setattr__(self, "points_px", points)

    @cached_property
    def area_px(self) -> float:
        """Enclosed area in square pixels (shoelace formula)."""
        # About the first point: large coordinates lose no digits, and the side that closes the polygon adds nothing.
        x, y = (self.points_px - self.points_px[0]).T
        return 0.5 * abs(float(x[:-1] @ y[1:] - y[:-1] @ x[1:]))

    @property
    def centroid_px(self) -> tuple[float, float]:
        """Centre of mass (x, y) of the enclosed area; the mean of the points when the area is zero."""
        origin = self.points_px[0]
        x, y = (self.points_px - origin).T
        # As above: the side that closes the polygon ends in the origin.
        cross = x[:-1] * y[1:] - y[:-1] * x[1:]
        total = float(cross.sum())
        if abs(total) < 1e-12:
            mean = self.points_px.mean(axis=0)
            return float(mean[0]), float(mean[1])
        centre_x = float((x[:-1] + x[1:]) @ cross) / (3 * total)
        centre_y = float((y[:-1] + y[1:]) @ cross) / (3 * total)
        return centre_x + float(origin[0]), centre_y + float(origin[1])

    @property
    def bounds_px(self) -> tuple[float, float, float, float]:
        """Smallest upright rectangle (x_min, y_min, x_max, y_max)."""
        x_min, y_min = self.points_px.min(axis=0)
        x_max, y_max = self.points_px.max(axis=0)
        return float(x_min), float(y_min), float(x_max), float(y_max)
