"""The same specimen as a tip without width would show it: the truth that a reconstruction is measured against."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Particle, ParticleMap, Scan, Tip
from particlesnn.simulation.scene import View, view
from particlesnn.simulation.settings import ScanSettings
from particlesnn.simulation.simulate import height_nm, seen_by, settings_like, traced


@dataclass(frozen=True, eq=False)
class Unbroadened:
    """What stands behind a simulated scan."""

    surface: Scan
    """The specimen itself, in nm."""
    broadened: Scan
    """What the tip shows of it, before the instrument adds its faults."""
    truth: ParticleMap
    """Contours of the bodies themselves, at a quarter of their own height. Each has the id that `simulate` gives to the
    same particle; one that no tip shows is left out."""
    tip: Tip
    """The tip; the first one, where it changes while scanning."""


def simulate_without_tip(like: str | ScanSettings, seed: int) -> Unbroadened:
    """Simulate what `simulate` does with the same arguments, without its tip and without its instrument.

    Parameters
    ----------
    like, seed
        As of `simulate`.

    Raises
    ------
    ValueError
        When there is no tier of that name.
    """
    settings = settings_like(like)
    seen = seen_by(settings, np.random.default_rng(seed))
    bare = view(seen.specimen, np.zeros((1, 1)))
    unit, side = height_nm(settings), settings.scene.pixel_nm

    def scan_of(heights: NDArray[np.float64], what: str) -> Scan:
        return Scan(heights * unit, "nm", (side, side), "Topography", f"{what}, seed {seed}")

    radius = settings.tip.radius * settings.scene.diameter_px * side
    return Unbroadened(
        surface=scan_of(bare.surface, "specimen"),
        broadened=scan_of(seen.view.surface, "broadened"),
        truth=_numbered_as(seen.view, bare),
        tip=Tip(seen.tip * unit, (side, side), radius),
    )


def _numbered_as(seen: View, bare: View) -> ParticleMap:
    """Trace the bare bodies, with the ids that the truth of the broadened scan gives them."""
    ids = {body: number for number, body in enumerate(traced(seen.labels, seen.margins), start=1)}
    contours = traced(bare.labels, bare.margins)
    particles = (Particle(contour, origin="human", id=ids[body]) for body, contour in contours.items() if body in ids)
    rows, columns = bare.labels.shape
    return ParticleMap((rows, columns), tuple(particles))
