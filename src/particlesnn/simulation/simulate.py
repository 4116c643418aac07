"""From settings and a seed to a scan with its exact truth."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from skimage.measure import find_contours

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.simulation.scanner import scan_surface
from particlesnn.simulation.scene import Specimen, View, prepare, view
from particlesnn.simulation.settings import TIERS, ScanSettings
from particlesnn.simulation.tip import tip_shape


@dataclass(frozen=True, eq=False)
class Rendering:
    """A recorded scan and its truth as pixels; heights in units of the median particle height."""

    heights: NDArray[np.float64]
    """Shape (H, W): the scan as recorded."""
    labels: NDArray[np.int32]
    """Shape (H, W): 0 for substrate, else the number of the particle, consecutive from 1."""
    margins: NDArray[np.float64]
    """Shape (H, W): height above the particle's own border; its zero line is the exact contour."""


def render(settings: ScanSettings, rng: np.random.Generator) -> Rendering:
    """Simulate one scan.

    Parameters
    ----------
    settings
        Specimen, tip and instrument.
    rng
        Source of chance; the same state gives the same scan.
    """
    seen = seen_by(settings, rng)
    heights = scan_surface(seen.view.surface, settings.scanner, rng, seen.changes)
    numbers, labels = np.unique(seen.view.labels, return_inverse=True)
    consecutive = labels.reshape(heights.shape).astype(np.int32) + np.int32(0 not in numbers)
    return Rendering(heights, consecutive, seen.view.margins)


@dataclass(frozen=True, eq=False)
class Seen:
    """What a tip shows of a specimen, without an instrument's faults."""

    specimen: Specimen
    tip: NDArray[np.float64]
    """Shape (S, S), as `tip_shape` makes it; the first one, where tips change."""
    view: View
    changes: tuple[int, ...]
    """Lines from which on another tip scans, in rising order."""


def seen_by(settings: ScanSettings, rng: np.random.Generator) -> Seen:
    """Make a tip and a specimen, and look at it. The first part of `render`, which draws its chance in this order."""
    tip = _new_tip(settings, rng)
    specimen = prepare(settings.scene, tip, rng)
    seen = view(specimen, tip)
    size_px = settings.scene.size_px
    changes = tuple(sorted(int(rng.integers(size_px // 8, size_px)) for _ in range(settings.scanner.tip_changes)))
    for row in changes:
        # From this line on another apex scans: what follows looks different, and so does its truth.
        changed = replace(settings.tip, radius=settings.tip.radius * float(rng.uniform(0.5, 2.0)))
        after = view(specimen, _new_tip(replace(settings, tip=changed), rng))
        seen = View(*(np.concatenate([getattr(seen, part)[:row], getattr(after, part)[row:]]) for part in _PARTS))
    return Seen(specimen, tip, seen, changes)


_PARTS = ("surface", "labels", "margins")


def simulate(like: str | ScanSettings, seed: int) -> tuple[Scan, ParticleMap]:
    """Simulate a scan as a microscope would record it, with its exact truth.

    Parameters
    ----------
    like
        Name of a tier ("easy", "medium", "dense", "packed", "noisy", "empty"), or settings of your own.
    seed
        The same seed gives the same scan.

    Returns
    -------
    scan, truth
        Heights in nm with their scale, and the true contours.

    Raises
    ------
    ValueError
        When there is no tier of that name.
    """
    settings = settings_like(like)
    rendering = render(settings, np.random.default_rng(seed))
    scene = settings.scene
    scan = Scan(
        rendering.heights * height_nm(settings),
        value_unit="nm",
        pixel_nm=(scene.pixel_nm, scene.pixel_nm),
        channel="Topography",
        source=f"simulated, seed {seed}",
    )
    return scan, truth_of(rendering, scan.source)


def settings_like(like: str | ScanSettings) -> ScanSettings:
    """Return the settings of a tier by its name, or those that are given.

    Raises
    ------
    ValueError
        When there is no tier of that name.
    """
    if not isinstance(like, str):
        return like
    if like not in TIERS:
        raise ValueError(f"there is no kind of scan named {like!r}; choose one of {', '.join(TIERS)}")
    return TIERS[like]


def height_nm(settings: ScanSettings) -> float:
    """Return the median height of the particles in nm, the unit of heights in the simulation."""
    scene = settings.scene
    return scene.aspect * scene.diameter_px * scene.pixel_nm


def truth_of(rendering: Rendering, source: str = "") -> ParticleMap:
    """Trace the exact contours, to sub-pixel precision, where a particle's margin above its border is 0.

    Parameters
    ----------
    rendering
        A simulated scan.
    source
        Name to give the map.
    """
    rows, columns = rendering.labels.shape
    particles = (Particle(contour, origin="human") for contour in traced(rendering.labels, rendering.margins).values())
    return ParticleMap((rows, columns), tuple(particles), source)


def traced(labels: NDArray[np.int32], margins: NDArray[np.float64]) -> dict[int, Contour]:
    """Trace the contour of each label, in rising order; one that is too small for a contour is left out.

    Parameters
    ----------
    labels
        Shape (H, W): 0 for substrate, else the number of the particle.
    margins
        Shape (H, W): height above the particle's own border.
    """
    contours = {}
    for number, box in enumerate(find_objects(labels), start=1):
        contour = None if box is None else _trace(labels, margins, number, box)
        if contour is not None:
            contours[number] = contour
    return contours


def _trace(
    labels: NDArray[np.int32], margins: NDArray[np.float64], number: int, box: tuple[slice, ...]
) -> Contour | None:
    rows, columns = (slice(max(side.start - 1, 0), side.stop + 1) for side in box)
    own = labels[rows, columns] == number
    other = (labels[rows, columns] > 0) & ~own
    margin = margins[rows, columns]
    scale = max(float(margin[own].max()), 1e-9)
    share = np.clip(margin / scale, -1, 1)
    # Substrate far below says no more than substrate; a neighbour's pixel ends the particle about half way.
    field = np.where(own, np.maximum(share, 1e-3), np.minimum(np.where(other, -np.abs(share), share), -1e-3))
    # Where the scan ends, a particle ends half a pixel beyond the last centre.
    padded = -np.abs(np.pad(field, 1, mode="edge"))
    padded[1:-1, 1:-1] = field
    paths = find_contours(padded, 0.0)
    if not paths:
        return None
    # The largest piece: a particle cut in two by another keeps one border.
    path = max(paths, key=lambda points: abs(Contour(points[:, ::-1]).area_px) if len(points) > 3 else 0.0)
    points = path[:, ::-1] + [columns.start - 1, rows.start - 1]
    return Contour(points) if len(points) > 3 else None


def _new_tip(settings: ScanSettings, rng: np.random.Generator) -> NDArray[np.float64]:
    return tip_shape(settings.tip, settings.scene.diameter_px, settings.scene.aspect, rng)
