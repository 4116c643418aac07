"""How a contour strays from the ellipse of its frame: the facets and lobes that a bump alone would smooth away.

The contour that was given keeps its say over the form, and the heights have theirs over place, size and stretching.

Legend of shapes: N particles, M pairs of near ones, A directions, F figures of the form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Contour
from particlesnn.refinement.frames import Floats, Frames
from particlesnn.refinement.pairs import Pairs

_DIRECTIONS = 256
"""Directions of the tables, so many that the nearest one will do."""
_SEEN = 64
"""Directions in which a contour is looked at."""
_ORDERS = np.arange(3, 7)
"""Waves around the contour: fewer are place and stretching, which the bump has, more are raggedness."""
_RAGGED = 0.1
"""Standard deviation of a contour's radius in a single direction ..."""
_FORMS = 0.05
"""... and of each figure of the form, as shares of the radius."""
_NEAR_PX = 1.5
"""Where a neighbour is so near, the contour shows where the two meet, and nothing of the form."""


@dataclass(frozen=True, eq=False)
class Lobes:
    """The border of each particle in all directions, where the ellipse is the unit circle."""

    ln_squares: NDArray[np.float32]
    """Shape (N, A): ln of the squared distance of the border, its mean area that of the circle."""

    def at(self, owners: NDArray[np.intp], places: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Look up the border where the places are.

        Parameters
        ----------
        owners
            Whose border, of a shape that goes with that of ``places`` without its last axis.
        places
            Shape (..., 2): places about the centres, where the ellipses are circles.

        Returns
        -------
        ndarray of shape (...)
            Logarithms of squared distances.
        """
        turn = np.arctan2(places[..., 1], places[..., 0])
        direction = np.round(turn * (_DIRECTIONS / (2 * np.pi))).astype(np.intp) % _DIRECTIONS
        return np.asarray(self.ln_squares[owners, direction])


def lobes_of(contours: Sequence[Contour], frames: Frames, pairs: Pairs, cut: NDArray[np.bool_]) -> Lobes:
    """Find the form of each contour.

    Parameters
    ----------
    contours, frames
        Of N particles.
    pairs
        Which of them are near one another.
    cut
        Shape (N,): those that the scan cuts; they are taken for ellipses.
    """
    radii, counts = _radii(contours, frames)
    counts[cut] = 0
    counts[_meeting(frames, pairs, np.exp(radii))] = 0
    waves = _waves(_SEEN)
    precision = counts / _RAGGED**2
    # The mean radius is free: the ellipse has the area of the whole contour, but not all of the contour may count.
    stiffness = np.append(np.full(len(waves) - 1, _FORMS**-2.0), 1e-6)
    products = (waves[:, np.newaxis] * waves).reshape(-1, _SEEN)
    normal = (precision @ products.T).reshape(-1, len(waves), len(waves)) + np.diag(stiffness)
    figures = np.linalg.solve(normal, ((precision * radii) @ waves.T)[..., np.newaxis])[..., 0]
    ln_squares = 2 * figures[:, :-1] @ _waves(_DIRECTIONS)[:-1]
    ln_squares -= np.log(np.exp(ln_squares).mean(axis=1, keepdims=True))
    return Lobes(ln_squares.astype(np.float32))


def _waves(directions: int) -> Floats:
    """Waves around the circle and, last, a constant: shape (F + 1, directions)."""
    turn = np.arange(directions) * 2 * np.pi / directions
    angles = _ORDERS[:, np.newaxis] * turn
    return np.concatenate([np.cos(angles), np.sin(angles), np.ones((1, directions))])


def _radii(contours: Sequence[Contour], frames: Frames) -> tuple[Floats, Floats]:
    """Tell ln(distance) of each contour from its centre by directions, and whether it is known: shapes (N, seen)."""
    lengths = np.array([len(contour.points_px) for contour in contours])
    owners = np.repeat(np.arange(len(contours)), lengths)
    points = np.concatenate([contour.points_px for contour in contours]) - frames.centres_px[owners]
    points = np.einsum("pij,pj->pi", frames.inverse[owners], points)
    following = np.arange(1, len(points) + 1)
    last = np.cumsum(lengths)
    following[last - 1] = last - lengths
    steps = points[following] - points
    # Long sides are cut into pieces, each shorter than the way from a direction to the next.
    pieces = np.clip(np.ceil(np.hypot(*steps.T) * _SEEN / (2 * np.pi)), 1, _SEEN).astype(int)
    side = np.repeat(np.arange(len(points)), pieces)
    share = (np.arange(len(side)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 0.5) / pieces[side]
    places = points[side] + share[:, np.newaxis] * steps[side]
    turn = np.arctan2(places[:, 1], places[:, 0])
    direction = np.round(turn * (_SEEN / (2 * np.pi))).astype(np.intp) % _SEEN
    cell, size = owners[side] * _SEEN + direction, len(contours) * _SEEN
    counts = np.bincount(cell, minlength=size)
    sums = np.bincount(cell, np.log(np.maximum(np.hypot(*places.T), 1e-3)), minlength=size)
    shape = (len(contours), _SEEN)
    return (sums / np.maximum(counts, 1)).reshape(shape), (counts > 0).astype(float).reshape(shape)


def _meeting(frames: Frames, pairs: Pairs, radii: Floats) -> NDArray[np.bool_]:
    """Where a neighbour is near, shape (N, seen)."""
    turn = np.arange(_SEEN) * 2 * np.pi / _SEEN
    border = radii[..., np.newaxis] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    meeting = np.zeros(radii.shape, dtype=bool)
    places = frames.to_px(border)[pairs.one] - frames.centres_px[pairs.other, np.newaxis]
    places = places @ frames.inverse[pairs.other].transpose(0, 2, 1)
    near = (places**2).sum(axis=-1) < (1 + _NEAR_PX / frames.radii_px[pairs.other, np.newaxis]) ** 2
    np.logical_or.at(meeting, pairs.one, near)
    return meeting
