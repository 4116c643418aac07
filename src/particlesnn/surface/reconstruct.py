"""From a scan and what is known of the tip to the surface without the broadening."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter

from particlesnn.core import ParticleMap, Reconstruction, Scan, Tip, TipError
from particlesnn.surface.blind import apex_radius, closed_depth, estimate_tip, telling_places
from particlesnn.surface.conditioning import Conditioned, condition
from particlesnn.surface.erosion import certain_points, dilate, erode
from particlesnn.surface.known import TipChoice, known_tip

_NOISES = 4.0
"""Standard deviations of the noise that the threshold of a blind estimate is set to."""
_RELIEF_NOISES = 10.0
"""A peak tells of the tip when it stands out by more standard deviations of the noise than this."""
_FEWEST_PLACES = 5
"""Fewer peaks than this tell nothing."""
_DOUBTED = 0.005
"""Share of the peaks whose bounds are not believed, the tightest ones: faults of scanning."""
_REACH = 0.75
"""How far a blind tip reaches from its apex, as a share of the width of a large particle ..."""
_REACH_PX = (4, 32)
"""... and no less and no more than this."""
_HIDDEN = 0.5
"""Contacts nearer to one another than so many standard deviations of the noise cannot be told apart."""
_MISSING = 0.25
"""A given tip that cuts more than this share of the particles' height off their peaks is not the one."""
_CLOSED = 0.5
"""A tip whose section at this share of the particles' height is wider than its reach cannot be told from them."""


def check_reconstructable(scan: Scan) -> None:
    """See to it that the scan is one that a tip can have broadened.

    Raises
    ------
    TipError
        When it has no heights or no scale.
    """
    name = scan.source or "the scan"
    if scan.value_unit != "nm":
        raise TipError(
            f"{name} is a picture of grey levels, not of heights, so no tip can be taken off; leave out --tip"
        )
    if scan.pixel_nm is None:
        raise TipError(
            f"{name} has no scale, so the width of a tip cannot be told; give --pixel-size, or leave out --tip"
        )


def reconstruct(scan: Scan, particles: ParticleMap, choice: TipChoice) -> Reconstruction:
    """Take off the broadening by the tip.

    Parameters
    ----------
    scan
        A scan of heights with a scale.
    particles
        Its particles, which tell how high and how wide the structures are that matter.
    choice
        The tip, or to find it blindly.

    Raises
    ------
    TipError
        When the scan has no heights or no scale; when a given tip is too blunt to have made this scan; when a blind one
        cannot be told from it.
    """
    check_reconstructable(scan)
    assert scan.pixel_nm is not None
    relief, extents = _structures(scan, particles)
    conditioned = condition(scan.values, relief)
    if choice.radius_nm is None:
        tip = _blind_tip(scan, conditioned, relief, extents)
    else:
        tip = known_tip(choice, scan.pixel_nm, _highest_relief(conditioned.heights))
    surface = erode(conditioned.heights, tip.heights_nm)
    if choice.radius_nm is not None:
        _check_sharp_enough(scan, conditioned, surface, tip, relief)
    certain = certain_points(surface, tip.heights_nm, tolerance=_HIDDEN * conditioned.noise)
    return Reconstruction(conditioned.heights, surface, certain, tip)


def _check_sharp_enough(
    scan: Scan, conditioned: Conditioned, surface: NDArray[np.float64], tip: Tip, relief: float
) -> None:
    """Refuse a given tip that would have shown the peaks of this scan much lower than they were recorded."""
    peaks = telling_places(conditioned.heights, tip.reach_px, max(_RELIEF_NOISES * conditioned.noise, relief / 2))
    missing = (conditioned.heights - dilate(surface, tip.heights_nm))[peaks]
    if missing.size and float(np.median(missing)) > _MISSING * relief:
        raise TipError(
            f"a tip of {tip.radius_nm:g} nm cannot have made {scan.source or 'this scan'}: it is too blunt for the "
            "particles on it; give a smaller radius by --tip, or find it by --tip blind"
        )


def _structures(scan: Scan, particles: ParticleMap) -> tuple[float, NDArray[np.float64]]:
    """Median height of the particles above what is around them, and their extents (rows, columns) in px, (N, 2)."""
    bounds = np.array([particle.contour.bounds_px for particle in particles.particles]).reshape(-1, 4)
    extents = bounds[:, [3, 2]] - bounds[:, [1, 0]]
    heights = []
    for (left, top, right, bottom), (tall, wide) in zip(bounds, extents, strict=True):
        rows = slice(max(int(top - tall / 2), 0), int(bottom + tall / 2) + 2)
        columns = slice(max(int(left - wide / 2), 0), int(right + wide / 2) + 2)
        around = scan.values[rows, columns]
        if around.size:
            low, high = np.quantile(around, (0.05, 0.98))
            heights.append(high - low)
    return float(np.median(heights)) if heights else float(np.ptp(scan.values)), extents


def _highest_relief(heights: NDArray[np.float64]) -> float:
    return float((heights - minimum_filter(heights, size=2 * _REACH_PX[1] + 1, mode="nearest")).max())


def _blind_tip(scan: Scan, conditioned: Conditioned, relief: float, extents: NDArray[np.float64]) -> Tip:
    name = scan.source or "the scan"
    assert scan.pixel_nm is not None
    if not len(extents):
        raise TipError(f"{name} has no particles, so nothing on it tells of the tip; give its radius by --tip")
    wide = np.quantile(extents, 0.9, axis=0)
    rows, columns = (int(np.clip(np.ceil(_REACH * side), *_REACH_PX)) for side in wide)
    threshold = _NOISES * conditioned.noise
    places = telling_places(conditioned.heights, (rows, columns), _RELIEF_NOISES * conditioned.noise)
    if len(places[0]) < _FEWEST_PLACES:
        raise TipError(
            f"{name} is too flat for its noise: only {len(places[0])} peaks stand out enough to tell of the tip; "
            "give its radius by --tip, or leave the tip out"
        )
    doubted = round(_DOUBTED * len(places[0]))
    heights = estimate_tip(conditioned.heights, places, (rows, columns), threshold=threshold, doubted=doubted)
    radius = apex_radius(heights, scan.pixel_nm, threshold=threshold)
    if radius is None or closed_depth(heights) < _CLOSED * relief:
        raise TipError(
            f"{name} cannot tell the tip from the particles: a tip as wide as they are can have made it; "
            "give its radius by --tip, or scan something sharper"
        )
    return Tip(heights, scan.pixel_nm, radius, "blind", threshold)
