"""Contours as short text: what a page of 50,000 particles can hold, and SVG draws without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from particlesnn.core import Particle

LONG_SIDE = 8000
"""The longer side of every figure in its own units: whole numbers place a corner to 0.03 px of a scan of 512 px."""

_FLAT_WITHIN_PX = 0.1
_FLAT_WITHIN_UNITS = 0.8


@dataclass(frozen=True)
class Plane:
    """The coordinates of a figure: from pixels of the scan to whole units, upright and in true proportions.

    Parameters
    ----------
    shape_px
        Rows and columns (H, W) of the scan.
    stretch
        Factors (vertical, horizontal) that make the sides of a pixel equal, see `true_proportions`.
    """

    shape_px: tuple[int, int]
    stretch: tuple[float, float] = (1.0, 1.0)

    @property
    def per_px(self) -> tuple[float, float]:
        """Units a pixel (vertical, horizontal)."""
        rows, columns = self.shape_px
        longest = max(rows * self.stretch[0], columns * self.stretch[1])
        return LONG_SIDE * self.stretch[0] / longest, LONG_SIDE * self.stretch[1] / longest

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in units, 1 at least."""
        (rows, columns), (down, across) = self.shape_px, self.per_px
        return max(1, round(rows * down)), max(1, round(columns * across))

    def units(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Place points (x, y), shape (K, 2), in px where an integer is a pixel centre."""
        down, across = self.per_px
        return np.asarray((points_px + 0.5) * (across, down), dtype=np.float64)


def outlines_of(particles: Sequence[Particle], plane: Plane) -> list[str]:
    """Write each contour as an SVG path of whole numbers: "m" to the first corner, relative steps, "z".

    Corners that lie within 0.1 px of the line between their neighbours are left out (Douglas and Peucker 1973): for
    the eye only, nothing is measured on what is left.

    Parameters
    ----------
    particles
        The N particles.
    plane
        The coordinates to write in.

    Returns
    -------
    list
        N paths, each beginning with an absolute "M", so that any of them may be joined to a longer path.
    """
    if not particles:
        return []
    tolerance = max(_FLAT_WITHIN_PX * min(plane.per_px), _FLAT_WITHIN_UNITS)
    corners = [_closed(plane.units(each.contour.points_px)) for each in particles]
    owners = np.repeat(np.arange(len(corners)), [len(each) for each in corners])
    rings = shapely.linearrings(np.concatenate(corners), indices=owners)
    # Topology is kept, lest a contour of a few pixels shrinks to a line.
    simple = np.asarray(shapely.simplify(rings, tolerance, preserve_topology=True), dtype=object)
    return [_path(shapely.get_coordinates(ring)) for ring in simple]


def _closed(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([points, points[:1]])


def _path(ring: NDArray[np.float64]) -> str:
    corners = np.rint(ring[:-1]).astype(np.int64)
    steps = np.diff(corners, axis=0)
    steps = steps[steps.any(axis=1)]
    x, y = corners[0].tolist()
    # A minus sign parts two numbers as well as a space does.
    written = "".join(f"{'' if dx < 0 else ' '}{dx}{'' if dy < 0 else ' '}{dy}" for dx, dy in steps.tolist())
    return f"M{x} {y}l{written.lstrip()}z" if written else f"M{x} {y}l1 0z"
