"""The threshold that an operator who leaves the choice to the program gets."""

import numpy as np
from numpy.typing import NDArray

_ROUNDING = 1e-9
"""Heights closer than this share of the largest are one height: only rounding tells them apart."""


def otsu(values: NDArray[np.float64], magnitude: float | None = None) -> float | None:
    """Split heights in two classes of greatest variance between them (Otsu 1979, doi:10.1109/TSMC.1979.4310076).

    Exact, without the bins of the usual version: half way between the two neighbouring heights that it parts.

    Parameters
    ----------
    values
        Heights of any shape.
    magnitude
        Largest absolute height before anything was taken off, which sets what is mere rounding; that of ``values``
        when None.

    Returns
    -------
    float or None
        The threshold in the unit of the values; None where all heights are one.
    """
    ordered = np.sort(values, axis=None)
    scale = float(np.abs(ordered[[0, -1]]).max()) if magnitude is None else magnitude
    if ordered[-1] - ordered[0] <= _ROUNDING * scale:
        return None
    below = np.arange(1, ordered.size)
    sums = np.cumsum(ordered - ordered[0])
    # w0 w1 (m0 - m1)^2 without the constant factor; sums are those of the heights above the lowest.
    variance = (sums[-1] * below / ordered.size - sums[:-1]) ** 2 / (below * (ordered.size - below))
    variance[ordered[1:] == ordered[:-1]] = -1.0  # equal heights are never parted
    cut = int(np.argmax(variance))
    return float((ordered[cut] + ordered[cut + 1]) / 2)
