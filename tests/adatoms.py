"""A surface whose atoms stand out one by one, as the adatoms of silicon do."""

import numpy as np
from numpy.typing import NDArray


def adatoms(side: int, spacing: float = 10.0) -> NDArray[np.float64]:
    """Heights of a hexagonal lattice of domes, every seventh missing, with a little noise: shape (side, side)."""
    y, x = np.mgrid[:side, :side].astype(float)
    heights = np.zeros((side, side))
    rows = int(side / spacing / np.sqrt(0.75)) + 2
    for row in range(rows):
        for column in range(-1, int(side / spacing) + 2):
            if (column + 3 * row) % 7:
                middle = np.array([column + 0.5 * (row % 2), row * np.sqrt(0.75)]) * spacing
                away = np.hypot(x - middle[0], y - middle[1]) / (0.5 * spacing)
                heights = np.maximum(heights, np.sqrt(np.clip(1 - away**2, 0, None)))
    return heights + np.random.default_rng(6).normal(0, 0.03, heights.shape)
