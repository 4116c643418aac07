"""Flooding: all that stands above one level, as in WSxM (Horcas et al. 2007, doi:10.1063/1.2432410)."""

import numpy as np
from skimage.measure import label

from particlesnn.baselines.otsu import otsu
from particlesnn.baselines.regions import LEAST_AREA_PX, particles_of
from particlesnn.core import ParticleMap, Scan


def flooding(
    scan: Scan, level: float | None = None, *, dark: bool = False, least_area_px: float = LEAST_AREA_PX
) -> ParticleMap:
    """Take each connected region above a level for a particle.

    The heights are used as recorded. Hence the known failures (Okunev et al. 2020, section 3.4): on a tilted scan the
    high side is one large particle and the low side has none, and particles that touch are one.

    Parameters
    ----------
    scan
        The scan.
    level
        In the unit of the scan; Otsu's threshold when None. All are found above it, or below it with ``dark``.
    dark
        Particles are lower than the substrate.
    least_area_px
        Regions of fewer pixels are left out; 0 keeps all.

    Returns
    -------
    ParticleMap
        Without scores, origin "baseline"; empty where all heights are one.
    """
    level = otsu(scan.values) if level is None else level
    if level is None:
        return ParticleMap(scan.shape_px, (), scan.source)
    above = level - scan.values if dark else scan.values - level
    labels = np.asarray(label(above > 0, connectivity=1), dtype=np.int32)
    return particles_of(scan, labels, above, least_area_px)
