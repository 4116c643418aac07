"""Heights as grey levels, and the fiery palette that STM users know from WSxM as "Julio", by its anchor colours."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

JULIO_ANCHORS: tuple[tuple[float, tuple[int, int, int]], ...] = (
    (0.00, (23, 8, 3)),
    (0.20, (84, 32, 10)),
    (0.45, (176, 80, 16)),
    (0.70, (237, 151, 44)),
    (0.88, (252, 214, 116)),
    (1.00, (255, 250, 214)),
)
"""Share of the height range from 0 (lowest) to 1 (highest), and its colour (red, green, blue) in 0 to 255.

Colours in between are interpolated linearly. Dark brown, orange, pale yellow: the lightness rises steadily, so that the
picture reads as heights also in print without colour.
"""


def to_grey8(values: ArrayLike) -> NDArray[np.uint8]:
    """Turn heights into grey levels by eq. 1 of Okunev et al. 2020: I = 255 (H - Hmin) / (Hmax - Hmin).

    Fractions are cut off, not rounded, as the authors' programs do: only the highest point is 255, and a picture that
    already reaches from 0 to 255 stays as it is.

    Parameters
    ----------
    values
        Shape (H, W), finite, in any unit.

    Returns
    -------
    NDArray[np.uint8]
        Shape (H, W); all zero for a flat scan.
    """
    heights = np.asarray(values, dtype=np.float64)
    above = heights - heights.min()
    if not above.any():
        return np.zeros(heights.shape, dtype=np.uint8)
    # A whole level must not be lost to the last binary digit of the division.
    levels: NDArray[np.uint8] = np.floor(255.0 * above / above.max() + 1e-9).astype(np.uint8)
    return levels
