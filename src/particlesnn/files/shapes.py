"""What all contour files have in common: corner-based shapes, and a remark on who drew them.

Inside the house an integer is the centre of a pixel; in contour files it is a pixel's upper left corner, so that the
picture reaches from 0 to W. Hence file = inside + 0.5. This file alone holds that half.

The functions raise ValueError with half a sentence; the readers add the file and the number of the shape.
"""

import math
import re
from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours

from particlesnn.core import Contour, Origin, Particle

HALF = 0.5
"""From the centre of a pixel to its corner, px."""
DIGITS = 4
"""Decimals of a coordinate in a text file: 1e-4 px is far below what any contour means."""
_LARGEST_SIDE = 100_000
_LARGEST_AREA = 400_000_000
_SMALLEST_AREA = 1e-6
_SIDES = 64
_REMARK = re.compile(r"\b(?P<origin>network|refined|human|baseline)\b(?:,? score (?P<score>[0-9.]+(?:[eE]-?[0-9]+)?))?")


def contour_of(points: object) -> Contour:
    """Make a contour of corner-based (x, y) pairs.

    Raises
    ------
    ValueError
        When they are not pairs of finite numbers, or enclose no area.
    """
    pairs = pairs_of(points)
    distinct = len(np.unique(pairs, axis=0))
    if distinct < 3:
        raise ValueError(f"has {distinct} different points, but a contour needs three")
    contour = Contour(pairs - HALF)
    if contour.area_px < _SMALLEST_AREA:
        # The two halves of an eight have areas of opposite sign; points on a line have no second direction.
        flat = np.linalg.matrix_rank(pairs - pairs.mean(axis=0), tol=HALF * _SMALLEST_AREA) < 2
        raise ValueError("encloses no area" if flat else "crosses or retraces itself, so that it encloses no area")
    return contour


def file_points(contour: Contour) -> NDArray[np.float64]:
    """Corner-based (x, y) pairs of a contour, shape (K, 2), rounded to `DIGITS` decimals."""
    return np.round(contour.points_px + HALF, DIGITS)


def rectangle(x: object, y: object, width: object, height: object) -> Contour:
    """Contour of an upright rectangle by its upper left corner and its sides, corner-based."""
    left, top = number(x), number(y)
    right, bottom = left + number(width), top + number(height)
    return contour_of([[left, top], [right, top], [right, bottom], [left, bottom]])


def ellipse(centre: Sequence[object], radii: Sequence[object], angle_rad: object = 0.0) -> Contour:
    """Contour of 64 points with the area of an ellipse.

    Parameters
    ----------
    centre
        (x, y), corner-based.
    radii
        Half axes along x and y before the turn, px.
    angle_rad
        Angle from the x axis to the first half axis, positive from x towards y (down).
    """
    turn = np.linspace(0.0, 2 * np.pi, _SIDES, endpoint=False)
    # The chords of a polygon on the ellipse would cut off 0.16 % of its area.
    swell = math.sqrt(turn[1] / math.sin(turn[1]))
    u, v = (swell * number(radius) * wave for radius, wave in zip(radii, (np.cos(turn), np.sin(turn)), strict=True))
    cos, sin = math.cos(number(angle_rad)), math.sin(number(angle_rad))
    x, y = (number(value) for value in centre)
    return contour_of(np.stack([x + u * cos - v * sin, y + u * sin + v * cos], axis=1))


def mask_contour(mask: NDArray[np.bool_], corner: tuple[int, int] = (0, 0)) -> Contour | None:
    """Trace the largest part of a mask half way between the pixels; None when it is empty.

    Marching squares: each corner of the mask is cut by a diagonal, a single pixel becomes a diamond.

    Parameters
    ----------
    mask
        Shape (H, W).
    corner
        Column and row (x, y) of its first pixel in the picture.
    """
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    paths = find_contours(np.pad(box, 1).astype(np.float64), 0.5)
    traced = [Contour(path[:, ::-1] + [corner[0] + columns[0] - 1.0, corner[1] + rows[0] - 1.0]) for path in paths]
    return max(traced, key=lambda contour: contour.area_px)


def shape_of(height: object, width: object) -> tuple[int, int]:
    """Check rows and columns of a picture.

    Raises
    ------
    ValueError
        When they are missing, no positive integers, or larger than any picture.
    """
    if height is None or width is None:
        raise ValueError("gives no height and width of the picture")
    rows, columns = number(height), number(width)
    if min(rows, columns) < 1 or not (rows.is_integer() and columns.is_integer()):
        raise ValueError(f"gives a picture of {height} rows and {width} columns, which cannot be")
    if max(rows, columns) > _LARGEST_SIDE or rows * columns > _LARGEST_AREA:
        raise ValueError(f"gives a picture of {height} rows and {width} columns, which is too large")
    return int(rows), int(columns)


def within(contour: Contour, shape_px: tuple[int, int]) -> Contour:
    """Return the contour if a part of its bounds lies in a picture of (H, W).

    Raises
    ------
    ValueError
        When it lies beside the picture, which then is another one.
    """
    left, top, right, bottom = contour.bounds_px
    rows, columns = shape_px
    if right <= -HALF or bottom <= -HALF or left >= columns - HALF or top >= rows - HALF:
        raise ValueError(f"lies outside the picture of {columns} x {rows} pixels")
    return contour


def number(value: object) -> float:
    """Check that a value is a finite number.

    Raises
    ------
    ValueError
        When it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"has {str(value)[:40]!r} where a number belongs")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise ValueError("has a coordinate that is not finite")
    return result


def score_of(value: object) -> float | None:
    """Check a score.

    Raises
    ------
    ValueError
        When it is not None and not between 0 and 1.
    """
    if value is None:
        return None
    score = number(value)
    if not 0.0 <= score <= 1.0:
        raise ValueError(f"has a score of {score:g}, but scores lie between 0 and 1")
    return score


def origin_of(value: object) -> Origin:
    """Read an origin; what is not one of ours was drawn by a human."""
    return next((origin for origin in get_args(Origin) if origin == value), "human")


def remark(particle: Particle) -> str:
    """Say in words who drew the contour and how sure it is: "network, score 0.93"."""
    return particle.origin if particle.score is None else f"{particle.origin}, score {particle.score:.6g}"


def particle_of(contour: Contour, text: object) -> Particle:
    """Make a particle of a contour and a remark; without a remark of ours a human drew it."""
    found = _REMARK.search(text) if isinstance(text, str) else None
    if found is None:
        return Particle(contour, None, "human")
    score = found["score"]
    return Particle(contour, None if score is None else score_of(float(score.rstrip("."))), origin_of(found["origin"]))


def pairs_of(points: object) -> NDArray[np.float64]:
    """Check (x, y) pairs, shape (K, 2).

    Raises
    ------
    ValueError
        When they are not pairs of finite numbers within any picture.
    """
    if isinstance(points, np.ndarray):
        pairs = points.astype(np.float64)
    else:
        if not isinstance(points, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in points):
            raise ValueError("needs a list of (x, y) pairs")
        pairs = np.array([[number(x), number(y)] for x, y in points]).reshape(-1, 2)
    if not np.isfinite(pairs).all():
        raise ValueError("has a coordinate that is not finite")
    if len(pairs) and np.abs(pairs).max() > _LARGEST_SIDE:
        raise ValueError("reaches further than any picture")
    return pairs
