"""Who draws: a process of its own, beside the one that finds and measures. See docs/adr/0013.

Importing matplotlib and drawing take longer than measuring does, and both hold the interpreter. This file imports
nothing that is slow, so that the process is under way before the rest of the program is imported.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from particlesnn.cli.child import settle, spawning

if TYPE_CHECKING:
    from particlesnn.core import ParticleMap, Scan
    from particlesnn.report import ImageEntry, Provenance
    from particlesnn.statistics import Summary


@contextmanager
def drawing_process() -> Iterator[Executor]:
    """Start the process that draws; at the end it is gone, and what it had not begun is dropped."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=settle)
    try:
        with spawning():
            pool.submit(prepare)
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def drawing_thread() -> Executor:
    """Draw in this process, which is itself one of several; the import runs beside the network all the same."""
    pool = ThreadPoolExecutor(1)
    pool.submit(prepare)
    return pool


def prepare() -> None:
    """Import all that draws."""
    from particlesnn.report import draw_histogram, draw_overlay, write_report  # noqa: F401


def draw_overlay(path: Path, scan: "Scan", particles: "ParticleMap") -> None:
    """Draw the scan with its contours; see `particlesnn.report`."""
    from particlesnn.report import draw_overlay

    draw_overlay(path, scan, particles)


def draw_overlay_svg(path: Path, scan: "Scan", particles: "ParticleMap") -> None:
    """Draw the same as SVG; see `particlesnn.report`."""
    from particlesnn.report import draw_overlay_svg

    draw_overlay_svg(path, scan, particles)


def draw_histogram(path: Path, values: Sequence[float], *arguments: Any, **options: Any) -> None:
    """Draw the size distribution; see `particlesnn.report`."""
    from particlesnn.report import draw_histogram

    draw_histogram(path, values, *arguments, **options)


def write_report(
    path: Path,
    entries: "Sequence[ImageEntry]",
    joint: "Sequence[Summary]",
    provenance: "Provenance",
    *,
    bins: int | None,
) -> None:
    """Write the page, with the overlays that stand beside it; see `particlesnn.report`."""
    from particlesnn.report import write_report

    write_report(path, entries, joint, provenance, bins=bins)
