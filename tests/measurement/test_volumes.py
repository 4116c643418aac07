"""The three volumes of Gwyddion against shapes whose volume is known."""

import numpy as np
import pytest
from scipy.sparse.linalg import spsolve

from particlesnn.measurement import volumes as volumes_room
from particlesnn.measurement.volumes import _equations, laplace_basis, measure_volumes


def disc(x: float, y: float, radius: float, side: int = 96) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    return (columns - x) ** 2 + (rows - y) ** 2 < radius**2


def plane(side: int = 96) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    return 4.0 + 0.05 * columns - 0.03 * rows


def labelled(*masks: np.ndarray) -> np.ndarray:
    labels = np.zeros(masks[0].shape, dtype=np.int32)
    for number, mask in enumerate(masks, start=1):
        labels[mask] = number
    return labels


def test_a_block_on_a_tilted_plane() -> None:
    one, two = disc(30, 40, 11.5), disc(65, 60, 20.2)
    values = plane() + 2.0 * one + 3.0 * two
    volumes = measure_volumes(values, labelled(one, two), 2, (1.0, 1.0))
    for number, (mask, height) in enumerate(((one, 2.0), (two, 3.0))):
        assert volumes.laplace[number] == pytest.approx(height * mask.sum(), rel=2e-3)
        assert volumes.zero[number] == pytest.approx(values[mask].sum())
        assert volumes.minimum[number] == pytest.approx((values[mask] - values[mask].min()).sum())


def test_a_bump_that_goes_on_outside_its_contour() -> None:
    rows, columns = np.mgrid[:96, :96]
    mask = disc(48, 48, 20)
    bump = 5 * np.exp(-((columns - 48) ** 2 + (rows - 48) ** 2) / 300)
    volumes = measure_volumes(bump + 1, labelled(mask), 1, (1.0, 1.0))
    assert volumes.zero[0] > volumes.minimum[0] > 0
    # The film hangs level at the height of the pixels beside the disc, half a pixel outside of it.
    assert volumes.laplace[0] == pytest.approx((bump[mask] - 5 * np.exp(-(20.5**2) / 300)).sum(), rel=0.03)


@pytest.mark.parametrize("pixel", [(1.0, 1.0), (1.0, 2.0)])
def test_the_film_is_harmonic(pixel: tuple[float, float]) -> None:
    """A harmonic polynomial comes back from its values around: the five-point formula is exact for it."""
    rows, columns = np.mgrid[:96, :96] - 48.0
    y, x = rows * pixel[0], columns * pixel[1]
    harmonic = x**2 - y**2 + 3 * x * y - 7 * x + 100
    mask = disc(50, 45, 25)
    film = laplace_basis(np.where(mask, 1e4, harmonic), mask, pixel)
    np.testing.assert_allclose(film, harmonic[mask], atol=1e-3 * np.ptp(harmonic[mask]))


def test_the_film_is_the_direct_solution_on_a_crowded_scan() -> None:
    random = np.random.default_rng(5)
    masks = [disc(*random.uniform(0, 96, 2), random.uniform(4, 14)) for _ in range(18)]
    inside = np.any(masks, axis=0)
    values = plane() + random.normal(size=inside.shape)
    matrix, right, _ = _equations(values, inside, (1.0, 1.0))
    direct = spsolve(matrix.tocsc(), right)
    np.testing.assert_allclose(laplace_basis(values, inside), direct, atol=2e-3)


def test_touching_particles_are_taken_away_together() -> None:
    one, two = disc(36, 48, 12), disc(58, 48, 12)
    two &= ~one
    values = plane() + 2.0 * (one | two)
    volumes = measure_volumes(values, labelled(one, two), 2, (1.0, 1.0))
    np.testing.assert_allclose(volumes.laplace, [2.0 * one.sum(), 2.0 * two.sum()], rtol=2e-3)


def test_at_the_border_of_the_scan_the_film_is_level() -> None:
    mask = disc(0, 48, 15)
    flat = np.full((96, 96), 7.0)
    np.testing.assert_allclose(laplace_basis(np.where(mask, 12.0, flat), mask), 7.0, rtol=1e-4)


def test_where_no_substrate_is_seen_there_is_no_film() -> None:
    everything = np.ones((20, 20), dtype=np.int32)
    volumes = measure_volumes(plane(20), everything, 1, (1.0, 1.0))
    assert np.isnan(volumes.laplace[0])
    assert volumes.zero[0] == pytest.approx(plane(20).sum())


def test_a_particle_without_pixels_has_no_volume() -> None:
    mask = disc(30, 30, 5)
    volumes = measure_volumes(plane(), labelled(mask) * 2, 2, (1.0, 1.0))
    assert np.isnan([volumes.zero[0], volumes.minimum[0], volumes.laplace[0]]).all()
    assert np.isfinite([volumes.zero[1], volumes.minimum[1], volumes.laplace[1]]).all()
    empty = measure_volumes(plane(), np.zeros((96, 96), dtype=np.int32), 0, (1.0, 1.0))
    assert empty.laplace.shape == (0,)


def test_a_large_scan_is_solved_in_batches_that_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    masks = [disc(*random.uniform(0, 96, 2), random.uniform(3, 9)) for _ in range(20)]
    inside = np.any(masks, axis=0)
    values = plane() + random.normal(0, 0.2, (96, 96)) + 3.0 * inside
    whole = laplace_basis(values, inside)
    monkeypatch.setattr(volumes_room, "_BATCH_PX", 150)
    np.testing.assert_allclose(laplace_basis(values, inside), whole, atol=2e-3)
