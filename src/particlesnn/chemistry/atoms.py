"""Atoms of each particle, by the continuum: as if it were cut out of the bulk."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.chemistry.metal import Metal
from particlesnn.chemistry.shape import Shape, solid_of
from particlesnn.core import Measurements


@dataclass(frozen=True, eq=False)
class Atoms:
    """Atoms of N particles; each field has shape (N,), NaN where a particle has no height and needs one."""

    atoms: NDArray[np.float64]
    """Volume times atoms per volume."""
    surface_atoms: NDArray[np.float64]
    """Exposed area times atoms per area, at most all atoms."""
    exposed_area: NDArray[np.float64]
    """Area of the round side in nm2; the flat side lies on the substrate."""

    @property
    def dispersion(self) -> NDArray[np.float64]:
        """Share of the atoms that are exposed, 0 to 1."""
        return np.asarray(self.surface_atoms / self.atoms, dtype=np.float64)


def count_atoms(measurements: Measurements, metal: Metal, shape: Shape = "cap") -> Atoms:
    """Count the atoms of each particle.

    The dispersion of a hemisphere is that of a sphere, 6 (atoms per area) / (atoms per volume) / d (Bergeret and
    Gallezot 2008), about 1.1 nm / d for platinum. Below some 1.5 nm atoms at edges and corners make it a rough figure.

    Parameters
    ----------
    measurements
        One scan, with a scale.
    metal
        What the particles consist of.
    shape
        "cap", of the diameter and the height of each particle, or "hemisphere", of its diameter.

    Raises
    ------
    ParticlesNNError
        When the scan lacks the scale, or the heights that a cap needs.
    """
    volume, area = solid_of(measurements, shape)
    atoms = metal.atoms_per_nm3 * volume
    return Atoms(atoms, np.minimum(metal.atoms_per_nm2 * area, atoms), area)
