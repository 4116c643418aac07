"""The verbs of this room, imported when they run: a process that never draws can hand them to one that does."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from particlesnn.core import ParticleMap, Quantity, Reconstruction, Scan
    from particlesnn.report.entry import ImageEntry, Provenance, Section
    from particlesnn.statistics import Summary
    from particlesnn.statistics.summary import Spread


def prepare_overlay() -> None:
    """Import what draws overlays: matplotlib and little else."""
    from particlesnn.report import draw_overlay  # noqa: F401


def prepare_report() -> None:
    """Import what the last pictures and the page need besides: statistics, templates."""
    from particlesnn.report import draw_histogram, write_report  # noqa: F401


def draw_overlay(path: Path, scan: "Scan", particles: "ParticleMap") -> None:
    """Draw the scan with its contours; see `particlesnn.report`."""
    from particlesnn.report import draw_overlay

    draw_overlay(path, scan, particles)


def draw_overlay_svg(path: Path, scan: "Scan", particles: "ParticleMap") -> None:
    """Draw the same as SVG; see `particlesnn.report`."""
    from particlesnn.report import draw_overlay_svg

    draw_overlay_svg(path, scan, particles)


def draw_picture(path: Path, scan: "Scan") -> None:
    """Draw the scan alone; see `particlesnn.report`."""
    from particlesnn.report import draw_picture

    draw_picture(path, scan)


def draw_tip(path: Path, scan: "Scan", particles: "ParticleMap", reconstruction: "Reconstruction") -> None:
    """Draw the tip and what is certain; see `particlesnn.report`."""
    from particlesnn.report import draw_tip

    draw_tip(path, scan, particles, reconstruction)


def draw_histogram(
    path: Path, values: "ArrayLike", quantity: "Quantity", unit: str, *, bins: int | None, spread: "Spread | None"
) -> None:
    """Draw the size distribution; see `particlesnn.report`."""
    from particlesnn.report import draw_histogram

    draw_histogram(path, values, quantity, unit, bins=bins, spread=spread)


def write_report(
    path: Path,
    entries: "Sequence[ImageEntry]",
    joint: "Sequence[Summary]",
    provenance: "Provenance",
    *,
    bins: int | None,
    sections: "Sequence[Section]" = (),
) -> None:
    """Write the page, with the overlays that stand beside it; see `particlesnn.report`."""
    from particlesnn.report import write_report

    write_report(path, entries, joint, provenance, bins=bins, sections=sections)


def write_pdf(
    path: Path,
    entries: "Sequence[ImageEntry]",
    joint: "Sequence[Summary]",
    provenance: "Provenance",
    *,
    bins: int | None,
    sections: "Sequence[Section]" = (),
) -> str:
    """Write the same on paper, and return the letters that no font here has; see `particlesnn.report`."""
    from particlesnn.report import write_pdf

    return write_pdf(path, entries, joint, provenance, bins=bins, sections=sections)
