"""Contours as short text for the page."""

import re

import numpy as np
import pytest
from shapely import Polygon

from particlesnn.core import Particle
from particlesnn.core.contour import Contour
from particlesnn.report.outlines import LONG_SIDE, Plane, outlines_of


def back(path: str) -> np.ndarray:
    """Read a path as a browser does: corners, shape (K, 2), in units."""
    assert re.fullmatch(r"M\d+ \d+l[-\d ]+z", path), path
    numbers = [float(each) for each in re.findall(r"-?\d+", path)]
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)


def round_particle(x: float, y: float, radius: float) -> Particle:
    turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return Particle(Contour(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)))


@pytest.mark.parametrize("shape_px", [(64, 96), (512, 512), (4096, 1024)])
def test_an_outline_lies_on_its_contour(shape_px: tuple[int, int]) -> None:
    plane, particle = Plane(shape_px), round_particle(40.0, 30.0, 9.0)
    (path,) = outlines_of([particle], plane)
    drawn, true = Polygon(back(path)), Polygon(plane.units(particle.contour.points_px))
    per_px = plane.per_px[0]
    assert drawn.hausdorff_distance(true) <= 0.1 * per_px + 0.8 + 0.71  # tolerance, its least, and the rounding
    assert drawn.area == pytest.approx(true.area, rel=0.02 + 2 / (9 * per_px))
    assert len(path) < 300


def test_a_path_is_for_each_particle_and_may_be_joined() -> None:
    plane = Plane((100, 100))
    particles = [round_particle(20.0, 20.0, 5.0), round_particle(70.0, 50.0, 8.0)]
    paths = outlines_of(particles, plane)
    assert [each.count("M") for each in paths] == [1, 1]
    assert np.allclose(back(paths[1]).mean(axis=0), plane.units(np.array([[70.0, 50.0]])), atol=8)
    assert outlines_of([], plane) == []


def test_a_contour_of_a_single_point_of_the_figure_is_still_there() -> None:
    speck = Particle(Contour(np.array([[5000.0, 5000.0], [5000.1, 5000.0], [5000.0, 5000.1]])))
    (path,) = outlines_of([speck], Plane((80_000, 80_000)))
    assert back(path).tolist()


def test_the_corners_of_a_scan_are_those_of_its_figure() -> None:
    plane = Plane((50, 100), (4.0, 1.0))
    assert plane.size == (LONG_SIDE, LONG_SIDE // 2)
    corners = plane.units(np.array([[-0.5, -0.5], [99.5, 49.5]]))
    assert np.allclose(corners, [[0, 0], [LONG_SIDE // 2, LONG_SIDE]])
