"""A lattice of atoms is no crowd of particles; the scale tells one from the other."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from particlesnn.core import Contour, Particle, Scan
from particlesnn.recognition import Recognizer
from particlesnn.recognition.atoms import are_atoms
from tests.adatoms import adatoms


def disc(x: float, y: float, radius: float = 4.0) -> Contour:
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return Contour(np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)]))


def lattice(spacing_px: float, side: int = 10, disorder: float = 0.0) -> list[Particle]:
    """Hexagonal rows of discs that nearly touch."""
    rng = np.random.default_rng(5)
    places = [np.array([x + 0.5 * (y % 2), y * np.sqrt(0.75)]) for y in range(side) for x in range(side)]
    moved = [spacing_px * (place + rng.normal(0, disorder, 2)) for place in places]
    return [Particle(disc(x, y, 0.45 * spacing_px)) for x, y in moved]


def in_cells(empty: frozenset[tuple[int, int]], period: int) -> list[Particle]:
    """Discs in hexagonal rows of which some places of each cell stay empty, as on Si(111) 7x7."""
    return [
        Particle(disc(9 * (x + 0.5 * y), 9 * y * np.sqrt(0.75)))
        for y in range(20)
        for x in range(-y // 2, 20 - y // 2)
        if (x % period, y % period) not in empty
    ]


def test_bumps_as_near_as_atoms_in_regular_rows_are_atoms() -> None:
    assert are_atoms(lattice(9.0), (0.08, 0.08))


def test_a_crystal_of_colloids_is_made_of_particles() -> None:
    assert not are_atoms(lattice(9.0), (50.0, 50.0))
    assert not are_atoms(lattice(9.0), (0.3, 0.3))  # 2.7 nm: clusters on a moire pattern
    assert not are_atoms(lattice(9.0), None)


def test_without_a_scale_touching_bumps_in_cells_of_several_are_atoms() -> None:
    honeycomb = frozenset({(0, 0), (1, 1), (2, 2)})
    assert are_atoms(in_cells(honeycomb, 3), None)
    assert are_atoms(in_cells(frozenset({(0, 0), (2, 1), (1, 2)}), 4), None)


def test_without_a_scale_what_particles_may_do_are_particles() -> None:
    assert not are_atoms(in_cells(frozenset(), 1), None)  # one in each cell: spheres that crystallised
    pairs = frozenset({(x, y) for x in range(4) for y in range(4)} - {(0, 0), (1, 0)})
    assert not are_atoms(in_cells(pairs, 4), None)  # pairs that somebody wrote on a surface: most of it is bare
    rng = np.random.default_rng(3)
    grown = in_cells(frozenset({(0, 0), (1, 1), (2, 2)}), 3)
    sizes = [Particle(disc(*each.contour.centroid_px, rng.uniform(3, 5))) for each in grown]
    assert not are_atoms(sizes, None)  # bumps unlike each other
    assert not are_atoms([Particle(disc(9.0 * x, 50.0)) for x in range(120)], None)  # a single row


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), vacancies=st.floats(0.0, 0.4))
def test_without_a_scale_a_crystal_with_vacancies_is_made_of_particles(seed: int, vacancies: float) -> None:
    rng = np.random.default_rng(seed)
    assert not are_atoms([each for each in in_cells(frozenset(), 1) if rng.random() >= vacancies], None)


def test_few_or_disordered_bumps_are_not_taken_for_atoms() -> None:
    assert not are_atoms(lattice(9.0, side=5), (0.08, 0.08))
    assert not are_atoms(lattice(9.0, disorder=0.4), (0.08, 0.08))
    assert not are_atoms([], (0.08, 0.08))
    assert not are_atoms([], None)
    assert not are_atoms(in_cells(frozenset({(0, 0), (1, 1), (2, 2)}), 3)[:90], None)


def test_the_recognizer_leaves_atoms_out_says_so_and_keeps_them_when_told() -> None:
    recognizer = Recognizer.load("dense")
    heights = adatoms(160)
    fine = Scan(heights, "nm", (0.06, 0.06))
    found = recognizer.recognise(fine)
    assert len(found) == 0
    assert found.atoms > 100
    assert len(recognizer.recognise(fine, keep_atoms=True)) == found.atoms
    bare = recognizer.recognise(Scan(heights, "nm", None))
    assert (len(bare), bare.atoms) == (0, found.atoms)  # cells of twelve
    coarse = recognizer.recognise(fine.with_pixel_nm((60.0, 60.0)))
    assert (len(coarse), coarse.atoms) == (found.atoms, 0)
