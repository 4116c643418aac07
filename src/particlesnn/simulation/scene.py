"""The specimen as the tip shows it, without noise, and the exact truth.

Border of a particle: where its own noise-free, tip-broadened profile falls to 1/4 of its height above the local
substrate; where two overlap, a pixel belongs to the one that stands higher there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.simulation.fields import parts_in_common, smooth_field, without_hidden
from particlesnn.simulation.lattices import lattice
from particlesnn.simulation.particles import Body, grow, place
from particlesnn.simulation.settings import SceneSettings
from particlesnn.simulation.tip import dilate

Heights = NDArray[np.float64]
_BORDER = 0.25
"""Share of its height at which a particle ends."""


@dataclass(frozen=True, eq=False)
class View:
    """A specimen seen through one tip. Heights in units of the median particle height."""

    surface: Heights
    """Shape (H, W): the noise-free scan."""
    labels: NDArray[np.int32]
    """Shape (H, W): 0 for substrate, else the number of the body that the pixel belongs to, from 1."""
    margins: Heights
    """Shape (H, W): how far the particle there stands above its own border; negative outside every particle."""


@dataclass(frozen=True, eq=False)
class Specimen:
    """Substrate and bodies, before any tip."""

    substrate: Heights
    bodies: tuple[Body, ...]


def prepare(settings: SceneSettings, tip: Heights, rng: np.random.Generator) -> Specimen:
    """Make a substrate and let particles grow on it, so large that this tip shows them as large as asked for."""
    relief, edges = _steps(settings, rng)
    centres, diameters = place(settings, edges, rng)
    bodies = grow(settings, centres, diameters, _body_share(settings, tip), rng)
    return Specimen(relief + _texture(settings, rng), tuple(bodies))


def _body_share(settings: SceneSettings, tip: Heights) -> float:
    """Diameter of a median dome as a share of the diameter that the tip makes of it."""
    half = int(settings.diameter_px) + 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    dome = np.sqrt(np.clip(1 - 4 * (x**2 + y**2) / settings.diameter_px**2, 0, None))
    seen = dilate(np.pad(dome, len(tip) // 2), tip)
    seen_px = np.sqrt(4 / np.pi * np.count_nonzero(seen >= _BORDER * seen.max()))
    return float(np.clip(settings.diameter_px / seen_px, 0.3, 1.1))


def view(specimen: Specimen, tip: Heights) -> View:
    """Look at the specimen through a tip: broaden each body and the substrate, and keep the highest.

    Parameters
    ----------
    specimen
        What is scanned.
    tip
        Shape (S, S), as made by `tip_shape`.
    """
    substrate = dilate(specimen.substrate, tip)
    surface = substrate.copy()
    labels = np.zeros(surface.shape, dtype=np.int32)
    margins = np.full(surface.shape, -np.inf)
    reach = len(tip) // 2
    for number, body in enumerate(specimen.bodies, start=1):
        profile = dilate(np.pad(body.profile, reach), tip)
        corner_px = (body.corner_px[0] - reach, body.corner_px[1] - reach)
        common = parts_in_common(corner_px, profile.shape, surface.shape)
        if common is None:
            continue
        scan_part, patch_part = common
        base = _ground(specimen.substrate, body)
        own = profile[patch_part]
        border = _BORDER * profile.max()
        margin = own - border
        ground = substrate[scan_part] - base
        # The body stands on its terrace; its skirts lie down on whatever terrace is below them.
        top = base + own + ground * np.clip(1 - own / border, 0, 1)
        # Above its border, above the ground, and above every other particle.
        taller = (own > 0) & (top > surface[scan_part])
        surface[scan_part] = np.where(taller, top, surface[scan_part])
        margin = np.minimum(margin, own - ground)
        labels[scan_part] = np.where(taller, np.where(margin >= 0, number, 0), labels[scan_part])
        margins[scan_part] = np.where(taller, margin, margins[scan_part])
    return View(surface, without_hidden(labels), margins)


def _ground(substrate: Heights, body: Body) -> float:
    """Height of the terrace that carries the particle's centre."""
    rows, columns = substrate.shape
    x = int(np.clip(round(body.centre_px[0]), 0, columns - 1))
    y = int(np.clip(round(body.centre_px[1]), 0, rows - 1))
    return float(substrate[y, x])


def _steps(settings: SceneSettings, rng: np.random.Generator) -> tuple[Heights, NDArray[np.intp]]:
    """Terraces with wandering edges; also the pixels of the edges, shape (E, 2), (row, column)."""
    shape = (settings.size_px, settings.size_px)
    if settings.steps == settings.islands == 0:
        return np.zeros(shape), np.empty((0, 2), dtype=np.intp)
    level = _stairs(settings, rng) if settings.steps else np.zeros(shape)
    for _ in range(settings.islands):
        level = level + rng.choice([-1, 1]) * _island(settings, rng)
    edges = np.argwhere(np.abs(np.diff(level, axis=1, prepend=level[:, :1])) > 0)
    return settings.step_height * level, edges


def _stairs(settings: SceneSettings, rng: np.random.Generator) -> Heights:
    """Terraces one above the other, in units of a step."""
    shape = (settings.size_px, settings.size_px)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    turn = rng.uniform(0, 2 * np.pi)
    across = x * np.cos(turn) + y * np.sin(turn)
    places = np.sort(rng.uniform(across.min(), across.max(), settings.steps))
    across = across + settings.step_waviness_px * 0.5 * smooth_field(shape, settings.size_px / 8, rng)
    across = across + 0.6 * smooth_field(shape, 2.0, rng)  # kinks
    terrace = np.searchsorted(places, across)
    # Most steps are monatomic, some are bunches.
    rises = np.concatenate([[0.0], np.cumsum(rng.choice([1, 1, 1, 2], settings.steps))])
    return np.asarray(rises[terrace])


def _island(settings: SceneSettings, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Say where one closed terrace lies, as wide as a tenth to a whole of the scan; its middle may lie outside."""
    size = settings.size_px
    y, x = np.mgrid[:size, :size]
    middle, radius = rng.uniform(-0.1, 1.1, 2) * size, rng.uniform(0.05, 0.5) * size
    wandering = 0.25 * smooth_field((size, size), max(radius / 3, 2), rng) + 0.02 * smooth_field((size, size), 2.0, rng)
    return np.asarray(1 - np.hypot(y - middle[0], x - middle[1]) / radius + wandering > 0)


def _texture(settings: SceneSettings, rng: np.random.Generator) -> Heights:
    """Tilt, bow, roughness, lattice and swells."""
    size = settings.size_px
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    turn = rng.uniform(0, 2 * np.pi)
    texture = settings.tilt / 2 * (x * np.cos(turn) + y * np.sin(turn))
    texture = texture + settings.bow * rng.choice([-1, 1]) * (rng.uniform(0.3, 1) * x**2 + rng.uniform(0.3, 1) * y**2)
    if settings.roughness:
        texture = texture + settings.roughness * smooth_field((size, size), settings.roughness_px, rng)
    if settings.lattice:
        texture = texture + settings.lattice * lattice(size, settings.lattice_px, rng)
    for _ in range(settings.swells):
        centre, width = rng.uniform(-1, 1, 2), rng.uniform(0.15, 0.5)
        height = rng.uniform(-0.6, 0.6)
        texture = texture + height * np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / width**2)
    return np.asarray(texture, dtype=np.float64)
