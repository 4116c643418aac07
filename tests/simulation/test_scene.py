"""The truth of a simulated scene is the border convention, exactly."""

import numpy as np
import pytest

from particlesnn.simulation.particles import Body
from particlesnn.simulation.scene import Specimen, view
from particlesnn.simulation.settings import TipSettings
from particlesnn.simulation.simulate import Rendering, truth_of
from particlesnn.simulation.tip import dilate, tip_shape

POINT_TIP = np.zeros((1, 1))


def half_sphere(radius: float, height: float, x: float, y: float) -> Body:
    half = int(radius) + 3
    column, row = round(x), round(y)
    v, u = np.mgrid[-half : half + 1, -half : half + 1].astype(float)
    distance = np.hypot(u - (x - column), v - (y - row)) / radius
    return Body((x, y), (row - half, column - half), height * np.sqrt(np.clip(1 - distance**2, 0, None)))


def scene(*bodies: Body, side: int = 96, substrate: np.ndarray | None = None) -> Specimen:
    return Specimen(np.zeros((side, side)) if substrate is None else substrate, bodies)


def truth(specimen: Specimen, tip: np.ndarray = POINT_TIP) -> list[tuple[float, tuple[float, float]]]:
    seen = view(specimen, tip)
    particles = truth_of(Rendering(seen.surface, seen.labels, seen.margins)).particles
    return [(particle.contour.area_px, particle.contour.centroid_px) for particle in particles]


def test_border_is_a_quarter_of_the_height() -> None:
    radius = 20.0
    ((area, centre),) = truth(scene(half_sphere(radius, 1.7, 48.3, 40.6)))
    expected = np.pi * radius**2 * (1 - 1 / 16)
    assert area == pytest.approx(expected, rel=0.01)
    assert centre == pytest.approx((48.3, 40.6), abs=0.05)


def test_border_is_above_the_local_substrate_not_above_zero() -> None:
    raised = np.full((96, 96), 5.0)
    flat = truth(scene(half_sphere(15, 1.0, 40, 40)))
    on_terrace = truth(scene(half_sphere(15, 1.0, 40, 40), substrate=raised))
    assert on_terrace[0][0] == pytest.approx(flat[0][0], rel=1e-6)


def test_a_blunt_tip_broadens_a_particle_as_geometry_says() -> None:
    """A paraboloid tip of radius R over a sharp needle of height h shows the tip itself: r^2 = 2 R h (1 - 1/4)."""
    needle = np.zeros((5, 5))
    needle[2, 2] = 1.0
    diameter_px, aspect, radius = 20.0, 0.5, 0.3
    tip = tip_shape(TipSettings(radius=radius), diameter_px, aspect, np.random.default_rng(0))
    ((area, _),) = truth(scene(Body((48.0, 48.0), (46, 46), needle)), tip)
    assert area == pytest.approx(np.pi * 2 * radius * diameter_px * 0.75 * diameter_px * aspect, rel=0.03)


def test_a_pixel_belongs_to_the_one_that_stands_higher() -> None:
    high, low = half_sphere(14, 2.0, 40, 48), half_sphere(14, 1.0, 56, 48)
    for order in ((high, low), (low, high)):
        seen = view(scene(*order), POINT_TIP)
        number_high = 1 + order.index(high)
        own_high, own_low = np.zeros((96, 96)), np.zeros((96, 96))
        for body, canvas in ((high, own_high), (low, own_low)):
            top, left = body.corner_px
            canvas[top : top + len(body.profile), left : left + len(body.profile)] = body.profile
        both = (own_high > 0.5) & (own_low > 0.25)
        assert both.any()
        assert ((seen.labels == number_high) == (own_high > own_low))[both].all()
        np.testing.assert_allclose(seen.surface, np.maximum(own_high, own_low))


def test_dilation_is_the_highest_contact() -> None:
    rng = np.random.default_rng(3)
    surface = rng.random((12, 13))
    tip = -rng.random((5, 5))
    tip[2, 2] = 0.0
    seen = dilate(surface, tip)
    padded = np.pad(surface, 2, mode="edge")
    # Brute force over all contacts; the structuring element of a dilation is mirrored.
    contacts = [
        padded[2 - dy : 14 - dy, 2 - dx : 15 - dx] + tip[2 + dy, 2 + dx] for dy in range(-2, 3) for dx in range(-2, 3)
    ]
    np.testing.assert_allclose(seen, np.max(contacts, axis=0))


def test_a_hidden_particle_is_not_in_the_truth() -> None:
    assert len(truth(scene(half_sphere(20, 3.0, 48, 48), half_sphere(5, 0.3, 48, 48)))) == 1
