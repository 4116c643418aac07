"""Pictures of particles, piled or strewn, as an electron microscope takes them, with exact truth.

Two kinds: by the electrons that come back (SEM), where steep flanks are bright and gaps are dark, and by those that
pass through (TEM), where thick bodies are dark (Goldstein et al. 2018, Scanning Electron Microscopy and X-Ray
Microanalysis). No model of scattering: what decides is which edges can be seen.
"""

from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from particlesnn.simulation.fields import parts_in_common, smooth_field, without_buried
from particlesnn.simulation.grounds import rough_ground
from particlesnn.simulation.particles import Body, grow, place
from particlesnn.simulation.settings import SceneSettings, Shares

Values = NDArray[np.float64]


@dataclass(frozen=True)
class MicrographSettings:
    """Piled bodies and the beam that shows them. Grey values: a body's middle is about 1."""

    scene: SceneSettings = field(
        default_factory=lambda: SceneSettings(
            particles=120, diameter_px=28.0, diameter_sigma=0.3, spacing=0.6, clumped=0.9, aspect=1.0
        )
    )
    """How many bodies, how large, and how they lie; terraces, tilt and bow are not used."""
    through: bool = False
    """Electrons that pass through are seen, so bodies are dark, rather than those that come back."""
    edge: float = 0.8
    """How much brighter a flank is than the top (from above), or ln of how much darker the middle is (through)."""
    edge_power: float = 2.0
    """How much the brightness keeps to the very edge."""
    light: float = 0.15
    """How much brighter flanks towards the detector are."""
    crumpling: float = 0.05
    """How far outlines wander, as a share of the median diameter."""
    gaps: float = 0.8
    """How much darker gaps between bodies are."""
    spread: float = 0.1
    """Standard deviation of the bodies' own brightness."""
    grain: float = 0.03
    """Standard deviation of a body's brightness from place to place."""
    grain_px: float = 1.5
    """Correlation length of that."""
    ground: float = 0.3
    """Brightness of what they lie on; above 1, the bodies are pits or dark inclusions."""
    ground_texture: float = 0.05
    """Standard deviation of that."""
    ground_texture_px: float = 4.0
    """Correlation length of that."""
    relief: float = 0.0
    """Standard deviation of the brightness of a rough ground (from above)."""
    relief_px: float = 20.0
    """About how large its coarsest features are."""
    rim: float = 0.0
    """How much brighter the ground is right beside a body (from above), as beside a pit."""
    charging: float = 0.1
    """Standard deviation of slow changes of brightness across the picture."""
    blur_px: float = 0.8
    """Standard deviation of the beam."""
    noise: float = 0.05
    """Standard deviation of the noise."""


def wide_micrograph(rng: np.random.Generator, size_px: int) -> MicrographSettings:
    """Draw settings from ranges wider than real pictures have, as `wide_settings` does for scans.

    Parameters
    ----------
    rng
        Source of chance.
    size_px
        Side of the picture.
    """
    return _strewn(rng, size_px) if rng.random() < 0.4 else _piled(rng, size_px)


def _piled(rng: np.random.Generator, size_px: int) -> MicrographSettings:
    through = bool(rng.random() < 0.3)
    diameter_px = float(np.exp(rng.uniform(np.log(8.0), np.log(80.0))))
    room = size_px**2 / (np.pi / 4 * diameter_px**2)
    rods = bool(rng.random() < 0.25)
    scene = SceneSettings(
        size_px=size_px,
        particles=int(np.clip(rng.uniform(0.05, 0.9 if through else 2.2) * room, 2, 900)),
        diameter_px=diameter_px,
        diameter_sigma=float(rng.uniform(0.05, 0.5) if rng.random() < 0.8 else rng.uniform(0.5, 0.9)),
        aspect_sigma=float(rng.uniform(0.0, 0.3)),
        shapes=_shapes(rng),
        elongation=float(rng.uniform(0.6, 1.6) if rods else rng.uniform(0.0, 0.4)),
        spacing=float(rng.uniform(0.4, 1.0)),
        clumped=float(rng.uniform(0.0, 1.0)),
    )
    return MicrographSettings(
        scene=scene,
        through=through,
        edge=float(rng.uniform(0.3, 1.5) if through else rng.uniform(0.0, 1.5)),
        edge_power=float(np.exp(rng.uniform(np.log(1.0), np.log(5.0)))),
        light=float(rng.exponential(0.15)),
        crumpling=float(rng.uniform(0.02, 0.11)) if rng.random() < 0.6 else 0.0,
        gaps=float(rng.uniform(0.0, 1.5)),
        spread=float(rng.uniform(0.0, 0.25)),
        grain=float(np.exp(rng.uniform(np.log(0.005), np.log(0.25)))),
        grain_px=float(np.exp(rng.uniform(np.log(0.7), np.log(max(0.25 * diameter_px, 2.0))))),
        ground=float(rng.uniform(0.0, 0.8)),
        ground_texture=float(np.exp(rng.uniform(np.log(0.005), np.log(0.12)))),
        ground_texture_px=float(np.exp(rng.uniform(np.log(0.8), np.log(12.0)))),
        charging=float(rng.exponential(0.1)),
        blur_px=float(np.exp(rng.uniform(np.log(0.4), np.log(2.0)))),
        noise=float(np.exp(rng.uniform(np.log(0.01), np.log(0.2)))),
    )


