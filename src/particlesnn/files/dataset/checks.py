"""Checks whether contours that were drawn of a scan are what a network may learn from."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.files.dataset.findings import Finding
from particlesnn.files.drawn import Drawn
from particlesnn.files.labels import rasterise
from particlesnn.files.shapes import HALF

SAME = 0.8
"""Two contours with this intersection over union, or more, are one particle drawn twice."""
_BEYOND_PX = 0.01
_LEAST_LABELS = 10
"""With fewer contours, heights inside and outside do not tell how a picture is turned."""
_CLEAR = 0.3
"""Least difference of the heights inside and outside contours, in standard deviations, that tells anything."""
_CLEARER = 2.0
"""How many times larger the difference must be on the turned scan to be believed."""
_TURNS = {
    "by 180 degrees": (slice(None, None, -1), slice(None, None, -1)),
    "upside down": (slice(None, None, -1), slice(None)),
    "left to right": (slice(None), slice(None, None, -1)),
}


def check_drawn(file: Path, drawn: Drawn, scan: Scan) -> tuple[ParticleMap, list[Finding]]:
    """Check the contours that a file holds of a scan.

    Parameters
    ----------
    file
        The contour file, for the messages.
    drawn
        What it holds of this scan.
    scan
        The scan.

    Returns
    -------
    ParticleMap
        What is sound, cut at the border of the scan, numbered from 1.
    list of Finding
        What is not. Where the sizes disagree or the contours lie on another picture, that alone is said.
    """
    if drawn.particles.shape_px != scan.shape_px:
        return ParticleMap(scan.shape_px), [_other_size(file, drawn, scan)]
    findings = [Finding("outline", each.message, str(file), each.shape) for each in drawn.broken]
    particles: list[Particle] = []
    shapes: list[shapely.Polygon] = []
    for particle in drawn.particles.particles:
        name = drawn.names[particle.id]
        shape = shapely.Polygon(particle.contour.points_px)
        if not shape.is_valid:
            findings.append(_self_crossing(file, name, shape))
            continue
        inside, found = _within_scan(file, name, shape, scan)
        findings += found
        if inside is not None:
            kept = particle if inside is shape else replace(particle, contour=_contour_of(inside))
            particles.append(kept)
            shapes.append(inside)
    twice = _drawn_twice(shapes)
    for index, (first, share) in twice.items():
        name, other = (drawn.names[particles[each].id] for each in (index, first))
        message = (
            f"{file}: {name} outlines the same particle as {other} ({share:.0%} of both together is common); remove one"
        )
        findings.append(Finding("duplicate", message, str(file), name))
    sound = tuple(replace(each, id=0) for index, each in enumerate(particles) if index not in twice)
    if not sound and not findings:
        message = f"{file} holds no contours; its scan counts as one without particles"
        findings.append(Finding("empty", message, str(file), fault=False))
    result = ParticleMap(scan.shape_px, sound, drawn.particles.source)
    turned = _turned(file, result, scan)
    return result, [*findings, *turned]


def _other_size(file: Path, drawn: Drawn, scan: Scan) -> Finding:
    (rows, columns), (own_rows, own_columns) = drawn.particles.shape_px, scan.shape_px
    message = (
        f"{file} was drawn on a picture of {columns} x {rows} px, but {scan.source} has {own_columns} x {own_rows} px; "
        "draw on a picture of that size, such as 'particlesnn convert SCAN OUT.png --palette julio' writes"
    )
    return Finding("size", message, str(file))


def _self_crossing(file: Path, name: str, shape: shapely.Polygon) -> Finding:
    reason = shapely.is_valid_reason(shape)
    place = re.search(r"\[(\S+) (\S+)\]", reason)
    at = f" near x {float(place[1]) + HALF:.1f}, y {float(place[2]) + HALF:.1f}" if place else ""
    message = f"{file}: {name} crosses or touches itself{at}; draw it anew"
    return Finding("self-crossing", message, str(file), name)


def _within_scan(
    file: Path, name: str, shape: shapely.Polygon, scan: Scan
) -> tuple[shapely.Polygon | None, list[Finding]]:
    """Cut a contour at the border of the scan: None where nothing is left."""
    rows, columns = scan.shape_px
    left, top, right, bottom = shape.bounds
    beyond = max(-HALF - left, -HALF - top, right - (columns - HALF), bottom - (rows - HALF))
    if beyond <= _BEYOND_PX:
        return shape, []
    parts = shapely.get_parts(shapely.intersection(shape, shapely.box(-HALF, -HALF, columns - HALF, rows - HALF)))
    inside = max(
        (part for part in parts if isinstance(part, shapely.Polygon) and part.area > 0),
        key=lambda part: part.area,
        default=None,
    )
    if inside is None:
        message = f"{file}: {name} lies outside the picture of {columns} x {rows} px; correct or remove it"
        return None, [Finding("outside", message, str(file), name)]
    message = f"{file}: {name} reaches {beyond:.1f} px beyond the picture of {columns} x {rows} px; it is cut there"
    return inside, [Finding("beyond", message, str(file), name, fault=False)]


def _contour_of(shape: shapely.Polygon) -> Contour:
    return Contour(np.asarray(shape.exterior.coords)[:-1])


def _drawn_twice(shapes: list[shapely.Polygon]) -> dict[int, tuple[int, float]]:
    """Find contours that repeat an earlier one: index to the index of that one, and their IoU."""
    if not shapes:
        return {}
    drawn = np.array(shapes)
    one, other = shapely.STRtree(drawn).query(drawn, predicate="intersects")
    later = one > other
    one, other = one[later], other[later]
    shared = shapely.area(shapely.intersection(drawn[one], drawn[other]))
    shares = shared / (shapely.area(drawn[one]) + shapely.area(drawn[other]) - shared)
    same = shares >= SAME
    twice: dict[int, tuple[int, float]] = {}
    for index, first, share in sorted(
        zip(one[same].tolist(), other[same].tolist(), shares[same].tolist(), strict=True)
    ):
        twice.setdefault(index, (first, share))
    return twice


def _turned(file: Path, particles: ParticleMap, scan: Scan) -> list[Finding]:
    """Find contours that were drawn on a picture which is turned against the scan, as some programs show it."""
    if len(particles) < _LEAST_LABELS:
        return []
    heights = scan.values - np.median(scan.values, axis=1, keepdims=True)
    spread = float(heights.std())
    inside = rasterise(particles) > 0
    if spread == 0 or inside.all() or not inside.any():
        return []
    straight = _contrast(heights, inside) / spread
    best, turn = max((_contrast(heights[axes], inside) / spread, words) for words, axes in _TURNS.items())
    if best < _CLEAR or best < _CLEARER * straight:
        return []
    message = (
        f"{file} seems to be drawn on a picture that is turned {turn} against {scan.source}: turned so, heights inside "
        f"and outside its contours differ by {best:.1f} standard deviations, as it stands by {straight:.1f}"
    )
    way = "give --half-turn" if turn == "by 180 degrees" else "turn the picture and draw anew, or the scan"
    return [Finding("turned", f"{message}; {way}", str(file))]


def _contrast(heights: NDArray[np.float64], inside: NDArray[np.bool_]) -> float:
    """Return how much heights differ inside and outside; particles may be higher or lower than the substrate."""
    return abs(float(heights[inside].mean() - heights[~inside].mean()))
