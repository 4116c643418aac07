"""The specimen behind a simulated scan."""

from dataclasses import replace

import numpy as np
import pytest

from particlesnn.simulation import TIERS, ScannerSettings, ScanSettings, SceneSettings, simulate, simulate_without_tip

SMALL = replace(TIERS["medium"], scene=replace(TIERS["medium"].scene, size_px=160, particles=20))


def test_the_broadened_surface_is_the_scan_before_the_instrument() -> None:
    quiet = replace(SMALL, scanner=ScannerSettings(lag=0, noise=0, line_noise=0, drift=0))
    scan, _ = simulate(quiet, 4)
    behind = simulate_without_tip(quiet, 4)
    np.testing.assert_allclose(behind.broadened.values, scan.values)
    assert (behind.surface.values <= scan.values + 1e-9).all()
    assert behind.surface.pixel_nm == scan.pixel_nm


def test_bodies_have_the_ids_of_what_the_tip_shows_of_them_and_are_smaller() -> None:
    _, truth = simulate(SMALL, 5)
    behind = simulate_without_tip(SMALL, 5)
    shown = {particle.id: particle.contour for particle in truth.particles}
    assert len(behind.truth) >= len(truth) - 2
    for body in behind.truth.particles:
        away = np.hypot(*np.subtract(body.contour.centroid_px, shown[body.id].centroid_px))
        assert away < np.sqrt(shown[body.id].area_px) / 2
    ratio = [shown[body.id].area_px / body.contour.area_px for body in behind.truth.particles]
    assert np.median(ratio) > 1.4


def test_the_tip_is_in_nanometres() -> None:
    settings = ScanSettings(scene=SceneSettings(size_px=64, particles=2))
    tip = simulate_without_tip(settings, 1).tip
    assert tip.radius_nm == pytest.approx(0.25 * 20 * 0.4)
    rows, columns = tip.reach_px
    assert tip.heights_nm[rows, columns + 3] == pytest.approx(-((3 * 0.4) ** 2) / (2 * tip.radius_nm))


def test_an_unknown_tier_is_named() -> None:
    with pytest.raises(ValueError, match="no kind of scan named 'sunny'"):
        simulate_without_tip("sunny", 1)
