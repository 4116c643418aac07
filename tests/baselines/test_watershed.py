"""Watershed as a careful user applies it: levelled, parted, with the failures that remain."""

import numpy as np
import pytest

from particlesnn.baselines import flooding, watershed
from particlesnn.baselines.levelling import level
from particlesnn.core import Scan
from tests.baselines.discs import diameters, discs
from tests.baselines.test_flooding import SEPARATE, TOUCHING


def test_separate_discs_keep_their_number_and_sizes() -> None:
    found = watershed(discs(SEPARATE))
    np.testing.assert_allclose(diameters(found), [10.0, 12.0, 16.0, 20.0], atol=1.0)
    assert {(particle.origin, particle.score) for particle in found.particles} == {("baseline", None)}


def test_touching_discs_are_parted_half_way() -> None:
    scan = discs(TOUCHING)
    found = watershed(scan)
    assert len(found) == 2
    np.testing.assert_allclose(diameters(found), 28.0, atol=1.0)
    left, right = sorted(particle.contour.bounds_px for particle in found.particles)
    assert left[2] == pytest.approx(58, abs=1.0)
    assert right[0] == pytest.approx(left[2], abs=0.01)


def test_a_tilt_and_offsets_of_lines_do_no_harm() -> None:
    scan = discs(SEPARATE)
    lines = np.random.default_rng(3).normal(0, 1.0, (96, 1))
    tilted = Scan(scan.values + np.linspace(0, 20, 128) + np.linspace(0, -30, 96)[:, np.newaxis] + lines, "nm")
    found = watershed(tilted)
    np.testing.assert_allclose(diameters(found), [10.0, 12.0, 16.0, 20.0], atol=1.0)
    places = sorted(particle.contour.centroid_px for particle in found.particles)
    np.testing.assert_allclose(places, sorted((x, y) for x, y, _ in SEPARATE), atol=0.5)
    assert len(flooding(tilted)) != 4


def test_dark_particles() -> None:
    scan = discs(TOUCHING)
    np.testing.assert_allclose(
        diameters(watershed(Scan(-scan.values), dark=True)), diameters(watershed(scan)), atol=1e-6
    )


def test_single_spikes_are_no_particles() -> None:
    values = discs(SEPARATE).values.copy()
    values[50, 60] = 50.0
    assert len(watershed(Scan(values))) == 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (20, 30)])
def test_where_there_is_nothing_nothing_is_found(shape: tuple[int, int]) -> None:
    y, x = np.mgrid[: shape[0], : shape[1]]
    for values in (np.zeros(shape), np.full(shape, 123.4), 5.0 * x - 3.0 * y + 1e3):
        found = watershed(Scan(values))
        assert (len(found), found.shape_px) == (0, shape)


def test_small_and_large_particles_of_one_scan_are_both_kept() -> None:
    """A particle too small to have a waist of its own is still one."""
    found = watershed(discs([(30.0, 30.0, 20.0), (90.0, 30.0, 2.6), (90.0, 60.0, 3.0)]))
    assert len(found) == 3


def test_levelling_takes_off_plane_and_lines_and_leaves_the_rest() -> None:
    y, x = np.mgrid[:60, :80].astype(float)
    bump = 3.0 * np.exp(-((x - 40) ** 2 + (y - 30) ** 2) / 30)
    lines = np.random.default_rng(5).normal(0, 1, (60, 1))
    levelled = level(bump + 0.3 * x - 0.2 * y + lines + 100)
    assert levelled.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(levelled - levelled.mean(), bump - bump.mean(), atol=0.15)
