"""Outlines against geometry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.measurement.outline import measure_outline


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
    assert outline.circularity == pytest.approx(1, rel=1e-4)


def test_a_turned_rectangle() -> None:
    corners = np.array([[0, 0], [8, 0], [8, 3], [0, 3]], dtype=float)
    cos, sin = np.cos(0.4), np.sin(0.4)
    outline = measure_outline(corners @ np.array([[cos, sin], [-sin, cos]]) + [50, 60])
    assert (outline.length, outline.width) == pytest.approx((8, 3))
    assert outline.area == pytest.approx(24)
    assert outline.feret_max == pytest.approx(np.hypot(8, 3))
    assert outline.feret_min == pytest.approx(3)
    assert outline.perimeter == pytest.approx(22)


@given(st.floats(1, 30), st.floats(0.3, 1), st.floats(0, np.pi), st.floats(-500, 500), st.floats(-500, 500))
def test_sizes_do_not_depend_on_place_or_direction(a: float, ratio: float, turn: float, x: float, y: float) -> None:
    still = measure_outline(ellipse(a, a * ratio))
    moved = measure_outline(ellipse(a, a * ratio, turn, (x, y)))
    for name in ("area", "perimeter", "length", "width", "feret_max", "feret_min", "circularity"):
        assert getattr(moved, name) == pytest.approx(getattr(still, name), rel=2e-4), name
    assert moved.feret_min <= moved.width * (1 + 1e-9) <= moved.length * (1 + 2e-9) <= moved.feret_max * (1 + 1e-6)
    assert moved.circularity <= 1


def test_a_hollow_outline_has_the_calipers_of_its_hull() -> None:
    arrow = np.array([[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]], dtype=float)
    outline = measure_outline(arrow)
    assert outline.area == pytest.approx(100 - 40)
    assert outline.feret_min == pytest.approx(10)


def test_points_on_one_line_have_no_area_and_no_error() -> None:
    outline = measure_outline(np.array([[0, 0], [1, 1], [2, 2]], dtype=float))
    assert outline.area == 0
    assert outline.feret_max == pytest.approx(np.hypot(2, 2))
    assert outline.width == pytest.approx(0, abs=1e-12)
