"""Test-time scales: particles from 5 to 250 px through a network that is at home between 8 and 110.

The scan is looked at as it is and at halves of it; each scale answers for the sizes it is at home with. Where the
typical particle is tiny, the scan is enlarged as well.

Where it is large, a half of the scan answers for all. On heights the network draws borders best at 20 to 40 px (those
of 50 px 2 % too wide, of 100 px 3 %), so there the size decides. On pictures particles are of many sizes and kinds, and
it is the half if the network is surer of what it sees there: touching ones are told apart better when they are smaller.
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
from particlesnn.recognition.population import believable
from particlesnn.recognition.standing import common_side, on_side, sides_of

Decode = Callable[[OperatingPoint], list[Particle]]
"""Reads the particles off what a network said of a picture, in that picture's own px."""
Look = Callable[[NDArray[np.float64]], Decode]
"""Runs a network over a picture."""

_COARSER = (2, 4)
"""How many times coarser than the scan the other scales are."""
_LEAST_SIDE_PX = 64
"""A scan is not halved below this side."""
_SAME = 0.5
"""Two contours that share more than this part of the smaller one are the same particle, or one contains the other."""
_COMPACT = 0.8
"""A large particle fills at least this part of its convex hull."""
_FEW = 5
"""Fewer particles than this are no reason to enlarge a scan."""
# When a half of the scan answers for all. Chosen on EMPS and DSB pictures that train, and on simulated ones.
_HALVED_PX = 12.0
"""Least typical diameter on it, in its own px, ..."""
_SURER = 0.005
"""... and how much better its mean score must be; ..."""
_HALVED_HEIGHTS_PX = 20.0
"""... on heights, that diameter ..."""
_LESS_SURE = 0.03
"""... and how much worse the score may be."""
_APART = 0.1
"""A small particle that only the finer scale sees shares less than this part of it with any other."""


def find_at_all_scales(
    look: Look, values: NDArray[np.float64], point: OperatingPoint, *, heights: bool = False, pyramid: bool = False
) -> list[Particle]:
    """Find particles of all sizes.

    Parameters
    ----------
    look
        Looks at one scale. It is called from two threads, never by both at a time, and what it returns is called by
        one of them while the other looks. It looks at each scale once.
    values
        Shape (H, W): the scan.
    point
        Thresholds.
    heights
        Whether ``values`` are heights, so that particles stand above their surroundings.
    pyramid
        Whether the network has scales of its own; then no half of the scan answers for all.

    Returns
    -------
    list of Particle
        In px of the scan; all stand out to one side, where nearly all do, and are believable beside each other.
    """
    scales = _Scales(look, point, heights)
    best = scales.find(values, enlarge=True)
    least_px, gain = (_HALVED_HEIGHTS_PX, -_LESS_SURE) if heights else (_HALVED_PX, _SURER)
    for factor in () if pyramid else _COARSER:
        if min(values.shape) // factor < _LEAST_SIDE_PX or _typical(best) < least_px * factor:
            break
        found = [_rescaled(particle, factor, values.shape) for particle in scales.find(_coarser(values, factor))]
        if _typical(found) >= least_px * factor and _sureness(found) > _sureness(best) + gain:
            small = _beside(found, best, point.smallest_px * factor) if heights else []
            best = believable([*found, *small], point)
    return best


def _beside(coarse: list[Particle], fine: list[Particle], below_px: float) -> list[Particle]:
    """Return the particles too small for a coarser scale that lie beside all it sees."""
    tree = STRtree(shapes := [_polygon(particle) for particle in coarse])
    small = []
    for particle in fine:
        if _diameter(particle) < below_px:
            shape = _polygon(particle)
            if sum(shape.intersection(shapes[index]).area for index in tree.query(shape)) < _APART * shape.area:
                small.append(particle)
    return small


