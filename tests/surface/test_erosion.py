"""Erosion brackets the surface, and says where it is exact (Villarrubia 1997)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from particlesnn.surface.erosion import certain_points, dilate, erode
from tests.surface.shapes import paraboloid, rough, shown

TIPS = st.tuples(st.integers(0, 2**16), st.integers(1, 4), st.integers(1, 4))


def any_tip(seed: int, rows: int, columns: int) -> np.ndarray:
    """A tip of any shape, also a lopsided one with a second apex."""
    tip = -2 * np.random.default_rng(seed).random((2 * rows + 1, 2 * columns + 1))
    tip[rows, columns] = 0.0
    return tip


@given(st.integers(0, 2**16), TIPS)
@settings(max_examples=25, deadline=None)
def test_the_surface_lies_below_the_erosion_and_that_below_the_scan(seed: int, parts: tuple[int, int, int]) -> None:
    surface, tip = rough(seed, 24), any_tip(*parts)
    scan = shown(surface, tip)
    np.testing.assert_allclose(dilate(surface, tip), scan)
    eroded = erode(scan, tip)
    assert (surface <= eroded + 1e-9).all()
    assert (eroded <= scan).all()
    np.testing.assert_allclose(shown(eroded, tip), scan, atol=1e-9)  # it may have made the very same scan
    certain = certain_points(eroded, tip)
    np.testing.assert_allclose(eroded[certain], surface[certain], atol=1e-9)


def test_a_sharp_tip_leaves_nothing_uncertain() -> None:
    surface = rough(1)
    certain = certain_points(surface, paraboloid(0.01, 3))
    assert certain[3:-3, 3:-3].all()


def test_the_foot_of_a_step_is_uncertain_and_its_top_is_not() -> None:
    surface = np.zeros((60, 60))
    surface[:, 30:] = 3.0
    surface += 1e-3 * rough(2, 60)
    tip = paraboloid(4.0, 12)
    certain = certain_points(erode(shown(surface, tip), tip), tip)
    assert not certain[15:45, 22:30].any()
    assert certain[15:45, 30].all()  # the edge that the tip rolls over


def test_noise_makes_less_certain() -> None:
    surface, tip = rough(3, smooth=2.0), paraboloid(2.0, 6)
    eroded = erode(shown(surface, tip), tip)
    exact, careful = certain_points(eroded, tip), certain_points(eroded, tip, tolerance=0.02)
    assert 0 < careful.sum() < exact.sum()
    assert not (careful & ~exact).any()


@pytest.mark.parametrize("shape", [(5, 40), (8, 8)])
def test_a_scan_no_larger_than_the_tip_is_certain_nowhere(shape: tuple[int, int]) -> None:
    assert not certain_points(np.zeros(shape), paraboloid(2.0, 4)).any()
