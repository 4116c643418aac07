"""What a double tip shows a second time is not counted again; what only stands in rows or pairs is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from particlesnn.core import Particle, Scan
from particlesnn.evaluation import evaluate
from particlesnn.recognition import Recognizer
from particlesnn.recognition.twins import twins_of
from tests.double_tip import double_tip_scan
from tests.labelled import disc

SIDE = 400
AWAY = np.array([13.0, 8.0])


def strewn(rng: np.random.Generator, count: int, room: float = SIDE) -> NDArray[np.float64]:
    """Places at least 11 px from each other."""
    places: list[NDArray[np.float64]] = []
    while len(places) < count:
        place = rng.uniform(6, room - 30, 2)
        if all(np.hypot(*(place - other)) > 11 for other in places):
            places.append(place)
    return np.array(places)


def seen(places: NDArray[np.float64], tops: NDArray[np.float64]) -> tuple[list[Particle], NDArray[np.float64]]:
    """Discs of 8 px, of which the surface shows domes of those heights."""
    y, x = np.mgrid[:SIDE, :SIDE]
    heights = np.zeros((SIDE, SIDE))
    for (column, row), top in zip(places, tops, strict=True):
        heights = np.maximum(heights, top * (1 - ((x - column) ** 2 + (y - row) ** 2) / 16))
    return [Particle(disc(column, row, 4.0)) for column, row in places], heights


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_lower_twins_at_one_place_are_told(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, tops = strewn(rng, 60), rng.uniform(1.5, 3.0, 60)
    everything = np.concatenate([places, places + AWAY])
    twins = twins_of(*seen(everything, np.concatenate([tops, tops - 0.8])))
    # A particle that stands where the twin of another would be is taken for it.
    assert twins[60:].sum() >= 54
    assert twins[:60].sum() <= 6


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000), count=st.integers(20, 250))
def test_what_is_strewn_by_chance_has_no_twins(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    assert not twins_of(*seen(strewn(rng, count), rng.uniform(1, 3, count))).any()


def test_rows_of_a_crystal_and_pairs_of_equals_have_no_twins() -> None:
    rng = np.random.default_rng(1)
    rows = np.array([[20 + 11 * x, 20 + 11 * y] for x in range(20) for y in range(20)], dtype=float)
    assert not twins_of(*seen(rows, rng.uniform(1, 3, len(rows)))).any()
    pairs = np.concatenate([first := strewn(rng, 40), first + AWAY])
    assert not twins_of(*seen(pairs, np.tile(rng.uniform(1, 3, 40), 2))).any()


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), filled=st.floats(0.1, 1.0))
def test_some_places_of_a_lattice_hold_no_twins(seed: int, filled: float) -> None:
    rng = np.random.default_rng(seed)
    sites = np.array(
        [[15 + 14 * (x + 0.5 * (y % 2)), 15 + 14 * y * np.sqrt(0.75)] for x in range(25) for y in range(30)]
    )
    places = sites[rng.random(len(sites)) < filled] + rng.normal(0, 0.5, 2)
    assert not twins_of(*seen(places, rng.uniform(1, 3, len(places)))).any()


def test_few_particles_have_no_twins() -> None:
    assert not len(twins_of([], np.zeros((4, 4))))
    places = np.array([[20.0, 30.0], [33.0, 38.0]] * 5) + np.repeat(np.arange(5), 2)[:, None] * 60
    assert not twins_of(*seen(places, np.tile([2.0, 1.0], 5))).any()


@pytest.mark.parametrize("seed", range(2))
def test_the_recognizer_counts_each_particle_once(seed: int) -> None:
    recognizer = Recognizer.load("dense")
    scan, truth = double_tip_scan(seed)
    found = recognizer.recognise(scan)
    twice = recognizer.recognise(scan, keep_twins=True)
    assert len(twice) > 1.4 * len(truth)
    assert len(twice) == len(found) + found.twins
    once, again = (evaluate([truth], [each]).total.at_50.f1 or 0.0 for each in (found, twice))
    assert once > again + 0.1
    picture = recognizer.recognise(Scan(scan.values))
    assert picture.twins == 0  # no heights, nothing to tell twins by


def test_on_a_scan_whose_sign_is_turned_round_the_same_are_twins() -> None:
    rng = np.random.default_rng(3)
    places, tops = strewn(rng, 60), rng.uniform(1.5, 3.0, 60)
    particles, heights = seen(np.concatenate([places, places + AWAY]), np.concatenate([tops, tops - 0.8]))
    upright = twins_of(particles, heights)
    assert upright[60:].sum() >= 54
    np.testing.assert_array_equal(twins_of(particles, -heights), upright)