def _strewn(rng: np.random.Generator, size_px: int) -> MicrographSettings:
    """Draw small bodies, or pits, on a rough ground, as on polished and etched metals."""
    diameter_px = float(np.exp(rng.uniform(np.log(6.0), np.log(40.0))))
    room = size_px**2 / (np.pi / 4 * diameter_px**2)
    pits = bool(rng.random() < 0.25)
    ground = float(rng.uniform(1.3, 2.5) if pits else rng.uniform(0.1, 0.6))
    scene = SceneSettings(
        size_px=size_px,
        particles=int(np.clip(np.exp(rng.uniform(np.log(0.02), np.log(0.4))) * room, 2, 900)),
        diameter_px=diameter_px,
        diameter_sigma=float(rng.uniform(0.1, 0.6) if rng.random() < 0.7 else rng.uniform(0.6, 1.1)),
        aspect_sigma=float(rng.uniform(0.0, 0.3)),
        shapes=_shapes(rng),
        elongation=float(rng.uniform(0.0, 0.8) if rng.random() < 0.75 else rng.uniform(0.8, 1.6)),
        spacing=float(rng.uniform(0.8, 1.2)),
        clumped=float(rng.uniform(0.0, 0.7)),
    )
    contrast = abs(1 - ground)
    return MicrographSettings(
        scene=scene,
        edge=0.0 if pits else float(rng.uniform(0.0, 0.8)),
        edge_power=float(np.exp(rng.uniform(np.log(1.0), np.log(5.0)))),
        light=float(rng.exponential(0.1)),
        crumpling=float(rng.uniform(0.02, 0.08)) if rng.random() < 0.5 else 0.0,
        gaps=0.0 if pits else float(rng.uniform(0.0, 1.0)),
        spread=float(rng.uniform(0.0, 0.15)),
        grain=float(np.exp(rng.uniform(np.log(0.005), np.log(0.15)))),
        ground=ground,
        ground_texture=float(np.exp(rng.uniform(np.log(0.01), np.log(0.12)))),
        ground_texture_px=float(np.exp(rng.uniform(np.log(0.8), np.log(4.0)))),
        relief=contrast * float(rng.uniform(0.05, 0.55)),
        relief_px=float(np.exp(rng.uniform(np.log(4.0), np.log(60.0)))),
        rim=contrast * float(rng.uniform(0.0, 0.8)) if pits else 0.0,
        charging=float(rng.exponential(0.08)),
        blur_px=float(np.exp(rng.uniform(np.log(0.4), np.log(1.5)))),
        noise=contrast * float(np.exp(rng.uniform(np.log(0.02), np.log(0.3)))),
    )


def _shapes(rng: np.random.Generator) -> Shares:
    names = ("dome", "flat", "facet", "lumpy", "cap")
    return MappingProxyType(dict(zip(names, (float(share) for share in rng.dirichlet(np.full(5, 0.5))), strict=True)))


def take_micrograph(settings: MicrographSettings, rng: np.random.Generator) -> tuple[Values, NDArray[np.int32]]:
    """Simulate one picture.

    Parameters
    ----------
    settings
        Bodies and beam.
    rng
        Source of chance; the same state gives the same picture.

    Returns
    -------
    values, labels
        Both of shape (H, W): grey values, and 0 for the ground, else the number of the body that shows there. A body of
        which fewer than 8 pixels or less than 15 % shows has none.
    """
    scene = settings.scene
    centres, diameters = place(scene, np.empty((0, 2), dtype=np.intp), rng)
    bodies = grow(scene, centres, diameters, 1.0, rng)
    order = rng.permutation(len(bodies))
    pile = _Pile.empty(scene.size_px)
    light = rng.uniform(0, 2 * np.pi)
    areas = [pile.lay(bodies[index], number, settings, light, rng) for number, index in enumerate(order, start=1)]
    pile.crumple(settings, rng)
    values = _seen_through(pile, settings, rng) if settings.through else _seen_from_above(pile, settings, rng)
    values = values * (1 + settings.charging * smooth_field(values.shape, scene.size_px / 5, rng))
    values = gaussian_filter(values, settings.blur_px)
    values = values + settings.noise * rng.normal(size=values.shape)
    return values, without_buried(pile.labels, [0, *areas])


