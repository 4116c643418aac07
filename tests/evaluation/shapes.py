"""Particles of simple shape for the tests of this room."""

import numpy as np

from particlesnn.core import Contour, Particle, ParticleMap


def disc(x: float, y: float, radius: float, score: float | None = None) -> Particle:
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    return Particle(Contour(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)), score=score)


def square(left: float, top: float, side: float, score: float | None = None) -> Particle:
    corners = [[left, top], [left + side, top], [left + side, top + side], [left, top + side]]
    return Particle(Contour(np.array(corners, dtype=float)), score=score)


def field(*particles: Particle, source: str = "scan.txt", side: int = 200) -> ParticleMap:
    return ParticleMap((side, side), particles, source)


def random_field(rng: np.random.Generator, count: int, side: int = 200, *, scored: bool = False) -> ParticleMap:
    places = rng.uniform(10, side - 10, (count, 2))
    return field(
        *(disc(x, y, rng.uniform(4, 9), float(rng.random()) if scored else None) for x, y in places), side=side
    )


def disturbed(truth: ParticleMap, rng: np.random.Generator) -> ParticleMap:
    """A prediction: moved, resized, some missed, some invented."""
    kept = [
        disc(*(np.array(each.contour.centroid_px) + rng.normal(0, 1.2, 2)), rng.uniform(4, 9), float(rng.random()))
        for each in truth.particles
        if rng.random() < 0.85
    ]
    side = truth.shape_px[0]
    invented = [disc(*rng.uniform(10, side - 10, 2), 6, float(rng.random())) for _ in range(len(truth) // 8)]
    return field(*kept, *invented, side=side)
