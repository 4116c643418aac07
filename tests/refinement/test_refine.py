"""What a user of refined contours relies on."""

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import Polygon

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.refinement import REFINEMENTS, refine
from particlesnn.simulation import TIERS, simulate
from tests.refinement.scenes import border, bump, diameter, predicted, scan_of, surface

RNG = np.random.default_rng


def overlaps(particles: ParticleMap) -> list[float]:
    shapes = [Polygon(each.contour.points_px) for each in particles.particles]
    assert all(shape.is_valid for shape in shapes)
    return [one.intersection(two).area for n, one in enumerate(shapes) for two in shapes[:n]]


@pytest.mark.parametrize("power", [1.0, 1.5, 2.5])
@pytest.mark.parametrize("height", [3.0, -3.0])
def test_a_bump_is_recovered_from_a_poor_contour(power: float, height: float) -> None:
    true = bump(45.3, 50.6, 10.0, height, power, stretch=1.3, angle=0.5)
    y, x = np.mgrid[:96, :96]
    scan = scan_of(surface([true]) + 7.0 + 0.01 * x - 0.005 * y + RNG(0).normal(0, 0.05, (96, 96)))
    (particle,) = refine(scan, predicted([border(true, 1.15, (1.5, -1.0))])).particles
    assert particle.origin == "refined"
    assert particle.score == 0.9
    assert diameter(particle) == pytest.approx(20.0, rel=0.015)
    found = particle.bump
    assert found is not None
    assert found.centre_px == pytest.approx(true.centre_px, abs=0.2)
    assert found.amplitude == pytest.approx(height, rel=0.04)
    assert found.base == pytest.approx(7.0 + 0.01 * 45.3 - 0.005 * 50.6, abs=0.08)
    assert found.power == pytest.approx(power, rel=0.15)
    assert max(found.sigmas_px) / min(found.sigmas_px) == pytest.approx(1.3, rel=0.04)
    assert found.residual == pytest.approx(0.05, rel=0.5)
    level = found.contour_at(found.base + found.amplitude / 4)
    assert Polygon(level).symmetric_difference(Polygon(particle.contour.points_px)).area < 1.0


def test_two_touching_bumps_are_parted_where_one_by_one_fails() -> None:
    pair = [bump(38.0, 48.0, 9.0, 2.0), bump(53.0, 48.0, 9.0, 1.6)]
    scan = scan_of(surface(pair) + RNG(1).normal(0, 0.03, (96, 96)))
    given = predicted([border(each, 0.9) for each in pair])
    jointly, singly = (refine(scan, given, how) for how in REFINEMENTS)
    for true, particle in zip(pair, jointly.particles, strict=True):
        assert particle.origin == "refined"
        assert particle.bump is not None
        assert particle.bump.centre_px == pytest.approx(true.centre_px, abs=0.4)
        assert particle.bump.amplitude == pytest.approx(true.amplitude, rel=0.05)
    assert max(overlaps(jointly)) < 1e-6
    union = Polygon(border(pair[0]).points_px).union(Polygon(border(pair[1]).points_px))
    covered = sum(each.contour.area_px for each in jointly.particles)
    assert covered == pytest.approx(union.area, rel=0.03)
    off = [abs(particle.contour.area_px / union.area * 2 - 1) for particle in singly.particles]
    assert max(off) > 0.1 or {each.origin for each in singly.particles} == {"network"}


def test_the_line_between_two_is_where_both_stand_equally_high() -> None:
    pair = [bump(40.0, 48.0, 10.0, 2.0), bump(54.0, 48.0, 10.0, 2.0)]
    refined = refine(scan_of(surface(pair)), predicted([border(each) for each in pair]))
    left, right = refined.particles
    assert left.contour.bounds_px[2] == pytest.approx(47.0, abs=0.2)
    assert right.contour.bounds_px[0] == pytest.approx(47.0, abs=0.2)


def lobed(radius: float, lobes: float, power: float, middle: tuple[float, float]) -> tuple[np.ndarray, Contour]:
    """A hill with three lobes, 1 high, and its exact border at a quarter of that."""
    y, x = np.mgrid[:96, :96]
    turn, away = np.arctan2(y - middle[1], x - middle[0]), np.hypot(x - middle[0], y - middle[1])
    heights = np.exp(-np.log(4.0) * (away / (radius * (1 + lobes * np.cos(3 * turn)))) ** (2 * power))
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    far = radius * (1 + lobes * np.cos(3 * angle))
    return heights, Contour(np.stack([middle[0] + far * np.cos(angle), middle[1] + far * np.sin(angle)], axis=1))


