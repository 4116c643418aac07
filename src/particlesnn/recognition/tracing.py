"""From labelled pixels and a map to contours between the pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, gaussian_filter
from skimage.measure import find_contours

from particlesnn.core import Contour

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
        Number of the label to its contour; a label of which no closed border can be traced is left out.
    """
    above = particle.astype(np.float64) - level
    presences = _presences(labels)
    rivals = _Rivals((labels == 0) & (above > 0))
    for presence in presences:
        rivals.admit(presence)
    contours = {}
    for presence in presences:
        ahead = presence.share - rivals.strongest_against(presence)
        field = np.pad(np.minimum(above[presence.box], ahead), 1, constant_values=-level)
        contour = _largest(field, presence.box)
        if contour is not None:
            contours[presence.number] = contour
    return contours


@dataclass(frozen=True, eq=False)
class _Presence:
    """How much of the surroundings of each pixel belongs to one label."""

    number: int
    box: tuple[slice, slice]
    """Where it is more than nothing."""
    share: NDArray[np.float64]
    """Shape of the box, 0..1."""


class _Rivals:
    """For each pixel the strongest presence, whose it is, and the strongest of all others."""

    def __init__(self, unclaimed: NDArray[np.bool_]) -> None:
        # What is particle but nobody's is a rival as well, of number 0.
        self._first = gaussian_filter(unclaimed.astype(np.float64), _SOFTEST_PX[0], truncate=_REACH)
        self._second = np.zeros_like(self._first)
        self._whose = np.zeros(unclaimed.shape, dtype=np.int32)

    def admit(self, presence: _Presence) -> None:
        """Let one more compete."""
        first, second = self._first[presence.box], self._second[presence.box]
        wins = presence.share > first
        second[...] = np.where(wins, first, np.maximum(second, presence.share))
        first[wins] = presence.share[wins]
        self._whose[presence.box][wins] = presence.number

    def strongest_against(self, presence: _Presence) -> NDArray[np.float64]:
        """Return the strongest presence but its own, shape of its box."""
        its_own = self._whose[presence.box] == presence.number
        return np.where(its_own, self._second[presence.box], self._first[presence.box])


def _presences(labels: NDArray[np.int32]) -> list[_Presence]:
    areas = np.bincount(labels.ravel())
    presences = []
    for number, found in enumerate(find_objects(labels), start=1):
        if found is None:
            continue
        softness = float(np.clip(_SOFTNESS * np.sqrt(4 / np.pi * areas[number]), *_SOFTEST_PX))
        margin = int(np.ceil(_REACH * softness))
        rows, columns = (
            slice(max(side.start - margin, 0), min(side.stop + margin, length))
            for side, length in zip(found, labels.shape, strict=True)
        )
        own = (labels[rows, columns] == number).astype(np.float64)
        share = gaussian_filter(own, softness, truncate=_REACH)
        presences.append(_Presence(number, (rows, columns), share))
    return presences


def _largest(field: NDArray[np.float64], box: tuple[slice, slice]) -> Contour | None:
    corner = [box[1].start - 1, box[0].start - 1]
    traced = [Contour(path[:, ::-1] + corner) for path in find_contours(field, 0.0) if len(path) > 3]
    return max(traced, key=lambda contour: contour.area_px, default=None)
