"""The sheet that pictures are drawn on: a scan, contours, numbers, a scale bar, a key.

Figures are objects that nobody else knows (never pyplot, which keeps a global list), so that many threads may draw.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from PIL import Image

from particlesnn.core import Particle, Scan
from particlesnn.report.shading import Palette, shade

_DPI = 100.0
_GOOD_SIDE_PX = 1024
_MOST_ZOOM = 4
_LONGEST_SIDE_PX = 4096
_EQUAL_WITHIN = 0.02
_HALO = "#160803"
_BAR_SHARE = 0.22
_ID_FITS_PX = 40.0


class Sheet:
    """A picture of one scan, on which contours and marks are laid in the order of the calls.

    Coordinates are pixels of the scan, an integer is a pixel centre. Small scans are enlarged by a whole number so
    that thin contours can be told apart; those above 4096 px are made smaller, so that the picture opens
    anywhere; unequal pixel sides are stretched to true proportions.

    Parameters
    ----------
    scan
        The scan.
    palette
        Its colours.
    key_lines
        Room for so many lines of text below the picture.
    """

    def __init__(self, scan: Scan, palette: Palette, *, key_lines: int = 0) -> None:
        self._scan = scan
        rows, columns = scan.shape_px
        stretch_y, stretch_x = true_proportions(scan)
        long_side = max(rows * stretch_y, columns * stretch_x)
        zoom = float(np.clip(round(_GOOD_SIDE_PX / long_side), 1, _MOST_ZOOM))
        zoom = min(zoom, _LONGEST_SIDE_PX / long_side)
        self._width_px = max(1, round(columns * stretch_x * zoom))
        self._height_px = max(1, round(rows * stretch_y * zoom))
        # Strokes and letters grow with the picture, so that a 4096 px scan seen as a whole keeps its contours.
        self._unit_px = max(1.0, max(self._width_px, self._height_px) / _GOOD_SIDE_PX)
        self._key_px = round(key_lines * 26 * self._unit_px)
        total_px = self._height_px + self._key_px
        self._figure = Figure(figsize=(self._width_px / _DPI, total_px / _DPI), dpi=_DPI, frameon=False)
        self._axes = self._figure.add_axes((0.0, self._key_px / total_px, 1.0, self._height_px / total_px))
        self._axes.set_axis_off()
        picture = Image.fromarray(shade(thinned(scan), palette))
        if picture.size != (self._width_px, self._height_px):
            picture = picture.resize((self._width_px, self._height_px), Image.Resampling.BICUBIC)
        self._picture = np.asarray(picture)
        self._axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))

    def contours(self, particles: Iterable[Particle], colour: str, *, width_px: float = 1.8) -> None:
        """Draw the borders as thin closed lines with a dark halo; the width is that on a picture of ordinary size."""
        lines = [np.concatenate([p.contour.points_px, p.contour.points_px[:1]]) for p in particles]
        for width, stroke, alpha in ((width_px + 1.8, _HALO, 0.5), (width_px, colour, 1.0)):
            collection = LineCollection(lines, colors=stroke, alpha=alpha, linewidths=self._points(width))
            collection.set_joinstyle("round")
            self._axes.add_collection(collection, autolim=False)

    def ids(self, particles: Iterable[Particle]) -> None:
        """Write the number of each particle: inside where there is room, else beside it, so as not to hide it."""
        halo = withStroke(linewidth=self._points(2.6), foreground=_HALO)
        rows, columns = self._scan.shape_px
        for particle in particles:
            x, y = particle.contour.centroid_px
            left, top, right, bottom = particle.contour.bounds_px
            side: Literal["left", "center", "right"] = "center"
            if (bottom - top) * self._height_px / rows < _ID_FITS_PX * self._unit_px:
                x, side = (right, "left") if right < 0.95 * columns else (left, "right")
            self._axes.text(
                x,
                y,
                f" {particle.id} ",
                color="white",
                fontsize=self._points(14),
                ha=side,
                va="center",
                path_effects=[halo],
                clip_on=True,
            )

    def scale_bar(self) -> None:
        """Draw a bar of a round length in the lower right corner; nothing where the scale is unknown."""
        size_nm = self._scan.size_nm
        if size_nm is None:
            return
        length_nm = nice_length(_BAR_SHARE * size_nm[1])
        rows, columns = self._scan.shape_px
        per_x, per_y = columns / self._width_px, rows / self._height_px
        text_px, margin_px, pad_px = 20 * self._unit_px, 16 * self._unit_px, 10 * self._unit_px
        label = length_label(length_nm)
        bar = length_nm / size_nm[1] * columns
        box_width = max(bar, 0.62 * text_px * len(label) * per_x) + 2 * pad_px * per_x
        box_height = (text_px + 3.0 * pad_px) * per_y
        left, top = columns - 0.5 - margin_px * per_x - box_width, rows - 0.5 - margin_px * per_y - box_height
        middle, base = left + box_width / 2, top + box_height - pad_px * per_y
        self._axes.add_patch(
            Rectangle((left, top), box_width, box_height, color=_HALO, alpha=0.6, linewidth=0, zorder=5)
        )
        thick = 0.5 * pad_px * per_y
        self._axes.add_patch(
            Rectangle((middle - bar / 2, base - thick), bar, thick, color="white", linewidth=0, zorder=6)
        )
        text_base = base - thick - 0.6 * pad_px * per_y
        self._axes.text(
            middle,
            text_base,
            label,
            color="white",
            fontsize=self._points(text_px / self._unit_px),
            ha="center",
            zorder=6,
        )

    def key(self, entries: Sequence[tuple[str, str]]) -> None:
        """Explain the colours below the picture: (words, colour) from left to right."""
        handles = [Line2D([], [], color=colour, linewidth=self._points(3)) for _, colour in entries]
        words = [word for word, _ in entries]
        columns = max(1, min(len(entries), int(self._width_px / (180 * self._unit_px))))
        legend = self._figure.legend(
            handles,
            words,
            loc="lower center",
            bbox_to_anchor=(0.5, 0.0),
            ncols=columns,
            frameon=False,
            fontsize=self._points(15),
            handlelength=1.2,
            columnspacing=1.4,
            borderaxespad=0.0,
        )
        legend.set_in_layout(False)

    def pixels(self) -> NDArray[np.uint8]:
        """Return the finished picture, shape (H', W', 3), uint8."""
        canvas = FigureCanvasAgg(self._figure)
        renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
        drawn = np.asarray(renderer.buffer_rgba())
        # The scan fits pixel by pixel: laid down as it is, it is spared the resampling of `imshow`.
        drawn[...] = 255
        drawn[: self._height_px, :, :3] = self._picture
        self._figure.draw(renderer)
        return drawn[..., :3].copy()

    def _points(self, length_px: float) -> float:
        """Printer's points of so many px of a picture of ordinary size."""
        return length_px * self._unit_px * 72.0 / _DPI


