"""Atoms are no particles: the lattice of a crystal's surface, where a scan is so fine that it shows it.

To a network an atomic lattice is a crowd of equal bumps, and so is a crystal of colloids, which people do count. Where
the scale is known, it decides: bumps less than a nanometre apart, from one to the next over the whole scan, are atoms
or small molecules; no tip shows metal particles so narrow. Where it is not, only what particles never do can: bumps all
alike that touch each other and whose pattern repeats over the whole scan in cells of several, as the twelve adatoms in
a cell of Si(111) 7x7 do (Takayanagi et al. 1985). Spheres of one size crystallise with one in each cell.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely.geometry import MultiPoint

from particlesnn.core import Particle

_FEWEST = 30
"""Fewer bumps make no lattice."""
_WIDEST_NM = 1.0
"""Largest distance of neighbours, middle of all; 0.77 nm on Si(111) 7x7, one of the widest of all atomic lattices."""
_UNEVEN = 0.2
"""Largest spread of these distances: half of their 16 to 84 % range, as a share of the middle one."""

# What a pattern without a scale must show. A scan of Si(111) 7x7 has 774 bumps whose areas spread by 0.05 and cover
# 0.85; 0.99 of them meet another when moved by a side of the cell, and 0.50 when moved to the next bump.
_FEWEST_BARE = 100
"""Fewer bumps are not enough to see that a pattern repeats."""
_UNLIKE = 0.15
"""Largest spread of the bumps' areas, as that of distances."""
_TOUCHING = 0.5
"""Least share of the surface that the bumps cover; discs in hexagonal rows that just touch cover 0.9."""
_REPEATED = 0.95
"""Least share of bumps that meet another when the pattern is moved by a side of its cell."""
_HARDLY_REPEATED = 0.87
"""Largest such share when it is moved from a bump to the next: above, it is a crystal of single ones with vacancies."""
_NEXT = 1.3
"""How far the next bumps are, at most, in distances of neighbours."""
_REACH = 8.0
"""Longest side of a cell that is looked for, in distances of neighbours."""


def are_atoms(particles: Sequence[Particle], pixel_nm: tuple[float, float] | None) -> bool:
    """Whether what was found is the lattice of a surface.

    Parameters
    ----------
    particles
        All that was found on a scan.
    pixel_nm
        Its pixel (dy, dx); without one only a pattern that repeats in cells of several bumps is taken for atoms.
    """
    if len(particles) < _FEWEST:
        return False
    pixel_x, pixel_y = (pixel_nm[1], pixel_nm[0]) if pixel_nm else (1.0, 1.0)
    centres = np.array([particle.contour.centroid_px for particle in particles]) * (pixel_x, pixel_y)
    nearest = np.asarray(KDTree(centres).query(centres, k=2)[0])[:, 1]
    apart = float(np.median(nearest))
    if _spread(nearest) >= _UNEVEN:
        return False
    if pixel_nm:
        return apart < _WIDEST_NM
    areas = np.array([particle.contour.area_px for particle in particles])
    return _crowded(centres, areas) and _in_cells_of_several(centres, apart)


def _spread(values: NDArray[np.float64]) -> float:
    low, middle, high = np.quantile(values, (0.16, 0.5, 0.84))
    return float((high - low) / 2 / middle) if middle > 0 else np.inf


def _crowded(centres: NDArray[np.float64], areas: NDArray[np.float64]) -> bool:
    """Whether there are many bumps, all alike, that touch each other."""
    if len(centres) < _FEWEST_BARE or _spread(areas) >= _UNLIKE:
        return False
    return bool(areas.sum() > _TOUCHING * MultiPoint(centres).convex_hull.area)


def _in_cells_of_several(centres: NDArray[np.float64], apart: float) -> bool:
    """Whether the whole pattern repeats along two sides of a cell, but not from one bump to the next."""
    tree, sides = KDTree(centres), list[NDArray[np.float64]]()
    for move in _moves(centres, apart):
        share = _repeated(tree, move, _UNEVEN * apart)
        if np.hypot(*move) < _NEXT * apart and share > _HARDLY_REPEATED:
            return False
        if share < _REPEATED:
            continue
        if not sides or _turned(sides[0], move):
            sides.append(move)
        if len(sides) == 2:
            return True
    return False


def _turned(side: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two vectors point along different lines."""
    sine = np.linalg.det(np.stack([side, other])) / np.hypot(*side) / np.hypot(*other)
    return bool(abs(sine) > 0.3)


def _moves(centres: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Return what may be a side of the cell, the shortest first: the ways from three bumps in the middle to others."""
    middle = centres[np.argsort(np.hypot(*(centres - centres.mean(axis=0)).T))[:3]]
    moves = np.concatenate([centres - bump for bump in middle])
    length = np.hypot(*moves.T)
    near = (length > apart / 2) & (length < _REACH * apart)
    return np.asarray(moves[near][np.argsort(length[near])])


def _repeated(tree: KDTree, move: NDArray[np.float64], near: float) -> float:
    """Share of bumps that meet another when all are moved; those that leave the pattern do not count."""
    moved = tree.data + move
    inside = np.all((moved >= tree.mins) & (moved <= tree.maxes), axis=1)
    if inside.sum() < _FEWEST:
        return 0.0
    return float((np.asarray(tree.query(moved[inside])[0]) < near).mean())
