"""One scan of a run: what is to be done, and what became of it."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from particlesnn.core import Measurements, ParticleMap

Analysed = tuple[ParticleMap, Measurements]
T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """One scan to be done."""

    scan: str
    """The file."""
    name: str
    """As tables call it."""
    stem: str
    """As its result files are called; no two jobs share it."""


@dataclass(frozen=True, eq=False)
class Result(Generic[T]):
    """What became of one scan."""

    name: str
    stem: str
    analysed: T | None = None
    error: str | None = None
    scale_from: str | None = None
    """Where its scale comes from: "file", "user" or "none"; told by the settings of the run when None."""
    sha256: str | None = None
    """Checksum of its file; worked out when None."""


Outcome = Result[Analysed]
