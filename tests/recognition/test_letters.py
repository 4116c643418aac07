"""The insides of closed letters, told from particles."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import label
from skimage.draw import disk

from particlesnn.core import Contour, Particle
from particlesnn.recognition.letters import are_letters
from particlesnn.recognition.tracing import trace

SIDE = 160
TURN = np.linspace(0, 2 * np.pi, 48, endpoint=False)


def circle(x: float, y: float, radius: float) -> Particle:
    return Particle(Contour(np.stack([x + radius * np.cos(TURN), y + radius * np.sin(TURN)], axis=1)))


def ground(seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 110 + 10 * np.linspace(-1, 1, SIDE) + rng.normal(0, 3, (SIDE, SIDE))


def lay(values: np.ndarray, x: float, y: float, radius: float, grey: float) -> None:
    values[disk((y, x), radius, shape=values.shape)] = grey


def printed(values: np.ndarray, text: str, ink: float, size_px: int = 56) -> np.ndarray:
    font = ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size_px)
    mask = Image.new("L", values.shape[::-1])
    ImageDraw.Draw(mask).text((20, 10), text, font=font, fill=255)
    share = np.asarray(mask) / 255
    return np.asarray(values * (1 - share) + ink * share)


def holes_of(values: np.ndarray, ink: float) -> list[Particle]:
    """Outline what ink encloses, as the network does."""
    free = np.abs(values - ink) > 60
    numbers, _ = label(free)
    numbers[numbers == numbers[-1, -1]] = 0
    return [Particle(each) for each in trace(numbers.astype(np.int32), (numbers > 0).astype(np.float32), 0.5).values()]


FAR = [circle(20 + 18 * column, 100 + 18 * row, 6) for row in range(3) for column in range(7)]
"""Particles elsewhere."""


@pytest.mark.parametrize("ink", [0.0, 255.0])
@pytest.mark.parametrize("letter", ["d", "O", "8"])
def test_the_bowl_of_a_letter_is_one(letter: str, ink: float) -> None:
    values = printed(ground(), letter, ink)
    for particle in FAR:
        lay(values, *particle.contour.centroid_px, 6, 170)
    bowls = holes_of(values, ink)
    assert 1 <= len(bowls) <= 2
    assert are_letters([*bowls, *FAR], values).tolist() == [True] * len(bowls) + [False] * len(FAR)


def test_a_particle_with_a_bright_rim_is_none() -> None:
    values = ground()
    lay(values, 60, 60, 20, 255)
    lay(values, 60, 60, 16, 180)
    assert not are_letters([circle(60, 60, 20), *FAR], values).any()


def test_a_particle_on_a_black_ground_is_none() -> None:
    values = np.zeros((SIDE, SIDE))
    lay(values, 60, 60, 20, 180)
    assert not are_letters([circle(60, 60, 20)], values).any()


def test_a_crowd_with_black_gaps_stays() -> None:
    values, crowd = np.zeros((SIDE, SIDE)), []
    for x in range(12, SIDE - 11, 22):
        for y in range(12, SIDE - 11, 22):
            lay(values, x, y, 11, 150)
            crowd.append(circle(x, y, 10.5))
    assert not are_letters(crowd, values).any()


def test_half_a_ring_is_no_letter() -> None:
    values = ground()
    lay(values, 60, 60, 20, 0)
    lay(values, 60, 60, 15, 110)
    values[:60, 30:90] = 110
    assert not are_letters([circle(60, 60, 16), *FAR], values).any()


def test_nothing_found_is_no_letter() -> None:
    assert are_letters([], ground()).tolist() == []
