"""The instrument: it follows the surface line by line, too slowly, with noise, and sometimes fails.

All heights in units of the median particle height.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from particlesnn.simulation.settings import ScannerSettings

Heights = NDArray[np.float64]


def scan_surface(
    surface: Heights, settings: ScannerSettings, rng: np.random.Generator, changes: Sequence[int] = ()
) -> Heights:
    """Scan the surface.

    Parameters
    ----------
    surface
        Shape (H, W): what the tip would show if the instrument were perfect.
    settings
        What goes wrong.
    rng
        Source of chance.
    changes
        Lines at which the tip changed: there the height jumps.

    Returns
    -------
    ndarray of shape (H, W)
        The heights as recorded.
    """
    if settings.saturation:
        low, high = np.quantile(surface, (0.02, 0.999))
        surface = np.minimum(surface, high - settings.saturation * (high - low))
    recorded = _lagging(surface, settings.lag, rng)
    recorded = recorded + settings.noise * _coloured_noise(recorded.shape, rng)
    recorded = recorded + _line_offsets(recorded.shape[0], settings, rng, changes)[:, np.newaxis]
    recorded = _scarred(recorded, settings.scars, rng)
    recorded = _spiky(recorded, settings.spikes, rng)
    recorded = _with_missing_lines(recorded, settings.missing_lines, rng)
    if settings.levels:
        step = np.ptp(recorded) / settings.levels
        recorded = np.round(recorded / step) * step if step else recorded
    return recorded


def _lagging(surface: Heights, lag: float, rng: np.random.Generator) -> Heights:
    """First-order lag of the feedback along the fast axis; falls are followed more slowly than rises are."""
    if lag <= 0:
        return surface
    backwards = bool(rng.integers(2))
    lines = surface[:, ::-1] if backwards else surface
    start = lag * lines[:, :1]
    followed, _ = lfilter([1 - lag], [1, -lag], lines, axis=1, zi=start)
    # A tip never cuts into the surface: where it lags on a rise the feedback retracts faster.
    followed = np.maximum(followed, lines - 0.5 * np.abs(lines - followed))
    return np.asarray(followed[:, ::-1] if backwards else followed, dtype=np.float64)


def _coloured_noise(shape: tuple[int, ...], rng: np.random.Generator) -> Heights:
    """White noise, partly correlated along the fast axis as electronics' noise is; unit standard deviation."""
    noise = rng.normal(size=shape)
    share = rng.choice([0.0, 0.0, rng.uniform(0.0, 0.7)])
    if share:
        noise = np.asarray(lfilter([1.0], [1.0, -share], noise, axis=1)) * np.sqrt(1 - share**2)
    return noise


def _line_offsets(rows: int, settings: ScannerSettings, rng: np.random.Generator, changes: Sequence[int]) -> Heights:
    """Each line's own offset, the 1/f drift and the jumps where the tip changed."""
    offsets = settings.line_noise * rng.normal(size=rows)
    frequencies = np.fft.rfftfreq(rows)
    frequencies[0] = np.inf
    spectrum = (rng.normal(size=len(frequencies)) + 1j * rng.normal(size=len(frequencies))) / np.sqrt(frequencies)
    drift = np.fft.irfft(spectrum, rows)
    offsets += settings.drift * drift / (drift.std() + 1e-12)
    for row in changes:
        offsets[row:] += rng.normal(0, 0.5)
    return offsets


def _scarred(recorded: Heights, scars: int, rng: np.random.Generator) -> Heights:
    recorded = recorded.copy()
    rows, columns = recorded.shape
    for _ in range(scars):
        row, thickness = int(rng.integers(rows)), int(rng.choice([1, 1, 1, 2]))
        first = int(rng.integers(-columns // 4, columns))
        last = first + int(rng.exponential(columns / 6)) + 3
        recorded[row : row + thickness, max(first, 0) : max(last, 0)] += rng.choice([-1, 1, 1]) * rng.uniform(0.2, 1.5)
    return recorded


def _spiky(recorded: Heights, spikes: int, rng: np.random.Generator) -> Heights:
    recorded = recorded.copy()
    rows, columns = recorded.shape
    for _ in range(spikes):
        row, column = int(rng.integers(rows)), int(rng.integers(columns))
        recorded[row, column : column + int(rng.integers(1, 4))] += rng.choice([-1, 1, 1]) * rng.uniform(0.5, 3.0)
    return recorded


def _with_missing_lines(recorded: Heights, missing: int, rng: np.random.Generator) -> Heights:
    recorded = recorded.copy()
    lowest = recorded.min()
    for _ in range(missing):
        row, thickness = int(rng.integers(1, len(recorded))), int(rng.integers(1, 4))
        # Some programs repeat the last line, some write zeros.
        recorded[row : row + thickness] = recorded[row - 1] if rng.random() < 0.5 else lowest
    return recorded