@dataclass(eq=False)
class _Pile:
    """Bodies on and beside one another, as they grow in number; all of shape (H, W)."""

    top: Values
    """Height of the highest body."""
    grey: Values
    """Brightness of the body that shows, seen from above."""
    thickness: Values
    """Matter along the beam, each body weighed by how much it takes away."""
    labels: NDArray[np.int32]

    @classmethod
    def empty(cls, size_px: int) -> "_Pile":
        shape = (size_px, size_px)
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int32))

    def lay(self, body: Body, number: int, settings: MicrographSettings, light: float, rng: np.random.Generator) -> int:
        """Put a body on what lies there, where it hides what is lower; return its area within the picture, in px."""
        common = parts_in_common(body.corner_px, body.profile.shape, self.top.shape)
        if common is None:
            return 0
        picture_part, patch_part = common
        height = float(body.profile.max())
        inside = body.profile[patch_part] > 0
        if not inside.any():
            return 0
        share = body.profile[patch_part] / height
        diameter = height * settings.scene.diameter_px
        # It sinks between those that carry it; its lower half has the outline of its upper one.
        base = rng.uniform(0.2, 0.9) * float(np.quantile(self.top[picture_part][inside], rng.uniform(0.3, 0.9)))
        shows = inside & (base + height * (1 + share) / 2 > self.top[picture_part])
        slope = np.gradient(body.profile / height * diameter / 2)
        towards = slope[0] * np.sin(light) + slope[1] * np.cos(light)
        towards = np.clip(towards[patch_part], -1.5, 1.5)
        own = float(np.exp(settings.spread * rng.normal()))
        flank = np.clip(1 - share, 0, 1) ** settings.edge_power
        grey = own * (1 + settings.edge * flank + settings.light * towards)
        self.grey[picture_part] = np.where(shows, grey, self.grey[picture_part])
        self.top[picture_part] = np.where(shows, base + height * (1 + share) / 2, self.top[picture_part])
        self.labels[picture_part] = np.where(shows, number, self.labels[picture_part])
        self.thickness[picture_part] += own * height * share
        return int(inside.sum())

    def crumple(self, settings: MicrographSettings, rng: np.random.Generator) -> None:
        """Move every point a little, those near to one another alike: bodies are no ideal solids."""
        if not settings.crumpling:
            return
        size_px, diameter_px = settings.scene.size_px, settings.scene.diameter_px
        length_px = diameter_px * rng.uniform(0.1, 0.3)
        shifts = [settings.crumpling * diameter_px * smooth_field(self.top.shape, length_px, rng) for _axis in range(2)]
        places = np.mgrid[:size_px, :size_px] + np.stack(shifts)
        for name in ("top", "grey", "thickness"):
            setattr(self, name, map_coordinates(getattr(self, name), places, order=1, mode="nearest"))
        self.labels = map_coordinates(self.labels, places, order=0, mode="nearest")


def _seen_from_above(pile: _Pile, settings: MicrographSettings, rng: np.random.Generator) -> Values:
    shape = pile.top.shape
    body = pile.grey * (1 + settings.grain * smooth_field(shape, settings.grain_px, rng))
    ground = settings.ground + settings.ground_texture * smooth_field(shape, settings.ground_texture_px, rng)
    if settings.relief:
        ground = ground + settings.relief * rough_ground(shape[0], settings.relief_px, rng)
    if settings.rim:
        beside = distance_transform_edt(pile.labels == 0) / (0.1 * settings.scene.diameter_px)
        ground = ground + settings.rim * np.exp(-(beside**2))
    values = np.where(pile.labels > 0, body, ground)
    around = gaussian_filter(pile.top, 0.2 * settings.scene.diameter_px)
    return np.asarray(values * np.exp(-settings.gaps * np.clip(around - pile.top, 0, None)))


def _seen_through(pile: _Pile, settings: MicrographSettings, rng: np.random.Generator) -> Values:
    shape = pile.top.shape
    matter = pile.thickness * (1 + settings.grain * smooth_field(shape, settings.grain_px, rng))
    film = 1 + settings.ground_texture * smooth_field(shape, settings.ground_texture_px, rng)
    return np.asarray(film * np.exp(-settings.edge * matter))
