"""From labelled pixels and a map to contours between the pixels."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from skimage.measure import find_contours

from particlesnn.core import Contour


def trace(labels: NDArray[np.int32], particle: NDArray[np.float32], level: float) -> dict[int, Contour]:
    """Trace each label's border where the particle map crosses a level, to a fraction of a pixel.

    Towards substrate the border is interpolated in the map (marching squares); towards another particle it runs half
    way between the two pixels.

    Parameters
    ----------
    labels
        Shape (H, W): 0 for substrate, else the particle's number.
    particle
        Shape (H, W): probability that a pixel is particle.
    level
        Where a particle ends.

    Returns
    -------
    dict
        Number of the label to its contour; a label of which no closed border can be traced is left out.
    """
    contours = {}
    for number, box in enumerate(find_objects(labels), start=1):
        if box is None:
            continue
        rows, columns = (slice(max(side.start - 1, 0), side.stop + 1) for side in box)
        own = labels[rows, columns] == number
        above = particle[rows, columns].astype(np.float64) - level
        # Pixels that are not its own lie outside, whatever the map says of them.
        field = np.where(own, np.maximum(above, 1e-6), np.minimum(above, -1e-6))
        other = ~own & (above > 0)
        field[other] = -above[other]
        contour = _largest(np.pad(field, 1, constant_values=-level), columns.start - 1, rows.start - 1)
        if contour is not None:
            contours[number] = contour
    return contours


def _largest(field: NDArray[np.float64], left: int, top: int) -> Contour | None:
    paths = [path for path in find_contours(field, 0.0) if len(path) > 3]
    traced = [Contour(path[:, ::-1] + [left, top]) for path in paths]
    return max(traced, key=lambda contour: contour.area_px, default=None)
