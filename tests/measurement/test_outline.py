"""Outlines against geometry, and against scikit-image and shapely where they define the same."""

from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon2mask
from skimage.measure import regionprops

from particlesnn.measurement.outline import measure_outlines


def measure_outline(points: np.ndarray) -> SimpleNamespace:
    """Measure one outline."""
    return SimpleNamespace(**{name: float(column[0]) for name, column in vars(measure_outlines([points])).items()})


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    """Turn points from x towards y."""
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])


def bean(points: int = 180) -> np.ndarray:
    """A dented outline without symmetry, some 60 across."""
    t = np.linspace(0, 2 * np.pi, points, endpoint=False)
    r = 25 + 9 * np.cos(2 * t) + 5 * np.sin(3 * t + 0.4)
    return np.stack([50 + r * np.cos(t), 45 + r * np.sin(t)], axis=1)


def ellipse(
    a: float, b: float, turn: float = 0.0, at: tuple[float, float] = (0.0, 0.0), points: int = 720
) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, points, endpoint=False)
    u, v = a * np.cos(t), b * np.sin(t)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([at[0] + u * cos - v * sin, at[1] + u * sin + v * cos], axis=1)


def test_a_circle() -> None:
    outline = measure_outline(ellipse(5, 5, at=(100, 40)))
    assert (outline.x, outline.y) == pytest.approx((100, 40))
    assert outline.diameter == pytest.approx(10, rel=1e-4)
    assert outline.perimeter == pytest.approx(10 * np.pi, rel=1e-4)
    assert outline.feret_max == pytest.approx(10, rel=1e-4)
    assert outline.feret_min == pytest.approx(10, rel=1e-4)
    assert outline.feret_90 == pytest.approx(10, rel=1e-4)
    assert outline.inscribed_diameter == pytest.approx(10, rel=4e-3)
    assert outline.circumscribed_diameter == pytest.approx(10, rel=1e-4)
    assert outline.circularity == pytest.approx(1, rel=1e-4)
    assert outline.aspect_ratio == pytest.approx(1, rel=1e-4)
    assert outline.solidity == pytest.approx(1)


def test_a_turned_rectangle() -> None:
    corners = np.array([[0, 0], [8, 0], [8, 3], [0, 3]], dtype=float)
    outline = measure_outline(turned(corners, 0.4) + np.array([50, 60]))
    assert (outline.length, outline.width) == pytest.approx((8, 3))
    assert outline.area == pytest.approx(24)
    assert outline.feret_max == pytest.approx(np.hypot(8, 3))
    assert outline.feret_min == pytest.approx(3)
    assert outline.perimeter == pytest.approx(22)
    assert outline.aspect_ratio == pytest.approx(8 / 3)
    assert outline.angle == pytest.approx(np.degrees(0.4))
    assert outline.feret_90 == pytest.approx(2 * 8 * 3 / np.hypot(8, 3))
    assert outline.inscribed_diameter == pytest.approx(3, rel=4e-3)
    assert outline.circumscribed_diameter == pytest.approx(np.hypot(8, 3))


@settings(deadline=None, max_examples=50)
@given(st.floats(1, 30), st.floats(0.3, 1), st.floats(0, np.pi), st.floats(-500, 500), st.floats(-500, 500))
def test_sizes_do_not_depend_on_place_or_direction(a: float, ratio: float, turn: float, x: float, y: float) -> None:
    still = measure_outline(ellipse(a, a * ratio, points=180))
    moved = measure_outline(ellipse(a, a * ratio, turn, (x, y), points=180))
    for name in set(vars(still)) - {"x", "y", "angle", "feret_90", "inscribed_diameter"}:
        assert getattr(moved, name) == pytest.approx(getattr(still, name), rel=2e-4), name
    assert moved.feret_min <= moved.width * (1 + 1e-9) <= moved.length * (1 + 2e-9) <= moved.feret_max * (1 + 1e-6)
    assert moved.inscribed_diameter == pytest.approx(still.inscribed_diameter, rel=4e-3)
    assert moved.inscribed_diameter <= moved.diameter <= moved.circumscribed_diameter
    assert moved.circularity <= 1
    assert moved.solidity <= 1


