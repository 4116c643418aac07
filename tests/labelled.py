"""A small folder as a microscopist labels it: WSxM ASCII matrices, LabelMe files drawn on coloured pictures."""

import json
from pathlib import Path

import numpy as np

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.files import write_labelme, write_wsxm_ascii

SIDE = 96
CENTRES = [(x, y) for y in (14, 40, 66) for x in (12, 34, 56, 82)]
"""Of the particles, px; not the same after a half turn."""
RADIUS = 7.0


def disc(x: float, y: float, radius: float = RADIUS) -> Contour:
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    return Contour(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1))


def truth(radius: float = RADIUS, centres: list[tuple[int, int]] = CENTRES) -> ParticleMap:
    particles = tuple(Particle(disc(x, y, radius), origin="human") for x, y in centres)
    return ParticleMap((SIDE, SIDE), particles)


def scan(seed: int = 0) -> Scan:
    """Domes of 2 nm on a rough plane, 0.5 nm a pixel."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    heights = np.random.default_rng(seed).normal(0, 0.03, (SIDE, SIDE))
    for x, y in CENTRES:
        heights += 2.0 * np.exp(-np.log(4) * ((columns - x) ** 2 + (rows - y) ** 2) / RADIUS**2)
    return Scan(heights, "nm", (0.5, 0.5))


def labelled_folder(folder: Path) -> Path:
    """Three scans with rough contours, two of them with precise ones too, one to test, one that nobody labelled."""
    for name in ("rough", "precise", "test"):
        (folder / name).mkdir(parents=True)
    for seed, name in enumerate(("a", "b", "c", "t", "bare")):
        write_wsxm_ascii(folder / f"{name}.txt", scan(seed))
    for name in ("a", "b", "c"):
        write_labelme(folder / "rough" / f"{name}.json", truth(1.3 * RADIUS), f"{name}.png")
    for name in ("a", "b"):
        write_labelme(folder / "precise" / f"{name}.labelme.json", truth(), f"{name}.png")
    write_labelme(folder / "test" / "drawn on Julio.json", truth(), r"..\coloured\t.bmp")
    return folder


def labelme(path: Path, *outlines: list[list[float]], side: int = SIDE) -> None:
    """Write polygons as a person saved them, whatever they are."""
    shapes = [{"label": "p", "shape_type": "polygon", "points": points} for points in outlines]
    content = {"version": "5.5.0", "shapes": shapes, "imagePath": "", "imageHeight": side, "imageWidth": side}
    path.write_text(json.dumps(content), encoding="utf-8")
