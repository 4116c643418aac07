"""The contours of one image as a file holds them: each under the name that it has there, and the broken ones too."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from particlesnn.core import AnnotationError, ParticleMap


@dataclass(frozen=True)
class Broken:
    """A shape that outlines nothing."""

    shape: str
    """What it is called in the file, such as "shape 3"."""
    message: str
    """A sentence that names the file and the shape."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """One image of a contour file."""

    particles: ParticleMap
    """All shapes that are outlines; their ids are keys of ``names``."""
    names: Mapping[int, str]
    """Id to what the shape is called in the file."""
    broken: tuple[Broken, ...] = ()
    """All others."""

    def sound(self) -> ParticleMap:
        """Return the particles, numbered from 1.

        Raises
        ------
        AnnotationError
            When a shape is broken.
        """
        if self.broken:
            raise AnnotationError(self.broken[0].message)
        particles = tuple(replace(particle, id=0) for particle in self.particles.particles)
        return ParticleMap(self.particles.shape_px, particles, self.particles.source)
