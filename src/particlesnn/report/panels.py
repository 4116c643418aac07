"""The maps of several methods on one scan, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from PIL import Image

from particlesnn.core import ParticleMap, Scan
from particlesnn.core.palette import JULIO_ANCHORS
from particlesnn.report.canvas import Sheet
from particlesnn.report.pictures import ORIGIN_COLOURS, Layer, Verdicts, layers_of, write_png
from particlesnn.report.shading import GREY_ANCHORS
from particlesnn.report.wording import counted

_DPI = 100.0
_LONGEST_SIDE_PX = 1024
_WIDEST_LINES = 1.5
"""Lines are so much wider than on a single picture, because three panels are seen from further off."""
_LETTERS_IN_A_PANEL = 26.0
_LARGEST_LETTER_PX = 40.0


@dataclass(frozen=True, eq=False)
class MethodMap:
    """What one method found on a scan."""

    method: str
    """Its name, above the panel."""
    particles: ParticleMap
    """What it found."""
    verdicts: Verdicts | None = None
    """Which of it is right, where a truth is known."""


def draw_panels(path: Path, scan: Scan, maps: Sequence[MethodMap], truth: ParticleMap | None = None) -> None:
    """Write a PNG of the scan once for each method, with what it found.

    Without a truth the contours lie on the fiery palette. With one they are coloured by what became of them, on grey as
    in `draw_comparison`, and a key explains the colours.

    Parameters
    ----------
    path
        The PNG file; an older one is replaced.
    scan
        The scan.
    maps
        At least one method, from left to right.
    truth
        The true particles; each map then needs its verdicts.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    write_png(path, render_panels(scan, maps, truth))


def render_panels(scan: Scan, maps: Sequence[MethodMap], truth: ParticleMap | None = None) -> NDArray[np.uint8]:
    """Draw what `draw_panels` writes: shape (H', W', 3), uint8; no panel is larger than 1024 px."""
    layers = [_layers(each, truth) for each in maps]
    panels = [_panel(scan, each, bar=index == 0, grey=truth is not None) for index, each in enumerate(layers)]
    rows, columns = panels[0].shape[:2]
    letter = min(_LARGEST_LETTER_PX, columns / _LETTERS_IN_A_PANEL)
    gap, head, foot = round(0.5 * letter), round(3.2 * letter), round(2.2 * letter) if truth is not None else 0
    width, height = len(panels) * columns + (len(panels) - 1) * gap, head + rows + foot
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="white")
    for index, (entry, found) in enumerate(zip(maps, layers, strict=True)):
        left = (index * (columns + gap) + 0.2 * letter) / width
        for words, size, top, weight in (
            (entry.method, letter, 0.25 * letter, "bold"),
            (_counts(entry, found, truth), 0.82 * letter, 1.75 * letter, "normal"),
        ):
            figure.text(
                left, 1 - top / height, words, fontsize=size * 72 / _DPI, va="top", fontweight=weight, parse_math=False
            )
    if truth is not None:
        _explain(figure, layers[0], 0.82 * letter * 72 / _DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    sheet = np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
    for index, panel in enumerate(panels):
        left_px = index * (columns + gap)
        sheet[head : head + rows, left_px : left_px + columns] = panel
    return sheet


def _layers(entry: MethodMap, truth: ParticleMap | None) -> list[Layer]:
    if truth is not None:
        return layers_of(truth, entry.particles, entry.verdicts or Verdicts())
    particles = entry.particles.particles
    return [Layer(o, colour, [p for p in particles if p.origin == o]) for o, colour in ORIGIN_COLOURS.items()]


def _panel(scan: Scan, layers: Sequence[Layer], *, bar: bool, grey: bool) -> NDArray[np.uint8]:
    sheet = Sheet(scan, GREY_ANCHORS if grey else JULIO_ANCHORS)
    for layer in layers:
        sheet.contours(layer.particles, layer.colour, width_px=_WIDEST_LINES * layer.width_px)
    if bar:
        sheet.scale_bar()
    picture = Image.fromarray(sheet.pixels())
    picture.thumbnail((_LONGEST_SIDE_PX, _LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def _counts(entry: MethodMap, layers: Sequence[Layer], truth: ParticleMap | None) -> str:
    found = counted(len(entry.particles), "particle")
    if truth is None:
        return found
    _, right, wrong, missed = (len(layer.particles) for layer in layers)
    return f"{found}: {right} right, {wrong} false; {missed} missed"


def _explain(figure: Figure, layers: Sequence[Layer], points: float) -> None:
    handles = [Line2D([], [], color=layer.colour, linewidth=points / 4) for layer in layers]
    figure.legend(
        handles,
        [layer.name for layer in layers],
        loc="lower center",
        ncols=len(layers),
        frameon=False,
        fontsize=points,
        handlelength=1.4,
        columnspacing=1.6,
        borderaxespad=0.1,
    )
