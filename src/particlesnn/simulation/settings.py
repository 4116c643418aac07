"""What a simulated scan is made of. Every default is written here, once.

Lateral lengths are in px, so that one setting serves any scan size; heights are in units of the median particle
height, because that ratio, not the nanometre, decides how hard a scan is to read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

Shares = Mapping[str, float]
"""Names with their relative frequencies."""


@dataclass(frozen=True)
class SceneSettings:
    """The specimen: substrate and particles."""

    size_px: int = 512
    """Side of the square scan."""
    pixel_nm: float = 0.4
    """Side of a pixel in nm."""
    particles: int = 170
    """How many to place; fewer where the surface is full."""
    diameter_px: float = 20.0
    """Median diameter of the particles as the tip shows them."""
    diameter_sigma: float = 0.22
    """Standard deviation of ln(diameter): sizes of sintered particles are lognormal (Granqvist and Buhrman 1976)."""
    aspect: float = 0.3
    """Median ratio of height to diameter; supported metal particles are flatter than half spheres."""
    aspect_sigma: float = 0.2
    """Standard deviation of ln(aspect)."""
    shapes: Shares = field(
        default_factory=lambda: MappingProxyType({"dome": 0.5, "cap": 0.2, "flat": 0.1, "facet": 0.1, "lumpy": 0.1})
    )
    """How often each particle shape occurs."""
    elongation: float = 0.15
    """Standard deviation of ln(length / width)."""
    spacing: float = 1.0
    """Least distance of two centres as a share of the sum of their radii; below 1 they overlap."""
    clumped: float = 0.0
    """Share of the particles placed in clumps."""
    decorating: float = 0.0
    """Share of the particles placed on step edges, where metals nucleate first."""
    steps: int = 3
    """How many monatomic steps cross the scan."""
    step_height: float = 0.15
    """Height of a step."""
    islands: int = 0
    """How many closed terraces, islands or pits of one step, lie about."""
    step_waviness_px: float = 15.0
    """How far a step edge wanders."""
    tilt: float = 0.5
    """Height difference by tilt from border to border."""
    bow: float = 0.2
    """Height difference by the scanner's bow from centre to corner."""
    roughness: float = 0.02
    """Root mean square of the substrate's own roughness."""
    roughness_px: float = 4.0
    """Correlation length of that roughness."""
    lattice: float = 0.0
    """Amplitude of an atomic lattice or moire pattern."""
    lattice_px: float = 8.0
    """Period of that lattice."""
    swells: int = 0
    """How many broad, shallow bumps or hollows that are no particles."""


@dataclass(frozen=True)
class TipSettings:
    """The tip: it dilates all it scans (Villarrubia 1997)."""

    radius: float = 0.25
    """Radius of the apex as a share of the median particle diameter."""
    asymmetry: float = 0.0
    """ln of the ratio of its two principal radii."""
    double_px: float = 0.0
    """Distance of a second apex; 0 for none."""
    double_below: float = 0.5
    """How much higher above the surface that second apex sits."""


@dataclass(frozen=True)
class ScannerSettings:
    """The instrument: feedback, noise and faults of scanning."""

    lag: float = 0.1
    """Share of the last pixel's height that the feedback still holds at the next."""
    noise: float = 0.02
    """Standard deviation of white noise."""
    line_noise: float = 0.02
    """Standard deviation of each line's own offset."""
    drift: float = 0.1
    """Standard deviation of the 1/f drift of the height along the slow axis."""
    scars: int = 0
    """How many lines hold a stretch that the feedback lost."""
    spikes: int = 0
    """How many single pixels are far off."""
    tip_changes: int = 0
    """How often the tip's apex changes while scanning: the height jumps, the shape of all that follows differs."""
    missing_lines: int = 0
    """How many lines were lost and repeat their neighbour."""
    saturation: float = 0.0
    """Share of the particles' height range cut off at the top."""
    levels: int = 0
    """Number of levels the heights are rounded to; 0 for none."""


