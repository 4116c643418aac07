"""Measuring again after an edit: only what the edit can have changed.

One contour of three thousand is moved; measuring all anew takes seconds, in which nobody likes to wait. A particle's
outline depends on itself alone, its heights on the ring around it and on who covers that ring, its film volume on the
cluster that it is part of. Whatever is out of reach of the edit keeps its numbers; the rest is measured on a part of
the scan that holds all that they depend on.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import STRtree

from particlesnn.core import QUANTITIES, Contour, Measurements, Particle, ParticleMap, Scan
from particlesnn.measurement.measure import measure, touching_border
from particlesnn.measurement.neighbours import nearest_distances, touching_another
from particlesnn.measurement.outline import as_rings
from particlesnn.measurement.relief import largest_reach

_FEW = 50
"""So few particles are measured whole: that is quick."""
_MOST_SHARE = 0.3
"""Of the particles or of the scan; for more, the whole is as quick."""
_LEAST_FREE = 0.1
"""Share of substrate in the part; with less, heights refer to the substrate of the whole scan."""
_CLUSTER_PX = 2.0
"""Contours this near may share a film."""
_OF_THE_RING = (
    "fwhm",
    "height_max",
    "height_mean",
    "height_median",
    "height_to_diameter",
    "contact_angle",
    "volume",
)

Boxes = NDArray[np.float64]
"""Shape (N, 4): x_min, y_min, x_max, y_max in px."""


def measure_changed(scan: Scan, particles: ParticleMap, before: ParticleMap, measured: Measurements) -> Measurements:
    """Measure each particle, given what was measured before some contours were changed.

    The numbers are those of `measure`; the film volumes agree as far as its iteration goes.

    Parameters
    ----------
    scan
        The scan, with the scale that it had before.
    particles
        Its particles now.
    before, measured
        Its particles before, and their measurements. Particles of one id and one contour are the same.

    Raises
    ------
    AnnotationError
        When the particles belong to a scan of another shape.
    """
    old = {particle.id: particle for particle in before.particles}
    number_of = {particle_id: number for number, particle_id in enumerate(measured.ids)}
    same = np.array(
        [_same(old.get(each.id), each) and each.id in number_of for each in particles.particles], dtype=bool
    )
    kept = {each.id for each, is_same in zip(particles.particles, same, strict=True) if is_same}
    dirty = [each.contour for each in particles.particles if each.id not in kept]
    dirty += [each.contour for each in before.particles if each.id not in kept]
    if len(particles) < _FEW or len(dirty) > _MOST_SHARE * len(particles) or particles.shape_px != before.shape_px:
        return measure(scan, particles)
    rows = np.array([number_of[each.id] if each.id in kept else -1 for each in particles.particles])
    columns = {name: np.where(rows >= 0, column[rows], np.nan) for name, column in measured.columns.items()}
    if dirty:
        found = _again(scan, particles, dirty, columns, same)
        if found is None:
            return measure(scan, particles)
        columns = found
    columns["nearest_neighbour"] = nearest_distances(columns["x"], columns["y"])
    return replace(
        measured,
        ids=tuple(particle.id for particle in particles.particles),
        columns={quantity.name: columns[quantity.name] for quantity in QUANTITIES},
        touches_border=touching_border(particles),
        touches_particle=touching_another(particles),
    )


def _same(old: Particle | None, new: Particle) -> bool:
    return old is not None and np.array_equal(old.contour.points_px, new.contour.points_px)


def _again(
    scan: Scan,
    particles: ParticleMap,
    dirty: Sequence[Contour],
    columns: dict[str, NDArray[np.float64]],
    same: NDArray[np.bool_],
) -> dict[str, NDArray[np.float64]] | None:
    """Fill the columns of what can have changed; None where so much can that the whole must be measured."""
    boxes, changed = _boxes([each.contour for each in particles.particles]), _boxes(dirty)
    reach = np.array(
        [
            largest_reach(*_sides(box), each.contour.area_px)
            for box, each in zip(boxes, particles.particles, strict=True)
        ]
    )
    around = boxes + reach[:, np.newaxis] * (-1, -1, 1, 1)
    in_cluster = _in_clusters(particles, dirty) | ~same
    anew = in_cluster | _meets(around, changed)
    part = np.concatenate([around[anew], changed])
    left, top = np.maximum(np.floor(part[:, :2].min(axis=0)).astype(int) - 2, 0)
    right, bottom = np.minimum(np.ceil(part[:, 2:].max(axis=0)).astype(int) + 3, scan.shape_px[::-1])
    if (right - left) * (bottom - top) > _MOST_SHARE * scan.values.size:
        return None
    inside = _meets(boxes, np.array([[left - 1, top - 1, right, bottom]], dtype=np.float64))
    numbers = np.flatnonzero(inside)
    cut = replace(scan, values=scan.values[top:bottom, left:right])
    there = [_moved(particles.particles[number], (left, top)) for number in numbers]
    fresh = measure(cut, ParticleMap(cut.shape_px, tuple(there)))
    if 1 - fresh.columns["area"].sum() / fresh.area_scan < _LEAST_FREE:
        return None
    dy, dx = scan.pixel_nm or (1.0, 1.0)
    fresh.columns["x"][:] += left * dx
    fresh.columns["y"][:] += top * dy
    wholly, ring = in_cluster[numbers], anew[numbers]
    filled = {name: column.copy() for name, column in columns.items()}
    for name, column in fresh.columns.items():
        which = ring if name in _OF_THE_RING else wholly
        filled[name][numbers[which]] = column[which]
    return filled


def _in_clusters(particles: ParticleMap, dirty: Sequence[Contour]) -> NDArray[np.bool_]:
    """Tell which particles hang together with a changed contour, directly or through others. Shape (N,)."""
    rings: NDArray[np.object_] = as_rings([particle.contour.points_px for particle in particles.particles])
    tree = STRtree(rings)
    first, second = tree.query(rings, predicate="dwithin", distance=_CLUSTER_PX)
    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(rings), len(rings)))
    _, cluster = connected_components(links, directed=False)
    outlines: NDArray[np.object_] = as_rings([contour.points_px for contour in dirty])
    beside = tree.query(outlines, predicate="dwithin", distance=_CLUSTER_PX)[1]
    within = tree.query(shapely.polygons(outlines), predicate="intersects")[1]
    return np.isin(cluster, cluster[np.union1d(beside, within)])


def _boxes(contours: Sequence[Contour]) -> Boxes:
    return np.array([contour.bounds_px for contour in contours], dtype=np.float64).reshape(-1, 4)


def _sides(box: NDArray[np.float64]) -> tuple[float, float]:
    return float(box[2] - box[0]), float(box[3] - box[1])


def _meets(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """Tell which boxes overlap any of the others."""
    return np.asarray(
        (
            (boxes[:, np.newaxis, 0] <= others[:, 2])
            & (boxes[:, np.newaxis, 2] >= others[:, 0])
            & (boxes[:, np.newaxis, 1] <= others[:, 3])
            & (boxes[:, np.newaxis, 3] >= others[:, 1])
        ).any(axis=1),
        dtype=np.bool_,
    )


def _moved(particle: Particle, corner: tuple[int, int]) -> Particle:
    return replace(particle, contour=Contour(particle.contour.points_px - np.array(corner)))
