"""The main task: an uploaded file becomes a scan with measured particles."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np

from particlesnn.core import ParticlesNNError, Scan, ScanFormatError
from particlesnn.files import list_channels
from particlesnn.pipeline import AnalysisSettings, RefinementChoice, analyse_particles, find_particles, load_scan
from particlesnn.results import pack
from particlesnn.service.tasks.bench import bench


@dataclass(frozen=True)
class Order:
    """What is to be recognised, and where the results go."""

    name: str
    source: str
    values: str
    contours: str
    channel: str | None
    pixel_nm: tuple[float, float] | None
    """Scale given by the user; that of the file when None."""
    refine: RefinementChoice
    max_pixels: int


@dataclass(frozen=True)
class Recognised:
    """What came of it."""

    shape_px: tuple[int, int]
    value_unit: str | None
    channel: str
    channels: tuple[str, ...]
    file_pixel_nm: tuple[float, float] | None
    particles: int
    weights: str
    operating_point: str


def recognise(say: Callable[[str], None], order: Order) -> Recognised:
    """Read a scan, find its particles, measure them and keep it all.

    Raises
    ------
    ParticlesNNError
        When the file is no scan or too large.
    """
    say("reading")
    scan, channels = _read(order)
    file_pixel_nm = scan.pixel_nm
    if order.pixel_nm is not None:
        scan = scan.with_pixel_nm(order.pixel_nm)
    say("recognising")
    settings = AnalysisSettings(refine=order.refine)
    store, recognizer = bench().store, bench().recognizer
    particles = find_particles(scan, recognizer, settings)
    say("measuring")
    analysis = analyse_particles(scan, particles, settings)
    store.put(order.contours, pack(analysis.particles, analysis.measurements))
    return Recognised(
        scan.shape_px,
        scan.value_unit,
        scan.channel,
        channels,
        file_pixel_nm,
        len(particles),
        recognizer.name,
        f"score at least {recognizer.card.operating_point.score:.2f}",
    )


def _read(order: Order) -> tuple[Scan, tuple[str, ...]]:
    store = bench().store
    with bench().folder() as folder:
        path = folder / "scan"  # never by the name that the user gave
        store.fetch(order.source, path)
        try:
            channels = list_channels(path)
            scan = load_scan(path, AnalysisSettings(channel=order.channel))
        except ParticlesNNError as error:
            raise ScanFormatError(str(error).replace(f"{path}: ", "")) from error
    rows, columns = scan.shape_px
    if rows * columns > order.max_pixels:
        raise ScanFormatError(
            f"{columns} x {rows} pixels are more than the {order.max_pixels / 1e6:.1f} million that are taken here; "
            "cut or scale the scan first"
        )
    content = BytesIO()
    np.save(content, scan.values, allow_pickle=False)
    store.put(order.values, content.getvalue())
    return replace(scan, source=order.name), channels
