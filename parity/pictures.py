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


def labels_of(rows: int, columns: int, seed: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Lay discs at random; return their labels and boxes."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    labels = np.zeros((rows, columns), dtype=np.int32)
    for number in range(1, 13):
        row, column, radius = random.uniform(0, rows), random.uniform(0, columns), random.uniform(5, 24)
        labels[(y - row) ** 2 + (x - column) ** 2 < radius**2] = number
    numbers = [number for number in range(1, 13) if (labels == number).sum() > 20]
    out, boxes = np.zeros_like(labels), []
    for new, number in enumerate(numbers, start=1):
        found = np.nonzero(labels == number)
        out[found] = new
        boxes.append((found[1].min(), found[0].min(), found[1].max() + 1, found[0].max() + 1))
    return out, np.array(boxes, dtype=np.float32)
