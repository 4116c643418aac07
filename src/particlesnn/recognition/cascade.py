"""Decoder of the cascade family: boxes, scores and small masks to particles."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import Particle
from particlesnn.core.palette import to_grey8
from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.pasting import paste
from particlesnn.recognition.picture import view_picture
from particlesnn.recognition.runtime import Network
from particlesnn.recognition.tiles import OVERLAP_PX, spans
from particlesnn.recognition.tracing import trace

_TILE_PX = 512
"""Scans up to this side are seen in one piece, larger ones in tiles no larger: a look returns a limited number of
particles, and on a square of this side as many as fit are fewer."""
_SAME = 0.5
"""A detection of whose pixels better ones hold more than this part is one of those again."""


@dataclass(frozen=True, eq=False)
class Found:
    """What the network found, in px of the picture."""

    boxes: NDArray[np.float32]
    """Shape (D, 4): left, top, right, bottom, where pixel i covers i to i + 1."""
    scores: NDArray[np.float32]
    """Shape (D,), 0..1."""
    masks: NDArray[np.float32]
    """Shape (D, M, M): how likely each part of the box is particle."""


def look(
    network: Network, views: NDArray[np.float32], point: OperatingPoint
) -> Callable[[OperatingPoint], list[Particle]]:
    """Run the network over a scan of any size.

    Parameters
    ----------
    network
        Of the cascade family.
    views
        Shape (C, H, W), encoded from the whole scan.
    point
        Thresholds.

    Returns
    -------
    callable
        Decodes what it finds at an operating point: particles with scores, in px of the views.
    """
    _, rows, columns = views.shape
    return partial(decode, _in_tiles(network, views, point), (rows, columns))


def find_on_picture(network: Network, values: NDArray[np.float64], point: OperatingPoint) -> list[Particle]:
    """Find particles as the paper does: one look at a grey picture of the whole scan, enlarged as the card says.

    Parameters
    ----------
    network
        Of the cascade family, whose card asks for a picture.
    values
        Shape (H, W): the scan.
    point
        Thresholds.

    Returns
    -------
    list of Particle
        With scores; in px of the scan.
    """
    rows, columns = values.shape
    picture = np.repeat(to_grey8(values)[..., np.newaxis], 3, axis=2)
    factor = network.card.magnification
    view = view_picture(picture, (round(rows * factor), round(columns * factor)), network.card.stride)
    boxes, scores, masks = network.detect(view.values, point, view.size)
    down, across = view.scale
    # What reaches into the padding is cut; then all is in px of the scan.
    limit = np.array([view.size[1], view.size[0]] * 2, dtype=np.float32)
    own = np.asarray(boxes.clip(0, limit) / np.array([across, down] * 2), dtype=np.float32)
    return decode(Found(own, scores, masks), (rows, columns), point)


def decode(found: Found, shape_px: tuple[int, int], point: OperatingPoint) -> list[Particle]:
    """Lay the masks into the picture, give each pixel to the likeliest, and trace the borders.

    Parameters
    ----------
    found
        Detections in any order; doubles, as neighbouring tiles make them, are dropped here.
    shape_px
        Rows and columns of the picture.
    point
        Thresholds.
    """
    labels, soft = lay(found, shape_px, point.particle)
    areas_px = np.bincount(labels.ravel(), minlength=len(found.scores) + 1)
    # No time is lost on what will be dropped; a contour may enclose a little more than its own pixels.
    labels[areas_px[labels] < 0.8 * point.least_area_px] = 0
    if not labels.any():
        return []
    return [
        Particle(contour, score=float(np.clip(found.scores[number - 1], 0, 1)))
        for number, contour in trace(labels, soft, point.particle).items()
        if contour.area_px >= point.least_area_px
    ]


def lay(found: Found, shape_px: tuple[int, int], level: float) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Lay all masks into the picture, the best first.

    Returns
    -------
    tuple of ndarray of shape (H, W)
        The number of the detection (from 1) that each pixel belongs to, 0 for none; and the highest of all masks.
    """
    labels, soft = np.zeros(shape_px, dtype=np.int32), np.zeros(shape_px, dtype=np.float32)
    real = np.asarray((found.boxes[:, 2:] > found.boxes[:, :2]).all(axis=1))
    for number in np.argsort(-found.scores, kind="stable"):
        if not real[number]:
            continue
        window, mask = paste(found.masks[number], found.boxes[number], shape_px)
        own = mask > level
        size = np.count_nonzero(own)
        if size == 0 or np.count_nonzero(own & (labels[window] > 0)) > _SAME * size:
            continue
        higher = mask > soft[window]
        labels[window][higher & own] = number + 1
        soft[window][higher] = mask[higher]
    return labels, soft


def _in_tiles(network: Network, views: NDArray[np.float32], point: OperatingPoint) -> Found:
    """Run the network over a scan, in overlapping tiles where it is large.

    A detection belongs to the tile whose own part holds its middle: parts meet in the middle of an overlap. What lies
    close to that line is taken from both tiles, and found to be double when the masks are laid.
    """
    _, rows, columns = views.shape
    if max(rows, columns) <= _TILE_PX:
        return Found(*network.detect(views, point))
    parts = []
    for top, bottom in spans(rows, _TILE_PX):
        for left, right in spans(columns, _TILE_PX):
            boxes, scores, masks = network.detect(np.ascontiguousarray(views[:, top:bottom, left:right]), point)
            x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
            own = _owned(x, left, right, columns) & _owned(y, top, bottom, rows)
            parts.append((boxes[own] + np.array([left, top, left, top], dtype=np.float32), scores[own], masks[own]))
    return Found(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _owned(middle: NDArray[np.floating], first: int, last: int, length: int) -> NDArray[np.bool_]:
    """Tell which middles along a side lie in a tile's own part, or close to it."""
    least = 0 if first == 0 else 0.4 * OVERLAP_PX
    most = last - first if last == length else last - first - 0.4 * OVERLAP_PX
    return (middle >= least) & (middle <= most)
