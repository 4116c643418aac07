"""Flooding does what WSxM does, with its failures."""

import numpy as np
import pytest

from particlesnn.baselines import flooding
from particlesnn.baselines.otsu import otsu
from particlesnn.core import Scan
from tests.baselines.discs import diameters, discs

SEPARATE = [(20.0, 20.0, 8.0), (60.5, 25.0, 6.0), (100.0, 70.3, 10.0), (30.0, 70.0, 5.0)]
TOUCHING = [(45.0, 48.0, 14.0), (71.0, 48.0, 14.0)]


def test_separate_discs_are_counted_exactly_with_their_sizes_and_places() -> None:
    found = flooding(discs(SEPARATE))
    assert len(found) == 4
    np.testing.assert_allclose(diameters(found), [10.0, 12.0, 16.0, 20.0], atol=0.2)
    places = sorted(particle.contour.centroid_px for particle in found.particles)
    np.testing.assert_allclose(places, sorted((x, y) for x, y, _ in SEPARATE), atol=0.1)
    assert found.source == "discs.txt"
    assert {(particle.origin, particle.score) for particle in found.particles} == {("baseline", None)}


def test_touching_discs_are_one_which_is_its_known_failure() -> None:
    assert len(flooding(discs(TOUCHING))) == 1


def test_a_tilt_breaks_it_which_is_its_known_failure() -> None:
    scan = discs(SEPARATE)
    tilted = Scan(scan.values + np.linspace(0, 20, 128), "nm")
    found = flooding(tilted)
    assert max(diameters(found)) > 60  # the high side is one particle
    assert not any(particle.contour.bounds_px[2] < 40 for particle in found.particles)  # the low side has none


def test_the_level_is_the_caller_s_or_otsu_s() -> None:
    scan = discs(SEPARATE, edge_px=3.0)
    low, high = diameters(flooding(scan, 0.5)), diameters(flooding(scan, 4.5))
    np.testing.assert_allclose(low - high, 2 * 3.0 * 2 * 0.8, atol=0.3)
    assert (high < diameters(flooding(scan))).all()
    assert (diameters(flooding(scan)) < low).all()
    assert len(flooding(scan, 5.1)) == 0


def test_dark_particles() -> None:
    scan = discs(SEPARATE)
    dark = Scan(3.0 - scan.values, "nm")
    np.testing.assert_allclose(diameters(flooding(dark, dark=True)), diameters(flooding(scan)), atol=1e-6)
    assert len(flooding(dark)) == 1  # else the substrate is taken for the particle
    np.testing.assert_allclose(diameters(flooding(dark, 0.5, dark=True)), diameters(flooding(scan, 2.5)), atol=1e-6)


@pytest.mark.parametrize("values", [np.zeros((20, 30)), np.full((20, 30), 1e6 + 0.1), np.ones((1, 1))])
def test_a_constant_scan_has_no_particles(values: np.ndarray) -> None:
    found = flooding(Scan(values))
    assert (len(found), found.shape_px) == (0, values.shape)


def test_specks_are_left_out_unless_all_are_wanted() -> None:
    values = discs(SEPARATE).values.copy()
    values[50, 60] = values[80, 5:8] = 5.0
    assert len(flooding(Scan(values))) == 4
    assert len(flooding(Scan(values), least_area_px=3)) == 5
    assert len(flooding(Scan(values), least_area_px=0)) == 6


def test_a_particle_at_the_border_ends_with_the_scan() -> None:
    (particle,) = flooding(discs([(0.0, 40.0, 10.0)])).particles
    left, top, _, bottom = particle.contour.bounds_px
    assert left == pytest.approx(-0.5, abs=0.01)
    assert (top, bottom) == pytest.approx((30.0, 50.0), abs=0.2)
    (all_of_it,) = flooding(Scan(np.ones((10, 20)), "nm"), 0.5).particles
    assert all_of_it.contour.area_px == pytest.approx(200, abs=2)


def test_diagonal_neighbours_are_two_regions() -> None:
    values = np.zeros((20, 20))
    values[4:10, 4:10] = values[10:16, 10:16] = 1.0
    found = flooding(Scan(values))
    np.testing.assert_allclose(diameters(found), np.sqrt(4 / np.pi * 36), atol=0.3)
    assert len(found) == 2


def test_otsu_is_the_best_of_all_thresholds() -> None:
    values = np.concatenate([np.random.default_rng(1).normal(0, 1, 300), np.random.default_rng(2).normal(5, 1, 100)])

    def between(threshold: float) -> float:
        low, high = values[values <= threshold], values[values > threshold]
        return len(low) * len(high) * (low.mean() - high.mean()) ** 2

    best = otsu(values)
    assert best is not None
    assert between(best) == pytest.approx(max(between(each) for each in np.sort(values)[:-1]))
    assert otsu(np.array([0.0, 0.0, 0.0, 1.0])) == 0.5
    assert otsu(1e8 + np.array([0.0, 0.0, 1e-3])) is None
