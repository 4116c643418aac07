"""Contours changed by hand, measured anew each time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import AnnotationError, Contour, Particle, ParticleMap
from particlesnn.editing import merge, propose_on_surface, split
from particlesnn.measurement import measure, measure_changed
from particlesnn.results import Analysed, pack
from particlesnn.service.tasks.bench import ScanRef, bench

_PROPOSAL_REACH_PX = 160
_HALF_PX = 0.5


@dataclass(frozen=True)
class Edit:
    """One change: "add", "remove", "move", "split" or "merge"."""

    do: str
    ids: tuple[int, ...] = ()
    points: NDArray[np.float64] | None = None
    """Shape (K, 2): the contour, or the line of a split; (x, y) in px."""


def carry_out(ref: ScanRef, target: str, edits: Sequence[Edit], most: int) -> Analysed:
    """Carry out edits one after the other, measure, and keep the result.

    Parameters
    ----------
    ref
        The scan.
    target
        Object for the result.
    edits
        What to do.
    most
        How many particles a scan may have.

    Raises
    ------
    AnnotationError
        When an edit cannot be carried out; then none is.
    """
    before, measured = bench().analysed(ref)
    particles = {particle.id: particle for particle in before.particles}
    for edit in edits:
        _carry_out(edit, particles, before.shape_px)
    after = replace(before, particles=tuple(particles.values()))
    return _measured(ref, target, after, most, (before, measured))


def put_particles(ref: ScanRef, target: str, particles: Sequence[Particle], most: int) -> Analysed:
    """Take over all particles as given, measure, and keep the result; id 0 stands for a new one.

    Raises
    ------
    AnnotationError
        When a contour lies outside the scan, or there are too many.
    """
    shape_px = bench().scan(ref).shape_px
    given = {particle.id for particle in particles if particle.id}
    earlier = bench().analysed(ref) if ref.contours else None
    before = {particle.id: particle for particle in earlier[0].particles} if earlier else {}
    free = _free_ids({*given, *before})
    taken = [
        _as_before(replace(particle, contour=_inside(particle.contour, shape_px)), before)
        if particle.id
        else replace(particle, id=next(free), contour=_inside(particle.contour, shape_px))
        for particle in particles
    ]
    return _measured(ref, target, ParticleMap(shape_px, tuple(taken), ref.name), most, earlier)


def measure_again(ref: ScanRef, target: str, contours: str) -> Analysed:
    """Measure contours as they are, with the scale that counts now, and keep the result."""
    particles, _ = bench().analysed(replace(ref, contours=contours))
    return _measured(ref, target, particles, len(particles))


def propose(ref: ScanRef, at_px: tuple[float, float], by: str) -> Particle:
    """Draw a contour around a point, without changing anything.

    Raises
    ------
    AnnotationError
        When there is no particle at the point.
    """
    scan = bench().scan(ref)
    if by == "surface":
        return Particle(_inside(propose_on_surface(scan, at_px), scan.shape_px), origin="human")
    column, row = (round(value) for value in at_px)
    rows, columns = scan.shape_px
    if not (0 <= row < rows and 0 <= column < columns):
        raise AnnotationError("the point lies outside the scan; click inside it")
    top, left = max(row - _PROPOSAL_REACH_PX, 0), max(column - _PROPOSAL_REACH_PX, 0)
    part = scan.values[top : row + _PROPOSAL_REACH_PX, left : column + _PROPOSAL_REACH_PX]
    found = bench().recognizer.recognise(replace(scan, values=part)).particles
    here = np.array(at_px) - (left, top)
    around = [each for each in found if _encloses(each.contour, here)]
    if not around:
        raise AnnotationError(
            "the network sees no particle at this point; let the surface propose, or draw the contour"
        )
    best = min(around, key=lambda each: each.contour.area_px)
    return replace(best, contour=Contour(best.contour.points_px + np.array([left, top])), id=0)


def _carry_out(edit: Edit, particles: dict[int, Particle], shape_px: tuple[int, int]) -> None:
    unknown = [number for number in edit.ids if number not in particles]
    if unknown:
        raise AnnotationError(f"there is no particle {unknown[0]}; load the contours anew")
    if edit.do == "remove":
        for number in edit.ids:
            particles.pop(number, None)
        return
    free = _free_ids(particles)
    if edit.do == "add":
        _put(particles, next(free), _drawn(edit), shape_px)
    elif edit.do == "move":
        _put(particles, edit.ids[0], _drawn(edit), shape_px)
    elif edit.do == "split":
        parts = split(particles[edit.ids[0]].contour, _points(edit))
        # The largest part keeps its number.
        for number, part in zip((edit.ids[0], *(next(free) for _ in parts[1:])), parts, strict=True):
            _put(particles, number, part, shape_px)
    elif edit.do == "merge":
        ids = tuple(dict.fromkeys(edit.ids))
        joined = merge([particles[number].contour for number in ids])
        for number in ids[1:]:
            del particles[number]
        _put(particles, ids[0], joined, shape_px)
    else:
        raise AnnotationError(f"there is no edit {edit.do!r}")


def _put(particles: dict[int, Particle], number: int, contour: Contour, shape_px: tuple[int, int]) -> None:
    particles[number] = Particle(_inside(contour, shape_px), origin="human", id=number)


def _drawn(edit: Edit) -> Contour:
    return _contour(_points(edit))


def _points(edit: Edit) -> NDArray[np.float64]:
    assert edit.points is not None
    return edit.points


def _contour(points: NDArray[np.float64]) -> Contour:
    try:
        return Contour(points)
    except ValueError as error:
        raise AnnotationError(f"{error}; draw it anew") from error


def _inside(contour: Contour, shape_px: tuple[int, int]) -> Contour:
    """Clip a contour to the scan, whose border lies half a pixel beyond the outermost centres."""
    rows, columns = shape_px
    clipped = np.clip(contour.points_px, -_HALF_PX, np.array([columns, rows]) - _HALF_PX)
    if min(np.ptp(clipped, axis=0)) == 0:
        raise AnnotationError("a contour lies outside the scan; draw it inside")
    inside = contour if np.array_equal(clipped, contour.points_px) else _contour(clipped)
    if inside.area_px <= 0:
        raise AnnotationError("a contour encloses no area inside the scan; draw it anew")
    return inside


def _as_before(particle: Particle, before: dict[int, Particle]) -> Particle:
    """Return the particle as it was, with its bump and its unrefined contour, where its contour did not change."""
    old = before.get(particle.id)
    if old is None or old.contour.points_px.shape != particle.contour.points_px.shape:
        return particle
    same = np.allclose(old.contour.points_px, particle.contour.points_px, rtol=0, atol=1e-3)
    return old if same else particle


def _free_ids(taken: Iterable[int]) -> Iterator[int]:
    """Count on from the largest id."""
    return count(max(taken, default=0) + 1)


def _encloses(contour: Contour, point: NDArray[np.float64]) -> bool:
    """Even-odd rule."""
    x, y = contour.points_px.T
    x_next, y_next = np.roll(x, -1), np.roll(y, -1)
    crosses = (y > point[1]) != (y_next > point[1])
    at = x + (point[1] - y) / np.where(y_next == y, 1.0, y_next - y) * (x_next - x)
    return bool(np.count_nonzero(crosses & (point[0] < at)) % 2)


def _measured(ref: ScanRef, target: str, particles: ParticleMap, most: int, before: Analysed | None = None) -> Analysed:
    if len(particles) > most:
        raise AnnotationError(f"{len(particles)} particles are more than the {most} that a scan may have here")
    scan = bench().scan(ref)
    measured = measure(scan, particles) if before is None else measure_changed(scan, particles, *before)
    bench().store.put(target, pack(particles, measured))
    return particles, measured
