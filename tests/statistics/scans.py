"""Scans of discs made by chance, for tests: what is cut off by the border is seen as cut off."""

import numpy as np

from particlesnn.core import QUANTITIES, Contour, Measurements, Particle, ParticleMap


def measured(
    diameters, x=None, y=None, *, size=(100.0, 200.0), touches=None, scaled=True, heights=None
) -> Measurements:
    """Measurements of discs; without places all lie in the middle."""
    d = np.asarray(diameters, dtype=float)
    columns = {quantity.name: d.copy() for quantity in QUANTITIES}
    columns |= {
        "area": np.pi / 4 * d**2,
        "x": np.full(len(d), size[1] / 2) if x is None else np.asarray(x, dtype=float),
        "y": np.full(len(d), size[0] / 2) if y is None else np.asarray(y, dtype=float),
        "height_max": d / 3 if heights is None else np.asarray(heights, dtype=float),
    }
    flags = np.zeros(len(d), dtype=bool) if touches is None else np.asarray(touches)
    return Measurements(tuple(range(1, len(d) + 1)), columns, scaled, True, flags, size)


def strewn(
    rng: np.random.Generator, density: float, sides: tuple[float, float], mu: float, sigma: float
) -> Measurements:
    """Discs of a lognormal law strewn over more than the scan; those that reach out of it are cut to its rectangle."""
    height, width = sides
    margin = 100.0
    count = rng.poisson(density * (height + 2 * margin) * (width + 2 * margin))
    x, y = rng.uniform(-margin, width + margin, count), rng.uniform(-margin, height + margin, count)
    r = rng.lognormal(mu, sigma, count) / 2
    seen = (x > -r) & (x < width + r) & (y > -r) & (y < height + r)
    x, y, r = x[seen], y[seen], r[seen]
    left, right = np.maximum(x - r, 0), np.minimum(x + r, width)
    top, bottom = np.maximum(y - r, 0), np.minimum(y + r, height)
    touches = (x - r < 0) | (x + r > width) | (y - r < 0) | (y + r > height)
    # A cut disc is seen as an ellipse that fills what is left of its box: near enough, and what any outline would give.
    diameters = np.sqrt((right - left) * (bottom - top))
    return measured(diameters, (left + right) / 2, (top + bottom) / 2, size=sides, touches=touches)


def drawn(scan: Measurements, shape_px: tuple[int, int], points: int = 720) -> ParticleMap:
    """The contours of the discs of a scan, as polygons."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    rows, columns = shape_px
    side_y, side_x = scan.size_scan[0] / rows, scan.size_scan[1] / columns
    particles = []
    for x, y, d in zip(scan.columns["x"], scan.columns["y"], scan.columns["diameter"], strict=True):
        outline = np.stack([(x + d / 2 * np.cos(turn)) / side_x, (y + d / 2 * np.sin(turn)) / side_y], axis=1) - 0.5
        particles.append(Particle(Contour(outline)))
    return ParticleMap(shape_px, tuple(particles))
