"""From labelled pixels and a map to contours between the pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours

from particlesnn.core import Contour
from particlesnn.recognition.parts import Boxes, Window, boxes_of, count_pixels, meeting, parts_of

_SOFTNESS = 0.07
"""A dividing line is smoothed over this share of the particle's diameter ..."""
_SOFTEST_PX = (0.6, 1.5)
"""... but over no less and no more than this."""
_REACH = 3.0
"""Smoothing ends after so many standard deviations."""


def trace(labels: NDArray[np.int32], particle: NDArray[np.float32], level: float) -> dict[int, Contour]:
    """Trace each label's border where the particle map crosses a level, to a fraction of a pixel.

    Towards substrate the border is interpolated in the map (marching squares). Towards another particle it is the line
    on which both are equally present, each label smoothed a little: labels alone would leave a staircase of pixels,
    which is ugly, and too long a perimeter.

    Parameters
    ----------
    labels
        Shape (H, W): 0 for substrate, else the particle's number; labelled pixels lie above the level.
    particle
        Shape (H, W): probability that a pixel is particle.
    level
        Where a particle ends.

    Returns
    -------
    dict
        Number of the label to its contour, in rising order; a label of which no closed border can be traced is left
        out.
    """
    crowd = _Crowd.of(labels)
    contours = {}
    for window, own in parts_of(crowd.boxes):
        presences = {member: crowd.presence(labels, member) for member in meeting(crowd.boxes, window).tolist()}
        contest = _Contest(labels, particle, level, window)
        for presence in presences.values():
            contest.admit(presence)
        for member in own.tolist():
            contour = _largest(contest.field_of(presences[member]), presences[member].box)
            if contour is not None:
                contours[presences[member].number] = contour
    return dict(sorted(contours.items()))


@dataclass(frozen=True, eq=False)
class _Presence:
    """How much of the surroundings of each pixel belongs to one label."""

    number: int
    box: Window
    """Where it is more than nothing."""
    share: NDArray[np.float64]
    """Shape of the box, 0..1."""


@dataclass(frozen=True, eq=False)
class _Crowd:
    """All labels of a picture; how each is present is worked out when it is asked for."""

    numbers: NDArray[np.int64]
    """Shape (N,)."""
    softness_px: NDArray[np.float64]
    """Shape (N,): over how much each is smoothed."""
    boxes: Boxes
    """Where each is more than nothing."""

    @classmethod
    def of(cls, labels: NDArray[np.int32]) -> "_Crowd":
        numbers, boxes = boxes_of(labels)
        diameters = np.sqrt(4 / np.pi * count_pixels(labels)[numbers])
        softness = np.clip(_SOFTNESS * diameters, *_SOFTEST_PX)
        margins = np.ceil(_REACH * softness).astype(np.int64)[:, np.newaxis]
        boxes[:, ::2] = np.maximum(boxes[:, ::2] - margins, 0)
        boxes[:, 1::2] = np.minimum(boxes[:, 1::2] + margins, labels.shape)
        return cls(numbers, softness, boxes)

    def presence(self, labels: NDArray[np.int32], member: int) -> _Presence:
        """Work out how the label in one place of ``numbers`` is present."""
        number = int(self.numbers[member])
        top, bottom, left, right = self.boxes[member].tolist()
        box = slice(top, bottom), slice(left, right)
        own = (labels[box] == number).astype(np.float64)
        share = gaussian_filter(own, self.softness_px[member], truncate=_REACH)
        return _Presence(number, box, share)


class _Contest:
    """For each pixel of a window the strongest presence, whose it is, and the strongest of all others."""

    def __init__(self, labels: NDArray[np.int32], particle: NDArray[np.float32], level: float, window: Window) -> None:
        # A little wider, so that what is smoothed does not see the window's sides.
        margin = int(np.ceil(_REACH * _SOFTEST_PX[0]))
        rows, columns = (slice(max(side.start - margin, 0), side.stop + margin) for side in window)
        self._corner = rows.start, columns.start
        self._level = level
        self._above = particle[rows, columns].astype(np.float64) - level
        # What is particle but nobody's is a rival as well, of number 0.
        unclaimed = (labels[rows, columns] == 0) & (self._above > 0)
        self._first = gaussian_filter(unclaimed.astype(np.float64), _SOFTEST_PX[0], truncate=_REACH)
        self._second = np.zeros_like(self._first)
        self._whose = np.zeros(unclaimed.shape, dtype=np.int32)

    def admit(self, presence: _Presence) -> None:
        """Let one more compete, as far as it reaches into the window."""
        here, there = self._shared(presence.box)
        share, first, second = presence.share[there], self._first[here], self._second[here]
        wins = share > first
        second[...] = np.where(wins, first, np.maximum(second, share))
        first[wins] = share[wins]
        self._whose[here][wins] = presence.number

    def field_of(self, presence: _Presence) -> NDArray[np.float64]:
        """Return what is positive where a presence that lies in the window wins and particle is; a frame is not.

        Returns
        -------
        ndarray
            Shape of the presence's box, and one pixel more on each side.
        """
        here, _ = self._shared(presence.box)
        its_own = self._whose[here] == presence.number
        ahead = presence.share - np.where(its_own, self._second[here], self._first[here])
        field = np.full((ahead.shape[0] + 2, ahead.shape[1] + 2), -self._level)
        np.minimum(self._above[here], ahead, out=field[1:-1, 1:-1])
        return field

    def _shared(self, box: Window) -> tuple[Window, Window]:
        """Return the part of a box that lies here, in px of the arrays here, and in px of the box."""
        spans = [
            (max(side.start, first), min(side.stop, first + length))
            for side, first, length in zip(box, self._corner, self._first.shape, strict=True)
        ]
        here = [slice(low - first, high - first) for (low, high), first in zip(spans, self._corner, strict=True)]
        there = [slice(low - side.start, high - side.start) for (low, high), side in zip(spans, box, strict=True)]
        return (here[0], here[1]), (there[0], there[1])


def _largest(field: NDArray[np.float64], box: Window) -> Contour | None:
    corner = [box[1].start - 1, box[0].start - 1]
    traced = [Contour(path[:, ::-1] + corner) for path in find_contours(field, 0.0) if len(path) > 3]
    return max(traced, key=lambda contour: contour.area_px) if len(traced) > 1 else next(iter(traced), None)
