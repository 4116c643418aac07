"""Whole simulated scans: reproducible, in range, and with a truth that fits the picture."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon

from particlesnn.simulation import TIERS, ScannerSettings, ScanSettings, SceneSettings, render, simulate, wide_settings
from particlesnn.simulation.scanner import scan_surface
from particlesnn.simulation.scene import view
from particlesnn.simulation.simulate import seen_by, traced

QUIET = ScannerSettings(lag=0, noise=0, line_noise=0, drift=0)


def test_the_same_seed_gives_the_same_scan_and_another_another() -> None:
    first, again, other = simulate("easy", 5), simulate("easy", 5), simulate("easy", 6)
    np.testing.assert_array_equal(first[0].values, again[0].values)
    assert [p.contour.area_px for p in first[1].particles] == [p.contour.area_px for p in again[1].particles]
    assert not np.array_equal(first[0].values, other[0].values)


@pytest.mark.parametrize(("tier", "count", "diameter_px"), [("easy", 120, 25), ("dense", 377, 20), ("packed", 800, 17)])
def test_tiers_hold_what_they_promise(tier: str, count: int, diameter_px: float) -> None:
    scan, truth = simulate(tier, 1)
    assert scan.shape_px == (512, 512)
    assert scan.value_unit == "nm"
    assert len(truth) == pytest.approx(count, rel=0.05)
    whole = [p for p in truth.particles if min(p.contour.bounds_px) > 2 and max(p.contour.bounds_px) < 509]
    median = np.median([np.sqrt(4 / np.pi * p.contour.area_px) for p in whole])
    # Neighbours hide parts of one another in a crowd.
    assert 0.8 * diameter_px < median < 1.1 * diameter_px


def test_an_empty_tier_has_no_particles() -> None:
    assert len(simulate("empty", 1)[1]) == 0


def test_an_unknown_tier_is_named() -> None:
    with pytest.raises(ValueError, match="no kind of scan named 'sunny'"):
        simulate("sunny", 1)


def test_contours_cover_their_labels() -> None:
    rendering = render(TIERS["dense"], np.random.default_rng(2))
    _, truth = simulate("dense", 2)
    assert len(truth) == rendering.labels.max()
    drawn = np.zeros(truth.shape_px, dtype=int)
    for number, particle in enumerate(truth.particles, start=1):
        x, y = particle.contour.points_px.T
        drawn[polygon(y, x, truth.shape_px)] = number
    assert np.mean((drawn > 0) == (rendering.labels > 0)) > 0.995
    assert np.mean(drawn[rendering.labels > 0] == rendering.labels[rendering.labels > 0]) > 0.985


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_whatever_the_wide_settings_draw_is_a_scan(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rendering = render(wide_settings(rng, 96), rng)
    assert np.isfinite(rendering.heights).all()
    present = np.unique(rendering.labels)
    np.testing.assert_array_equal(present[present > 0], np.arange(1, rendering.labels.max() + 1))


def test_some_wide_settings_are_films_that_hide_the_substrate() -> None:
    films = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        drawn = wide_settings(rng, 128)
        room = 128**2 / (np.pi / 4 * drawn.scene.diameter_px**2)
        if drawn.scene.particles > 1.1 * room:
            films.append((render(drawn, rng).labels > 0).mean())
    assert 1 <= len(films) <= 15
    assert max(films) > 0.95
    assert np.median(films) > 0.8


def test_a_perfect_instrument_changes_nothing() -> None:
    surface = np.random.default_rng(0).random((32, 40))
    np.testing.assert_array_equal(scan_surface(surface, QUIET, np.random.default_rng(1)), surface)


def test_noise_has_the_size_asked_for() -> None:
    flat = np.zeros((200, 200))
    recorded = scan_surface(flat, ScannerSettings(lag=0, noise=0.2, line_noise=0, drift=0), np.random.default_rng(1))
    assert recorded.std() == pytest.approx(0.2, rel=0.1)


def test_line_noise_is_the_same_along_a_line() -> None:
    flat = np.zeros((64, 64))
    recorded = scan_surface(flat, ScannerSettings(lag=0, noise=0, line_noise=0.3, drift=0.2), np.random.default_rng(1))
    assert recorded.std(axis=1).max() < 1e-12
    assert recorded[:, 0].std() > 0.1


def test_lag_shifts_the_falling_side_only_as_far_as_it_should() -> None:
    step = np.zeros((4, 60))
    step[:, 20:40] = 1.0
    recorded = scan_surface(step, ScannerSettings(lag=0.5, noise=0, line_noise=0, drift=0), np.random.default_rng(0))
    assert recorded.max() <= 1.0
    assert np.abs(recorded - step).sum(axis=1).max() < 4.0


def test_steps_rise_by_their_height() -> None:
    scene = SceneSettings(size_px=128, particles=0, steps=4, step_height=0.5, tilt=0, bow=0, roughness=0)
    heights = render(ScanSettings(scene=scene, scanner=QUIET), np.random.default_rng(4)).heights
    on_terrace = np.isclose(heights / 0.5, np.round(heights / 0.5), atol=1e-6)
    assert on_terrace.mean() > 0.6  # the tip rounds the edges and nothing else
    assert 2 <= len(np.unique(np.round(heights[on_terrace] / 0.5))) <= 5


def test_particles_that_touch_end_half_way_between_their_pixels() -> None:
    labels = np.zeros((20, 30), dtype=np.int32)
    labels[5:15, 5:15], labels[5:15, 15:25] = 1, 2
    contours = traced(labels, np.where(labels > 0, 1.0, -1.0))
    assert contours[1].points_px[:, 0].max() == pytest.approx(14.5)
    assert contours[2].points_px[:, 0].min() == pytest.approx(14.5)


def test_a_particle_that_the_scan_cuts_ends_with_the_scan() -> None:
    labels = np.zeros((20, 30), dtype=np.int32)
    labels[:8, 20:] = 1
    (contour,) = traced(labels, np.where(labels > 0, 0.4, -1.0)).values()
    assert contour.points_px[:, 1].min() == pytest.approx(-0.5)
    assert contour.points_px[:, 0].max() == pytest.approx(29.5)


def test_contours_of_a_crowd_hold_the_area_of_their_labels() -> None:
    _, truth = simulate("packed", 4)
    labels = render(TIERS["packed"], np.random.default_rng(4)).labels
    assert sum(each.contour.area_px for each in truth.particles) == pytest.approx((labels > 0).sum(), rel=0.01)


def test_the_height_jumps_where_the_tip_changes() -> None:
    settings = ScanSettings(SceneSettings(particles=9, size_px=96), scanner=replace(QUIET, tip_changes=2))
    for seed in range(5):
        seen = seen_by(settings, np.random.default_rng(seed))
        offsets = render(settings, np.random.default_rng(seed)).heights - seen.view.surface
        jumps = np.abs(np.diff(offsets.mean(axis=1))) > 1e-6
        assert np.nonzero(jumps)[0].tolist() == sorted({row - 1 for row in seen.changes})


def test_of_several_changes_of_the_tip_each_is_seen() -> None:
    settings = ScanSettings(TIERS["easy"].scene, scanner=replace(QUIET, tip_changes=3))
    seen = seen_by(settings, np.random.default_rng(1))
    assert list(seen.changes) == sorted(seen.changes)
    whole = view(seen.specimen, seen.tip).surface
    first = seen.changes[0]
    np.testing.assert_array_equal(seen.view.surface[:first], whole[:first])
    assert not np.array_equal(seen.view.surface[first : seen.changes[1]], whole[first : seen.changes[1]])
