"""Real particles laid over one another: crowds and piles with the textures of real pictures, and exact truth.

Simple copy-paste (Ghiasi et al. 2021), with what makes piles out of it: a body beside or upon another, and the dark
that it leaves around itself on what lies below.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, gaussian_filter

from particlesnn.simulation.fields import parts_in_common, without_buried

Values = NDArray[np.float32]
Labels = NDArray[np.int32]
Body = tuple[Values, NDArray[np.bool_]]
"""Grey values of a patch, and where the body is in it."""
_LEAST_BODY_PX = 30
_MOST_BODIES = 60
_MARGIN_PX = 4
"""Kept around a body for the shade that it throws."""


def lay_more(values: Values, labels: Labels, rng: np.random.Generator) -> tuple[Values, Labels]:
    """Copy particles of a crop and lay them down again, turned and in other places, some upon others.

    Parameters
    ----------
    values, labels
        Shape (H, W): the picture and the numbers of its particles, 0 elsewhere; neither is changed.
    rng
        Source of chance.

    Returns
    -------
    values, labels
        With the copies. A body of which too little still shows is none in the truth, as in simulated micrographs. A
        crop without a particle that lies wholly inside comes back as it is.
    """
    bodies = _whole_bodies(values, labels)
    if not bodies:
        return values, labels
    values, labels = values.copy(), labels.copy()
    typical_px = np.mean([np.count_nonzero(body) for _patch, body in bodies])
    room_px = labels.size * rng.uniform(0.05, 0.9) - np.count_nonzero(labels)
    count = int(np.clip(room_px / typical_px, 1, _MOST_BODIES))
    shade, spread = float(rng.uniform(0.0, 0.6)), float(rng.uniform(0.0, 0.15))
    piled = float(rng.uniform(0.0, 0.9))
    areas = np.bincount(labels.ravel()).tolist()
    for index in rng.integers(len(bodies), size=count):
        patch, body = _turned(bodies[index], rng)
        corner = _place(labels, body.shape, piled, rng)
        common = parts_in_common(corner, body.shape, labels.shape)
        if common is None:
            areas.append(0)
            continue
        there, here = common
        patch = patch * np.float32(np.exp(spread * rng.normal()))
        _lay(values[there], patch[here], body[here], shade)
        labels[there] = np.where(body[here], len(areas), labels[there])
        areas.append(int(np.count_nonzero(body[here])))
    return values, without_buried(labels, areas)


def _whole_bodies(values: Values, labels: Labels) -> list[Body]:
    """Cut out the particles that no border cuts."""
    bodies = []
    for number, part in enumerate(find_objects(labels), start=1):
        if part is None:
            continue
        rows, columns = (slice(span.start - _MARGIN_PX, span.stop + _MARGIN_PX) for span in part)
        if rows.start < 0 or columns.start < 0 or rows.stop > labels.shape[0] or columns.stop > labels.shape[1]:
            continue
        body = labels[rows, columns] == number
        if np.count_nonzero(body) >= _LEAST_BODY_PX:
            bodies.append((values[rows, columns], body))
    return bodies


def _turned(body: Body, rng: np.random.Generator) -> Body:
    turns, mirrored = int(rng.integers(4)), rng.random() < 0.5
    patch, inside = np.rot90(body[0], turns), np.rot90(body[1], turns)
    return (patch[:, ::-1], inside[:, ::-1]) if mirrored else (patch, inside)


def _place(labels: Labels, shape: tuple[int, ...], piled: float, rng: np.random.Generator) -> tuple[int, int]:
    """Choose where a patch's corner comes to lie: anywhere, or such that the body meets one that is there."""
    centre = rng.uniform(0, labels.shape)
    if rng.random() < piled:
        there = np.flatnonzero(labels)
        centre = np.array(np.unravel_index(there[rng.integers(len(there))], labels.shape), dtype=np.float64)
        away = rng.uniform(0.3, 1.0) * min(shape) / 2
        turn = rng.uniform(0, 2 * np.pi)
        centre = centre + away * np.array([np.sin(turn), np.cos(turn)])
    return int(centre[0] - shape[0] / 2), int(centre[1] - shape[1] / 2)


def _lay(below: Values, patch: Values, body: NDArray[np.bool_], shade: float) -> None:
    """Lay a body onto a part of the picture, in place, with soft edges; it darkens what lies beside it."""
    solid = body.astype(np.float32)
    beside = gaussian_filter(solid, 2.0)
    below -= np.float32(shade) * beside * (below - below.min())
    soft = gaussian_filter(solid, 0.7)
    below += np.where(body, np.maximum(soft, 0.5), soft) * (patch - below)
