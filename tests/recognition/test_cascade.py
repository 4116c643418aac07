"""The decoder of the cascade family, on masks drawn by hand."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from particlesnn.recognition import OperatingPoint
from particlesnn.recognition.cascade import Found, decode, lay, look

POINT = OperatingPoint()
GRID = 28


def disc_mask() -> np.ndarray:
    """Draw a disc that fills its box, soft at the border."""
    steps = (np.arange(GRID) + 0.5) / GRID * 2 - 1
    radius = np.hypot(steps[:, None], steps[None, :])
    return np.clip(0.5 + (1 - radius) * 6, 0, 1).astype(np.float32)


def discs(*circles: tuple[float, float, float], scores: list[float] | None = None) -> Found:
    """Detect circles (x, y, radius) in px, an integer the centre of a pixel."""
    boxes = np.array([[x - r + 0.5, y - r + 0.5, x + r + 0.5, y + r + 0.5] for x, y, r in circles], dtype=np.float32)
    given = np.array(scores or [0.9] * len(circles), dtype=np.float32)
    return Found(boxes, given, np.repeat(disc_mask()[None], len(circles), axis=0))


@pytest.mark.parametrize("radius", [5.0, 12.3, 60.0])
def test_a_contour_lies_where_the_mask_says_to_a_fraction_of_a_pixel(radius: float) -> None:
    (particle,) = decode(discs((80.25, 71.6, radius)), (160, 150), POINT)
    assert particle.score == pytest.approx(0.9)
    np.testing.assert_allclose(particle.contour.centroid_px, (80.25, 71.6), atol=0.1)
    assert particle.contour.area_px == pytest.approx(np.pi * radius**2, rel=0.05)


def test_touching_particles_share_a_line_and_no_pixel() -> None:
    found = discs((30.0, 30.0, 10.0), (48.0, 30.0, 10.0))
    one, two = sorted(decode(found, (60, 80), POINT), key=lambda each: each.contour.centroid_px[0])
    assert one.contour.points_px[:, 0].max() == pytest.approx(39.0, abs=0.6)
    assert two.contour.points_px[:, 0].min() == pytest.approx(39.0, abs=0.6)


def test_a_double_is_dropped_and_the_better_stays() -> None:
    particles = decode(discs((30, 30, 10), (31, 30, 9), (31, 31, 10), scores=[0.7, 0.95, 0.8]), (60, 60), POINT)
    assert [particle.score for particle in particles] == pytest.approx([0.95])


def test_a_small_particle_beside_a_large_one_stays() -> None:
    particles = decode(discs((40, 40, 30), (68, 68, 8), scores=[0.95, 0.8]), (90, 90), POINT)
    assert len(particles) == 2


def test_particles_at_the_border_are_cut_there() -> None:
    (particle,) = decode(discs((0.0, 20.0, 10.0)), (40, 40), POINT)
    assert particle.contour.points_px[:, 0].min() >= -1
    assert particle.contour.area_px == pytest.approx(np.pi * 50, rel=0.1)


def test_nothing_found_is_no_particles() -> None:
    nothing = Found(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, GRID, GRID), np.float32))
    assert decode(nothing, (20, 20), POINT) == []
    outside = Found(np.full((1, 4), 50, np.float32), np.ones(1, np.float32), np.ones((1, GRID, GRID), np.float32))
    assert not lay(outside, (20, 20), 0.5)[0].any()


@dataclass
class Seer:
    """Stands in for a network: finds the brightest pixel of each particle, and takes its value for the radius."""

    asked: list[tuple[int, ...]] = field(default_factory=list)

    def detect(self, views: np.ndarray, point: OperatingPoint) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        del point
        self.asked.append(views.shape)
        rows, columns = np.nonzero(views[0])
        found = discs(*((x, y, views[0, y, x]) for y, x in zip(rows, columns, strict=True)))
        return found.boxes.reshape(-1, 4), found.scores, found.masks.reshape(-1, GRID, GRID)


def test_a_large_scan_is_seen_in_tiles_and_every_particle_found_once() -> None:
    views = np.zeros((2, 1500, 1100), dtype=np.float32)
    rng = np.random.default_rng(0)
    places = [(x, y) for y in range(20, 1490, 42) for x in range(20, 1090, 42)]
    for x, y in places:
        views[0, y + int(rng.integers(-3, 4)), x + int(rng.integers(-3, 4))] = 15
    seer = Seer()
    particles = look(seer, views, POINT)(POINT)  # type: ignore[arg-type]
    assert len(seer.asked) == 12
    assert max(max(shape) for shape in seer.asked) <= 512
    assert len(particles) == len(places)
    whole = np.sort([each.contour.area_px for each in particles])
    np.testing.assert_allclose(whole, np.pi * 225, rtol=0.05)
