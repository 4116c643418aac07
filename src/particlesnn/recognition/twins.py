"""Twins: what a double tip shows a second time.

A tip with a second apex images every surface twice, the second time at the distance and in the direction of that apex,
and lower by as much as it stands higher above the surface (Villarrubia 1997: the scan is the surface dilated by the
tip). So particles have lower twins, all at one place beside them. Particles that only happen to stand so are few, and
in a crystal's rows, and among particles of pairs, the second is not the lower one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, uniform_filter
from scipy.spatial import KDTree

from particlesnn.core import Particle

_FEWEST = 15
"""Fewer pairs may be chance."""
_REACH = 4.0
"""How far a twin is looked for, in typical diameters."""
_NEAR, _LEAST_NEAR_PX = 0.15, 1.5
"""How far from its place a twin may be found, in typical diameters, and at least."""

# On simulated scans of double tips whose apexes stand 0.9 to 2 diameters apart, pairs are 4 to 90 times what chance
# gives and 0.2 to 0.8 of the particles; on scans without, real ones among them, at most 4 times or fewer than 0.2.
_MORE_THAN_CHANCE = 5.0
"""Least number of pairs, over how many stand at the same distance in other directions, on average."""
_MORE_THAN_ANY = 2.5
"""The same, over those in any other direction: particles on some places of a lattice stand so in several."""
_SHARE = 0.2
"""Least share of particles that have a twin."""
_IN_ROWS = 0.2
"""Largest share of twins that have a twin themselves: where a third follows the second, there is a row."""
_LOWER = 0.65
"""Least share of twins that are lower than their particles."""
_DIRECTIONS = np.linspace(0, np.pi, 12, endpoint=False)[1:]

Pairs = NDArray[np.intp]
"""Shape (P, 2): numbers of a particle and of its twin."""


def twins_of(particles: Sequence[Particle], heights: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which of a scan's particles are others seen a second time.

    Parameters
    ----------
    particles
        All that was found.
    heights
        Shape (H, W): the scan.

    Returns
    -------
    ndarray of shape (N,)
        True for twins; none where the scan does not show a double tip clearly.
    """
    twins = np.zeros(len(particles), dtype=np.bool_)
    if len(particles) < 2 * _FEWEST:
        return twins
    centres = np.array([particle.contour.centroid_px for particle in particles])
    areas = np.array([particle.contour.area_px for particle in particles])
    typical_px = float(np.median(np.sqrt(4 / np.pi * areas)))
    near_px = max(_NEAR * typical_px, _LEAST_NEAR_PX)
    pairs = _like_twins(centres, _REACH * typical_px, near_px)
    if len(pairs):
        tops = _tops(particles, heights)
        if np.median(tops) < 0:  # a scan whose sign was turned round
            tops = _tops(particles, -heights)
        if (tops[pairs[:, 1]] > tops[pairs[:, 0]]).sum() > len(pairs) / 2:
            pairs = pairs[:, ::-1]
        if (tops[pairs[:, 1]] < tops[pairs[:, 0]]).mean() >= _LOWER:
            twins[pairs[:, 1]] = True
    return twins


def _like_twins(centres: NDArray[np.float64], reach_px: float, near_px: float) -> Pairs:
    """Pair what stands to each other as particles and twins do; no pairs where it is no more than chance or a row."""
    none = np.empty((0, 2), dtype=np.intp)
    tree = KDTree(centres)
    first, second = tree.query_pairs(reach_px, output_type="ndarray").T
    moves = centres[second] - centres[first]
    moves = np.concatenate([moves, -moves])
    if len(moves) < 2 * _FEWEST:
        return none
    move = _commonest(moves, reach_px, near_px)
    pairs = _pairs(tree, move, near_px)
    if len(pairs) < _FEWEST or len(pairs) < _SHARE * (len(centres) - len(pairs)):
        return none
    others = _elsewhere(moves, move, near_px)
    if len(pairs) < max(_MORE_THAN_CHANCE * others.mean(), _MORE_THAN_ANY * others.max()):
        return none
    return none if np.isin(pairs[:, 1], pairs[:, 0]).mean() > _IN_ROWS else pairs


def _tops(particles: Sequence[Particle], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Height of each particle's middle above its own border, where that is low."""
    borders = [particle.contour.points_px for particle in particles]
    around = np.split(_at(heights, np.concatenate(borders)), np.cumsum([len(border) for border in borders])[:-1])
    middles = np.array([particle.contour.centroid_px for particle in particles])
    return np.asarray(_at(heights, middles) - np.array([np.quantile(each, 0.25) for each in around]))


def _at(heights: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(map_coordinates(heights, points.T[::-1], order=1, mode="nearest"))


def _commonest(moves: NDArray[np.float64], reach_px: float, near_px: float) -> NDArray[np.float64]:
    """Return the (dx, dy) near which most of the moves lie."""
    cells = 2 * int(np.ceil(2 * reach_px / near_px)) + 1
    counts, rows, columns = np.histogram2d(moves[:, 0], moves[:, 1], bins=cells, range=[[-reach_px, reach_px]] * 2)
    counts = uniform_filter(counts, 3, mode="constant")
    row, column = np.unravel_index(int(np.argmax(counts)), counts.shape)
    coarse = np.array([rows[row : row + 2].mean(), columns[column : column + 2].mean()])
    close = np.hypot(*(moves - coarse).T) < near_px
    return np.asarray(np.median(moves[close], axis=0) if close.any() else coarse)


def _pairs(tree: KDTree, move: NDArray[np.float64], near_px: float) -> Pairs:
    """Pair each particle with the one at its place after the move, where both are each other's nearest."""
    places = tree.data + move
    distance, twin = (np.asarray(found) for found in tree.query(places, distance_upper_bound=near_px))
    own = np.nonzero(np.isfinite(distance))[0]
    back = np.asarray(KDTree(places).query(tree.data[twin[own]])[1])
    own = own[back == own]
    return np.stack([own, twin[own]], axis=1)


def _elsewhere(moves: NDArray[np.float64], move: NDArray[np.float64], near_px: float) -> NDArray[np.int_]:
    """Count the pairs that stand as far from each other in each of the other directions."""
    turns = np.stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)], axis=1)
    across = np.array([-move[1], move[0]])
    others = turns @ np.stack([move, across])
    return np.array([np.count_nonzero(np.hypot(*(moves - other).T) < near_px) for other in others])
