"""To which side particles stand out."""

import numpy as np
import pytest

from particlesnn.core import Contour, Particle
from particlesnn.recognition.scales import find_at_all_scales
from particlesnn.recognition.standing import common_side, on_side, sides_of
from tests.recognition.test_scales import POINT

SIDE_PX = 128


def disc(x: float, y: float, radius: float) -> Particle:
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return Particle(Contour(np.stack([x + radius * np.cos(turns), y + radius * np.sin(turns)], axis=1)), score=0.9)


def relief(*discs: tuple[float, float, float, float], slope: float = 0.0, noise: float = 0.0) -> np.ndarray:
    """Discs of (x, y, radius, height) on a slope."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    values = slope * x + noise * np.random.default_rng(1).normal(size=x.shape)
    for across, down, radius, height in discs:
        # An edge two pixels wide; half of the height is reached at the radius.
        values = values + height * np.clip((radius - np.hypot(x - across, y - down)) / 2 + 0.5, 0, 1)
    return values


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_bumps_stand_above_and_pits_below_also_on_a_slope_in_noise(slope: float) -> None:
    values = relief((30, 30, 8, 3.0), (90, 80, 12, -3.0), slope=slope, noise=0.5)
    assert sides_of([disc(30, 30, 8), disc(90, 80, 12), disc(70, 30, 8)], values).tolist() == [1, -1, 0]


def test_a_low_bump_among_taller_ones_stands_above() -> None:
    """All around it is higher than it is; its own border is not."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]

    def bump(across: float, down: float, height: float) -> np.ndarray:
        return height * np.sqrt(np.clip(1 - ((x - across) ** 2 + (y - down) ** 2) / 8**2, 0, None))

    turns = np.arange(6) * np.pi / 3
    values = bump(64, 64, 0.6)
    for turn in turns:
        values = np.maximum(values, bump(64 + 13 * np.cos(turn), 64 + 13 * np.sin(turn), 2.0))
    assert sides_of([disc(64, 64, 5.5)], values)[0] >= 0


def test_a_terrace_in_the_corner_is_told_by_the_step_within_the_scan() -> None:
    values = relief((128, 0, 60, -1.0))
    assert sides_of([disc(128, 0, 60), disc(126, 127, 4)], values).tolist() == [-1, 0]


def test_the_side_of_most_decides_on_pictures_and_above_on_heights() -> None:
    def of(above: int, below: int) -> np.ndarray:
        return np.array([1] * above + [-1] * below + [0, 0], dtype=np.int8)

    assert common_side(of(9, 1), heights=False) == 1
    assert common_side(of(1, 9), heights=False) == -1
    assert common_side(of(6, 4), heights=False) == 0
    assert common_side(of(4, 6), heights=True) == 1
    assert common_side(of(1, 9), heights=True) == -1  # a scan whose sign was turned round
    assert common_side(of(0, 0), heights=True) == 1
    assert common_side(of(0, 0), heights=False) == 0


def test_those_of_the_other_side_are_dropped_and_the_untold_stay() -> None:
    one, two, three = disc(10, 10, 4), disc(30, 30, 4), disc(50, 50, 4)
    sides = np.array([1, -1, 0], dtype=np.int8)
    assert on_side([one, two, three], sides, 1) == [one, three]
    assert on_side([one, two, three], sides, -1) == [two, three]
    assert on_side([one, two, three], sides, 0) == [one, two, three]
    assert on_side([], sides_of([], np.zeros((4, 4))), 1) == []


def test_a_low_terrace_found_at_a_coarse_scale_does_not_swallow_the_particles_on_it() -> None:
    small = [(76.0 + 14 * (k % 4), 8.0 + 14 * (k // 4), 5.0, 2.0) for k in range(12)]
    values = relief((128, 0, 80, -3.0), *small)
    terrace = disc(128, 0, 80)

    def look(seen: np.ndarray):
        factor = SIDE_PX / len(seen)
        fine = [disc(x, y, radius) for x, y, radius, _ in small]
        whole = Particle(Contour((terrace.contour.points_px + 0.5) / factor - 0.5), score=0.99)
        return lambda _point: fine if factor <= 1 else [whole]

    found = find_at_all_scales(look, values, POINT, heights=True)
    assert len(found) == len(small)
