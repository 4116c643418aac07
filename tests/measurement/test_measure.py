"""Heights, volumes and units on surfaces whose truth is known."""

import numpy as np
import pytest

from particlesnn.core import QUANTITIES, AnnotationError, Contour, Particle, ParticleMap, Scan
from particlesnn.measurement import measure
from particlesnn.simulation import simulate


def circle(x: float, y: float, radius: float) -> Particle:
    t = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    return Particle(Contour(np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], axis=1)))


def cap(x: float, y: float, radius: float, height: float, side: int = 128) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    return height * np.clip(1 - ((columns - x) ** 2 + (rows - y) ** 2) / radius**2, 0, None)


def tilted(side: int = 128) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    return 0.03 * columns - 0.02 * rows + 7.0


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_cap_on_a_tilted_plane(noise: float) -> None:
    radius, height, pixel = 14.0, 2.0, 0.5
    values = cap(60.3, 64.8, radius, height) + tilted() + noise * np.random.default_rng(0).normal(size=(128, 128))
    measured = measure(Scan(values, "nm", (pixel, pixel)), ParticleMap((128, 128), (circle(60.3, 64.8, radius),)))
    column = {name: float(values[0]) for name, values in measured.columns.items()}
    assert column["height_max"] == pytest.approx(height, rel=0.05)
    assert column["height_mean"] == pytest.approx(height / 2, rel=0.05)
    assert column["volume"] == pytest.approx(np.pi / 2 * height * (radius * pixel) ** 2, rel=0.05)
    assert column["diameter"] == pytest.approx(2 * radius * pixel, rel=0.001)
    assert (column["x"], column["y"]) == pytest.approx((60.8 * pixel, 65.3 * pixel), rel=1e-6)


def test_every_quantity_has_its_column() -> None:
    scan, truth = simulate("easy", 1)
    measured = measure(scan, truth)
    assert set(measured.columns) == {quantity.name for quantity in QUANTITIES}
    assert len(measured) == len(truth)
    assert all(np.isfinite(column).all() for column in measured.columns.values())
    assert measured.area_scan == pytest.approx(204.8**2)


def test_pixels_that_are_not_square() -> None:
    scan = Scan(np.zeros((100, 100)), "nm", (2.0, 0.5))
    measured = measure(scan, ParticleMap((100, 100), (circle(50, 50, 10),)))
    assert measured.columns["area"][0] == pytest.approx(np.pi * 100, rel=1e-3)
    assert measured.columns["length"][0] == pytest.approx(40, rel=1e-3)
    assert measured.columns["width"][0] == pytest.approx(10, rel=1e-3)
    assert (measured.columns["x"][0], measured.columns["y"][0]) == pytest.approx((25.25, 101.0), rel=1e-6)


def test_neighbours_do_not_count_as_substrate() -> None:
    places = [(30 + 24 * column, 30 + 24 * row) for row in range(3) for column in range(3)]
    values = np.max([cap(x, y, 11.5, 3.0) for x, y in places], axis=0) + 1.0
    particles = ParticleMap((128, 128), tuple(circle(x, y, 11.5) for x, y in places))
    heights = measure(Scan(values, "nm", (1.0, 1.0)), particles).columns["height_max"]
    np.testing.assert_allclose(heights, 3.0, rtol=0.05)


def test_a_particle_beside_a_step_stands_on_its_terrace() -> None:
    values = cap(50, 64, 10, 2.0)
    values[:, 66:] += 0.8
    measured = measure(Scan(values, "nm", (1.0, 1.0)), ParticleMap((128, 128), (circle(50, 64, 10),)))
    assert measured.columns["height_max"][0] == pytest.approx(2.0, rel=0.1)


def test_a_spike_is_not_the_height() -> None:
    values = cap(64, 64, 12, 2.0)
    values[64, 62] += 10
    measured = measure(Scan(values, "nm", (1.0, 1.0)), ParticleMap((128, 128), (circle(64, 64, 12),)))
    assert measured.columns["height_max"][0] == pytest.approx(2.0, rel=0.05)


def test_dark_particles_are_negative() -> None:
    measured = measure(Scan(5 - cap(64, 64, 12, 2.0)), ParticleMap((128, 128), (circle(64, 64, 12),)))
    assert measured.columns["height_max"][0] == pytest.approx(-2.0, rel=0.05)
    assert measured.columns["volume"][0] < 0
    assert not measured.heights
    assert not measured.scaled


def test_particles_at_the_border_are_marked() -> None:
    particles = ParticleMap((128, 128), (circle(64, 64, 10), circle(2, 64, 10), circle(64, 119, 9)))
    assert measure(Scan(np.zeros((128, 128))), particles).touches_border.tolist() == [False, True, True]


