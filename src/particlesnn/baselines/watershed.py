"""Watershed: levelled, thresholded and parted at the waists, as a user of Gwyddion does it.

Necas and Klapetek 2012, doi:10.2478/s11534-011-0096-2.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, median_filter
from skimage.measure import label
from skimage.morphology import h_maxima
from skimage.segmentation import watershed as grow

from particlesnn.baselines.levelling import level
from particlesnn.baselines.otsu import otsu
from particlesnn.baselines.regions import LEAST_AREA_PX, particles_of
from particlesnn.core import ParticleMap, Scan

_WAIST_PX = 0.5
"""Two maxima of the distance to the border are two particles when each stands this far above the pass between them."""
_SMOOTH_PX = 1.0
"""The distances are smoothed by this much before their maxima are taken."""


def watershed(scan: Scan, *, dark: bool = False, least_area_px: float = LEAST_AREA_PX) -> ParticleMap:
    """Level the scan, take what lies above Otsu's threshold, and part it at the waists.

    The heights are levelled by plane and lines and freed of single-pixel spikes by a 3 x 3 median; regions
    above the threshold are parted by the watershed of the distance to their border. A step or a bow of the substrate
    that is as high as the particles still breaks it.

    Parameters
    ----------
    scan
        The scan.
    dark
        Particles are lower than the substrate.
    least_area_px
        Particles of fewer pixels are left out; 0 keeps all.

    Returns
    -------
    ParticleMap
        Without scores, origin "baseline"; empty where all heights are one.
    """
    heights = median_filter(level(-scan.values if dark else scan.values), size=3, mode="nearest")
    threshold = otsu(heights, float(np.abs(scan.values).max()))
    if threshold is None:
        return ParticleMap(scan.shape_px, (), scan.source)
    above = heights - threshold
    return particles_of(scan, _parted(above > 0), above, least_area_px)


def _parted(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Part a mask, shape (H, W), at its waists and number the parts."""
    distance = distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
    smooth = gaussian_filter(distance, _SMOOTH_PX)
    seeds = label(h_maxima(smooth, _WAIST_PX) * mask, connectivity=2)
    # Whatever is too small for a maximum of that height is one particle by itself.
    regions = label(mask, connectivity=1)
    seeded = np.zeros(int(regions.max()) + 1, dtype=np.bool_)
    seeded[np.unique(regions[seeds > 0])] = True
    seeds = np.where(seeded[regions], seeds, regions + seeds.max()) * mask
    return np.asarray(grow(-smooth, seeds, mask=mask, connectivity=1), dtype=np.int32)
