"""Scales: coordinates survive them, and each size is found once."""

from collections.abc import Callable
from threading import Event, Lock

import numpy as np
import pytest
from scipy.ndimage import label as connected

from particlesnn.core import Contour, Particle
from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.scales import Decode, Look, find_at_all_scales
from particlesnn.recognition.tracing import trace

POINT = OperatingPoint(largest_px=60, smallest_px=8)


def circle(x: float, y: float, radius: float, score: float) -> Particle:
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return Particle(Contour(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)), score=score)


def find_bright(values: np.ndarray, _point: OperatingPoint = POINT) -> list[Particle]:
    """Stand in for a network: everything above one half is a particle."""
    labels, _ = connected(values > 0.5)
    return [Particle(c, score=0.9) for c in trace(labels.astype(np.int32), values.astype(np.float32), 0.5).values()]


def looking(find: Callable[[np.ndarray, OperatingPoint], list[Particle]]) -> Look:
    """Look with what finds particles at once."""

    return lambda values: lambda point: find(values, point)


def picture(*discs: tuple[float, float, float], side: int = 400) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    return np.max([np.clip(r - np.hypot(x - cx, y - cy) + 0.5, 0, 1) for cx, cy, r in discs], axis=0)


@pytest.mark.parametrize("radius", [2.5, 12.0, 45.0, 120.0])
def test_a_particle_of_any_size_is_found_once_and_in_its_place(radius: float) -> None:
    discs = [(200.4, 190.7, radius)]
    if radius < 5:
        discs += [(50.0 * k, 30.0, radius) for k in range(1, 7)]
    found = find_at_all_scales(looking(find_bright), picture(*discs), POINT)
    assert len(found) == len(discs)
    main = min(found, key=lambda p: abs(p.contour.centroid_px[0] - 200.4) + abs(p.contour.centroid_px[1] - 190.7))
    assert main.contour.centroid_px == pytest.approx((200.4, 190.7), abs=0.15)
    assert np.sqrt(main.contour.area_px / np.pi) == pytest.approx(radius, abs=0.25)


def test_a_large_outline_that_wanders_is_a_terrace_and_no_particle() -> None:
    arms = picture((120, 120, 60), (280, 120, 60), (120, 280, 60))
    arms[110:130, 60:340] = 1
    arms[60:340, 110:130] = 1
    coarse = looking(lambda values, _: find_bright(values) if len(values) < 400 else [])
    assert find_at_all_scales(coarse, arms, POINT) == []


def test_a_side_that_does_not_divide_leaves_no_edge() -> None:
    seen = []

    def find(values: np.ndarray, _point: OperatingPoint) -> list[Particle]:
        seen.append(values)
        return []

    find_at_all_scales(looking(find), np.full((301, 299), -500.0), POINT)
    assert sorted(values.shape for values in seen) == [(76, 75), (151, 150), (301, 299)]
    assert all((values == -500.0).all() for values in seen)


def test_a_sure_whole_replaces_its_unsure_pieces_and_not_otherwise() -> None:
    pieces = [circle(170, 200, 28, 0.7), circle(230, 200, 28, 0.7)]
    for whole_score, expected in ((0.95, 1), (0.2, 2)):

        def find(values: np.ndarray, _point: OperatingPoint, score: float = whole_score) -> list[Particle]:
            return pieces if len(values) == 400 else [circle(99.75, 99.75, 30, score)] if len(values) == 200 else []

        assert len(find_at_all_scales(looking(find), np.zeros((400, 400)), POINT)) == expected


@pytest.mark.parametrize(("radius", "score", "expected"), [(20, 0.9, 4), (20, 0.7, 2), (9, 0.9, 2)])
def test_a_half_of_the_scan_answers_for_all_where_it_is_surer_of_particles_that_are_not_small(
    radius: float, score: float, expected: int
) -> None:
    places = [(100, 100), (100 + 2 * radius, 100), (300, 300), (300 + 2 * radius, 300)]
    pairs = [circle(x + radius, y, 1.4 * radius, 0.7) for x, y in places[::2]]
    singles = [circle((x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5, radius / 2, score) for x, y in places]
    seen = []

    def look(values: np.ndarray) -> Decode:
        seen.append(len(values))
        return lambda _point: pairs if len(values) == 400 else singles if len(values) == 200 else []

    found = find_at_all_scales(look, np.zeros((400, 400)), OperatingPoint(largest_px=200))
    assert len(found) == expected
    if expected == 4:
        assert [particle.contour.centroid_px for particle in found] == [pytest.approx(place) for place in places]
        assert found[0].contour.area_px == pytest.approx(np.pi * radius**2, rel=0.01)
    assert len(seen) == len(set(seen))  # each scale is looked at once
    own_scales = find_at_all_scales(look, np.zeros((400, 400)), OperatingPoint(largest_px=200), pyramid=True)
    assert len(own_scales) == 2


@pytest.mark.parametrize(("radius", "halved"), [(24, True), (17, False)])
def test_on_heights_the_size_decides_and_specks_beside_the_large_stay(radius: float, halved: bool) -> None:
    places = [(100.0, 100.0), (300.0, 300.0), (100.0, 300.0)]
    large = [circle(x, y, radius, 0.95) for x, y in places]
    specks = [circle(x, y, 6, 0.97) for x, y in ((200, 200), (102, 98))]  # the second lies on a large one
    halves = [circle((x + 0.5) / 2 - 0.5, (y + 0.5) / 2 - 0.5, 0.48 * radius, 0.93) for x, y in places]

    def look(values: np.ndarray) -> Decode:
        return lambda _point: [*large, *specks] if len(values) == 400 else halves if len(values) == 200 else []

    found = find_at_all_scales(look, np.zeros((400, 400)), OperatingPoint(largest_px=400), heights=True)
    radii = sorted(np.sqrt(particle.contour.area_px / np.pi) for particle in found)
    expected = [6, *[0.96 * radius] * 3] if halved else [6, 6, *[radius] * 3]
    assert radii == pytest.approx(expected, rel=0.01)


def test_the_network_looks_at_one_scale_at_a_time_and_decodes_beside_it() -> None:
    """Two looks at a time would want the memory of both, and none would be done when decoding can begin."""
    looking_now, order, other_looks = Lock(), [], Event()

    def look(values: np.ndarray) -> Decode:
        assert looking_now.acquire(blocking=False)
        order.append(len(values))
        if len(values) < 400:
            other_looks.set()
        looking_now.release()

        def decode(_point: OperatingPoint) -> list[Particle]:
            if len(values) == 400:
                assert other_looks.wait(10)
            return []

        return decode

    find_at_all_scales(look, np.zeros((400, 400)), POINT)
    assert order == [400, 200, 100]


@pytest.mark.parametrize("side", [400, 401, 402, 403])
def test_no_contour_leaves_the_scan(side: int) -> None:
    discs = picture((side - 30.0, 200, 75), (200, side - 30.0, 75), side=side)
    found = find_at_all_scales(looking(find_bright), discs, POINT)
    assert len(found) == 2
    for each in found:
        assert each.contour.points_px.max() <= side - 0.5
