"""Grounds of electron micrographs that are no even film: rough, etched to its grains, layered, scratched."""

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from particlesnn.simulation.fields import Field, smooth_field

_OCTAVES = 5


def rough_ground(size_px: int, length_px: float, rng: np.random.Generator) -> Field:
    """Draw the brightness of a rough surface, with mean 0 and unit standard deviation.

    What is steep towards the detector is bright, and what is high is brighter than what is low.

    Parameters
    ----------
    size_px
        Side of the picture.
    length_px
        About how large its coarsest features are.
    rng
        Source of chance.

    Returns
    -------
    ndarray of shape (size_px, size_px)
        Brightness.
    """
    shape = (size_px, size_px)
    heights = _rough(shape, length_px, rng)
    kind = rng.choice(["rough", "grains", "layers", "scratches"], p=[0.45, 0.25, 0.15, 0.15])
    if kind == "grains":
        heights = heights * rng.uniform(0.2, 0.8) + _grains(shape, 4 * length_px, rng)
    elif kind == "layers":
        heights = heights * rng.uniform(0.2, 0.8) + _layers(shape, length_px, rng)
    elif kind == "scratches":
        heights = heights * rng.uniform(0.2, 0.8) + _scratches(shape, rng)
    light = rng.uniform(0, 2 * np.pi)
    along_rows, along_columns = np.gradient(gaussian_filter(heights, rng.uniform(0.5, 1.5)))
    slope = along_rows * np.sin(light) + along_columns * np.cos(light)
    steep = np.hypot(along_rows, along_columns)
    lit = sum(
        share * _unit(part) for share, part in zip(rng.dirichlet(np.ones(3)), (heights, slope, steep), strict=True)
    )
    return _unit(np.asarray(lit))


def _unit(field: Field) -> Field:
    return np.asarray((field - field.mean()) / (field.std() + 1e-12))


def _rough(shape: tuple[int, int], length_px: float, rng: np.random.Generator) -> Field:
    """Add up random fields, each half as coarse as the one before and lower (a fractal surface)."""
    fall = rng.uniform(0.4, 0.9)
    fields = (fall**octave * smooth_field(shape, length_px / 2**octave, rng) for octave in range(_OCTAVES))
    return _unit(np.asarray(sum(fields)))


def _grains(shape: tuple[int, int], width_px: float, rng: np.random.Generator) -> Field:
    """Cells of one level each, with a groove or a ridge between them, as etching leaves them."""
    count = int(np.clip(shape[0] * shape[1] / width_px**2, 2, 400))
    seeds = rng.uniform(0, shape[0], (count, 2))
    bend = 0.15 * width_px
    places = np.mgrid[: shape[0], : shape[1]] + np.stack([bend * smooth_field(shape, width_px / 4, rng) for _ in "yx"])
    near, owner = (np.asarray(found) for found in KDTree(seeds).query(places.reshape(2, -1).T, k=2))
    between = (near[:, 1] - near[:, 0]).reshape(shape)
    groove = rng.uniform(-3, 3) * np.exp(-((between / rng.uniform(1.0, 4.0)) ** 2))
    levels = rng.uniform(0.2, 1.2) * rng.normal(size=count)
    return np.asarray(levels[owner[:, 0]].reshape(shape) + groove)


def _layers(shape: tuple[int, int], period_px: float, rng: np.random.Generator) -> Field:
    """Stripes that bend and end, as in pearlite."""
    phase = smooth_field(shape, 4 * period_px, rng) * rng.uniform(0.5, 4.0)
    turn = rng.uniform(0, np.pi)
    y, x = np.mgrid[: shape[0], : shape[1]]
    stripes = np.sin(2 * np.pi / period_px * (x * np.cos(turn) + y * np.sin(turn)) + phase)
    where = smooth_field(shape, 6 * period_px, rng) > rng.normal(0, 0.7)
    return np.asarray(2 * stripes * gaussian_filter(where.astype(np.float64), 2.0))


def _scratches(shape: tuple[int, int], rng: np.random.Generator) -> Field:
    """Fine lines across the picture, most in one direction, as polishing leaves them."""
    main = rng.uniform(0, np.pi)
    y, x = np.mgrid[: shape[0], : shape[1]] - shape[0] / 2
    field = np.zeros(shape)
    for _ in range(int(rng.integers(3, 40))):
        turn = main + rng.normal(0, 0.15)
        across = x * np.cos(turn) + y * np.sin(turn) - rng.uniform(-0.7, 0.7) * shape[0]
        field += rng.normal() * np.exp(-((across / rng.uniform(0.5, 2.5)) ** 2))
    return 3 * field
