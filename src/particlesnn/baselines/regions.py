"""From numbered regions above a level to particles with contours between the pixels."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from skimage.measure import find_contours

from particlesnn.core import Contour, Particle, ParticleMap, Scan

LEAST_AREA_PX = 10.0
"""Regions of fewer pixels are taken for noise unless the caller says otherwise."""
_NEAREST = 1e-3
"""How near to a pixel's centre a contour may run, as a share of the step to the next pixel."""


def particles_of(
    scan: Scan, labels: NDArray[np.int32], above: NDArray[np.float64], least_area_px: float
) -> ParticleMap:
    """Trace the outer border of each region, to a fraction of a pixel (marching squares).

    Towards what lies below the level the border is interpolated in the heights, towards another region it runs half
    way between the pixels. A hole in a region belongs to it.

    Parameters
    ----------
    scan
        The scan, for its shape and source.
    labels
        Shape (H, W): 0 or the number of the region; its pixels are joined by their sides.
    above
        Shape (H, W): height above the level; positive in all regions.
    least_area_px
        Regions of fewer pixels are left out.
    """
    areas = np.bincount(labels.ravel())
    contours = []
    for number, box in enumerate(find_objects(labels), start=1):
        if box is not None and areas[number] >= least_area_px:
            contour = _traced(labels, above, number, (box[0], box[1]))
            if contour is not None:
                contours.append(contour)
    particles = tuple(Particle(contour, origin="baseline") for contour in contours)
    return ParticleMap(scan.shape_px, particles, scan.source)


def _traced(
    labels: NDArray[np.int32], above: NDArray[np.float64], number: int, box: tuple[slice, slice]
) -> Contour | None:
    rows, columns = (slice(max(side.start - 1, 0), side.stop + 1) for side in box)
    near, heights = labels[rows, columns], above[rows, columns]
    own = near == number
    scale = float(heights[own].max())
    field = np.where(own, np.maximum(heights, _NEAREST * scale), np.minimum(heights, -_NEAREST * scale))
    other = (near > 0) & ~own
    # Half way between own and other: as far below there as own heights are above.
    field = np.where(other, -_rim(field, own), field)
    # Where the scan ends, a particle ends half a pixel beyond the last centre.
    padded = np.pad(field, 1, mode="edge")
    frame = np.ones(padded.shape, dtype=np.bool_)
    frame[1:-1, 1:-1] = False
    padded[frame] = -np.abs(padded[frame])
    corner = [columns.start - 1, rows.start - 1]
    traced = [Contour(path[:, ::-1] + corner) for path in find_contours(padded, 0.0) if len(path) > 3]
    return max(traced, key=lambda contour: contour.area_px, default=None)


def _rim(field: NDArray[np.float64], own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean height of a region's own pixels that touch each pixel by a side; the least height where none does."""
    heights = np.pad(np.where(own, field, 0.0), 1)
    touching = np.pad(own, 1).astype(np.float64)
    total, count = (each[:-2, 1:-1] + each[2:, 1:-1] + each[1:-1, :-2] + each[1:-1, 2:] for each in (heights, touching))
    return np.where(count > 0, total / np.maximum(count, 1), field[own].min())
