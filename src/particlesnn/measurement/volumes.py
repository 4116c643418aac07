"""Volumes over three bases that need no plane through the surroundings: the grain volumes of Gwyddion.

Necas and Klapetek, Gwyddion user guide, "Grain statistics". Heights are summed pixel by pixel.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import LinearOperator, cg

_RESIDUAL = 1e-5
"""Share of the residual at which the film is good: volumes are then off by less than 0.1 % of the median volume."""
_MOST_STEPS = 2000
_BATCH_PX = 2**15
"""About so many pixels are solved for at a time: memory does not grow with the scan, what is worked on stays near the
processor, and the residual is one of few particles."""


@dataclass(frozen=True, eq=False)
class Volumes:
    """Volumes of N particles, each of shape (N,), in the height unit times px^2; NaN for one without pixels."""

    zero: NDArray[np.float64]
    """Between the surface and the height 0 of the scan as recorded."""
    minimum: NDArray[np.float64]
    """Between the surface and the particle's lowest pixel."""
    laplace: NDArray[np.float64]
    """Between the surface and `laplace_basis`."""


def measure_volumes(
    values: NDArray[np.float64], labels: NDArray[np.int32], count: int, pixel: tuple[float, float]
) -> Volumes:
    """Measure the volumes of all particles of a scan.

    Parameters
    ----------
    values
        Shape (H, W): the scan.
    labels
        Shape (H, W): the number of the particle at each pixel, from 1; 0 on the substrate.
    count
        How many particles there are.
    pixel
        Sides of a pixel (dy, dx); only their ratio matters.
    """
    inside = labels > 0
    owner, heights = labels[inside], values[inside]
    sizes = np.bincount(owner, minlength=count + 1)[1:].astype(np.float64)
    sizes[sizes == 0] = np.nan

    def total(of: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(owner, weights=of, minlength=count + 1)[1:] + 0 * sizes

    lowest = np.full(count + 1, np.inf)
    np.minimum.at(lowest, owner, heights)
    zero = total(heights)
    floor = np.where(np.isfinite(lowest[1:]), lowest[1:], np.nan)
    return Volumes(zero, zero - sizes * floor, zero - total(laplace_basis(values, inside, pixel)))


def laplace_basis(
    values: NDArray[np.float64], inside: NDArray[np.bool_], pixel: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.float64]:
    """Stretch a soap film under the particles: the surface that solves Laplace's equation from the heights around them.

    The heights around are those of the substrate pixels beside a particle; particles that touch are taken away
    together. At the border of the scan the film is level. The five-point formula, by conjugate gradients.

    Parameters
    ----------
    values
        Shape (H, W): the scan.
    inside
        Shape (H, W): pixels under particles.
    pixel
        Sides of a pixel (dy, dx); only their ratio matters.

    Returns
    -------
    ndarray
        Shape (M,): the film's height at each of the M pixels inside, row by row; NaN where a cluster of particles
        fills the scan and no substrate is beside it.
    """
    unknowns = int(np.count_nonzero(inside))
    if not unknowns:
        return np.zeros(0)
    if unknowns == inside.size:
        return np.full(unknowns, np.nan)
    level = float(np.median(values))
    clusters = np.asarray(ndimage.label(inside)[0], dtype=np.int32)
    cluster = clusters[inside]
    film = np.empty(unknowns)
    for first, beyond, window in _batches(clusters):
        own = (clusters[window] >= first) & (clusters[window] < beyond)
        film[(cluster >= first) & (cluster < beyond)] = _film_under(own, values[window] - level, pixel)
    return np.asarray(film + level, dtype=np.float64)


def _batches(clusters: NDArray[np.int32]) -> Iterator[tuple[int, int, tuple[slice, slice]]]:
    """Sort clusters, numbered from 1 in the order of their first rows, into batches of neither few nor many pixels.

    Yields
    ------
    tuple
        The first cluster of a batch, the one after its last, and the window that holds them and the pixels beside them.
    """
    boxes = ndimage.find_objects(clusters)
    sizes = np.cumsum(np.bincount(clusters.ravel())[1:])
    first = 0
    while first < len(boxes):
        done = sizes[first - 1] if first else 0
        beyond = max(int(np.searchsorted(sizes, done + _BATCH_PX, side="right")), first + 1)
        window = (
            slice(
                max(min(box[axis].start for box in boxes[first:beyond]) - 1, 0),
                max(box[axis].stop for box in boxes[first:beyond]) + 1,
            )
            for axis in (0, 1)
        )
        rows, columns = window
        yield first + 1, beyond + 1, (rows, columns)
        first = beyond


def _film_under(
    inside: NDArray[np.bool_], values: NDArray[np.float64], pixel: tuple[float, float]
) -> NDArray[np.float64]:
    """Stretch the film under some clusters, which lie in a window with all pixels beside them."""
    matrix, right, held = _equations(values, inside, pixel)
    rows, columns = np.nonzero(inside)
    film = _solved(matrix, right, (rows + columns) % 2 == 0)
    cluster = ndimage.label(inside)[0][inside]
    floating = np.bincount(cluster, weights=held) == 0
    film[floating[cluster]] = np.nan
    return film


def _solved(matrix: sparse.csr_array, right: NDArray[np.float64], white: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Solve the film's equations for the black fields of the chessboard, and read the white ones off them.

    The five-point formula joins black to white alone, so that the white unknowns are eliminated at no cost, and
    conjugate gradients take half as many steps on half as many unknowns (red-black reduction; Saad, Iterative Methods
    for Sparse Linear Systems, 2003, section 12.4).

    Parameters
    ----------
    matrix, right
        As `_equations` gives them, of M unknowns.
    white
        Shape (M,): which unknowns stand on white fields.
    """
    one, other = np.flatnonzero(white), np.flatnonzero(~white)
    diagonal = matrix.diagonal()
    to_white = matrix[one][:, other]
    to_black = to_white.T.tocsr()
    reduced = LinearOperator(
        (len(other), len(other)),
        matvec=lambda black: diagonal[other] * black - to_black @ (to_white @ black / diagonal[one]),
        dtype=np.float64,
    )
    film = np.empty(len(right))
    film[other], _ = cg(
        reduced, right[other] - to_black @ (right[one] / diagonal[one]), rtol=_RESIDUAL, maxiter=_MOST_STEPS
    )
    film[one] = (right[one] - to_white @ film[other]) / diagonal[one]
    return film


def _equations(
    values: NDArray[np.float64], inside: NDArray[np.bool_], pixel: tuple[float, float]
) -> tuple[sparse.csr_array, NDArray[np.float64], NDArray[np.bool_]]:
    """Return matrix and right side of the film's equations, and which of its pixels lie beside the substrate."""
    unknowns = int(np.count_nonzero(inside))
    every = np.arange(unknowns, dtype=np.int32)
    numbers = np.full(inside.shape, -1, dtype=np.int32)
    numbers[inside] = every
    diagonal, right, held = np.zeros(unknowns), np.zeros(unknowns), np.zeros(unknowns, dtype=np.bool_)
    entries = [(every, every, diagonal)]
    for axis, weight in ((0, pixel[1] / pixel[0]), (1, pixel[0] / pixel[1])):
        for here, there in (_pairs(axis), _pairs(axis)[::-1]):
            own, other = numbers[here], numbers[there]
            linked, beside = (own >= 0) & (other >= 0), (own >= 0) & (other < 0)
            diagonal[own[own >= 0]] += weight
            right[own[beside]] += weight * values[there][beside]
            held[own[beside]] = True
            entries.append((own[linked], other[linked], np.full(np.count_nonzero(linked), -weight)))
    row, column, entry = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return sparse.csr_array((entry, (row, column)), shape=(unknowns, unknowns)), right, held


def _pairs(axis: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Slices of all pixels that have a next one along an axis, and of those next ones."""
    first, next_one, all_of_it = slice(None, -1), slice(1, None), slice(None)
    return ((first, all_of_it), (next_one, all_of_it)) if axis == 0 else ((all_of_it, first), (all_of_it, next_one))