class _Scales:
    """What is seen of one scan at its scales."""

    def __init__(self, look: Look, point: OperatingPoint, heights: bool) -> None:
        self._look = look
        self._point = point
        self._heights = heights
        # Below half of the largest size the finer scale knows better.
        self._least_px = point.largest_px / 4
        self._only_large = replace(point, least_area_px=np.pi / 4 * self._least_px**2)
        self._looked: dict[tuple[int, ...], Decode] = {}

    def find(self, values: NDArray[np.float64], *, enlarge: bool = False) -> list[Particle]:
        """Find what is seen on a picture, and the large of what is seen on halves of it, in px of the picture."""
        factors = [factor for factor in _COARSER if min(values.shape) // factor >= _LEAST_SIDE_PX]
        decode = self._see(values)
        # The network looks at the coarser scales on the cores that decoding the finest leaves idle; not before, since
        # two looks at a time want the memory of both.
        with ThreadPoolExecutor(1) as aside:
            coarser = [aside.submit(self._large, values, factor) for factor in factors]
            particles = decode(self._point)
            if enlarge and len(particles) >= _FEW and _typical(particles) < self._point.smallest_px:
                wait(coarser)
                enlarged = zoom(values, 2, order=1, mode="nearest", grid_mode=True)
                particles = [_rescaled(particle, 0.5, values.shape) for particle in self._see(enlarged)(self._point)]
            sides = sides_of(particles, values)
            side = common_side(sides, heights=self._heights)
            particles = on_side(particles, sides, side)
            for factor, found in zip(factors, coarser, strict=True):
                large = on_side(found.result(), sides_of(found.result(), values), side)
                particles = _merged(particles, large, self._point.largest_px * factor / 2)
        return believable(particles, self._point)

    def _large(self, values: NDArray[np.float64], factor: int) -> list[Particle]:
        """Find the large particles of a picture at a coarser scale, in px of the picture."""
        seen = self._see(_coarser(values, factor))(self._only_large)
        found = (_rescaled(each, factor, values.shape) for each in seen)
        return [each for each in found if _diameter(each) > self._least_px * factor and _is_compact(each)]

    def _see(self, values: NDArray[np.float64]) -> Decode:
        if values.shape not in self._looked:
            self._looked[values.shape] = self._look(values)
        return self._looked[values.shape]


def _coarser(values: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Average blocks of pixels; the last block of a side that does not divide is filled with its border's values."""
    rows, columns = values.shape
    padded = np.pad(values, ((0, -rows % factor), (0, -columns % factor)), mode="edge")
    blocks = padded.reshape(len(padded) // factor, factor, -1, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float64)


def _typical(particles: Sequence[Particle]) -> float:
    """Return the diameter above and below which half of all particle area lies; 0 without particles."""
    if not particles:
        return 0.0
    diameters = np.sort([_diameter(each) for each in particles])
    covered = np.cumsum(diameters**2)
    return float(diameters[np.searchsorted(covered, covered[-1] / 2)])


def _sureness(particles: Sequence[Particle]) -> float:
    """Return the mean score, weighted by area; 0 without particles."""
    if not particles:
        return 0.0
    return float(np.average([_score(each) for each in particles], weights=[each.contour.area_px for each in particles]))


def _is_compact(particle: Particle) -> bool:
    """Tell a large particle from a terrace or a stain, whose outline wanders."""
    shape = _polygon(particle)
    return bool(shape.area > _COMPACT * shape.convex_hull.area)


def _diameter(particle: Particle) -> float:
    return float(np.sqrt(4 / np.pi * particle.contour.area_px))


def _rescaled(particle: Particle, factor: float, shape_px: tuple[int, ...]) -> Particle:
    """Move a particle to a picture ``factor`` times as fine; pixel centres are integers in both.

    What lies in the filling of a coarser scale's last blocks ends at the picture's border.
    """
    borders_px = (shape_px[1] - 0.5, shape_px[0] - 0.5)
    points_px = np.minimum((particle.contour.points_px + 0.5) * factor - 0.5, borders_px)
    return replace(particle, contour=Contour(points_px))


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
