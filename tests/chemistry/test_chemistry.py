"""Atoms of shapes that can be counted by hand, constants against the lattice, errors against many repetitions."""

import numpy as np
import pytest

from particlesnn.chemistry import METALS, Metal, count_atoms, metal_named, total_metal
from particlesnn.core import Measurements, ParticlesNNError

PT = metal_named("Pt")
LATTICE_NM = {"Pt": 0.39242, "Pd": 0.38907, "Au": 0.40782, "Rh": 0.38034, "Ni": 0.35240, "Cu": 0.36146, "Ag": 0.40853}
"""Side of the cubic cell, CRC Handbook of Chemistry and Physics."""
RU_NM = (0.27058, 0.42816)
"""Sides a and c of the hexagonal cell of ruthenium."""


def measured(diameters, heights=None, *, scaled=True, in_nm=True, side=200.0) -> Measurements:
    d = np.asarray(diameters, dtype=float)
    h = d / 2 if heights is None else np.asarray(heights, dtype=float)
    return Measurements(
        tuple(range(1, len(d) + 1)),
        {"diameter": d, "height_max": h},
        scaled,
        in_nm,
        np.zeros(len(d), dtype=bool),
        (side, side),
    )


@pytest.mark.parametrize("metal", METALS, ids=lambda metal: metal.name)
def test_constants_agree_with_the_lattice(metal: Metal) -> None:
    if metal.name == "Ru":
        a, c = RU_NM
        assert metal.atoms_per_nm3 == pytest.approx(2 / (np.sqrt(3) / 2 * a**2 * c), rel=0.01)
        assert metal.atoms_per_nm2 == pytest.approx(2 / (np.sqrt(3) * a**2), rel=0.04)  # its basal plane
        return
    a = LATTICE_NM[metal.name]
    planes = [4 / (np.sqrt(3) * a**2), 2 / a**2, np.sqrt(2) / a**2]  # (111), (100), (110)
    assert metal.atoms_per_nm3 == pytest.approx(4 / a**3, rel=0.01)
    assert metal.atoms_per_nm2 == pytest.approx(np.mean(planes), rel=0.015)


def test_a_platinum_hemisphere_of_5_nm() -> None:
    atoms = count_atoms(measured([5.0]), PT, "hemisphere")
    assert PT.atoms_per_nm3 == pytest.approx(66.2, abs=0.1)
    assert atoms.atoms[0] == pytest.approx(66.2 * 2 / 3 * np.pi * 2.5**3, rel=1e-3)
    assert atoms.exposed_area[0] == pytest.approx(2 * np.pi * 2.5**2)
    assert atoms.surface_atoms[0] == pytest.approx(12.5 * 2 * np.pi * 2.5**2)
    assert atoms.dispersion[0] == pytest.approx(1.13 / 5, rel=0.01)  # Bergeret and Gallezot's D(d) of platinum


def test_the_dispersion_of_hemispheres_falls_as_one_over_d() -> None:
    sizes = np.array([2.0, 4.0, 8.0, 16.0])
    dispersion = count_atoms(measured(sizes), PT, "hemisphere").dispersion
    np.testing.assert_allclose(dispersion * sizes, dispersion[0] * sizes[0])
    np.testing.assert_allclose(dispersion, 6 * PT.atoms_per_nm2 / PT.atoms_per_nm3 / sizes)


def test_a_cap_as_high_as_its_radius_is_a_hemisphere_and_a_flat_one_a_disc() -> None:
    cap, half = (count_atoms(measured([6.0]), PT, shape) for shape in ("cap", "hemisphere"))
    assert cap.atoms[0] == pytest.approx(half.atoms[0])
    assert cap.exposed_area[0] == pytest.approx(half.exposed_area[0])
    flat = count_atoms(measured([100.0], [1.0]), PT, "cap")
    assert flat.exposed_area[0] == pytest.approx(np.pi * 50**2, rel=1e-3)
    assert flat.atoms[0] == pytest.approx(PT.atoms_per_nm3 * np.pi * 50**2 / 2, rel=1e-3)  # half of the disc's volume


def test_a_cap_against_the_sphere_that_it_is_cut_from() -> None:
    """Cut one sphere by a plane: the two caps together are the whole."""
    sphere, low = 5.0, 3.0
    foot = 2 * np.sqrt(sphere**2 - (sphere - low) ** 2)
    both = count_atoms(measured([foot, foot], [low, 2 * sphere - low]), PT, "cap")
    assert both.atoms.sum() == pytest.approx(PT.atoms_per_nm3 * 4 / 3 * np.pi * sphere**3)
    assert both.exposed_area.sum() == pytest.approx(4 * np.pi * sphere**2)


