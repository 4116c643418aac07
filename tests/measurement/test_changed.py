"""Measured again after an edit, the numbers are those of measuring all."""

from dataclasses import replace

import numpy as np
import pytest

from particlesnn.core import Contour, Measurements, Particle, ParticleMap, Scan
from particlesnn.measurement import changed as room
from particlesnn.measurement import measure, measure_changed
from particlesnn.simulation import TIERS, simulate


@pytest.fixture(scope="module")
def scene() -> tuple[Scan, ParticleMap, Measurements]:
    settings = TIERS["packed"]
    settings = replace(settings, scene=replace(settings.scene, size_px=256, particles=110))
    scan, truth = simulate(settings, 7)
    return scan, truth, measure(scan, truth)


def shifted(particle: Particle, by: float) -> Particle:
    return replace(particle, contour=Contour(particle.contour.points_px + by), origin="human")


def same(one: Measurements, other: Measurements) -> None:
    assert one.ids == other.ids
    assert list(one.columns) == list(other.columns)
    for name, column in one.columns.items():
        tolerance = {"rtol": 1e-4, "atol": 1e-3} if name == "volume_laplace" else {"rtol": 1e-9, "atol": 1e-9}
        np.testing.assert_allclose(column, other.columns[name], equal_nan=True, err_msg=name, **tolerance)
    assert (one.touches_border == other.touches_border).all()
    assert (one.touches_particle == other.touches_particle).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_numbers_are_those_of_measuring_all(scene: tuple[Scan, ParticleMap, Measurements], seed: int) -> None:
    scan, truth, measured = scene
    rng = np.random.default_rng(seed)
    particles = list(truth.particles)
    where = int(rng.integers(len(particles)))
    if seed == 0:
        del particles[where]
    elif seed == 1:
        particles[where] = shifted(particles[where], 1.7)
    else:
        particles[where] = shifted(particles[where], -1.2)
        particles.append(replace(shifted(particles[0], 3.0), id=9999))
    edited = ParticleMap(truth.shape_px, tuple(particles))
    same(measure_changed(scan, edited, truth, measured), measure(scan, edited))


def test_only_a_part_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    disc = np.stack([4 * np.cos(turn), 4 * np.sin(turn)], axis=1)
    centres = [(10 + 20 * column, 10 + 20 * row) for row in range(20) for column in range(20)]
    scan = Scan(np.random.default_rng(1).normal(size=(400, 400)), "nm", (0.5, 0.5))
    whole = ParticleMap(scan.shape_px, tuple(Particle(Contour(disc + np.array(centre))) for centre in centres))
    measured = measure(scan, whole)
    counts = []

    def counting(part: Scan, particles: ParticleMap) -> Measurements:
        counts.append(len(particles))
        return measure(part, particles)

    monkeypatch.setattr(room, "measure", counting)
    left = ParticleMap(whole.shape_px, whole.particles[1:])
    same(measure_changed(scan, left, whole, measured), measure(scan, left))
    assert counts
    assert max(counts) < 30
    counts.clear()
    same(measure_changed(scan, whole, whole, measured), measured)
    assert counts == []
