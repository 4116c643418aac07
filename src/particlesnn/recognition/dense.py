"""Decoder of the dense family: two maps to particles."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, label
from skimage.segmentation import watershed

from particlesnn.core import Particle
from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.joining import joined
from particlesnn.recognition.maxima import clear_maxima
from particlesnn.recognition.parts import PART_PX, boxes_of, count_pixels, parts_of
from particlesnn.recognition.runtime import Network
from particlesnn.recognition.tiles import run_in_tiles
from particlesnn.recognition.tracing import trace

Map = NDArray[np.float32]


def look(network: Network, views: Map, _point: OperatingPoint) -> Callable[[OperatingPoint], list[Particle]]:
    """Run the network over a scan of any size.

    Parameters
    ----------
    network
        Of the dense family.
    views
        Shape (C, H, W), encoded from the whole scan.

    Returns
    -------
    callable
        Decodes the network's maps at an operating point: particles with scores, in px of the views.
    """
    run = partial(_also_in_a_mirror, network.run) if network.card.mirrored else network.run
    return partial(decode, run_in_tiles(run, views))


def _also_in_a_mirror(run: Callable[[Map], Map], views: Map) -> Map:
    """Return the mean of what is seen and what is seen left to right: what only one of them shows is hardly there."""
    return np.asarray((run(views) + run(np.ascontiguousarray(views[..., ::-1]))[..., ::-1]) / 2, dtype=np.float32)


def decode(maps: Map, point: OperatingPoint) -> list[Particle]:
    """Find the particles in the network's maps.

    Parameters
    ----------
    maps
        Shape (2, H, W): particle (0..1) and depth (0..1).
    point
        Thresholds.

    Returns
    -------
    list of Particle
        With scores; in px of the maps.
    """
    particle, depth = maps
    labels = separate(particle, depth, point)
    areas_px = count_pixels(labels)
    # No time is lost on what will be dropped; a contour may enclose a little more than its own pixels.
    dropped = areas_px < 0.8 * point.least_area_px
    labels[dropped[labels]] = 0
    if not labels.any():
        return []
    deepest = np.zeros(len(areas_px), dtype=depth.dtype)
    np.maximum.at(deepest, labels.ravel(), depth.ravel())
    # A particle is believed as far as its pixels are, and as far as it has one clear middle.
    sureness = np.zeros(len(areas_px))
    sums = count_pixels(labels, particle)
    sureness[: len(sums)] = sums
    scores = sureness / np.maximum(areas_px, 1) * np.sqrt(deepest)
    contours = trace(labels, particle, point.particle)
    return [
        Particle(contour, score=float(np.clip(scores[number], 0, 1)))
        for number, contour in contours.items()
        if scores[number] >= point.score and contour.area_px >= point.least_area_px
    ]


def separate(particle: Map, depth: Map, point: OperatingPoint) -> NDArray[np.int32]:
    """Give each pixel of a particle the particle's number: watershed of the depth from its clear maxima.

    Returns
    -------
    ndarray of shape (H, W), int32
        0 for substrate.
    """
    mask = particle > point.particle
    smooth = gaussian_filter(depth, 0.5)
    # In hundredths, so that the maxima of a flat middle are one plateau.
    hundredths = np.where(mask, np.rint(100 * smooth), 0).astype(np.uint8)
    peaks = clear_maxima(hundredths, round(100 * point.seed_rise)) & (hundredths >= 100 * point.seed_depth)
    seeds, _ = label(peaks, structure=np.ones((3, 3)))
    return joined(_flooded(-smooth, seeds.astype(np.int32), mask), smooth, point)


def _flooded(floor: Map, seeds: NDArray[np.int32], mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Watershed of the floor from its seeds.

    Water does not cross from one piece of the mask to another, so that a large picture is flooded part by part: the
    result is the same, and the queue of the pixels that come next stays short.
    """
    if max(mask.shape) <= PART_PX:
        return np.asarray(watershed(floor, seeds, mask=mask), dtype=np.int32)
    pieces = np.asarray(label(mask)[0], dtype=np.int32)
    numbers, boxes = boxes_of(pieces)
    flooded = np.zeros(mask.shape, dtype=np.int32)
    chosen = np.zeros(len(numbers) + 1, dtype=np.bool_)
    for window, members in parts_of(boxes):
        chosen[:] = False
        chosen[numbers[members]] = True
        own = chosen[pieces[window]]
        flooded[window][own] = watershed(floor[window], np.where(own, seeds[window], 0), mask=own)[own]
    return flooded
