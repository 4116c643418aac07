"""Pictures of a scan with its particles drawn on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from particlesnn.core import Origin, Particle, ParticleMap, Scan
from particlesnn.core.palette import JULIO_ANCHORS
from particlesnn.core.writing import write_whole
from particlesnn.report.canvas import Sheet, thinned, true_proportions
from particlesnn.report.embedding import png
from particlesnn.report.shading import GREY_ANCHORS, shade

ORIGIN_COLOURS: dict[Origin, str] = {
    "network": "#1fe5ff",
    "refined": "#7dff5a",
    "human": "#ff5cf4",
    "baseline": "#cdbfff",
}
"""Colour of a contour by who drew it; all of them stand out from brown, orange and yellow."""

_TRUTH, _PREDICTION, _FITTED, _FALSE, _MISSED = "#ff3b30", "#35d64b", "#4d8bff", "#ff7ad9", "#22e6f2"
IDS_BELOW = 60
"""With fewer particles than this on a scan each has its number beside it."""

_SMALLEST_SIDE_PX, _LARGEST_SIDE_PX, _QUALITY = 512, 1024, 90


@dataclass(frozen=True)
class Verdicts:
    """What a comparison of a prediction with the truth found.

    Parameters
    ----------
    false_positives
        Ids of the predicted particles that are none.
    missed
        Ids of the true particles that were not found.
    """

    false_positives: frozenset[int] = field(default_factory=frozenset)
    missed: frozenset[int] = field(default_factory=frozenset)


def draw_overlay(path: Path, scan: Scan, particles: ParticleMap, *, ids: bool | None = None) -> None:
    """Write a PNG of the scan in the fiery palette with the particles drawn on it.

    Parameters
    ----------
    path
        The PNG file; an older one is replaced.
    scan
        The scan.
    particles
        Its particles, coloured by `ORIGIN_COLOURS`.
    ids
        Write the number beside each particle; None for "when there are fewer than 60".

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    write_png(path, render_overlay(scan, particles, ids=ids))


def render_overlay(scan: Scan, particles: ParticleMap, *, ids: bool | None = None) -> NDArray[np.uint8]:
    """Draw what `draw_overlay` writes: shape (H', W', 3), uint8.

    Small scans are enlarged by a whole number so that thin contours can be told apart, those above 4096 px made
    smaller; unequal pixel sides are stretched to true proportions. Tilt and contrast are set for the eye only.
    """
    sheet = Sheet(scan, JULIO_ANCHORS)
    for origin, colour in ORIGIN_COLOURS.items():
        sheet.contours([p for p in particles.particles if p.origin == origin], colour)
    if ids if ids is not None else len(particles) < IDS_BELOW:
        sheet.ids(particles.particles)
    sheet.scale_bar()
    return sheet.pixels()


def draw_picture(path: Path, scan: Scan) -> None:
    """Write the scan alone, nothing drawn on it, as a JPEG for the report.

    Parameters
    ----------
    path
        The JPEG file; an older one is replaced.
    scan
        The scan.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    write_whole(path, render_picture(scan))


def render_picture(scan: Scan) -> bytes:
    """Draw what `draw_picture` writes: a JPEG in true proportions, its longer side 512 to 1024 px if near."""
    picture = Image.fromarray(shade(thinned(scan)))
    stretch_y, stretch_x = true_proportions(scan)
    width, height = picture.width * stretch_x, picture.height * stretch_y
    longest = max(width, height)
    # Enlarged by a whole number and smoothly, as a viewer of PDF may show each pixel of a small scan as a tile.
    zoom = min(max(1.0, -(-_SMALLEST_SIDE_PX // longest)), 4.0, _LARGEST_SIDE_PX / longest)
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    resampling = Image.Resampling.BICUBIC if zoom >= 1 else Image.Resampling.LANCZOS
    content = BytesIO()
    picture.resize(size, resampling).save(content, format="JPEG", quality=_QUALITY, subsampling=0)
    return content.getvalue()


def draw_comparison(
    path: Path,
    scan: Scan,
    truth: ParticleMap,
    prediction: ParticleMap,
    verdicts: Verdicts,
    *,
    fitted: ParticleMap | None = None,
) -> None:
    """Write a PNG that compares a prediction with the truth, in the colours of Okunev et al. 2020.

    Red: truth. Green: prediction. Blue: fitted contours. Pink: predicted, but no particle. Cyan: missed. The scan lies
    below in grey, and a key with the counts stands below the picture.

    Parameters
    ----------
    path
        The PNG file; an older one is replaced.
    scan
        The scan.
    truth, prediction
        The two maps.
    verdicts
        Which of them found no partner.
    fitted
        Contours refined by a Gaussian, when there are any.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    layers = layers_of(truth, prediction, verdicts, fitted)
    sheet = Sheet(scan, GREY_ANCHORS, key_lines=2)
    for layer in layers:
        sheet.contours(layer.particles, layer.colour, width_px=layer.width_px)
    sheet.scale_bar()
    sheet.key([(f"{layer.name} {len(layer.particles)}", layer.colour) for layer in layers])
    write_png(path, sheet.pixels())


@dataclass(frozen=True)
class Layer:
    """Contours that are drawn alike."""

    name: str
    """As the key calls them."""
    colour: str
    """Of their lines."""
    particles: Sequence[Particle]
    """Whose contours they are."""
    width_px: float = 1.6
    """Of the lines, on a picture of ordinary size."""


def layers_of(
    truth: ParticleMap, prediction: ParticleMap, verdicts: Verdicts, fitted: ParticleMap | None = None
) -> list[Layer]:
    """Sort the contours of a comparison by what became of them, in the order of drawing; see `draw_comparison`."""
    seen = [p for p in truth.particles if p.id not in verdicts.missed]
    missed = [p for p in truth.particles if p.id in verdicts.missed]
    right = [p for p in prediction.particles if p.id not in verdicts.false_positives]
    wrong = [p for p in prediction.particles if p.id in verdicts.false_positives]
    # A wider truth still shows where the prediction covers it.
    layers = [Layer("truth, found", _TRUTH, seen, 2.8), Layer("prediction", _PREDICTION, right)]
    if fitted is not None:
        layers.append(Layer("fitted", _FITTED, fitted.particles))
    return [*layers, Layer("false positive", _FALSE, wrong), Layer("missed", _MISSED, missed)]


def write_png(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write a picture, shape (H, W, 3), whole or not at all."""
    write_whole(path, png(pixels))
