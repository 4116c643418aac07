"""A two-dimensional bump: the Gaussian of eq. 2 of the paper in clear form, or a blunter relative of it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class GaussianBump:
    """A tilted elliptic Gaussian on a flat base.

    H(u, v) = base + amplitude * exp(-(u^2 / sigma_u^2 + v^2 / sigma_v^2)^power), where (u, v) are the coordinates
    about the centre turned by ``angle_rad``. With a power of 1 this is eq. 2 of Okunev et al. 2020 with its mixed term
    written as an angle; as there, the exponent carries no factor 1/2. With a larger power it is a super-Gaussian, whose
    top is flatter and whose sides are steeper.

    Parameters
    ----------
    amplitude
        Height above the base, in the unit of the scan; negative for a dark particle.
    centre_px
        (x, y), an integer is a pixel centre.
    sigmas_px
        Widths along the two axes (sigma_u, sigma_v), in px, positive.
    angle_rad
        Angle from the x axis to the u axis, positive from x towards y (down).
    base
        Height of the base under the centre, in the unit of the scan.
    residual
        Root mean square of what the fit left, in the unit of the scan.
    power
        1 for a Gaussian, larger for a blunter bump, positive.

    Raises
    ------
    ValueError
        When a width or the power is not positive.
    """

    amplitude: float
    centre_px: tuple[float, float]
    sigmas_px: tuple[float, float]
    angle_rad: float
    base: float
    residual: float
    power: float = 1.0

    def __post_init__(self) -> None:
        if min(self.sigmas_px) <= 0:
            raise ValueError(f"the widths of a bump are positive, not {self.sigmas_px}")
        if self.power <= 0:
            raise ValueError(f"the power of a bump is positive, not {self.power}")

    def height_at(self, x_px: ArrayLike, y_px: ArrayLike) -> NDArray[np.float64]:
        """Height at the points (x, y) in px, broadcast together, in the unit of the scan."""
        dx = np.asarray(x_px, dtype=np.float64) - self.centre_px[0]
        dy = np.asarray(y_px, dtype=np.float64) - self.centre_px[1]
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        u, v = dx * cos + dy * sin, dy * cos - dx * sin
        exponent = (u / self.sigmas_px[0]) ** 2 + (v / self.sigmas_px[1]) ** 2
        return np.asarray(self.base + self.amplitude * np.exp(-(exponent**self.power)), dtype=np.float64)

    def contour_at(self, level: float, points: int = 64) -> NDArray[np.float64] | None:
        """Section with the plane at ``level``: an ellipse, shape (points, 2), (x, y) in px.

        None where the plane misses the bump (the level is not strictly between base and top).
        """
        share = (level - self.base) / self.amplitude if self.amplitude else 0.0
        if not 0.0 < share < 1.0:
            return None
        radius = np.sqrt((-np.log(share)) ** (1 / self.power))
        turn = np.linspace(0.0, 2 * np.pi, points, endpoint=False)
        u, v = radius * self.sigmas_px[0] * np.cos(turn), radius * self.sigmas_px[1] * np.sin(turn)
        cos, sin = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return np.stack([self.centre_px[0] + u * cos - v * sin, self.centre_px[1] + u * sin + v * cos], axis=1)

    @property
    def volume(self) -> float:
        """Volume between bump and base: pi * amplitude * sigma_u * sigma_v * Gamma(1 + 1 / power).

        In height unit times px^2; for a Gaussian the last factor is 1.
        """
        return math.pi * self.amplitude * self.sigmas_px[0] * self.sigmas_px[1] * math.gamma(1 + 1 / self.power)
