"""Test-time scales: particles from 5 to 250 px through a network that is at home between 8 and 110.

The scan is looked at as it is and at halves of it; each scale answers for the sizes it is at home with. Where the
typical particle is tiny, the scan is enlarged as well.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom
from shapely import STRtree, make_valid
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from particlesnn.core import Contour, Particle
from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.standing import common_side, on_side, sides_of

Decode = Callable[[], list[Particle]]
"""Reads the particles off what a network said of a picture, in that picture's own px."""
Look = Callable[[NDArray[np.float64], OperatingPoint], Decode]
"""Runs a network over a picture; what it returns decodes the answer at that operating point."""

_COARSER = (2, 4)
"""How many times coarser than the scan the other scales are."""
_LEAST_SIDE_PX = 64
"""A scan is not halved below this side."""
_SAME = 0.5
"""Two contours that share more than this part of the smaller one are the same particle, or one contains the other."""
_COMPACT = 0.8
"""A large particle fills at least this part of its convex hull."""
_FEW = 5
"""The typical size is not read from fewer particles than this."""


def find_at_all_scales(
    look: Look, values: NDArray[np.float64], point: OperatingPoint, *, heights: bool = False
) -> list[Particle]:
    """Find particles of all sizes.

    Parameters
    ----------
    look
        Looks at one scale. It is called from two threads, never by both at a time, and what it returns is called by
        one of them while the other looks.
    values
        Shape (H, W): the scan.
    point
        Thresholds; ``largest_px`` and ``smallest_px`` are used here.
    heights
        Whether ``values`` are heights, so that particles stand above their surroundings.

    Returns
    -------
    list of Particle
        In px of the scan; all stand out to one side, where nearly all do.
    """
    # Below half of the largest size the finer scale knows better.
    least_px = point.largest_px / 4
    only_large = replace(point, least_area_px=np.pi / 4 * least_px**2)
    factors = [factor for factor in _COARSER if min(values.shape) // factor >= _LEAST_SIDE_PX]
    decode = look(values, point)
    # The network looks at the coarser scales on the cores that decoding the finest leaves idle; not before, since two
    # looks at a time want the memory of both.
    with ThreadPoolExecutor(1) as aside:
        coarser = [aside.submit(_looked, look, values, factor, only_large) for factor in factors]
        particles = decode()
        if _is_tiny(particles, point):
            wait(coarser)
            enlarged = zoom(values, 2, order=1, mode="nearest", grid_mode=True)
            particles = [_rescaled(particle, 0.5) for particle in look(enlarged, point)()]
        sides = sides_of(particles, values)
        side = common_side(sides, heights=heights)
        particles = on_side(particles, sides, side)
        for factor, found in zip(factors, coarser, strict=True):
            coarse = [_rescaled(particle, factor) for particle in found.result()]
            large = [each for each in coarse if _diameter(each) > least_px * factor and _is_compact(each)]
            large = on_side(large, sides_of(large, values), side)
            particles = _merged(particles, large, point.largest_px * factor / 2)
    return particles


def _looked(look: Look, values: NDArray[np.float64], factor: int, point: OperatingPoint) -> list[Particle]:
    """Find the particles of a scan at a coarser scale, in px of that."""
    return look(_coarser(values, factor), point)()


def _coarser(values: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Average blocks of pixels; the last block of a side that does not divide is filled with its border's values."""
    rows, columns = values.shape
    padded = np.pad(values, ((0, -rows % factor), (0, -columns % factor)), mode="edge")
    blocks = padded.reshape(len(padded) // factor, factor, -1, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float64)


def _is_tiny(particles: Sequence[Particle], point: OperatingPoint) -> bool:
    """Tell whether half of all particle area is in particles smaller than the network is at home with."""
    if len(particles) < _FEW:
        return False
    diameters = np.sort([_diameter(each) for each in particles])
    covered = np.cumsum(diameters**2)
    return bool(diameters[np.searchsorted(covered, covered[-1] / 2)] < point.smallest_px)


def _is_compact(particle: Particle) -> bool:
    """Tell a large particle from a terrace or a stain, whose outline wanders."""
    shape = _polygon(particle)
    return bool(shape.area > _COMPACT * shape.convex_hull.area)


def _diameter(particle: Particle) -> float:
    return float(np.sqrt(4 / np.pi * particle.contour.area_px))


def _rescaled(particle: Particle, factor: float) -> Particle:
    """Move a particle to a picture ``factor`` times as fine; pixel centres are integers in both."""
    return replace(particle, contour=Contour((particle.contour.points_px + 0.5) * factor - 0.5))


def _merged(fine: list[Particle], coarse: list[Particle], too_large_px: float) -> list[Particle]:
    """Join what two scales found: where they overlap, the side that is surer stays.

    A particle of the fine scale larger than ``too_large_px`` always gives way. The parts that a coarse particle would
    replace are weighed together, by area: one sure whole beats its unsure pieces, and sure pieces beat an unsure whole.
    """
    if not coarse:
        return fine
    shapes = [_polygon(particle) for particle in fine]
    tree = STRtree(shapes)
    dropped: set[int] = set()
    added: list[tuple[Particle, BaseGeometry]] = []
    for particle in sorted(coarse, key=_score, reverse=True):
        shape = _polygon(particle)
        rivals = []
        for index in tree.query(shape):
            shared = shape.intersection(shapes[index]).area
            if shared > _SAME * min(shape.area, shapes[index].area):
                rivals.append((int(index), shared))
        if any(shape.intersection(other).area > _SAME * min(shape.area, other.area) for _, other in added):
            continue
        covered = sum(shared for _, shared in rivals) / shape.area
        sure = sum(
            shared * _score(fine[index]) for index, shared in rivals if _diameter(fine[index]) <= too_large_px
        ) / max(shape.area, 1e-9)
        if covered == 0 or _score(particle) > sure:
            dropped.update(index for index, _ in rivals)
            added.append((particle, shape))
    return [each for index, each in enumerate(fine) if index not in dropped] + [particle for particle, _ in added]


def _score(particle: Particle) -> float:
    return 1.0 if particle.score is None else particle.score


def _polygon(particle: Particle) -> BaseGeometry:
    polygon = Polygon(particle.contour.points_px)
    return polygon if polygon.is_valid else make_valid(polygon)
