"""Blind estimation: the bluntest tip that can have made a scan.

J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102, 425 (1997). A scan I is the surface dilated by the tip P,
which is 0 at its apex and negative around it. Whatever the tip touches at the place x, it touches with some point d of
it, and the surface there stands at I(x) - P(d); where its apex stands later, the scan is no lower than that. So at
x - d the scan stands at I(x) - P(d) or above, and around it, at every u, at I(x) - P(d) + P(u) or above:

    P(u) <= max over d of [I(x - d + u) + P(d)] - I(x),     d with I(x - d) + P(d) >= I(x).

Each place x bounds the tip from above; the bounds together, repeated until nothing changes, are the estimate. Noise
would bound it too tightly; a threshold is added to each bound (the same paper; Dongmo et al., Ultramicroscopy 85, 141
(2000); how much the choice matters: Flater et al., Ultramicroscopy 146, 130 (2014)).
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

Heights = NDArray[np.float64]
Places = tuple[NDArray[np.intp], NDArray[np.intp]]
_PEAK_PX = 9
"""A place is the highest within a square of this side: spikes and noise count once."""
_MOST_CONTACTS = 64
"""A place where the tip may touch with more of its points says little and costs much; it is left out, which can only
leave the tip blunter."""
_AT_ONCE = 2_000_000
"""How many heights are compared at once, for the sake of memory."""
_MOST_ROUNDS = 12
_SLACK = 0.5
"""By this share of the threshold a contact may be missed: noise moves a peak away from where the tip touched."""
_SETTLED = 1e-3
"""A round that lowers the tip by no more than this share of its depth is the last."""


def telling_places(heights: Heights, reach_px: tuple[int, int], least_relief: float) -> Places:
    """Find the peaks that may bound the tip: rows and columns, each of shape (N,).

    Parameters
    ----------
    heights
        Shape (H, W).
    reach_px
        How many rows and columns the tip reaches from its apex; peaks nearer to the border of the scan say nothing,
        since the tip may touch outside.
    least_relief
        Peaks that stand out less from all that the tip can touch are left out as noise.
    """
    rows, columns = reach_px
    around = (2 * rows + 1, 2 * columns + 1)
    peaks = maximum_filter(heights, size=_PEAK_PX, mode="nearest") == heights
    peaks &= heights - minimum_filter(heights, size=around, mode="nearest") > least_relief
    inner = np.zeros_like(peaks)
    inner[rows : heights.shape[0] - rows, columns : heights.shape[1] - columns] = True
    y, x = np.nonzero(peaks & inner)
    return y, x


def estimate_tip(
    heights: Heights, places: Places, reach_px: tuple[int, int], *, threshold: float = 0.0, doubted: int = 0
) -> Heights:
    """Estimate the bluntest tip.

    Without noise and with a threshold of 0 the true tip is nowhere above the estimate, as far as the reach goes.

    Parameters
    ----------
    heights
        Shape (H, W): the scan.
    places
        Rows and columns of the places that bound the tip, at least ``reach_px`` from the border of the scan.
    reach_px
        Rows R and columns C that the tip reaches from its apex.
    threshold
        Added to each bound, in the unit of the heights: what noise can do.
    doubted
        The tightest bounds at each point of the tip, this many, are not believed: faults of scanning.

    Returns
    -------
    ndarray
        Shape (2 R + 1, 2 C + 1): 0 in the middle and nowhere above; 0 everywhere where no place bounds it.
    """
    rows, columns = reach_px
    shape = (2 * rows + 1, 2 * columns + 1)
    tip = np.zeros(shape)
    if not len(places[0]):
        return tip
    # Outside of the scan it may stand as high as it likes: no bound.
    padded = np.pad(heights, ((rows, rows), (columns, columns)), constant_values=np.inf).astype(np.float32)
    around = sliding_window_view(padded, shape)
    for _ in range(_MOST_ROUNDS):
        bounds = _tightest(heights, around, places, tip, doubted + 1, _SLACK * threshold)
        lower = np.minimum(tip, bounds + threshold)
        lower[rows, columns] = 0.0
        change = float(np.abs(lower - tip).max())
        tip = lower
        if change <= -_SETTLED * tip.min():
            break
    return tip


def _tightest(
    heights: Heights, around: NDArray[np.float32], places: Places, tip: Heights, rank: int, slack: float
) -> Heights:
    """Bound the tip by all places: at each of its points the bound of that rank, from the tightest."""
    best = np.full((rank, *tip.shape), np.inf, dtype=np.float32)
    step = max(1, _AT_ONCE // tip.size // _MOST_CONTACTS * 8)
    for start in range(0, len(places[0]), step):
        y, x = (part[start : start + step] for part in places)
        bounds = _bounds(heights, around, y, x, tip, slack)
        best = np.partition(np.concatenate([best, bounds]), rank - 1, axis=0)[:rank]
    return np.asarray(best.max(axis=0), dtype=np.float64)


def _bounds(
    heights: Heights, around: NDArray[np.float32], y: NDArray[np.intp], x: NDArray[np.intp], tip: Heights, slack: float
) -> NDArray[np.float32]:
    """Bound the tip by each place that the tip can touch with few of its points, shape (places, *tip.shape)."""
    rows, columns = (side // 2 for side in tip.shape)
    # A window that is laid around x holds I(x - d) at the mirrored place of d.
    least = (heights[y, x] - slack).astype(np.float32)
    contact = around[y, x] + tip[::-1, ::-1].astype(np.float32) >= least[:, None, None]
    contact[:, rows, columns] = True
    few = np.count_nonzero(contact, axis=(1, 2)) <= _MOST_CONTACTS
    place, i, j = np.nonzero(contact[few])
    if not place.size:
        return np.empty((0, *tip.shape), dtype=np.float32)
    own_y, own_x = y[few][place], x[few][place]
    lift = (tip[::-1, ::-1][i, j] - heights[own_y, own_x]).astype(np.float32)
    bounds = around[own_y + i - rows, own_x + j - columns] + lift[:, None, None]
    first = np.nonzero(np.diff(place, prepend=-1))[0]
    return np.asarray(np.maximum.reduceat(bounds, first, axis=0))


def apex_radius(tip: Heights, pixel_nm: tuple[float, float], *, threshold: float = 0.0) -> float | None:
    """Radius of the paraboloid whose sections grow with the depth as those of the tip do near its apex, in nm.

    A section of a paraboloid of radius R at the depth z has the area 2 pi R z. The slope is taken of the areas, since
    a threshold lifts the tip and shifts all depths alike.

    Parameters
    ----------
    tip
        Shape (S, T), 0 in the middle.
    pixel_nm
        Height and width of a pixel (dy, dx).
    threshold
        How far it was lifted by the threshold.

    Returns
    -------
    float or None
        None where the sections are not closed within its reach: the tip is wider than that. 0 for a tip that is
        nowhere wider than a pixel.
    """
    depth = closed_depth(tip)
    if depth <= 2 * threshold:
        return None
    levels = np.linspace(threshold, threshold + 0.5 * (depth - threshold), 25)[1:]
    areas = np.count_nonzero(tip[np.newaxis] > -levels[:, None, None], axis=(1, 2)) * pixel_nm[0] * pixel_nm[1]
    if not np.ptp(areas):  # a needle of one pixel, whose width nobody can tell
        return 0.0
    return max(float(np.polyfit(levels, areas, 1)[0] / (2 * np.pi)), 0.0)


def closed_depth(tip: Heights) -> float:
    """Depth below the apex down to which the tip is narrower than its array."""
    border = np.concatenate([tip[0], tip[-1], tip[:, 0], tip[:, -1]])
    return float(-border.max())
