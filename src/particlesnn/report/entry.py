"""What a report is made of."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path

from particlesnn.core import Measurements, ParticleMap, Scan


@dataclass(frozen=True, eq=False)
class ImageEntry:
    """One image of a report; failed and empty ones too."""

    name: str
    """As the reader knows the image, e.g. the name of its file."""
    scan: Scan | None = None
    """The scan; None where it could not be read, or where the overlay is at hand and memory is short."""
    particles: ParticleMap | None = None
    """What was found on it."""
    measurements: Measurements | None = None
    """What was measured on it; None for a failed image."""
    error: str | None = None
    """Why it failed, one sentence."""
    overlay_png: bytes | Path | None = None
    """The overlay, or the file it was written to; drawn anew from scan and particles when None."""


@dataclass(frozen=True)
class Provenance:
    """Where the numbers of a report come from."""

    version: str
    """Version of this package."""
    weights: str | None = None
    """Name of the network's weights; None where the contours were given."""
    operating_point: str = ""
    """The settings it ran at, e.g. "score at least 0.50"."""
    refinement: str = ""
    """How contours were refined, e.g. "two-dimensional Gaussian"; empty when they were not."""
    command: str = ""
    """The command line that repeats the run."""
    date: datetime.date = field(default_factory=datetime.date.today)
    """The day of the report."""
