"""Lattices have the period they are asked for."""

import numpy as np
import pytest

from particlesnn.simulation import ScanSettings, SceneSettings, render
from particlesnn.simulation.lattices import lattice
from particlesnn.simulation.simulate import seen_by


@pytest.mark.parametrize("seed", range(12))
def test_a_lattice_fills_its_range_and_repeats(seed: int) -> None:
    period_px = 10.0
    pattern = lattice(256, period_px, np.random.default_rng(seed))
    assert pattern.min() == 0
    assert pattern.max() == pytest.approx(1)
    # Hardly anything of it varies more slowly than a cell of seven periods, however that lies.
    spectrum = np.abs(np.fft.rfft2(pattern - pattern.mean())) ** 2
    rows, columns = np.fft.fftfreq(256)[:, np.newaxis], np.fft.rfftfreq(256)
    slow = np.hypot(rows, columns) < 1 / (12 * period_px)
    assert spectrum[slow].sum() < 0.1 * spectrum.sum()


def test_islands_are_terraces_one_step_high() -> None:
    scene = SceneSettings(size_px=128, particles=0, steps=0, islands=1, step_height=0.7, tilt=0, bow=0, roughness=0)
    quiet = ScanSettings(scene=scene)
    rng = np.random.default_rng(5)
    surface = seen_by(quiet, rng).specimen.substrate
    assert sorted({round(float(level), 6) for level in np.unique(surface)}) in ([-0.7, 0.0], [0.0, 0.7])
    assert render(quiet, np.random.default_rng(5)).labels.max() == 0
