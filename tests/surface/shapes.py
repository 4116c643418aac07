"""Surfaces and tips whose scan is exact."""

import numpy as np
from scipy.ndimage import gaussian_filter, grey_dilation

from particlesnn.core import Contour, Particle, ParticleMap

PIXEL = 0.5


def paraboloid(radius_nm: float, reach: int, pixel: float = PIXEL) -> np.ndarray:
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1] * pixel
    return -(x**2 + y**2) / (2 * radius_nm)


def shown(surface: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """What the tip shows of a surface, written out: the highest of all contacts, inside of the surface only."""
    rows, columns = (side // 2 for side in tip.shape)
    padded = np.pad(surface, ((rows, rows), (columns, columns)), constant_values=-np.inf)
    height, width = surface.shape
    contacts = [
        padded[rows - dy : rows - dy + height, columns - dx : columns - dx + width] + tip[rows + dy, columns + dx]
        for dy in range(-rows, rows + 1)
        for dx in range(-columns, columns + 1)
    ]
    return np.max(contacts, axis=0)


def rough(seed: int, side: int = 64, smooth: float = 1.0) -> np.ndarray:
    field = gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), smooth)
    return field / field.std()


def pillars(radii: list[float], height: float, side: int = 160) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """Round pillars with flat tops on a grid of places, radii in px: (x, y) of their centres beside the surface."""
    rows, columns = np.mgrid[:side, :side]
    surface, places = np.zeros((side, side)), []
    step = side / (int(np.ceil(np.sqrt(len(radii)))) + 0.0)
    for number, radius in enumerate(radii):
        across = int(np.ceil(np.sqrt(len(radii))))
        x, y = (number % across + 0.5) * step, (number // across + 0.5) * step
        surface[np.hypot(columns - x, rows - y) <= radius] = height
        places.append((x, y))
    return surface, places


def circles(places: list[tuple[float, float]], radii: list[float], side: int = 160) -> ParticleMap:
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    contours = (
        Contour(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1))
        for (x, y), radius in zip(places, radii, strict=True)
    )
    return ParticleMap((side, side), tuple(Particle(contour) for contour in contours))


def scanned(surface: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """What the tip shows, quickly; the surface goes on beyond its border."""
    return grey_dilation(surface, structure=tip, mode="nearest")