def test_a_lobed_particle_keeps_its_form_and_gets_its_size() -> None:
    heights, border_line = lobed(14.0, 0.1, 2.0, (47.3, 48.8))
    middle = np.array([47.3, 48.8])
    small = Contour((border_line.points_px - middle) * 0.9 + middle)
    (particle,) = refine(scan_of(heights + RNG(3).normal(0, 0.05, (96, 96))), predicted([small])).particles
    assert particle.origin == "refined"
    one, other = (Polygon(each.points_px) for each in (particle.contour, border_line))
    assert one.area == pytest.approx(other.area, rel=0.03)
    # The ellipse that comes nearest has 0.88.
    assert one.intersection(other).area / one.union(other).area > 0.95


def test_alike_particles_in_noise_tell_one_another_how_blunt_they_are() -> None:
    places = [(x + 0.3, y + 0.6) for y in range(24, 240, 32) for x in range(24, 240, 32)]
    tables = [bump(x, y, 9.0, 1.0, 3.5) for x, y in places]
    scan = scan_of(surface(tables, (256, 256)) + RNG(4).normal(0, 0.25, (256, 256)))
    refined = refine(scan, predicted([border(each, 1.05) for each in tables], (256, 256))).particles
    assert np.mean([each.origin == "refined" for each in refined]) > 0.95
    assert np.mean([diameter(each) for each in refined]) == pytest.approx(18.0, rel=0.006)


def test_spikes_lines_and_scars_do_not_matter() -> None:
    true = [bump(30.0, 30.0), bump(64.0, 60.0, 11.0)]
    rng = RNG(2)
    heights = surface(true) + rng.normal(0, 0.05, (96, 96))
    heights += np.cumsum(rng.normal(0, 0.3, 96))[:, np.newaxis]
    for _ in range(25):
        heights[rng.integers(96), rng.integers(96)] += rng.choice([-8, 8])
    heights[58, 50:80] += 2.0
    given = predicted([border(each, 1.12, (1.0, 1.0)) for each in true])
    for each, particle in zip(true, refine(scan_of(heights), given).particles, strict=True):
        assert particle.origin == "refined"
        assert particle.bump is not None
        assert particle.bump.centre_px == pytest.approx(each.centre_px, abs=0.4)
    small, large = refine(scan_of(heights), given).particles
    assert diameter(small) == pytest.approx(18.0, rel=0.04)
    assert diameter(large) == pytest.approx(22.0, rel=0.04)


def test_where_there_is_no_particle_the_contour_stays() -> None:
    flat = scan_of(RNG(3).normal(0, 1.0, (96, 96)))
    given = predicted([border(bump(40.0, 40.0)), border(bump(70.0, 60.0, 6.0))])
    refined = refine(flat, given)
    assert [each.contour for each in refined.particles] == [each.contour for each in given.particles]
    assert {each.origin for each in refined.particles} == {"network"}
    assert {each.bump for each in refined.particles} == {None}


def test_a_kept_contour_is_not_overlapped() -> None:
    true = bump(40.0, 48.0, 12.0)
    corner = Contour(np.array([[46.0, 40.0], [60.0, 40.0], [60.0, 56.0], [46.0, 56.0]]))
    refined = refine(scan_of(surface([true])), predicted([border(true, 0.9), corner]))
    assert refined.particles[0].origin == "refined"
    if refined.particles[1].origin == "network":
        assert refined.particles[1].contour is corner
    assert max(overlaps(refined)) < 1e-6


def test_a_scan_without_any_contrast_changes_nothing() -> None:
    given = predicted([border(bump(40.0, 40.0))])
    for how in REFINEMENTS:
        refined = refine(scan_of(np.full((96, 96), 3.0)), given, how)
        assert refined.particles[0].contour is given.particles[0].contour


@pytest.mark.parametrize("how", REFINEMENTS)
def test_an_empty_map_stays_empty(how: str) -> None:
    refined = refine(scan_of(np.zeros((20, 30))), ParticleMap((20, 30)), how)  # type: ignore[arg-type]
    assert len(refined) == 0
    assert refined.shape_px == (20, 30)


def test_a_particle_cut_by_the_scan_ends_at_its_border() -> None:
    true = bump(0.0, 48.0, 10.0)
    scan = scan_of(surface([true, bump(60.0, 48.0, 10.0)]) + RNG(4).normal(0, 0.03, (96, 96)))
    half = Polygon(border(true, 1.08).points_px).intersection(Polygon([(-0.5, 0), (95, 0), (95, 95), (-0.5, 95)]))
    given = predicted([Contour(np.array(half.exterior.coords)), border(bump(60.0, 48.0, 10.0), 0.95)])
    cut, whole = refine(scan, given).particles
    assert {cut.origin, whole.origin} == {"refined"}
    assert cut.contour.bounds_px[0] == pytest.approx(-0.5)
    assert cut.contour.area_px == pytest.approx(np.pi * 100 / 2 + 10, rel=0.05)
    assert cut.bump is not None
    assert cut.bump.centre_px == pytest.approx((0.0, 48.0), abs=0.8)


