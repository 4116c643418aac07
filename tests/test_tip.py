"""Taking the tip off, from the scan to the numbers, on specimens whose true size is known."""

from dataclasses import replace

import numpy as np
import pytest

from particlesnn.core import ParticlesNNError, Scan
from particlesnn.pipeline import AnalysisSettings, analyse_particles, load_scan
from particlesnn.simulation import TIERS, ScanSettings, simulate, simulate_without_tip


def small(radius: float) -> ScanSettings:
    tier = TIERS["medium"]
    return replace(tier, scene=replace(tier.scene, size_px=224, particles=36), tip=replace(tier.tip, radius=radius))


@pytest.mark.parametrize(("seed", "radius"), [(1, 0.15), (2, 0.3), (3, 0.6)])
def test_diameters_come_nearer_to_those_of_the_specimen(seed: int, radius: float) -> None:
    settings = small(radius)
    (scan, drawn), behind = simulate(settings, seed), simulate_without_tip(settings, seed)
    areas = {particle.id: particle.contour.area_px for particle in behind.truth.particles}
    choices = {"given": f"radius={behind.tip.radius_nm}nm", "blind": "blind"}
    for how, tip in choices.items():
        analysis = analyse_particles(scan, drawn, AnalysisSettings(tip=tip))
        measured = analysis.measurements
        assert measured.tip is not None
        assert measured.tip.refusal == ""
        truth = np.array([np.sqrt(4 / np.pi * areas.get(number, np.nan)) for number in measured.ids]) * 0.4
        plain, found = measured.columns["diameter"], measured.columns["diameter_reconstructed"]
        whole = np.isfinite(truth) & ~measured.touches_border & (plain > truth)
        before, after = (np.abs(each / truth - 1)[whole] for each in (plain, found))
        assert np.median(after) < 0.75 * np.median(before), how
        assert np.mean(after < before) > 0.75, how
        assert (found <= plain).all()
        spread = analysis.summary.spreads["diameter_reconstructed"]
        assert spread.mean == pytest.approx(found.mean())


def test_a_scan_that_cannot_tell_keeps_all_else_and_says_why() -> None:
    scan, drawn = simulate(small(0.3), 4)
    flat = Scan(0.01 * np.random.default_rng(0).normal(size=scan.shape_px), "nm", scan.pixel_nm, source="flat.txt")
    analysis = analyse_particles(flat, drawn, AnalysisSettings(tip="blind"))
    assert analysis.measurements.tip is not None
    assert "flat.txt is too flat for its noise" in analysis.measurements.tip.refusal
    assert analysis.reconstruction is None
    assert np.isnan(analysis.measurements.columns["diameter_reconstructed"]).all()
    assert np.isfinite(analysis.measurements.columns["diameter"]).all()
    assert analysis.summary.spreads["diameter_reconstructed"].mean is None


def test_without_the_option_nothing_changes() -> None:
    scan, drawn = simulate(small(0.3), 4)
    plain = analyse_particles(scan, drawn, AnalysisSettings()).measurements
    with_tip = analyse_particles(scan, drawn, AnalysisSettings(tip="radius=2nm")).measurements
    assert plain.tip is None
    assert not {"diameter_reconstructed", "tip_radius"} & set(plain.columns)
    for name, column in plain.columns.items():
        np.testing.assert_array_equal(column, with_tip.columns[name])


def test_what_has_no_heights_or_no_scale_is_refused_at_once() -> None:
    settings = AnalysisSettings(tip="radius=5nm,angle=20")
    for scan, said in (
        (Scan(np.zeros((64, 64)), None, (1.0, 1.0)), "grey levels"),
        (Scan(np.zeros((64, 64)), "nm"), "no scale"),
    ):
        with pytest.raises(ParticlesNNError, match=said):
            load_scan(scan, settings)
    with pytest.raises(ParticlesNNError, match="a tip is none, blind"):
        AnalysisSettings(tip="sharp")