@settings(deadline=None, max_examples=50)
@given(st.floats(-10, 10))
def test_the_angle_runs_from_x_towards_y_and_is_a_direction(turn: float) -> None:
    outline = measure_outline(ellipse(9, 5, turn))
    assert 0 <= outline.angle < 180
    assert abs(np.sin(np.radians(outline.angle) - turn)) < 0.01  # a direction has no head and no tail
    assert outline.feret_90 == pytest.approx(10, rel=1e-3)


def test_a_hollow_outline_has_the_calipers_of_its_hull() -> None:
    arrow = np.array([[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]], dtype=float)
    outline = measure_outline(arrow)
    assert outline.area == pytest.approx(100 - 40)
    assert outline.feret_min == pytest.approx(10)
    assert outline.solidity == pytest.approx(0.6)
    assert outline.inscribed_diameter < 5 < outline.circumscribed_diameter


def test_the_same_numbers_as_scikit_image() -> None:
    outline = measure_outline(bean())
    # regionprops counts pixels: 8 of them on each of ours.
    fine = 8
    (region,) = regionprops(polygon2mask((100 * fine, 100 * fine), (bean()[:, ::-1] * fine)).astype(int))
    assert outline.area == pytest.approx(region.area / fine**2, rel=2e-3)
    assert outline.solidity == pytest.approx(region.solidity, rel=5e-3)
    assert outline.feret_max == pytest.approx(region.feret_diameter_max / fine, rel=5e-3)
    assert outline.diameter == pytest.approx(region.equivalent_diameter_area / fine, rel=1e-3)
    assert (outline.y, outline.x) == pytest.approx(np.array(region.centroid) / fine, rel=2e-3)


@pytest.mark.parametrize("turn", [0.2, 1.0, 1.5, 2.4])
def test_the_angle_of_an_ellipse_is_that_of_scikit_image(turn: float) -> None:
    points = ellipse(40, 22, turn, (60, 60))
    (region,) = regionprops(polygon2mask((120, 120), points[:, ::-1]).astype(int))
    theirs = 90 - np.degrees(region.orientation)  # theirs is counted from the rows' axis
    assert measure_outline(points).angle == pytest.approx(theirs % 180, abs=1)


def test_the_same_numbers_as_shapely() -> None:
    outline, shape = measure_outline(bean()), shapely.Polygon(bean())
    sides = np.hypot(*np.diff(shapely.get_coordinates(shape.minimum_rotated_rectangle), axis=0)[:2].T)
    assert outline.width * outline.length <= np.prod(sides) * (1 + 1e-9)
    assert outline.solidity == pytest.approx(shape.area / shape.convex_hull.area)
    assert outline.circumscribed_diameter == pytest.approx(2 * shapely.minimum_bounding_radius(shape))
    x, y = np.meshgrid(np.arange(20, 80, 0.25), np.arange(10, 90, 0.25))
    places = shapely.points(x.ravel(), y.ravel())
    reach = shapely.distance(places, shape.exterior)[shapely.contains(shape, places)].max()
    assert outline.inscribed_diameter == pytest.approx(2 * reach, rel=0.01)


def test_an_outline_that_crosses_itself_is_measured_by_its_roomier_part() -> None:
    eight = np.array([[0, 0], [4, 4], [4, 0], [0, 4], [-6, 4], [-6, 0]], dtype=float)
    assert measure_outline(eight).inscribed_diameter == pytest.approx(4, rel=0.05)


def test_nothing_to_measure_gives_empty_columns() -> None:
    assert {column.shape for column in vars(measure_outlines([])).values()} == {(0,)}


def test_points_on_one_line_have_no_area_and_no_error() -> None:
    outline = measure_outline(np.array([[0, 0], [1, 1], [2, 2]], dtype=float))
    assert outline.area == 0
    assert outline.feret_max == pytest.approx(np.hypot(2, 2))
    assert outline.width == pytest.approx(0, abs=1e-12)
    assert outline.angle == pytest.approx(45)
    assert outline.circumscribed_diameter == pytest.approx(np.hypot(2, 2))
    assert outline.inscribed_diameter == 0
    assert outline.circularity == 0
    assert np.isnan(outline.solidity)


def test_a_single_point_has_no_size_and_no_error() -> None:
    outline = measure_outline(np.full((3, 2), 7.0))
    assert (outline.feret_max, outline.width, outline.circumscribed_diameter, outline.area) == (0, 0, 0, 0)
    assert np.isnan(outline.angle)
    assert np.isnan(outline.aspect_ratio)
