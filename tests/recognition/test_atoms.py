"""A lattice of atoms is no crowd of particles; the scale tells one from the other."""

import numpy as np

from particlesnn.core import Contour, Particle, Scan
from particlesnn.recognition import Recognizer
from particlesnn.recognition.atoms import are_atoms
from tests.adatoms import adatoms


def lattice(spacing_px: float, side: int = 10, disorder: float = 0.0) -> list[Particle]:
    """Hexagonal rows of discs that nearly touch."""
    rng = np.random.default_rng(5)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    disc = 0.45 * spacing_px * np.column_stack([np.cos(turn), np.sin(turn)])
    places = [(x + 0.5 * (y % 2), y * np.sqrt(0.75)) for y in range(side) for x in range(side)]
    return [Particle(Contour(disc + spacing_px * (np.array(place) + rng.normal(0, disorder, 2)))) for place in places]


def test_bumps_as_near_as_atoms_in_regular_rows_are_atoms() -> None:
    assert are_atoms(lattice(9.0), (0.08, 0.08))


def test_a_crystal_of_colloids_is_made_of_particles() -> None:
    assert not are_atoms(lattice(9.0), (50.0, 50.0))
    assert not are_atoms(lattice(9.0), (0.3, 0.3))  # 2.7 nm: clusters on a moire pattern
    assert not are_atoms(lattice(9.0), None)


def test_few_or_disordered_bumps_are_not_taken_for_atoms() -> None:
    assert not are_atoms(lattice(9.0, side=5), (0.08, 0.08))
    assert not are_atoms(lattice(9.0, disorder=0.4), (0.08, 0.08))
    assert not are_atoms([], (0.08, 0.08))


def test_the_recognizer_leaves_atoms_out_says_so_and_keeps_them_when_told() -> None:
    recognizer = Recognizer.load("dense")
    heights = adatoms(160)
    fine = Scan(heights, "nm", (0.06, 0.06))
    found = recognizer.recognise(fine)
    assert len(found) == 0
    assert found.atoms > 100
    assert len(recognizer.recognise(fine, keep_atoms=True)) == found.atoms
    coarse = recognizer.recognise(fine.with_pixel_nm((60.0, 60.0)))
    assert (len(coarse), coarse.atoms) == (found.atoms, 0)
