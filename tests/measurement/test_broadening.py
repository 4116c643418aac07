"""Diameters without the broadening by the tip, against bodies whose size is known."""

import numpy as np
import pytest

from particlesnn.core import TIP_QUANTITIES, Contour, Particle, ParticleMap, Reconstruction, Scan, Tip
from particlesnn.measurement import measure, measure_broadening

PIXEL = 0.5


def frustum(radius: float, side: int = 96) -> np.ndarray:
    """A truncated cone of height 4 whose section at a quarter of it has this radius, in px."""
    rows, columns = np.mgrid[:side, :side]
    return np.clip(1 + (radius - np.hypot(columns - 47.6, rows - 48.2)) * 0.8, 0, 4)


def drawn(radius: float, side: int = 96) -> ParticleMap:
    turn = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    points = np.stack([47.6 + radius * np.cos(turn), 48.2 + radius * np.sin(turn)], axis=1)
    return ParticleMap((side, side), (Particle(Contour(points)),))


def columns_of(
    recorded: np.ndarray, surface: np.ndarray, particles: ParticleMap, certain: np.ndarray | None = None
) -> dict[str, float]:
    tip = Tip(np.zeros((1, 1)), (PIXEL, PIXEL), 2.0)
    known = np.ones(recorded.shape, dtype=bool) if certain is None else certain
    measured = measure(Scan(recorded, "nm", (PIXEL, PIXEL)), particles)
    made = measure_broadening(measured, particles, Reconstruction(recorded, surface, known, tip))
    assert set(made) == {quantity.name for quantity in TIP_QUANTITIES}
    return {name: float(values[0]) for name, values in (measured.columns | made).items()}


@pytest.mark.parametrize("tilt", [0.0, 0.03])
@pytest.mark.parametrize(("wide", "narrow"), [(16.0, 12.3), (12.0, 6.0)])
def test_the_diameter_shrinks_as_the_surface_does(wide: float, narrow: float, tilt: float) -> None:
    plane = tilt * np.arange(96) + 5.0
    column = columns_of(frustum(wide) + plane, frustum(narrow) + plane, drawn(wide))
    assert column["diameter"] == pytest.approx(2 * wide * PIXEL, rel=1e-3)
    assert column["diameter_reconstructed"] == pytest.approx(2 * narrow * PIXEL, rel=0.02)
    assert column["tip_radius"] == 2.0


def test_a_tip_without_width_changes_nothing_whatever_the_contour() -> None:
    for radius in (9.0, 12.0, 15.0):
        column = columns_of(frustum(12), frustum(12), drawn(radius))
        assert column["diameter_reconstructed"] == column["diameter"]


def test_certain_and_uncertain_make_the_area() -> None:
    certain = np.zeros((96, 96), dtype=bool)
    certain[:, 48:] = True
    column = columns_of(frustum(14), frustum(12), drawn(14), certain)
    assert column["area_certain"] + column["area_uncertain"] == pytest.approx(column["area"])
    assert column["area_certain"] == pytest.approx(column["area"] / 2, rel=0.06)


def test_without_a_reconstruction_nothing_is_said() -> None:
    particles = drawn(12)
    measured = measure(Scan(frustum(12), "nm", (PIXEL, PIXEL)), particles)
    assert all(np.isnan(values).all() for values in measure_broadening(measured, particles, None).values())


def test_a_particle_that_the_tip_takes_away_has_no_width_left() -> None:
    assert columns_of(frustum(12), np.zeros((96, 96)), drawn(12))["diameter_reconstructed"] == 0.0
