"""The inside of a closed letter is no particle: the bowl of a printed "d", "B" or "0".

It is a spot of the ground with a border all round, and to a network a particle. What tells it from one: ink is one
grey, the lightest or the darkest of the whole picture; it goes all round; and the ground is the same inside the stroke
and beyond it. A particle with a bright rim differs from the ground, and the dark gaps of a crowd go round all of it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, distance_transform_edt, label, maximum_filter
from skimage.draw import polygon2mask

from particlesnn.core import Particle

# Chosen on simulated pictures with letters printed on them, so that no particle of theirs is taken for one.
_ONE_GREY = 0.015
"""Ink differs so much from the extreme grey at most, as a share of the range of greys."""
_ALL_ROUND = 0.85
"""Least share of the contour with ink within `_NEAR_PX`: the network draws it along the stroke or inside of it."""
_NEAR_PX = 2
_NOT_INK = 0.3
"""Largest share of ink in the middle."""
_STROKE = 0.8
"""A stroke is at most so wide, as a share of the contour's diameter."""
_TOWARDS_INK, _AWAY_FROM_INK = 0.4, 0.25
"""How far the ground inside may differ from that beyond, as a share of the difference between ground and ink."""
_FEW = 0.1
"""Largest share of all that is found; what goes round more of it is a ground or gaps, no print ..."""
_FEWEST, _FEWEST_SHARE = 3, 1 / 3
"""... but up to three may be, where they are no more than a third."""
_SMOOTH_PX = 1.5
"""The greys of smooth edges reach so far from the ink."""


def are_letters(particles: Sequence[Particle], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which are insides of closed letters.

    Parameters
    ----------
    particles
        All that was found, in px of ``values``.
    values
        Shape (H, W).

    Returns
    -------
    ndarray of shape (N,), bool
    """
    letters = np.zeros(len(particles), dtype=np.bool_)
    if not particles:
        return letters
    low, high = float(values.min()), float(values.max())
    reach = _ONE_GREY * (high - low)
    few = max(_FEW * len(particles), min(_FEWEST, _FEWEST_SHARE * len(particles)))
    for ink in (values <= low + reach, values >= high - reach):
        shares = _shares_on(maximum_filter(ink, 2 * _NEAR_PX + 1), particles)
        enclosed = np.flatnonzero(shares >= _ALL_ROUND)
        if len(enclosed) <= few:
            for number in enclosed:
                letters[number] |= _is_inside_of_ink(particles[int(number)], values, ink)
    return letters


def _shares_on(mask: NDArray[np.bool_], particles: Sequence[Particle]) -> NDArray[np.float64]:
    """Return which share of each contour's points lies on a mask."""
    contours = [particle.contour.points_px for particle in particles]
    counts = np.array([len(points) for points in contours])
    points = np.rint(np.concatenate(contours)).astype(int)
    x, y = (np.clip(points[:, axis], 0, mask.shape[1 - axis] - 1) for axis in (0, 1))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(np.add.reduceat(mask[y, x].astype(float), starts) / counts)


def _is_inside_of_ink(particle: Particle, values: NDArray[np.float64], ink: NDArray[np.bool_]) -> bool:
    """Tell whether a stroke of ink, with the same ground on both sides, is what goes round a contour."""
    points = particle.contour.points_px
    diameter = float(np.sqrt(4 / np.pi * particle.contour.area_px))
    margin = int(diameter) + 8
    left, top = np.maximum(np.floor(points.min(axis=0)).astype(int) - margin, 0)
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + margin + 1
    values, ink = values[top:bottom, left:right], ink[top:bottom, left:right]
    inside = polygon2mask(ink.shape, points[:, ::-1] - (top, left))
    if not inside.any():
        return False
    middle = _middle(inside)
    pieces, _ = label(ink, np.ones((3, 3)))
    touching = np.unique(pieces[binary_dilation(inside, iterations=_NEAR_PX) & ink])
    stroke = np.isin(pieces, touching[touching > 0])
    if not stroke.any() or ink[middle].mean() > _NOT_INK:
        return False
    width = 2 * float(distance_transform_edt(ink)[stroke].max())
    if width > _STROKE * diameter:
        return False
    ground = distance_transform_edt(~ink) > _SMOOTH_PX
    beyond = binary_dilation(inside, iterations=int(width) + 6) & ~binary_dilation(inside) & ground
    within = middle & ground if (middle & ground).any() else middle
    if not beyond.any():
        return False
    outer, inner = float(np.median(values[beyond])), float(np.median(values[within]))
    contrast = outer - float(values[stroke].mean())
    away = (inner - outer) * np.sign(contrast)
    return bool(-_TOWARDS_INK * abs(contrast) <= away <= _AWAY_FROM_INK * abs(contrast))


def _middle(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take the rim off a mask: 3 px, or what leaves something."""
    for width in (3, 2, 1):
        smaller: NDArray[np.bool_] = binary_erosion(inside, iterations=width)
        if smaller.any():
            return smaller
    return inside