def test_tiny_particles_are_refined_or_left_alone() -> None:
    true = [bump(20.0, 20.0, 2.5), bump(50.3, 50.7, 2.5), bump(56.0, 52.0, 2.5, power=1.2)]
    refined = refine(scan_of(surface(true)), predicted([border(each, 1.1) for each in true]))
    for particle in refined.particles:
        assert particle.origin == "refined"
        assert diameter(particle) == pytest.approx(5.0, rel=0.12)
    speck = Contour(np.array([[20.0, 20.0], [21.0, 20.0], [20.5, 21.0]]))
    line = Contour(np.array([[30.0, 30.0], [31.0, 30.0], [32.0, 30.0]]))
    for how in REFINEMENTS:
        assert len(refine(scan_of(surface(true)), predicted([speck, line]), how)) == 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 3), (40, 2)])
def test_the_smallest_scans_do_no_harm(shape: tuple[int, int]) -> None:
    contour = Contour(np.array([[-0.5, -0.5], [1.0, -0.5], [1.0, 1.0], [-0.5, 1.0]]))
    given = ParticleMap(shape, (Particle(contour),))
    for how in REFINEMENTS:
        assert len(refine(scan_of(RNG(0).normal(size=shape)), given, how)) == 1


def test_order_ids_scores_and_source_stay() -> None:
    true = [bump(30.0, 30.0), bump(60.0, 60.0)]
    given = ParticleMap((96, 96), tuple(Particle(border(each, 1.1), 0.7, id=9 - n) for n, each in enumerate(true)), "s")
    refined = refine(scan_of(surface(true)), given)
    assert [each.id for each in refined.particles] == [9, 8]
    assert {each.score for each in refined.particles} == {0.7}
    assert refined.source == "s"


def test_what_makes_no_sense_is_said() -> None:
    scan = Scan(np.zeros((10, 10)))
    with pytest.raises(ValueError, match="does not belong"):
        refine(scan, ParticleMap((10, 11)))
    with pytest.raises(ValueError, match="magic"):
        refine(scan, ParticleMap((10, 10)), "magic")  # type: ignore[arg-type]


@pytest.mark.parametrize(("tier", "worst"), [("dense", 0.03), ("noisy", 0.04)])
def test_crowded_and_noisy_scans_come_nearer_to_the_truth(tier: str, worst: float) -> None:
    settings = TIERS[tier]
    count = settings.scene.particles // 4
    scan, truth = simulate(replace(settings, scene=replace(settings.scene, size_px=256, particles=count)), 11)
    rng = RNG(5)
    rough = []
    for particle in truth.particles:
        centre = np.array(particle.contour.centroid_px)
        points = (particle.contour.points_px - centre) * np.exp(rng.normal(0.05, 0.08)) + centre
        rough.append(Particle(Contour(points + rng.normal(0, 0.7, 2)), 0.9))
    refined = refine(scan, ParticleMap(truth.shape_px, tuple(rough)))
    changed = [each.origin == "refined" for each in refined.particles]
    assert np.mean(changed) > 0.9
    true = np.array([diameter(each) for each in truth.particles])
    before, after = (np.array([diameter(each) for each in each_map]) for each_map in (rough, refined.particles))
    assert abs(after.mean() / true.mean() - 1) < min(abs(before.mean() / true.mean() - 1), worst)
    assert np.median(np.abs(after / true - 1)) < 0.6 * np.median(np.abs(before / true - 1))
    shapes = [Polygon(each.contour.points_px) for each, good in zip(refined.particles, changed, strict=True) if good]
    assert max(one.intersection(two).area for n, one in enumerate(shapes) for two in shapes[:n]) < 1e-6
    for shape in shapes:
        box = shape.minimum_rotated_rectangle.exterior
        sides = np.hypot(*np.diff(np.array(box.coords), axis=0).T)
        assert max(sides) < 4 * min(sides[sides > 0])


def test_a_huge_map_is_done_in_pieces() -> None:
    columns = 40
    centres = [(20.0 + 24 * (n % columns), 20.0 + 24 * (n // columns)) for n in range(columns * columns)]
    one = surface([bump(12.0, 12.0, 8.0)], (24, 24))
    heights = np.pad(np.tile(one, (columns, columns)), 8)
    given = predicted([border(bump(x, y, 8.0), 1.08) for x, y in centres], heights.shape)
    refined = refine(scan_of(heights), given)
    assert {each.origin for each in refined.particles} == {"refined"}
    assert np.mean([diameter(each) for each in refined.particles]) == pytest.approx(16.0, rel=0.01)