def nice_length(limit: float) -> float:
    """Return the largest of 1, 2, 5 times a power of ten that is not above the limit (positive)."""
    power = 10.0 ** np.floor(np.log10(limit))
    return float(max(step * power for step in (0.5, 1.0, 2.0, 5.0) if step * power <= limit * (1 + 1e-9)))


def length_label(length_nm: float) -> str:
    """Write a round length with the unit that suits it: "50 nm", "2 µm", "0.5 nm"."""
    for unit, size_nm in (("mm", 1e6), ("µm", 1e3)):
        if length_nm >= size_nm:
            return f"{length_nm / size_nm:g} {unit}"
    return f"{length_nm:g} nm"


def true_proportions(scan: Scan) -> tuple[float, float]:
    """Return factors (vertical, horizontal), at least 1, that make the sides of a pixel equal on the picture."""
    return equal_sides(scan.pixel_nm)


def equal_sides(pixel_nm: tuple[float, float] | None) -> tuple[float, float]:
    """Return what `true_proportions` does, from height and width of a pixel in nm."""
    if pixel_nm is None:
        return 1.0, 1.0
    dy, dx = pixel_nm
    if abs(dy / dx - 1.0) <= _EQUAL_WITHIN:
        return 1.0, 1.0
    return max(dy / dx, 1.0), max(dx / dy, 1.0)


def thinned(scan: Scan) -> Scan:
    """Take every n-th row and column of a scan that is larger than its picture may be, to spare memory."""
    step = -(-max(scan.shape_px) // _LONGEST_SIDE_PX)
    return scan if step == 1 else Scan(scan.values[step // 2 :: step, step // 2 :: step])
