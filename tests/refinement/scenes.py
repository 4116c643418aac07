"""Surfaces made of bumps whose contours are known, for the tests of this room."""

import numpy as np

from particlesnn.core import Contour, GaussianBump, Particle, ParticleMap, Scan


def bump(
    x: float, y: float, radius: float = 9.0, height: float = 2.0, power: float = 2.0, **more: float
) -> GaussianBump:
    """A bump whose border, at a quarter of its height, is a circle (or an ellipse: stretch, angle)."""
    sigma = radius / np.log(4.0) ** (0.5 / power)
    stretch = more.get("stretch", 1.0)
    sigmas = (sigma * np.sqrt(stretch), sigma / np.sqrt(stretch))
    return GaussianBump(height, (x, y), sigmas, more.get("angle", 0.0), 0.0, 0.0, power)


def surface(bumps: list[GaussianBump], shape: tuple[int, int] = (96, 96)) -> np.ndarray:
    """The upper envelope of the bumps; dark ones are taken off."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    heights = np.zeros(shape)
    for each in bumps:
        own = each.height_at(x, y)
        heights = np.maximum(heights, own) if each.amplitude > 0 else heights + own
    return heights


def border(each: GaussianBump, grow: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)) -> Contour:
    """The exact border, made larger and moved."""
    points = each.contour_at(each.base + each.amplitude / 4)
    assert points is not None
    centre = np.array(each.centre_px)
    return Contour((points - centre) * grow + centre + shift)


def predicted(contours: list[Contour], shape: tuple[int, int] = (96, 96)) -> ParticleMap:
    return ParticleMap(shape, tuple(Particle(each, 0.9) for each in contours), "scan.txt")


def scan_of(heights: np.ndarray) -> Scan:
    return Scan(heights, "nm", (0.5, 0.5))


def diameter(particle: Particle) -> float:
    return float(np.sqrt(4 / np.pi * particle.contour.area_px))
