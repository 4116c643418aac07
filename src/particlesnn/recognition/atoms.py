"""Atoms are no particles: the lattice of a crystal's surface, where a scan is so fine that it shows it.

To a network an atomic lattice is a crowd of equal bumps, and so is a crystal of colloids, which people do count. The
picture cannot tell them apart; the scale can. Bumps less than a nanometre apart, from one to the next over the whole
scan, are atoms or small molecules: no tip shows metal particles so narrow.
"""

from collections.abc import Sequence

import numpy as np
from scipy.spatial import KDTree

from particlesnn.core import Particle

_FEWEST = 30
"""Fewer bumps make no lattice."""
_WIDEST_NM = 1.0
"""Largest distance of neighbours, middle of all; 0.77 nm on Si(111) 7x7, one of the widest of all atomic lattices."""
_UNEVEN = 0.2
"""Largest spread of these distances: half of the middle one's 16 to 84 % range, as a share of it."""


def are_atoms(particles: Sequence[Particle], pixel_nm: tuple[float, float] | None) -> bool:
    """Whether what was found is the lattice of a surface.

    Parameters
    ----------
    particles
        All that was found on a scan.
    pixel_nm
        Its pixel (dy, dx); without one nothing is taken for atoms.
    """
    if pixel_nm is None or len(particles) < _FEWEST:
        return False
    centres = np.array([particle.contour.centroid_px for particle in particles]) * (pixel_nm[1], pixel_nm[0])
    nearest = np.asarray(KDTree(centres).query(centres, k=2)[0])[:, 1]
    low, middle, high = np.quantile(nearest, (0.16, 0.5, 0.84))
    return bool(middle < _WIDEST_NM and (high - low) / 2 < _UNEVEN * middle)
