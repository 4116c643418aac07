import numpy as np
import pytest

from particlesnn.core import Reconstruction, Scan, Tip
from particlesnn.report.tip import render_tip
from tests.report.test_panels import found
from tests.report.test_pictures import disc

SHAPE = (100, 120)


def reconstruction(certain: np.ndarray, heights: np.ndarray, known: str = "blind") -> Reconstruction:
    tip = Tip(heights, (0.5, 0.4), 3.0, known, 0.1 if known == "blind" else 0.0)
    surface = np.add.outer(np.zeros(SHAPE[0]), np.linspace(0, 1, SHAPE[1]))
    return Reconstruction(surface, surface, certain, tip)


def paraboloid() -> np.ndarray:
    y, x = np.mgrid[-6:7, -8:9]
    return -((0.5 * y) ** 2 + (0.4 * x) ** 2) / 6


def orange(picture: np.ndarray) -> int:
    red, green, blue = (picture[..., band].astype(int) for band in range(3))
    return int(np.count_nonzero((red - blue > 60) & (green < 140) & (red > 100)))


@pytest.mark.parametrize("known", ["blind", "given"])
def test_what_is_not_certain_is_tinted(known: str) -> None:
    scan = Scan(np.zeros(SHAPE), "nm", (0.5, 0.4))
    all_of_it, nothing = np.ones(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    sure, unsure = (
        render_tip(scan, found(disc(30, 30, 10)), reconstruction(certain, paraboloid(), known))
        for certain in (all_of_it, nothing)
    )
    assert sure.shape == unsure.shape
    assert sure.dtype == np.uint8
    left = slice(0, sure.shape[1] // 3)
    assert orange(unsure[:, left]) > 20_000 + orange(sure[:, left])


def test_a_tip_with_sides_that_never_touch_is_drawn() -> None:
    heights = paraboloid()
    heights[:, :4] = heights[:, -4:] = -np.inf
    scan = Scan(np.zeros(SHAPE), "nm", (0.5, 0.4))
    certain = np.ones(SHAPE, dtype=bool)
    assert render_tip(scan, found(), reconstruction(certain, heights, "given")).std() > 0
    assert render_tip(scan, found(), reconstruction(certain, np.zeros((1, 1)), "given")).std() > 0
