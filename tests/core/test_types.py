"""The vocabulary: validated once, immutable, with the units it promises."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from particlesnn.core import QUANTITIES, Contour, GaussianBump, Measurements, Particle, ParticleMap, Scan

TRIANGLE = Contour(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": np.zeros(5)}, "rows and columns"),
        ({"values": np.zeros((0, 5))}, "rows and columns"),
        ({"values": np.array([[1.0, np.nan]])}, "finite"),
        ({"values": np.zeros((2, 2)), "value_unit": "m"}, "in nm"),
        ({"values": np.zeros((2, 2)), "pixel_nm": (0.0, 1.0)}, "positive"),
        ({"values": np.zeros((2, 2)), "pixel_nm": (1.0, np.inf)}, "positive"),
    ],
)
def test_a_scan_that_is_none_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Scan(**arguments)


def test_a_scan_cannot_be_changed_by_anyone() -> None:
    mine = np.zeros((2, 3))
    scan = Scan(mine, "nm", (2.0, 0.5))
    mine[0, 0] = 7
    assert scan.values[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        scan.values[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        scan.channel = "other"  # type: ignore[misc]


def test_the_size_of_a_scan() -> None:
    scan = Scan(np.zeros((2, 3)), "nm", (2.0, 0.5))
    assert scan.shape_px == (2, 3)
    assert scan.size_nm == (4.0, 1.5)
    assert scan.with_pixel_nm((1.0, 1.0)).size_nm == (2.0, 3.0)
    assert Scan(np.zeros((2, 3))).size_nm is None


def test_a_contour_by_hand() -> None:
    assert TRIANGLE.area_px == 6
    assert TRIANGLE.centroid_px == pytest.approx((4 / 3, 1))
    assert TRIANGLE.bounds_px == (0, 0, 4, 3)


def test_a_closing_point_is_not_counted_twice() -> None:
    assert len(Contour(np.array([[0, 0], [4, 0], [0, 3], [0, 0]], dtype=float)).points_px) == 3


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_area_and_centre_do_not_suffer_far_from_the_origin(x: float, y: float) -> None:
    moved = Contour(TRIANGLE.points_px + np.array([x, y]))
    assert moved.area_px == pytest.approx(6, rel=1e-6)
    assert moved.centroid_px == pytest.approx((4 / 3 + x, 1 + y), abs=1e-5)


def test_a_contour_without_area_has_a_centre() -> None:
    assert Contour(np.array([[0, 0], [1, 1], [2, 2]], dtype=float)).centroid_px == pytest.approx((1, 1))


@pytest.mark.parametrize("points", [np.zeros((2, 2)), np.zeros((5, 3)), np.array([[0, 0], [1, np.nan], [2, 2]])])
def test_a_contour_that_is_none_is_refused(points: np.ndarray) -> None:
    with pytest.raises(ValueError, match="contour"):
        Contour(points)


def test_particles_are_numbered_when_they_are_not() -> None:
    fresh = ParticleMap((9, 9), (Particle(TRIANGLE), Particle(TRIANGLE, score=0.5)))
    assert [each.id for each in fresh.particles] == [1, 2]
    assert fresh.particles[1].score == 0.5
    kept = ParticleMap((9, 9), (Particle(TRIANGLE, id=7), Particle(TRIANGLE, id=3)))
    assert [each.id for each in kept.particles] == [7, 3]
    doubled = ParticleMap((9, 9), (Particle(TRIANGLE, id=7), Particle(TRIANGLE, id=7)))
    assert [each.id for each in doubled.particles] == [1, 2]


def test_scores_and_origins_are_checked() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Particle(TRIANGLE, score=1.5)
    with pytest.raises(ValueError, match="origin"):
        Particle(TRIANGLE, origin="guess")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="rows and columns"):
        ParticleMap((0, 5))


def test_a_bump_is_equation_2() -> None:
    bump = GaussianBump(2.0, (10.0, 20.0), (3.0, 5.0), 0.6, 1.0, 0.0)
    assert bump.height_at(10, 20) == pytest.approx(3.0)
    section = bump.contour_at(2.0)
    assert section is not None
    assert bump.height_at(*section.T) == pytest.approx(np.full(len(section), 2.0))
    assert Contour(section).area_px == pytest.approx(np.pi * 15 * np.log(2), rel=0.01)
    x, y = np.meshgrid(np.arange(-40, 60), np.arange(-30, 70))
    assert (bump.height_at(x, y) - 1.0).sum() == pytest.approx(bump.volume, rel=1e-6)
    assert bump.contour_at(0.5) is None
    assert bump.contour_at(3.5) is None


@pytest.mark.parametrize(("power", "amplitude"), [(0.7, 2.0), (2.0, 2.0), (3.5, -1.5)])
def test_a_blunter_bump_has_its_own_section_and_volume(power: float, amplitude: float) -> None:
    bump = GaussianBump(amplitude, (10.0, 20.0), (6.0, 9.0), 0.6, 1.0, 0.0, power)
    level = 1.0 + amplitude / 4
    section = bump.contour_at(level, 400)
    assert section is not None
    assert bump.height_at(*section.T) == pytest.approx(np.full(400, level))
    assert Contour(section).area_px == pytest.approx(np.pi * 54 * np.log(4) ** (1 / power), rel=1e-3)
    x, y = np.meshgrid(np.arange(-110, 130), np.arange(-100, 140))
    assert (bump.height_at(x, y) - 1.0).sum() == pytest.approx(bump.volume, rel=1e-3)
    with pytest.raises(ValueError, match="power"):
        GaussianBump(1.0, (0.0, 0.0), (1.0, 1.0), 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "scaled", "heights", "column"),
    [
        ("diameter", True, True, "diameter_nm"),
        ("diameter", False, True, "diameter_px"),
        ("area", True, False, "area_nm2"),
        ("height_max", False, True, "height_max_nm"),
        ("height_max", True, False, "height_max_grey"),
        ("volume", True, True, "volume_nm3"),
        ("volume", False, True, "volume_nm_px2"),
        ("circularity", True, True, "circularity"),
        ("contact_angle", True, True, "contact_angle_deg"),
    ],
)
def test_columns_carry_their_unit(name: str, scaled: bool, heights: bool, column: str) -> None:
    quantity = next(each for each in QUANTITIES if each.name == name)
    assert quantity.column(scaled=scaled, heights=heights) == column


def test_measurements_are_consistent() -> None:
    flags = np.zeros(2, dtype=bool)
    with pytest.raises(ValueError, match="not in the table"):
        Measurements((1, 2), {"mass": np.zeros(2)}, True, True, flags, (1, 1))
    with pytest.raises(ValueError, match="has shape"):
        Measurements((1, 2), {"area": np.zeros(3)}, True, True, flags, (1, 1))
    with pytest.raises(ValueError, match="one flag"):
        Measurements((1, 2), {"area": np.zeros(2)}, True, True, flags[:1], (1, 1))
    both = Measurements((4, 9), {"area": np.array([1.0, 2.0])}, True, True, flags, (3, 5))
    assert both.area_scan == 15
    one = both.subset(np.array([False, True]))
    assert one.ids == (9,)
    assert one.columns["area"].tolist() == [2.0]
    assert both.touches_particle.tolist() == [False, False]
    with pytest.raises(ValueError, match="touches_particle needs one flag"):
        Measurements((1, 2), {}, True, True, flags, (1, 1), touches_particle=np.ones(3, dtype=bool))
