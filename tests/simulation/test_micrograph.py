"""Simulated electron micrographs show what their labels say."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from particlesnn.simulation import MicrographSettings, SceneSettings, take_micrograph, wide_micrograph
from particlesnn.simulation.grounds import rough_ground

ALONE = SceneSettings(
    size_px=160,
    particles=6,
    diameter_px=24,
    diameter_sigma=0.0,
    aspect_sigma=0.0,
    spacing=1.3,
    shapes={"dome": 1.0},
    elongation=0.0,
)
CLEAN = MicrographSettings(
    ALONE, light=0, spread=0, grain=0, ground_texture=0, charging=0, noise=0, blur_px=0.01, crumpling=0, gaps=0
)


def test_a_body_is_as_large_as_it_is_asked_to_be() -> None:
    _, labels = take_micrograph(CLEAN, np.random.default_rng(1))
    inside = [n for n in range(1, labels.max() + 1) if not _touches_border(labels, n)]
    assert len(inside) >= 3
    for number in inside:
        assert np.sqrt(4 / np.pi * (labels == number).sum()) == pytest.approx(24, rel=0.03)


def test_what_came_back_is_bright_at_the_flanks_and_what_passed_through_is_dark() -> None:
    values, labels = take_micrograph(CLEAN, np.random.default_rng(1))
    assert np.allclose(values[labels == 0], CLEAN.ground)
    assert values[labels > 0].min() > 0.99
    assert values.max() > 1.5
    through, same = take_micrograph(replace(CLEAN, through=True, edge=1.0), np.random.default_rng(1))
    assert np.array_equal(labels > 0, same > 0)
    assert np.allclose(through[labels == 0], 1)
    assert through[labels > 0].max() < 1
    assert through.min() == pytest.approx(np.exp(-1), rel=0.1)


def test_in_a_pile_each_pixel_belongs_to_the_highest_and_what_hardly_shows_to_none() -> None:
    pile = replace(CLEAN, scene=replace(ALONE, particles=80, spacing=0.4, clumped=0.9))
    _, labels = take_micrograph(pile, np.random.default_rng(2))
    sizes = np.bincount(labels.ravel())[1:]
    assert (sizes > 0).sum() > 20
    assert sizes[sizes > 0].min() >= 8
    inside = [n for n in range(1, labels.max() + 1) if sizes[n - 1] and not _touches_border(labels, n)]
    assert sizes[np.array(inside) - 1].min() > 0.14 * np.pi / 4 * 24**2
    assert sizes.max() <= np.pi / 4 * 24**2 * 1.06  # nothing shows more than all of itself


def test_crumpling_moves_picture_and_labels_alike() -> None:
    values, labels = take_micrograph(replace(CLEAN, crumpling=0.08), np.random.default_rng(3))
    assert values[labels == 0].max() < 0.99
    assert np.median(values[labels > 0]) > 1


@pytest.mark.parametrize("seed", range(6))
def test_the_widest_settings_give_pictures(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, labels = take_micrograph(wide_micrograph(rng, 96), rng)
    assert values.shape == labels.shape == (96, 96)
    assert np.isfinite(values).all()
    assert np.ptp(values) > 0
    assert labels.max() > 0


def test_a_rough_ground_varies_and_the_bodies_on_it_are_as_bright_as_before() -> None:
    rough = replace(CLEAN, relief=0.2, relief_px=12)
    values, labels = take_micrograph(rough, np.random.default_rng(6))
    even, same = take_micrograph(CLEAN, np.random.default_rng(6))
    assert np.array_equal(labels, same)
    assert np.allclose(values[labels > 0], even[labels > 0], atol=1e-6)
    ground = values[labels == 0]
    assert ground.mean() == pytest.approx(CLEAN.ground, abs=0.1)
    assert ground.std() == pytest.approx(0.2, rel=0.3)


@pytest.mark.parametrize("seed", range(12))
def test_every_kind_of_rough_ground_is_finite_and_of_unit_spread(seed: int) -> None:
    ground = rough_ground(128, 10.0, np.random.default_rng(seed))
    assert ground.shape == (128, 128)
    assert (ground.mean(), ground.std()) == (pytest.approx(0, abs=1e-9), pytest.approx(1))


def test_a_pit_is_dark_and_its_bright_rim_lies_outside_of_it() -> None:
    pits = replace(CLEAN, ground=2.0, edge=0.0, rim=0.5)
    values, labels = take_micrograph(pits, np.random.default_rng(7))
    assert values[labels > 0].max() < 1.1
    beside = binary_dilation(labels > 0) & (labels == 0)
    assert values[beside].min() > 2.2
    assert np.median(values[labels == 0]) == pytest.approx(2.0, abs=0.05)


def test_the_same_chance_gives_the_same_picture() -> None:
    one, two = (take_micrograph(MicrographSettings(), np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])


def _touches_border(labels: np.ndarray, number: int) -> bool:
    own = labels == number
    return bool(own[0].any() or own[-1].any() or own[:, 0].any() or own[:, -1].any())
