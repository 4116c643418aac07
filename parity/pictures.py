"""Pictures to compare on: round particles on a rough slope, in the colours of an STM picture."""

import numpy as np
from numpy.typing import NDArray


def draw(rows: int, columns: int, seed: int) -> NDArray[np.uint8]:
    """Return a picture of shape (rows, columns, 3), red, green and blue."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    heights = 0.3 * x / columns + 0.2 * y / rows + 0.03 * random.standard_normal((rows, columns))
    for _ in range(rows * columns // 2500):
        row, column = random.uniform(0, rows), random.uniform(0, columns)
        radius = random.uniform(4, 40)
        near = ((y - row) ** 2 + (x - column) ** 2) / radius**2
        heights = np.maximum(heights, random.uniform(0.4, 1.0) * np.sqrt(np.clip(1 - near, 0, None)))
    grey = (heights - heights.min()) / np.ptp(heights)
    return (255 * np.stack([grey**0.6, grey, grey**2], axis=-1)).astype(np.uint8)
