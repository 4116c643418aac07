"""Which fits are to be trusted. All others leave the contour as it was."""

import numpy as np
from numpy.typing import NDArray

from particlesnn.refinement.fit import Floats, forms
from particlesnn.refinement.joint import Bumps

_SUREST = 0.12
"""Largest standard error of ln(diameter)."""
_FAINTEST = 4.0
"""Least amplitude, in standard errors of itself."""
_ROUGHEST = 0.4
"""Largest residual, as a share of the amplitude."""
_WANDERED = 0.6
"""Farthest that the centre may lie from the contour's centre of mass, in half axes: within the contour."""
_LONGEST = 2.2
"""Largest ratio of the bump's axes ..."""
_STRETCHED = 1.3
"""... unless the contour is longish itself: then so many times its own ratio."""
_AREAS = (0.5, 2.0)
"""Least and largest area of a refined contour, as a share of the area that it had."""
_SEEN = 0.35
"""Least share of the particle that lies on the scan and in its own territory."""


def trusted(bumps: Bumps, areas_px: Floats) -> NDArray[np.bool_]:
    """Judge each fit by itself, shape (N,).

    Parameters
    ----------
    bumps
        N fits.
    areas_px
        Areas of the contours as they were given, shape (N,).
    """
    parameters, covariances = bumps.parameters, bumps.covariances
    amplitude = parameters[:, 5]
    spread = covariances[:, 2, 2] + covariances[:, 4, 4] + 2 * covariances[:, 2, 4]
    with np.errstate(invalid="ignore"):
        error = np.sqrt(spread) / 2
        faintness = amplitude / np.sqrt(covariances[:, 5, 5])
    longest = np.maximum(_LONGEST, _STRETCHED * _aspects(bumps.frames.axes_px))
    return np.asarray(
        np.isfinite(parameters).all(axis=1)
        & (areas_px > 0)
        & (error < _SUREST)
        & (amplitude > 0)
        & (faintness > _FAINTEST)
        & (bumps.noises < _ROUGHEST * amplitude)
        & (np.hypot(parameters[:, 0], parameters[:, 1]) < _WANDERED)
        & (_aspects(bumps.frames.axes_px @ np.linalg.inv(forms(parameters))) < longest)
        & (bumps.seen > _SEEN)
    )


def sane(areas_px: Floats, before_px: Floats) -> NDArray[np.bool_]:
    """Judge each contour by its area against the area that it had, shape (N,)."""
    return np.asarray((areas_px > _AREAS[0] * before_px) & (areas_px < _AREAS[1] * before_px))


def _aspects(matrices: Floats) -> Floats:
    """Ratio of the singular values of each matrix, shape (N,)."""
    sizes = np.linalg.svd(matrices, compute_uv=False)
    return np.asarray(sizes[:, 0] / np.maximum(sizes[:, 1], 1e-12))
