"""Contours changed by hand: split, merge, propose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.core import AnnotationError, Contour, Scan
from particlesnn.editing import merge, propose_on_surface, split


def disc(x: float, y: float, radius: float, points: int = 64) -> Contour:
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return Contour(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1))


def hills(*centres: tuple[float, float, float], noise: float = 0.0) -> Scan:
    """Gaussian hills (x, y, sigma) of height 5 on a tilted plane."""
    y, x = np.mgrid[0:120, 0:160].astype(float)
    values = 0.01 * x + 0.02 * y
    for cx, cy, sigma in centres:
        values += 5 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * sigma**2))
    values += noise * np.random.default_rng(1).normal(size=values.shape)
    return Scan(values, "nm", (1.0, 1.0))


@given(angle=st.floats(0, np.pi), offset=st.floats(-7, 7))
def test_a_split_loses_no_area(angle: float, offset: float) -> None:
    direction, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    middle = np.array([50, 40]) + offset * across
    parts = split(disc(50, 40, 10), [middle - 2 * direction, middle + 2 * direction])  # ends inside: drawn out
    assert len(parts) == 2
    assert sum(part.area_px for part in parts) == pytest.approx(disc(50, 40, 10).area_px, rel=1e-9)
    assert parts[0].area_px >= parts[1].area_px - 1e-9


def test_a_bent_line_splits_along_its_bend() -> None:
    parts = split(disc(0, 0, 10), [(-20, 0), (0, 0), (0, 20)])
    assert parts[1].area_px == pytest.approx(disc(0, 0, 10).area_px / 4, rel=1e-6)


@pytest.mark.parametrize("line", [[(100, 100), (110, 100)], [(0, 0)], [(1, 1), (1, 1)], [(0, np.nan), (1, 1)]], ids=str)
def test_a_line_that_parts_nothing_is_told(line: list[tuple[float, float]]) -> None:
    with pytest.raises(AnnotationError, match="line"):
        split(disc(0, 0, 10), line)


def test_merging_what_was_split_gives_the_whole() -> None:
    whole = disc(30, 30, 8)
    again = merge(split(whole, [(30, 0), (30, 60)]))
    assert again.area_px == pytest.approx(whole.area_px, rel=1e-9)


def test_merging_bridges_the_gap_between_neighbours_and_no_more() -> None:
    left, right = Contour([[0, 0], [10, 0], [10, 10], [0, 10]]), Contour([[11, 0], [21, 0], [21, 10], [11, 10]])
    joined = merge([left, right])
    assert joined.area_px == pytest.approx(210, abs=2)
    with pytest.raises(AnnotationError, match="apart"):
        merge([left, disc(40, 40, 5)])
    with pytest.raises(AnnotationError, match="two"):
        merge([left])


@pytest.mark.parametrize("click", [(40.0, 50.0), (44.0, 46.0)], ids=["summit", "slope"])
@pytest.mark.parametrize("sign", [1, -1], ids=["bright", "dark"])
def test_the_surface_draws_a_hill_down_to_a_quarter_of_its_height(click: tuple[float, float], sign: int) -> None:
    scan = hills((40, 50, 5), (110, 60, 6), noise=0.02)
    contour = propose_on_surface(Scan(sign * scan.values, "nm", (1.0, 1.0)), click)
    radius = 5 * np.sqrt(2 * np.log(4))  # where exp(-r^2 / 2 s^2) = 1/4
    assert np.sqrt(contour.area_px / np.pi) == pytest.approx(radius, rel=0.06)
    assert contour.centroid_px == pytest.approx((40, 50), abs=0.5)


def test_the_surface_draws_nothing_where_nothing_stands() -> None:
    scan = hills((40, 50, 5), noise=0.05)
    with pytest.raises(AnnotationError, match="stands out"):
        propose_on_surface(scan, (130, 100))
    with pytest.raises(AnnotationError, match="outside"):
        propose_on_surface(scan, (-5, 10))
    with pytest.raises(AnnotationError, match="stands out"):
        propose_on_surface(Scan(np.zeros((50, 50))), (25, 25))


def test_a_hill_at_the_border_ends_there() -> None:
    contour = propose_on_surface(hills((0, 60, 6), noise=0.02), (2, 60))
    assert -0.5 <= contour.bounds_px[0] < 0.5