def test_no_particle_has_more_surface_atoms_than_atoms() -> None:
    atoms = count_atoms(measured([0.3]), PT, "hemisphere")
    assert atoms.dispersion[0] == 1


def test_a_particle_without_height_is_left_out_and_counted_as_such() -> None:
    total = total_metal([measured([5.0, 5.0, 5.0], [2.0, np.nan, -1.0])], PT)
    assert (total.particles, total.left_out) == (1, 2)
    assert total.atoms == pytest.approx(count_atoms(measured([5.0], [2.0]), PT).atoms[0])
    assert total.dispersion_error is None  # one particle has no scatter


def test_what_a_scan_must_have() -> None:
    with pytest.raises(ParticlesNNError, match="--metal needs a scale"):
        count_atoms(measured([5.0], scaled=False), PT)
    with pytest.raises(ParticlesNNError, match="--shape hemisphere"):
        count_atoms(measured([5.0], in_nm=False), PT, "cap")
    assert count_atoms(measured([5.0], in_nm=False), PT, "hemisphere").atoms[0] > 0
    with pytest.raises(ParticlesNNError, match="neither"):
        count_atoms(measured([5.0]), PT, "cube")  # type: ignore[arg-type]
    with pytest.raises(ParticlesNNError, match="name one of Pt"):
        metal_named("Fe")
    with pytest.raises(ParticlesNNError, match="density_g_cm3 of Fe must be a positive number"):
        Metal("Fe", 55.845, 0.0, 14.6)


def test_totals_are_per_scanned_area() -> None:
    scans = [measured([4.0, 6.0]), measured([8.0], side=100.0), measured([])]
    total = total_metal(scans, PT, "hemisphere")
    area = 2 * 200.0**2 + 100.0**2
    entries = total.to_dict()
    assert entries["exposed_area_per_scanned_area"] == pytest.approx(np.pi / 2 * (16 + 36 + 64) / area)
    assert entries["atoms_per_scanned_nm2"] == pytest.approx(total.atoms / area)
    assert entries["dispersion"] == pytest.approx(total.surface_atoms / total.atoms)
    halved = total_metal(scans, PT, "hemisphere", areas=[area / 2, 0, 0]).to_dict()
    assert halved["atoms_per_scanned_nm2"] == pytest.approx(2 * entries["atoms_per_scanned_nm2"])


def test_a_particle_may_stand_for_more_than_one_or_for_none() -> None:
    weighted = total_metal([measured([4.0, 6.0, 9.0])], PT, weights=[np.array([2.0, 1.0, 0.0])])
    repeated = total_metal([measured([4.0, 4.0, 6.0])], PT)
    assert (weighted.particles, weighted.left_out) == (2, 0)
    for name in ("atoms", "surface_atoms", "exposed_area", "dispersion"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name)), name
    assert weighted.atoms_error > repeated.atoms_error  # one that stands for two tells less than two


def test_nothing_found_is_no_metal() -> None:
    entries = total_metal([measured([])], PT).to_dict()
    assert (entries["atoms"], entries["dispersion"], entries["atoms_per_scanned_nm2"]) == (0, None, 0)
    assert entries["exposed_area_per_scanned_area_standard_error"] is None


def test_errors_are_the_scatter_of_repeated_scans() -> None:
    """Strew particles by chance, heights correlated with diameters, many times over."""
    random = np.random.default_rng(11)
    totals = []
    for _ in range(1500):
        diameters = 5 * np.exp(0.3 * random.normal(size=random.poisson(60)))
        heights = 0.3 * diameters * np.exp(0.2 * random.normal(size=len(diameters)))
        totals.append(total_metal([measured(diameters, heights)], PT))
    for value, error in (
        ("exposed_area", "exposed_area_error"),
        ("atoms", "atoms_error"),
        ("dispersion", "dispersion_error"),
    ):
        scatter = np.std([getattr(total, value) for total in totals])
        told = np.sqrt(np.mean([getattr(total, error) ** 2 for total in totals]))
        assert told == pytest.approx(scatter, rel=0.1), value


def test_errors_of_several_scans_are_those_from_scan_to_scan() -> None:
    """Scans of unlike crowding: how much one of them holds says little of the next."""
    random = np.random.default_rng(12)
    totals = []
    for _ in range(400):
        crowds = random.choice([20, 180], 6)
        scans = [measured(5 * np.exp(0.3 * random.normal(size=random.poisson(mean)))) for mean in crowds]
        totals.append(total_metal(scans, PT))
    for value, error in (("exposed_area", "exposed_area_error"), ("atoms", "atoms_error")):
        scatter = np.std([getattr(total, value) for total in totals])
        told = np.sqrt(np.mean([getattr(total, error) ** 2 for total in totals]))
        assert told == pytest.approx(scatter, rel=0.15), value
