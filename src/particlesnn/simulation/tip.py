"""The tip: what the microscope sees is the surface dilated by the tip's mirrored shape.

J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102, 425 (1997): image = surface (+) tip. Dilation distributes
over the maximum, so each particle may be broadened alone and laid on the broadened substrate: that is what makes
the truth exact.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import grey_dilation

from particlesnn.simulation.settings import TipSettings

_WIDEST_PX = 18
"""Half width at which a tip is cut off, for the time that dilation takes.

Above particles of up to some 40 px a usual tip is higher there than they are. Larger ones, and those under very blunt
tips, are broadened by its inner part alone; scan and truth agree all the same.
"""


def tip_shape(
    settings: TipSettings, diameter_px: float, aspect: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Height of the tip above its apex, turned upside down as the dilation wants it.

    Parameters
    ----------
    settings
        Radius, asymmetry, second apex.
    diameter_px, aspect
        Median diameter and height / diameter of the particles: they set the scale of px against heights.
    rng
        Source of chance, for the direction of the asymmetry.

    Returns
    -------
    ndarray of shape (S, S)
        0 at the apex and negative around it, in units of the median particle height; S is odd.
    """
    # Lateral px per unit of height; a paraboloid z = u^2 / 2R has radius R at its apex.
    px_per_height = diameter_px * aspect
    radius_px = max(settings.radius * diameter_px, 0.3)
    tallest = 2.5 * px_per_height
    half = int(np.clip(np.ceil(np.sqrt(2 * radius_px * tallest) + settings.double_px), 1, _WIDEST_PX))
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    squeeze = np.exp(settings.asymmetry / 2)
    shape = -((u * squeeze) ** 2 + (v / squeeze) ** 2) / (2 * radius_px) / px_per_height
    if settings.double_px:
        away = rng.uniform(0, 2 * np.pi)
        dx, dy = settings.double_px * np.cos(away), settings.double_px * np.sin(away)
        second = -((x - dx) ** 2 + (y - dy) ** 2) / (2 * radius_px) / px_per_height - settings.double_below
        shape = np.maximum(shape, second)
    return np.asarray(shape, dtype=np.float64)


def dilate(surface: NDArray[np.float64], tip: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the surface as the tip shows it, same shape; the borders are continued outwards.

    The tip is trimmed to what can matter: a part that stands higher above the apex than the surface's whole relief
    never touches first.
    """
    relief = float(np.ptp(surface))
    rows, columns = np.nonzero(tip > -relief - 1e-12)
    half = len(tip) // 2
    reach = int(max(np.abs(rows - half).max(initial=0), np.abs(columns - half).max(initial=0)))
    trimmed = tip[half - reach : half + reach + 1, half - reach : half + reach + 1]
    if reach == 0:
        return surface
    # The stubs leave out arrays as structures, which scipy documents.
    return np.asarray(grey_dilation(surface, structure=trimmed, mode="nearest"))  # type: ignore[call-overload]
