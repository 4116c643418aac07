"""A blind estimate is never sharper than the tip was, and is the tip where something sharp was scanned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from particlesnn.surface.blind import apex_radius, closed_depth, estimate_tip, telling_places
from tests.surface.shapes import PIXEL, paraboloid, rough, shown
from tests.surface.test_erosion import TIPS, any_tip


@given(st.integers(0, 2**16), TIPS, st.sampled_from([0.5, 1.0, 2.0]), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_without_noise_the_tip_is_nowhere_above_the_estimate(
    seed: int, parts: tuple[int, int, int], smooth: float, doubted: int
) -> None:
    tip = any_tip(*parts)
    scan = shown(rough(seed, 48, smooth), tip)[5:-5, 5:-5]
    reach = (parts[1], parts[2])
    places = telling_places(scan, reach, 0.0)
    estimate = estimate_tip(scan, places, reach, doubted=doubted)
    assert (tip <= estimate + 1e-6).all()
    assert (estimate <= 0).all()
    assert estimate[reach] == 0


def needles(seed: int, side: int = 128) -> np.ndarray:
    surface = 1e-3 * rough(seed, side)
    surface[20:-20:22, 20:-20:22] = 3.0
    return surface


def test_needles_show_the_tip_itself() -> None:
    tip = paraboloid(3.0, 8)
    scan = shown(needles(0), tip)
    estimate = estimate_tip(scan, telling_places(scan, (8, 8), 0.5), (8, 8))
    np.testing.assert_allclose(estimate[tip > -2.9], tip[tip > -2.9], atol=1e-4)
    assert apex_radius(estimate, (PIXEL, PIXEL)) == pytest.approx(3.0, rel=0.05)


def test_a_second_apex_is_found() -> None:
    tip = np.maximum(paraboloid(1.0, 9), np.roll(paraboloid(1.0, 9), 5, axis=1) - 0.8)
    scan = shown(needles(1), tip)
    estimate = estimate_tip(scan, telling_places(scan, (9, 9), 0.5), (9, 9))
    assert estimate[9, 14] == pytest.approx(-0.8, abs=0.01)
    assert estimate[9, 4] < -2


def test_blunt_particles_give_a_tip_as_blunt_as_the_bluntest_that_can_be() -> None:
    """Domes of radius 8 nm under a tip of 2 nm look like domes of 10 nm: no scan of them tells more."""
    rows, columns = np.mgrid[:128, :128]
    surface = 1e-4 * rough(2, 128)
    for x, y in ((32, 32), (96, 32), (32, 96), (96, 96), (64, 64)):
        surface = np.maximum(surface, 3 - ((columns - x) ** 2 + (rows - y) ** 2) * PIXEL**2 / 16)
    scan = shown(surface, paraboloid(2.0, 12))
    estimate = estimate_tip(scan, telling_places(scan, (12, 12), 0.5), (12, 12))
    assert apex_radius(estimate, (PIXEL, PIXEL)) == pytest.approx(10.0, rel=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_with_noise_the_threshold_keeps_it_from_being_too_sharp(seed: int) -> None:
    tip = paraboloid(3.0, 8)
    noise = 0.03
    clean = shown(needles(seed), tip)
    scan = clean + noise * np.random.default_rng(seed).normal(size=clean.shape)
    places = telling_places(scan, (8, 8), 10 * noise)
    bold, careful = (estimate_tip(scan, places, (8, 8), threshold=each) for each in (0.0, 4 * noise))
    known = tip > -2.5
    too_sharp = [float(np.clip(tip - each, 0, None)[known].mean()) for each in (bold, careful)]
    assert too_sharp[0] > 8 * noise  # noise alone makes it so
    assert too_sharp[1] < 0.6 * too_sharp[0]
    assert apex_radius(careful, (PIXEL, PIXEL), threshold=4 * noise) == pytest.approx(3.0, rel=0.15)


def test_a_fault_of_scanning_is_not_believed() -> None:
    tip = paraboloid(3.0, 8)
    scan = shown(needles(4), tip)
    scan[64, 70] += 2.0
    places = telling_places(scan, (8, 8), 0.5)
    fooled, doubting = (estimate_tip(scan, places, (8, 8), doubted=each) for each in (0, 1))
    assert fooled[8, 9] < -1
    np.testing.assert_allclose(doubting[tip > -2.9], tip[tip > -2.9], atol=0.02)


def test_a_tip_of_one_pixel_has_no_radius() -> None:
    needle = np.full((9, 9), -3.0)
    needle[4, 4] = 0.0
    assert apex_radius(needle, (1.0, 1.0)) == 0.0


def test_a_flat_scan_bounds_nothing() -> None:
    scan = 1e-3 * rough(5)
    places = telling_places(scan, (6, 6), 0.5)
    assert len(places[0]) == 0
    estimate = estimate_tip(scan, places, (6, 6))
    assert not estimate.any()
    assert closed_depth(estimate) == 0
    assert apex_radius(estimate, (1.0, 1.0)) is None
