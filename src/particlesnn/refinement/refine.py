"""The verb of this room: contours in, better contours out, and what cannot be bettered stays as it was."""

from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import shapely
from numpy.typing import NDArray

from particlesnn.core import GaussianBump, Particle, ParticleMap, Scan
from particlesnn.refinement.fit import Floats, forms
from particlesnn.refinement.frames import completed, frames_of
from particlesnn.refinement.joint import REACH, Bumps, fit_jointly
from particlesnn.refinement.lines import line_offsets
from particlesnn.refinement.lobes import lobes_of
from particlesnn.refinement.outlines import contour_of, polygon_of, sections, without_overlap
from particlesnn.refinement.pairs import pairs_of
from particlesnn.refinement.single import refine_singly
from particlesnn.refinement.trust import sane, trusted

Refinement = Literal["gaussian", "gaussian-single"]
REFINEMENTS: tuple[Refinement, ...] = get_args(Refinement)
"""All ways to refine."""
_CUT_PX = 0.5
"""A contour is cut by the scan when it comes so near to the outermost pixels' centres."""


def refine(scan: Scan, particles: ParticleMap, how: Refinement = "gaussian") -> ParticleMap:
    """Refine the contours by fitting a bump to the heights of each particle.

    Parameters
    ----------
    scan
        The scan, as recorded.
    particles
        Its particles; whoever drew them, their contours say where to look.
    how
        "gaussian": all at once, touching ones as what they are, the border at a quarter of the height. Or
        "gaussian-single": as section 2.5 of Okunev et al. 2020 has it, one by one, at half height.

    Returns
    -------
    ParticleMap
        The same particles in the same order. A refined one has the origin "refined", its bump, and the contour that it
        had before; one whose fit is not to be trusted is the very one that was given.

    Raises
    ------
    ValueError
        When the particles are of another scan, or there is no such way to refine.
    """
    if scan.shape_px != particles.shape_px:
        raise ValueError(f"a map of {particles.shape_px} px does not belong to a scan of {scan.shape_px} px")
    if how not in REFINEMENTS:
        raise ValueError(f"contours are refined by one of {REFINEMENTS}, not by {how!r}")
    if not particles.particles:
        return particles
    if how == "gaussian-single":
        refined = refine_singly(scan, particles.particles)
    else:
        refined = _refine_jointly(scan, particles.particles)
    return replace(particles, particles=refined)


def _refine_jointly(scan: Scan, particles: tuple[Particle, ...]) -> tuple[Particle, ...]:
    contours = [particle.contour for particle in particles]
    cut = _cut_by_scan(scan, particles)
    frames = completed(frames_of(contours), contours, cut, scan.shape_px)
    pairs = pairs_of(frames, REACH)
    lobes = lobes_of(contours, frames, pairs, cut)
    offsets = line_offsets(scan.values, frames)
    bumps = fit_jointly(scan.values - offsets[:, np.newaxis], frames, lobes, pairs, cut)
    areas = np.array([contour.area_px for contour in contours])
    given = np.array([polygon_of(contour) for contour in contours], dtype=object)
    chosen = trusted(bumps, areas)
    heights = np.abs(bumps.parameters[:, 5] * bumps.contrasts)
    final, fresh = given.copy(), np.ones(len(given), dtype=bool)
    while fresh.any():
        redrawn = fresh & chosen
        final[redrawn] = sections(bumps, chosen, redrawn, scan.shape_px)
        final[fresh & ~chosen] = given[fresh & ~chosen]
        final = without_overlap(final, ~chosen, heights, fresh)
        dropped = chosen & ~sane(shapely.area(final), areas)
        chosen &= ~dropped
        fresh = dropped.copy()  # and its neighbours: they have more room now, or less
        fresh[bumps.pairs.one[dropped[bumps.pairs.other]]] = True
    fitted = _gaussians(bumps, offsets)
    return tuple(
        replace(particle, contour=contour_of(shape), origin="refined", bump=bump, unrefined=particle.contour)
        if good
        else particle
        for particle, shape, bump, good in zip(particles, final, fitted, chosen, strict=True)
    )


def _cut_by_scan(scan: Scan, particles: tuple[Particle, ...]) -> NDArray[np.bool_]:
    rows, columns = scan.shape_px
    bounds = np.array([particle.contour.bounds_px for particle in particles])
    nearest = np.minimum(bounds[:, :2], np.array([columns - 1, rows - 1]) - bounds[:, 2:]).min(axis=1)
    return np.asarray(nearest < _CUT_PX)


def _gaussians(bumps: Bumps, offsets: Floats) -> list[GaussianBump]:
    """Say the bumps in px and in the unit of the scan."""
    frames, parameters = bumps.frames, bumps.parameters
    powers = np.exp(parameters[:, 6])
    to_unit = (np.log(4.0) ** (0.5 / powers))[:, np.newaxis, np.newaxis] * (forms(parameters) @ frames.inverse)
    values, vectors = np.linalg.eigh(to_unit.transpose(0, 2, 1) @ to_unit)
    sigmas = values**-0.5
    centres = frames.to_px(parameters[:, np.newaxis, :2])[:, 0]
    ground = parameters[:, 7] + (parameters[:, 8:10] * parameters[:, :2]).sum(axis=1)
    rows = np.clip(np.round(centres[:, 1]), 0, len(offsets) - 1).astype(int)
    bases = bumps.bases + bumps.contrasts * ground + offsets[rows]
    return [
        GaussianBump(
            amplitude=float(amplitude),
            centre_px=(float(x), float(y)),
            sigmas_px=(float(sigma[0]), float(sigma[1])),
            angle_rad=float(np.arctan2(axis[1, 0], axis[0, 0])),
            base=float(base),
            residual=float(residual),
            power=float(power),
        )
        for amplitude, (x, y), sigma, axis, base, residual, power in zip(
            parameters[:, 5] * bumps.contrasts,
            centres,
            sigmas,
            vectors,
            bases,
            bumps.noises * np.abs(bumps.contrasts),
            powers,
            strict=True,
        )
    ]
