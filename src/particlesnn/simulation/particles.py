"""Bodies of single particles and where they stand.

A body is a height profile on a small square patch, its centre in the middle pixel, 0 where the substrate begins.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from particlesnn.simulation.settings import SceneSettings

Heights = NDArray[np.float64]

_REACH = MappingProxyType({"soft": 2.4, "bell": 2.8})
"""Where the profile of a kind ends, in radii; elsewhere a body ends at 1.5 of them or before."""


@dataclass(frozen=True, eq=False)
class Body:
    """One particle before the tip has met it."""

    centre_px: tuple[float, float]
    """(x, y), an integer is a pixel centre."""
    corner_px: tuple[int, int]
    """Row and column of the patch's first pixel; may lie outside the scan."""
    profile: Heights
    """Shape (S, S): height above the substrate, in units of the median particle height."""


def grow(
    settings: SceneSettings, centres: Heights, diameters: Heights, body_share: float, rng: np.random.Generator
) -> list[Body]:
    """Make a body of random shape for each place.

    Parameters
    ----------
    settings
        Shapes, elongation and aspect.
    centres, diameters
        Shapes (N, 2) and (N,), in px; the diameters as the tip shows them.
    body_share
        Diameter of the body as a share of that.
    rng
        Source of chance.
    """
    names = list(settings.shapes)
    shares = np.array([settings.shapes[name] for name in names])
    kinds = rng.choice(names, size=len(diameters), p=shares / shares.sum())
    # Heights follow diameters, with a scatter of their own.
    heights = diameters / settings.diameter_px * np.exp(rng.normal(0, settings.aspect_sigma, len(diameters)))
    return [
        _body(str(kind), centre, float(diameter) * body_share, float(height), settings.elongation, rng)
        for kind, centre, diameter, height in zip(kinds, centres, diameters, heights, strict=True)
    ]


def _body(
    kind: str, centre: Heights, diameter: float, height: float, elongation: float, rng: np.random.Generator
) -> Body:
    stretch = float(np.exp(rng.normal(0, elongation) / 2))
    half = int(np.ceil(diameter * max(stretch, 1 / stretch) * _REACH.get(kind, 1.5) / 2)) + 2
    column, row = (int(np.floor(value)) for value in centre + 0.5)
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    x, y = x - (centre[0] - column), y - (centre[1] - row)
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    u, v = u / (stretch * diameter / 2), v * stretch / (diameter / 2)
    profile = height * _unit_profile(kind, u, v, rng)
    return Body((float(centre[0]), float(centre[1])), (row - half, column - half), profile)


def _unit_profile(kind: str, u: Heights, v: Heights, rng: np.random.Generator) -> Heights:
    """Height 0..1 of a particle of radius 1 at the points (u, v)."""
    radius = np.hypot(u, v)
    if kind == "lumpy":
        angle, waves = np.arctan2(v, u), rng.integers(2, 5)
        radius = radius * (1 + rng.uniform(0.05, 0.18) * np.cos(waves * angle + rng.uniform(0, 2 * np.pi)))
        kind = str(rng.choice(["dome", "cap"]))
    if kind == "facet":
        return _faceted(u, v, rng)
    if kind == "soft":  # a Gaussian bump, or a sharper or blunter one; a quarter of its height at the radius
        return _ended(np.exp(-np.log(4) * radius ** rng.uniform(1.4, 3.5)), radius, _REACH[kind])
    if kind == "bell":  # with wide skirts, as a blunt tip makes them
        return _ended(1 / (1 + 3 * radius ** rng.uniform(2.5, 6.0)), radius, _REACH[kind])
    if kind == "cone":  # a pyramid worn round, with its very top missing or not
        top = rng.uniform(0.5, 1.0)
        return np.asarray(np.clip(1 - 0.75 * radius, 0, top) / top)
    half_sphere = np.sqrt(np.clip(1 - radius**2, 0, None))
    if kind == "flat":
        top = rng.uniform(0.4, 0.85)
        return np.asarray(np.minimum(half_sphere, top) / top)
    if kind == "cap":
        return np.asarray(np.clip(1 - radius**2, 0, None))
    return np.asarray(half_sphere)


def _ended(profile: Heights, radius: Heights, reach: float) -> Heights:
    """Bring a profile that never ends down to 0 at its reach, smoothly and without moving its border."""
    share = np.clip((reach - radius) / (reach - 1.2), 0, 1)
    return np.asarray(profile * share * share * (3 - 2 * share))


def _faceted(u: Heights, v: Heights, rng: np.random.Generator) -> Heights:
    """Cut a pyramid on a polygon: fcc crystals show triangles, squares and hexagons (Winterbottom 1967)."""
    sides = int(rng.choice([3, 4, 6, 6]))
    normals = rng.uniform(0, 2 * np.pi) + np.arange(sides) * 2 * np.pi / sides
    distance = np.max([u * np.cos(normal) + v * np.sin(normal) for normal in normals], axis=0)
    # A polygon of the same area as the unit circle.
    inner = np.sqrt(np.pi / (sides * np.tan(np.pi / sides)))
    profile = np.clip((inner - distance) / (inner * rng.uniform(0.2, 0.7)), 0, 1)
    return np.asarray(gaussian_filter(profile, 0.5), dtype=np.float64)


def place(settings: SceneSettings, edges: NDArray[np.intp], rng: np.random.Generator) -> tuple[Heights, Heights]:
    """Choose diameters and centres: random sequential adsorption with clumps and decorated step edges.

    Parameters
    ----------
    settings
        How many, how large, how close.
    edges
        Shape (E, 2): rows and columns of the step edges.
    rng
        Source of chance.

    Returns
    -------
    centres, diameters
        Shapes (N, 2), (x, y), and (N,), in px; N may be smaller than asked for where the surface is full.
    """
    size = settings.size_px
    diameters = settings.diameter_px * np.exp(rng.normal(0, settings.diameter_sigma, settings.particles))
    diameters = np.sort(np.clip(diameters, 4.0, size / 3))[::-1]  # the large first: they find no room later
    centres = np.empty((len(diameters), 2))
    radii = np.empty(len(diameters))
    found = 0
    for diameter in diameters:
        for _ in range(40):
            centre = _propose(settings, centres[:found], radii[:found], edges, rng)
            distances = np.hypot(*(centres[:found] - centre).T)
            if (distances >= settings.spacing * (radii[:found] + diameter / 2)).all():
                centres[found], radii[found] = centre, diameter / 2
                found += 1
                break
    return centres[:found], 2 * radii[:found]


def _propose(
    settings: SceneSettings,
    centres: Heights,
    radii: Heights,
    edges: NDArray[np.intp],
    rng: np.random.Generator,
) -> Heights:
    size, chance = settings.size_px, rng.random()
    if chance < settings.decorating and len(edges):
        row, column = edges[rng.integers(len(edges))]
        return np.array([column, row]) + rng.normal(0, 0.2 * settings.diameter_px, 2)
    if chance < settings.decorating + settings.clumped and len(centres) > 2:
        # Beside one that stands there already, nearly in contact.
        neighbour = rng.integers(len(centres))
        reach = settings.spacing * (radii[neighbour] + settings.diameter_px / 2) * rng.uniform(1.0, 1.25)
        turn = rng.uniform(0, 2 * np.pi)
        return np.asarray(centres[neighbour] + reach * np.array([np.cos(turn), np.sin(turn)]))
    margin = settings.diameter_px / 2
    return rng.uniform(-margin / 2, size - 1 + margin / 2, 2)
