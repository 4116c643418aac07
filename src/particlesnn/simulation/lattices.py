"""Regular patterns of a surface that are no particles: atoms, moire, networks of molecules, herringbones."""

import numpy as np

from particlesnn.simulation.fields import Field, smooth_field


def lattice(size_px: int, period_px: float, rng: np.random.Generator) -> Field:
    """Draw a pattern, 0..1.

    Parameters
    ----------
    size_px
        Side of the scan.
    period_px
        Distance of the pattern's crests.
    rng
        Source of chance.

    Returns
    -------
    ndarray of shape (size_px, size_px)
        The pattern; a lattice bends a little, as drift and creep of the scanner make it.
    """
    shape = (size_px, size_px)
    bend = period_px / 15
    y, x = np.mgrid[:size_px, :size_px] + np.stack([bend * smooth_field(shape, size_px / 6, rng) for _axis in "yx"])
    turn = rng.uniform(0, np.pi)
    x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    kind = rng.choice(["waves", "sites", "herringbone"], p=[0.45, 0.4, 0.15])
    if kind == "herringbone":
        pattern = _herringbone(x, y, period_px, rng)
    elif kind == "sites":
        pattern = _sites(x, y, period_px, rng)
    else:
        pattern = _waves(x, y, period_px, rng)
    return np.asarray((pattern - pattern.min()) / np.ptp(pattern), dtype=np.float64)


def _waves(x: Field, y: Field, period_px: float, rng: np.random.Generator) -> Field:
    """Atoms or moire: a few plane waves."""
    waves = int(rng.choice([1, 2, 3, 3]))
    angles = np.arange(waves) * np.pi / max(waves, 2)
    phases = (2 * np.pi / period_px * (x * np.cos(angle) + y * np.sin(angle)) for angle in angles)
    return np.asarray(sum(np.cos(phase) for phase in phases))


def _sites(x: Field, y: Field, period_px: float, rng: np.random.Generator) -> Field:
    """Touching bumps on a lattice, alike in each cell; some places of the cell are empty or lower.

    Hexagonal cells with an empty corner look as Si(111) 7x7 does, cells of three with one empty as a honeycomb.
    """
    between = np.deg2rad(rng.choice([60.0, 60.0, 60.0, 90.0, rng.uniform(60, 120)]))
    u = (x - y / np.tan(between)) / period_px
    v = y / np.sin(between) / period_px
    cell = rng.choice([1, 2, 3, 3, 4, 5, 7])
    heights = 1 - rng.uniform(0, 0.3) * rng.random((cell, cell))
    if cell > 1:
        if rng.random() < 0.4:
            row, column = np.indices((cell, cell))
            heights[(row - column) % cell == 0] = rng.uniform(0, 0.4)
        heights[0, 0] = rng.uniform(0, 0.5)
    width = rng.uniform(0.32, 0.5)
    pattern = np.zeros(x.shape)
    for row in range(-1, 2):
        for column in range(-1, 2):
            i, j = np.floor(u).astype(np.intp) + row, np.floor(v).astype(np.intp) + column
            across, along = u - i - 0.5, v - j - 0.5
            square = across**2 + along**2 + 2 * across * along * np.cos(between)
            pattern = np.maximum(pattern, heights[i % cell, j % cell] * np.exp(-square / (2 * width**2)))
    return pattern


def _herringbone(x: Field, y: Field, period_px: float, rng: np.random.Generator) -> Field:
    """Pairs of stripes that bend at elbows, as on Au(111) (Barth et al. 1990)."""
    reach = period_px * rng.uniform(2, 10)
    zigzag = np.abs((x / reach) % 2 - 1) * reach * np.tan(np.deg2rad(rng.uniform(15, 30)))
    across = ((y + zigzag) / (2 * period_px)) % 1
    apart, width = rng.uniform(0.15, 0.25), rng.uniform(0.06, 0.14)
    return np.asarray(sum(np.exp(-((across - 0.5 - side * apart) ** 2) / (2 * width**2)) for side in (-1, 1)))
