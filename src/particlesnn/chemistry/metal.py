"""How densely the atoms of a metal are packed, inside and on the surface."""

from dataclasses import dataclass

from particlesnn.core import ParticlesNNError

_AVOGADRO = 6.02214076e23
_NM3_PER_CM3 = 1e21


@dataclass(frozen=True)
class Metal:
    """A metal, one of `METALS` or of your own.

    Parameters
    ----------
    name
        Its symbol: "Pt".
    molar_mass_g
        Grams per mole.
    density_g_cm3
        Density of the bulk at room temperature.
    atoms_per_nm2
        Atoms on a nm2 of its surface.

    Raises
    ------
    ParticlesNNError
        When a number is not positive.
    """

    name: str
    molar_mass_g: float
    density_g_cm3: float
    atoms_per_nm2: float

    def __post_init__(self) -> None:
        for field in ("molar_mass_g", "density_g_cm3", "atoms_per_nm2"):
            value = getattr(self, field)
            if not 0 < value < float("inf"):
                raise ParticlesNNError(f"{field} of {self.name} must be a positive number, not {value}")

    @property
    def atoms_per_nm3(self) -> float:
        """Atoms in a nm3 of the bulk: density times Avogadro's number over the molar mass."""
        return self.density_g_cm3 * _AVOGADRO / self.molar_mass_g / _NM3_PER_CM3


METALS: tuple[Metal, ...] = (
    Metal("Pt", 195.084, 21.45, 12.5),
    Metal("Pd", 106.42, 12.02, 12.7),
    Metal("Au", 196.967, 19.3, 11.5),
    Metal("Rh", 102.906, 12.41, 13.3),
    Metal("Ru", 101.07, 12.36, 16.3),
    Metal("Ni", 58.693, 8.908, 15.4),
    Metal("Cu", 63.546, 8.96, 14.7),
    Metal("Ag", 107.868, 10.49, 11.5),
)
"""Metals that are known by name.

Molar masses and densities: CRC Handbook of Chemistry and Physics; the density of Ru is that of its lattice (a 0.27058
nm, c 0.42816 nm). Surface atoms: Anderson 1975, "Structure of Metallic Catalysts"; Bergeret and Gallezot 2008, Handbook
of Heterogeneous Catalysis, chapter 3.1.2. For the cubic metals they are the mean of the planes (111), (100) and (110).
"""


def metal_named(name: str) -> Metal:
    """Return the metal with this symbol.

    Raises
    ------
    ParticlesNNError
        When it is not in `METALS`.
    """
    for metal in METALS:
        if metal.name == name:
            return metal
    known = ", ".join(metal.name for metal in METALS)
    raise ParticlesNNError(f"the metal {name!r} is not known; name one of {known}")
