"""A particle, and all particles of one scan."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

from particlesnn.core.bump import GaussianBump
from particlesnn.core.contour import Contour

Origin = Literal["network", "refined", "human", "baseline"]


@dataclass(frozen=True, eq=False)
class Particle:
    """One particle. Immutable: an edit makes a new one.

    Parameters
    ----------
    contour
        Its border.
    score
        How sure the network is, 0 to 1; None where a human or a baseline drew it.
    origin
        Who drew the contour: "network", "refined", "human", or "baseline" for a method without a network.
    bump
        The fitted Gaussian, when the contour was refined.
    id
        Number within its map, from 1.
    unrefined
        The contour that was there before it was refined; None where it was not.

    Raises
    ------
    ValueError
        When the score is outside 0..1 or the origin is unknown.
    """

    contour: Contour
    score: float | None = None
    origin: Origin = "network"
    bump: GaussianBump | None = None
    id: int = 0
    unrefined: Contour | None = None

    def __post_init__(self) -> None:
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a score lies between 0 and 1, not at {self.score}")
        if self.origin not in get_args(Origin):
            raise ValueError(f"the origin is one of {get_args(Origin)}, not {self.origin!r}")


@dataclass(frozen=True, eq=False)
class ParticleMap:
    """All particles of one scan. Truth, prediction and correction are this one type.

    Parameters
    ----------
    shape_px
        Rows and columns (H, W) of the scan.
    particles
        The particles; ids that are 0 or not unique are numbered anew from 1 in the order given.
    source
        The file that the scan came from.
    atoms
        How many bumps of an atomic lattice were found and left out.
    twins
        How many particles that a double tip shows a second time were found and left out.

    Raises
    ------
    ValueError
        When the shape is not positive.
    """

    shape_px: tuple[int, int]
    particles: tuple[Particle, ...] = ()
    source: str = ""
    atoms: int = 0
    twins: int = 0

    def __post_init__(self) -> None:
        if len(self.shape_px) != 2 or min(self.shape_px) < 1:
            raise ValueError(f"a map needs rows and columns, not {self.shape_px}")
        particles = tuple(self.particles)
        ids = [particle.id for particle in particles]
        if 0 in ids or len(set(ids)) != len(ids):
            particles = tuple(_renumbered(particles))
        object.__setattr__(self, "particles", particles)

    def __len__(self) -> int:
        return len(self.particles)


def _renumbered(particles: Iterable[Particle]) -> Iterable[Particle]:
    for number, old in enumerate(particles, start=1):
        yield replace(old, id=number)
