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
    picture: bytes | Path | None = None
    """The scan alone, as `draw_picture` writes it, for contours to be laid on; drawn from the scan when None."""


@dataclass(frozen=True)
class Section:
    """A further part of a report: words, a table, a picture, any of them. Page and paper print it alike."""

    heading: str
    """Above it."""
    paragraphs: tuple[str, ...] = ()
    """Plain text."""
    columns: tuple[str, ...] = ()
    """Head of the table; none when empty."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Its lines, as many cells as columns."""
    notes: tuple[str, ...] = ()
    """Plain text below the table."""
    picture: bytes | None = None
    """A chart, a drawing or a photograph: SVG, PNG or JPEG, between the words and the table."""
    alt: str = ""
    """What can be seen on it, for whom cannot see it."""


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