@dataclass(frozen=True)
class ScanSettings:
    """All of it."""

    scene: SceneSettings = SceneSettings()
    tip: TipSettings = TipSettings()
    scanner: ScannerSettings = ScannerSettings()


TIERS: Mapping[str, ScanSettings] = MappingProxyType(
    {
        "easy": ScanSettings(SceneSettings(particles=120, diameter_px=25.0)),
        "medium": ScanSettings(
            SceneSettings(
                particles=172, diameter_px=22.0, spacing=0.85, clumped=0.2, steps=5, step_height=0.25, tilt=1.0
            )
        ),
        "dense": ScanSettings(
            SceneSettings(particles=377, diameter_px=20.0, spacing=0.8, clumped=0.3, decorating=0.1, steps=5, tilt=1.0)
        ),
        "packed": ScanSettings(SceneSettings(particles=800, diameter_px=17.0, spacing=0.7, diameter_sigma=0.18)),
        "noisy": ScanSettings(
            SceneSettings(particles=150, diameter_px=22.0, spacing=0.9, steps=6, step_height=0.3, tilt=2.0, bow=0.6),
            TipSettings(asymmetry=0.3),
            ScannerSettings(noise=0.2, line_noise=0.1, drift=0.4, lag=0.3, scars=12, spikes=20, tip_changes=1),
        ),
        "empty": ScanSettings(SceneSettings(particles=0, steps=6, step_height=0.4, roughness=0.05)),
    }
)
"""Named kinds of scans, for `particlesnn simulate --like`."""


@dataclass(frozen=True)
class _Crowd:
    """Ranges of how close particles stand."""

    diameters_px: tuple[float, float]
    coverage: tuple[float, float]
    """As if none overlapped; above 1 the substrate is hidden."""
    spacing: tuple[float, float]


_SPARSE = _Crowd((5.5, 60.0), (0.02, 0.45), (0.65, 1.15))
_CROWDS: Mapping[str, _Crowd] = MappingProxyType(
    {
        "particles": _SPARSE,
        "crowd": _Crowd((6.0, 32.0), (0.4, 0.85), (0.6, 0.9)),
        "film": _Crowd((7.0, 45.0), (1.2, 1.8), (0.55, 0.75)),
        "empty": _SPARSE,
    }
)


def wide_settings(rng: np.random.Generator, size_px: int) -> ScanSettings:
    """Draw settings from ranges wider than real scans have: domain randomisation (Tobin et al. 2017).

    A network that has seen the whole range takes a real scan for one more variation.

    Parameters
    ----------
    rng
        Source of chance.
    size_px
        Side of the scan.
    """
    kind = str(rng.choice(list(_CROWDS), p=[0.56, 0.3, 0.08, 0.06]))
    crowd = _CROWDS[kind]
    diameter_px = float(np.exp(rng.uniform(*np.log(crowd.diameters_px))))
    room = size_px**2 / (np.pi / 4 * diameter_px**2)
    coverage = rng.uniform(*crowd.coverage)
    scene = _wide_scene(rng, size_px, diameter_px)
    scene = replace(
        scene,
        particles=0 if kind == "empty" else int(np.clip(coverage * room, 1, 1500)),
        spacing=float(rng.uniform(*crowd.spacing)),
        lattice=float(rng.uniform(0.02, 0.5)) if rng.random() < (0.4 if kind == "empty" else 0.08) else 0.0,
    )
    return ScanSettings(scene, _wide_tip(rng), _wide_scanner(rng))