def test_a_particle_smaller_than_a_pixel_has_an_outline_and_no_height() -> None:
    measured = measure(Scan(tilted()), ParticleMap((128, 128), (circle(30.5, 30.5, 0.3),)))
    assert measured.columns["area"][0] == pytest.approx(np.pi * 0.09, rel=0.01)
    for name in ("height_max", "height_median", "fwhm", "volume_zero", "volume_minimum", "volume_laplace"):
        assert np.isnan(measured.columns[name][0]), name


def test_particles_that_cover_everything_still_have_heights() -> None:
    measured = measure(Scan(cap(64, 64, 300, 1.0)), ParticleMap((128, 128), (circle(64, 64, 300),)))
    assert np.isfinite(measured.columns["height_max"][0])


def cap_of_sphere(x: float, y: float, radius: float, height: float, side: int = 128) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    sphere = (radius**2 + height**2) / (2 * height)
    squared = sphere**2 - (columns - x) ** 2 - (rows - y) ** 2
    return np.clip(np.sqrt(np.clip(squared, 0, None)) - sphere + height, 0, None)


@pytest.mark.parametrize(("height", "degrees"), [(10.0, 53.13), (20.0, 90.0), (5.0, 28.07)])
def test_the_angle_at_the_foot_of_a_cap(height: float, degrees: float) -> None:
    values = cap_of_sphere(64, 64, 20, height) + tilted()
    column = measure(Scan(values, "nm", (1.0, 1.0)), ParticleMap((128, 128), (circle(64, 64, 20),))).columns
    assert column["height_to_diameter"][0] == pytest.approx(height / 40, rel=0.02)
    assert column["contact_angle"][0] == pytest.approx(degrees, rel=0.02)
    exact = np.pi * height * (3 * 20**2 + height**2) / 6
    assert column["volume"][0] == pytest.approx(exact, rel=0.02)


def test_height_and_diameter_are_compared_only_in_one_unit() -> None:
    particles = ParticleMap((128, 128), (circle(64, 64, 12),))
    values = cap(64, 64, 12, 2.0)
    for scan in (Scan(values), Scan(values, "nm"), Scan(values, None, (1.0, 1.0))):
        column = measure(scan, particles).columns
        assert np.isnan([column["height_to_diameter"][0], column["contact_angle"][0]]).all()
        assert np.isfinite(column["fwhm"][0])
    hollow = measure(Scan(-values, "nm", (1.0, 1.0)), particles).columns
    assert hollow["height_to_diameter"][0] < 0
    assert np.isnan(hollow["contact_angle"][0])


@pytest.mark.parametrize("sign", [1, -1])
def test_full_width_at_half_height(sign: int) -> None:
    rows, columns = np.mgrid[:128, :128]
    sigma, pixel = 9.0, 0.5
    bump = 3 * np.exp(-((columns - 64) ** 2 + (rows - 64) ** 2) / (2 * sigma**2))
    outline = circle(64, 64, sigma * np.sqrt(2 * np.log(4)))
    column = measure(Scan(sign * bump, "nm", (pixel, pixel)), ParticleMap((128, 128), (outline,))).columns
    # The surface stands on its own far foot, a little below the plane through the ring.
    assert column["fwhm"][0] == pytest.approx(2 * np.sqrt(2 * np.log(2)) * sigma * pixel, rel=0.06)


def test_the_median_height_is_that_of_the_pixels() -> None:
    column = measure(Scan(cap(64, 64, 20, 2.0), "nm"), ParticleMap((128, 128), (circle(64, 64, 20),))).columns
    assert column["height_median"][0] == pytest.approx(1.0, rel=0.02)  # half of a paraboloid's area is above half


def test_the_nearest_neighbour_and_who_is_touched() -> None:
    places = [(20, 20, 8), (40, 20, 11.3), (20, 60, 8), (100, 100, 8)]
    particles = ParticleMap((128, 128), tuple(circle(*place) for place in places))
    measured = measure(Scan(np.zeros((128, 128)), "nm", (0.5, 0.5)), particles)
    np.testing.assert_allclose(measured.columns["nearest_neighbour"], [10, 10, 20, np.hypot(80, 40) / 2], rtol=1e-6)
    assert measured.touches_particle.tolist() == [True, True, False, False]
    alone = measure(Scan(np.zeros((128, 128))), ParticleMap((128, 128), (circle(64, 64, 9),)))
    assert np.isnan(alone.columns["nearest_neighbour"][0])
    assert alone.touches_particle.tolist() == [False]


def test_no_particles_no_rows() -> None:
    measured = measure(Scan(tilted()), ParticleMap((128, 128)))
    assert len(measured) == 0
    assert all(column.shape == (0,) for column in measured.columns.values())


def test_contours_of_another_scan_are_refused() -> None:
    with pytest.raises(AnnotationError, match="drawn on 64 x 32 px but the scan has 128 x 128 px"):
        measure(Scan(tilted()), ParticleMap((32, 64)))
