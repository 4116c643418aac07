"""All metal of one scan, or of many: how much of it is exposed, on how much substrate."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from particlesnn.chemistry.atoms import count_atoms
from particlesnn.chemistry.metal import Metal
from particlesnn.chemistry.shape import Shape
from particlesnn.core import Measurements


@dataclass(frozen=True)
class MetalTotal:
    """Metal on the scanned area. Errors are standard errors, None where there are too few particles."""

    metal: Metal
    """What the particles consist of."""
    shape: Shape
    """What solids they were taken for."""
    particles: int
    """How many particles were added up."""
    left_out: int
    """How many could not be: they have no height above the substrate."""
    area: float
    """Scanned area in nm2."""
    atoms: float
    """Atoms of all particles."""
    surface_atoms: float
    """Exposed ones among them."""
    exposed_area: float
    """Exposed metal area of all particles in nm2."""
    exposed_area_error: float | None
    """Its standard error."""
    atoms_error: float | None
    """Standard error of the number of atoms."""
    dispersion: float | None
    """Exposed share of all atoms: the mean of the particles' dispersions, weighted by their atoms."""
    dispersion_error: float | None
    """Its standard error."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with the unit in each name; areas and atoms also per scanned area."""

        def per_area(value: float | None) -> float | None:
            return None if value is None or not self.area else value / self.area

        return {
            **asdict(self.metal),
            "atoms_per_nm3": self.metal.atoms_per_nm3,
            "shape": self.shape,
            "particles": self.particles,
            "left_out_without_height": self.left_out,
            "scanned_area_nm2": self.area,
            "atoms": self.atoms,
            "surface_atoms": self.surface_atoms,
            "exposed_area_nm2": self.exposed_area,
            "exposed_area_per_scanned_area": per_area(self.exposed_area),
            "exposed_area_per_scanned_area_standard_error": per_area(self.exposed_area_error),
            "atoms_per_scanned_nm2": per_area(self.atoms),
            "atoms_per_scanned_nm2_standard_error": per_area(self.atoms_error),
            "dispersion": self.dispersion,
            "dispersion_standard_error": self.dispersion_error,
        }


def total_metal(
    scans: Sequence[Measurements],
    metal: Metal,
    shape: Shape = "cap",
    *,
    weights: Sequence[NDArray[np.float64]] | None = None,
    areas: Sequence[float] | None = None,
) -> MetalTotal:
    """Add up the metal of scans, with its uncertainty.

    Errors speak of chance. Of one scan, for particles strewn by chance: a sum of X over particles has the variance
    sum X^2, that of the mean, SD^2 / N, together with that of the count, N (compound Poisson law); X holds diameter and
    height of each particle, so the correlation of the two is in it. The dispersion is a ratio of two sums, in which the
    count drops out; its error is found by leaving out one particle at a time (jackknife; Efron 1982, "The Jackknife,
    the Bootstrap and Other Resampling Plans"), as few large particles hold most of the atoms. Of several scans, by
    leaving out one scan at a time, but never less than that.

    Parameters
    ----------
    scans
        Measurements of any number of scans, with a scale.
    metal
        What the particles consist of.
    shape
        "cap" or "hemisphere"; see `count_atoms`.
    weights
        For each scan, shape (N,): how many particles each one stands for, 0 where it does not count; 1 when None.
    areas
        Area of each scan in nm2 that its particles were counted on; the whole scan when None.

    Raises
    ------
    ParticlesNNError
        When a scan lacks the scale, or the heights that a cap needs.
    """
    counted = [count_atoms(scan, metal, shape) for scan in scans]
    weight = np.concatenate(
        [np.zeros(0), *(weights if weights is not None else (np.ones(len(scan)) for scan in scans))]
    )
    atoms, surface, exposed = (
        np.concatenate([np.zeros(0), *(getattr(each, name) for each in counted)])
        for name in ("atoms", "surface_atoms", "exposed_area")
    )
    wanted, known = weight > 0, np.isfinite(atoms)
    chosen = wanted & known
    numbers = np.concatenate([np.full(len(scan), number) for number, scan in enumerate(scans)] or [np.zeros(0, int)])
    numbers = numbers[chosen]
    atoms, surface, exposed = (values[chosen] * weight[chosen] for values in (atoms, surface, exposed))
    count, total = len(atoms), float(atoms.sum())
    counted_on = np.array(areas if areas is not None else [scan.area_scan for scan in scans], dtype=np.float64)

    def by_scan(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(numbers, values, minlength=len(scans)).astype(np.float64)

    def over_area(values: NDArray[np.float64]) -> float | None:
        return _error_over_scans(by_scan(values), counted_on, float(counted_on.sum()))

    return MetalTotal(
        metal=metal,
        shape=shape,
        particles=count,
        left_out=int(np.count_nonzero(wanted & ~known)),
        area=float(counted_on.sum()),
        atoms=total,
        surface_atoms=float(surface.sum()),
        exposed_area=float(exposed.sum()),
        exposed_area_error=_larger(_error_of_sum(exposed), over_area(exposed)),
        atoms_error=_larger(_error_of_sum(atoms), over_area(atoms)),
        dispersion=float(surface.sum()) / total if count else None,
        dispersion_error=_larger(
            _error_of_ratio(surface, atoms), _error_over_scans(by_scan(surface), by_scan(atoms), 1.0)
        ),
    )


def _error_of_sum(values: NDArray[np.float64]) -> float | None:
    return float(np.sqrt((values**2).sum())) if len(values) else None


def _error_of_ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> float | None:
    """Jackknife: how far the ratio of two sums moves when one particle, or scan, is left out."""
    count = len(above)
    if count < 2:
        return None
    ratios = (above.sum() - above) / (below.sum() - below)
    return float(np.sqrt((count - 1) / count * ((ratios - ratios.mean()) ** 2).sum()))


def _error_over_scans(above: NDArray[np.float64], below: NDArray[np.float64], scale: float) -> float | None:
    """Error of a ratio of sums over scans, times a scale; those with nothing below the line do not count."""
    there = below > 0
    error = _error_of_ratio(above[there], below[there])
    return None if error is None else error * scale


def _larger(error: float | None, over_scans: float | None) -> float | None:
    return error if error is None or over_scans is None else max(error, over_scans)