def texture_settings(rng: np.random.Generator, size_px: int) -> ScanSettings:
    """Draw settings of a surface without particles whose texture might be taken for them.

    Fine grain, atomic lattices and moire patterns, on terraces, with all faults of scanning: what a
    network must learn to leave alone.

    Parameters
    ----------
    rng
        Source of chance.
    size_px
        Side of the scan.
    """
    lattice = rng.random() < 0.45
    scene = replace(
        _wide_scene(rng, size_px, 20.0),
        particles=0,
        roughness=float(rng.uniform(0.02, 0.15) if lattice else rng.uniform(0.2, 1.0)),
        roughness_px=float(np.exp(rng.uniform(np.log(0.5), np.log(1.6)))),
        lattice=float(rng.uniform(0.1, 1.0)) if lattice else 0.0,
        lattice_px=float(np.exp(rng.uniform(np.log(4.0), np.log(28.0)))),
        step_height=float(np.exp(rng.uniform(np.log(0.03), np.log(2.0)))),
    )
    return ScanSettings(scene, _wide_tip(rng), _wide_scanner(rng))


def _sometimes(rng: np.random.Generator, chance: float, top: float) -> float:
    """Return a value up to ``top`` with the given chance, else 0."""
    return float(rng.uniform(0, top)) if rng.random() < chance else 0.0


def _wide_scene(rng: np.random.Generator, size_px: int, diameter_px: float) -> SceneSettings:
    names = ("dome", "cap", "flat", "facet", "lumpy", "soft", "bell", "cone")
    shares = rng.dirichlet(np.full(len(names), 0.6))
    return SceneSettings(
        size_px=size_px,
        pixel_nm=float(np.exp(rng.uniform(np.log(0.1), np.log(2.0)))),
        diameter_px=diameter_px,
        diameter_sigma=float(rng.uniform(0.05, 0.45)),
        aspect=float(np.exp(rng.uniform(np.log(0.08), np.log(0.6)))),
        aspect_sigma=float(rng.uniform(0.05, 0.4)),
        shapes=MappingProxyType(dict(zip(names, (float(share) for share in shares), strict=True))),
        elongation=float(rng.uniform(0.0, 0.35)),
        clumped=_sometimes(rng, 0.4, 0.9),
        decorating=_sometimes(rng, 0.3, 0.9),
        steps=int(rng.integers(0, 9)),
        step_height=float(np.exp(rng.uniform(np.log(0.03), np.log(1.0)))),
        step_waviness_px=float(rng.uniform(2.0, 0.15 * size_px)),
        tilt=float(rng.exponential(1.5)),
        bow=float(rng.exponential(0.5)),
        roughness=float(np.exp(rng.uniform(np.log(0.003), np.log(0.1)))),
        roughness_px=float(rng.uniform(1.0, 12.0)),
        lattice_px=float(rng.uniform(4.0, 24.0)),
        swells=int(rng.integers(1, 8)) if rng.random() < 0.3 else 0,
        islands=int(rng.integers(1, 6)) if rng.random() < 0.3 else 0,
    )


def _wide_tip(rng: np.random.Generator) -> TipSettings:
    return TipSettings(
        radius=float(np.exp(rng.uniform(np.log(0.03), np.log(0.8)))),
        asymmetry=float(rng.normal(0, 0.35)),
        double_px=float(rng.uniform(2.0, 14.0)) if rng.random() < 0.15 else 0.0,
        double_below=float(rng.uniform(0.1, 0.8)),
    )


def _wide_scanner(rng: np.random.Generator) -> ScannerSettings:
    return ScannerSettings(
        lag=_sometimes(rng, 0.6, 0.55),
        noise=float(np.exp(rng.uniform(np.log(0.002), np.log(0.28)))),
        line_noise=float(np.exp(rng.uniform(np.log(0.001), np.log(0.2)))),
        drift=float(rng.exponential(0.25)),
        scars=int(rng.integers(1, 20)) if rng.random() < 0.35 else 0,
        spikes=int(rng.integers(1, 40)) if rng.random() < 0.25 else 0,
        tip_changes=int(rng.integers(1, 3)) if rng.random() < 0.15 else 0,
        missing_lines=int(rng.integers(1, 8)) if rng.random() < 0.12 else 0,
        saturation=_sometimes(rng, 0.15, 0.6),
        levels=int(rng.choice([48, 128, 256])) if rng.random() < 0.3 else 0,
    )
