"""What the particles of a scan say about each other."""

from dataclasses import replace

import numpy as np

from particlesnn.core import Contour, Particle
from particlesnn.recognition import OperatingPoint
from particlesnn.recognition.population import believable

POINT = OperatingPoint(score=0.6, typical_score=0.8, small_score=0.9, small_ratio=5.0)


def disc(diameter: float, score: float | None) -> Particle:
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return Particle(Contour(diameter / 2 * np.column_stack([np.cos(turn), np.sin(turn)])), score=score)


def test_specks_beside_clear_particles_are_texture() -> None:
    large = [disc(50, 0.95), disc(60, 0.85)]
    specks = [disc(6, 0.7)] * 200
    assert believable([*specks, *large], POINT) == large


def test_clear_small_particles_stay() -> None:
    both = [disc(50, 0.95), disc(6, 0.92), disc(5, 0.95)]
    assert believable(both, POINT) == both


def test_small_particles_among_their_like_stay() -> None:
    alike = [disc(6, 0.82)] + [disc(6, 0.7)] * 20
    assert believable(alike, POINT) == alike


def test_where_none_is_clear_the_plain_threshold_holds() -> None:
    unsure, worse = disc(30, 0.65), disc(6, 0.55)
    assert believable([worse, unsure, disc(6, 0.61)], POINT)[0] is unsure
    assert worse not in believable([worse, unsure], POINT)


def test_where_none_is_clear_each_must_be_likely_if_the_weights_ask_so() -> None:
    asked = replace(POINT, unclear_score=0.7)
    likely, unlikely = disc(30, 0.75), disc(30, 0.65)
    assert believable([unlikely, likely], asked) == [likely]
    assert believable([unlikely, disc(30, 0.85)], asked)[0] is unlikely


def test_the_demand_rises_with_smallness() -> None:
    middle = disc(60 / np.sqrt(5), 0.76)  # half of the way on a scale of ratios: 0.75 is demanded
    unsure = disc(60 / np.sqrt(5), 0.74)
    assert believable([disc(60, 0.95), middle, unsure], POINT)[1:] == [middle]


def test_particles_without_a_score_stay() -> None:
    drawn = [disc(50, None), disc(3, None)]
    assert believable(drawn, POINT) == drawn
    assert believable([], POINT) == []
