"""A two-dimensional Gaussian bump: eq. 2 of the paper in clear form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class GaussianBump:
    """A tilted elliptic Gaussian on a flat base.

    H(u, v) = base + amplitude * exp(-u^2 / sigma_u^2 - v^2 / sigma_v^2), where (u, v) are the coordinates
    about the centre turned by ``angle_rad``. This is eq. 2 of Okunev et al. 2020 with its mixed term written as an
    angle; as there, the exponent carries no factor 1/2.

    Parameters
    ----------
    amplitude
        Height above the base, in the unit of the scan.
    centre_px
        (x, y), an integer is a pixel centre.
    sigmas_px
        Widths along the two axes (sigma_u, sigma_v), in px, positive.
    angle_rad
        Angle from the x axis to the u axis, positive from x towards y (down).
    base
        Height of the base, in the unit of the scan.
    residual
        Root mean square of what the fit left, in the unit of the scan.

    Raises
    ------
    ValueError
        When a width is not positive.
    """

    amplitude: float
    centre_px: tuple[float, float]
    sigmas_px: tuple[float, float]
    angle_rad: float
    base: float
    residual: float

    def __post_init__(self) -> None:
        if min(self.sigmas_px) <= 0:
            raise ValueError(f"the widths of a bump are positive, not {self.sigmas_px}")

    def height_at(self, x_px: ArrayLike, y_px: ArrayLike) -> NDArray[np.float64]:
        """Height at the points (x, y) in px, broadcast together, in the unit of the scan."""
        dx = np.asarray(x_px, dtype=np.float64) - self.centre_px[0]
        dy = np.asarray(y_px, dtype=np.float64) - self.centre_px[1]
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        u, v = dx * cos + dy * sin, dy * cos - dx * sin
        exponent = (u / self.sigmas_px[0]) ** 2 + (v / self.sigmas_px[1]) ** 2
        return np.asarray(self.base + self.amplitude * np.exp(-exponent), dtype=np.float64)

    def contour_at(self, level: float, points: int = 64) -> NDArray[np.float64] | None:
        """Section with the plane at ``level``: an ellipse, shape (points, 2), (x, y) in px.

        None where the plane misses the bump (the level is not strictly between base and top).
        """
        share = (level - self.base) / self.amplitude if self.amplitude else 0.0
        if not 0.0 < share < 1.0:
            return None
        radius = np.sqrt(-np.log(share))
        turn = np.linspace(0.0, 2 * np.pi, points, endpoint=False)
        u, v = radius * self.sigmas_px[0] * np.cos(turn), radius * self.sigmas_px[1] * np.sin(turn)
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return np.stack([self.centre_px[0] + u * cos - v * sin, self.centre_px[1] + u * sin + v * cos], axis=1)

    @property
    def volume(self) -> float:
        """Volume between bump and base, pi * amplitude * sigma_u * sigma_v (height unit times px^2)."""
        return float(np.pi * self.amplitude * self.sigmas_px[0] * self.sigmas_px[1])
