"""The figure of one scan: its picture, and on it the contours as lines that stay sharp at any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from particlesnn.core import OutputError, Particle
from particlesnn.report.canvas import equal_sides, length_label, nice_length
from particlesnn.report.embedding import data_uri, fitted_jpeg
from particlesnn.report.entry import ImageEntry
from particlesnn.report.outlines import LONG_SIDE, Plane, outlines_of
from particlesnn.report.pictures import IDS_BELOW, ORIGIN_COLOURS, render_picture
from particlesnn.report.wording import counted

_HALO = "#160803"
_LINE, _HALO_LINE = LONG_SIDE // 500, LONG_SIDE // 260
_LETTER = LONG_SIDE // 43
_TOGETHER = 100
"""Contours in one path."""
_BAR_SHARE = 0.22
_BAR_MARGIN, _BAR_PAD, _BAR_THICK = LONG_SIDE // 60, LONG_SIDE // 90, LONG_SIDE // 160


@dataclass(frozen=True)
class ScanFigure:
    """One scan as a figure."""

    anchor: str
    """Its id on the page."""
    name: str
    """Of the image."""
    caption: str
    """How many particles, or why there are none."""
    plane: Plane
    """Its coordinates."""
    nm_per_unit: float | None
    """Scale of those; None where the scan has none."""
    svg: str
    """The drawing."""


def figure_of(entry: ImageEntry, number: int, limit_bytes: int) -> ScanFigure | None:
    """Draw a scan with the contours of its particles.

    Parameters
    ----------
    entry
        The image; its picture is used where there is one, else the scan, else the overlay.
    number
        Its place in the report, from 0.
    limit_bytes
        What the picture may take.

    Returns
    -------
    The figure, or None where there is nothing to show.

    Raises
    ------
    OutputError
        When the picture or the overlay cannot be read.
    """
    content = _picture(entry)
    if content is None:
        return None
    jpeg, (width_px, height_px) = fitted_jpeg(content, limit_bytes)
    particles = entry.particles.particles if entry.particles else ()
    plane = _plane(entry, (height_px, width_px))
    anchor, found = f"image-{number + 1}", len(particles)
    if not particles and entry.measurements is not None:
        found = len(entry.measurements)
    caption = entry.error or counted(found, "particle")
    scale = None
    if entry.measurements is not None and entry.measurements.scaled:
        scale = entry.measurements.size_scan[1] / plane.size[1]
    elif entry.scan is not None and entry.scan.size_nm is not None:
        scale = entry.scan.size_nm[1] / plane.size[1]
    marks = [_outlines(anchor, particles, plane)]
    if entry.picture is not None or entry.scan is not None:  # an overlay has its own
        marks.append(_ids(particles, plane) if len(particles) < IDS_BELOW else "")
        marks.append(_scale_bar(plane, scale) if scale is not None else "")
    svg = _drawing(f"Overlay of {entry.name}: {caption}", jpeg, plane, marks)
    return ScanFigure(anchor, entry.name, caption, plane, scale, svg)


def _picture(entry: ImageEntry) -> bytes | None:
    if entry.picture is None and entry.scan is not None:
        return render_picture(entry.scan)
    word, at_hand = ("overlay", entry.overlay_png) if entry.picture is None else ("picture", entry.picture)
    if at_hand is None:
        return None
    try:
        content = at_hand if isinstance(at_hand, bytes) else at_hand.read_bytes()
        with Image.open(BytesIO(content)) as picture:
            picture.verify()
    except OSError as error:
        raise OutputError(f"The {word} of {entry.name} cannot be read; draw it again before the report.") from error
    return content


def _plane(entry: ImageEntry, picture_px: tuple[int, int]) -> Plane:
    """Pixels of the scan where it is known which, else those of the picture."""
    if entry.scan is not None:
        return Plane(entry.scan.shape_px, equal_sides(entry.scan.pixel_nm))
    if entry.particles is None:
        return Plane(picture_px)
    rows, columns = entry.particles.shape_px
    if entry.measurements is None or not entry.measurements.scaled:
        return Plane((rows, columns))
    height, width = entry.measurements.size_scan
    return Plane((rows, columns), equal_sides((height / rows, width / columns)))


def _drawing(label: str, jpeg: bytes, plane: Plane, marks: Sequence[str]) -> str:
    height, width = plane.size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(_printable(label))}">'
        f'<image href="{data_uri(jpeg, "image/jpeg")}" width="{width}" height="{height}" '
        f'preserveAspectRatio="none"/>{"".join(marks)}</svg>'
    )


def _outlines(anchor: str, particles: Sequence[Particle], plane: Plane) -> str:
    """Draw contours origin by origin, as paths that the script of the page takes apart again by their ``data-ids``."""
    parts = []
    for origin, colour in ORIGIN_COLOURS.items():
        own = [particle for particle in particles if particle.origin == origin]
        if not own:
            continue
        name = f"{anchor}-{origin}"
        stroke = f'href="#{name}" fill="none" stroke-linejoin="round"'
        # Browsers draw many short paths far sooner than a long one.
        paths = "".join(_path(own[first : first + _TOGETHER], plane) for first in range(0, len(own), _TOGETHER))
        parts += [
            f'<defs><g id="{name}">{paths}</g></defs>',
            f'<use class="halo" {stroke} stroke="{_HALO}" stroke-width="{_HALO_LINE}" stroke-opacity="0.5"/>',
            f'<use class="line" {stroke} stroke="{colour}" stroke-width="{_LINE}"/>',
        ]
    return "".join(parts)


def _path(particles: Sequence[Particle], plane: Plane) -> str:
    ids = " ".join(str(particle.id) for particle in particles)
    return f'<path data-ids="{ids}" d="{"".join(outlines_of(particles, plane))}"/>'


def _ids(particles: Sequence[Particle], plane: Plane) -> str:
    """Write the number of each particle: inside where there is room, else beside."""
    width = plane.size[1]
    texts = []
    for particle in particles:
        (x, y), corners = plane.units(np.array([particle.contour.centroid_px]))[0], particle.contour.bounds_px
        (left, top), (right, bottom) = plane.units(np.array(corners, dtype=np.float64).reshape(2, 2))
        anchor = "middle"
        if bottom - top < 1.7 * _LETTER:
            gap = 0.3 * _LETTER
            x, anchor = (right + gap, "start") if right < 0.95 * width else (left - gap, "end")
        texts.append(f'<text x="{x:.0f}" y="{y + 0.36 * _LETTER:.0f}" text-anchor="{anchor}">{particle.id}</text>')
    return (
        f'<g class="ids" fill="white" font-family="DejaVu Sans, sans-serif" font-size="{_LETTER}" '
        f'stroke="{_HALO}" stroke-width="{_LETTER / 5:g}" stroke-linejoin="round" paint-order="stroke">'
        f"{''.join(texts)}</g>"
    )


def _scale_bar(plane: Plane, nm_per_unit: float) -> str:
    """Draw a bar of a round length in the lower right corner, in letters that can be read on paper."""
    height, width = plane.size
    length_nm = nice_length(_BAR_SHARE * width * nm_per_unit)
    label, bar, letter = length_label(length_nm), length_nm / nm_per_unit, 1.8 * _LETTER
    box_width = max(bar, 0.62 * letter * len(label)) + 2 * _BAR_PAD
    box_height = letter + _BAR_THICK + 2 * _BAR_PAD
    left, top = width - _BAR_MARGIN - box_width, height - _BAR_MARGIN - box_height
    middle, base = left + box_width / 2, top + box_height - _BAR_PAD
    return (
        f'<g class="scale" fill="white"><rect x="{left:.0f}" y="{top:.0f}" width="{box_width:.0f}" '
        f'height="{box_height:.0f}" fill="{_HALO}" fill-opacity="0.65"/>'
        f'<rect x="{middle - bar / 2:.1f}" y="{base - _BAR_THICK:.0f}" width="{bar:.1f}" height="{_BAR_THICK}"/>'
        f'<text x="{middle:.0f}" y="{base - 1.8 * _BAR_THICK:.0f}" text-anchor="middle" '
        f'font-family="DejaVu Sans, sans-serif" font-size="{letter:.0f}">{label}</text></g>'
    )


def _printable(text: str) -> str:
    """Leave out what XML cannot hold: control characters, and halves of a character in the name of a file."""
    return "".join(each for each in text if each.isprintable())
