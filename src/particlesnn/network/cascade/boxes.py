"""Boxes: overlap, and corrections of one box towards another.

Shape letters: K boxes, G others; ``...`` any leading dimensions.

A box is (left, top, right, bottom) in px of the image, where pixel i covers i to i + 1.
"""

import math

import torch
from torch import Tensor

_LARGEST_GROWTH = math.log(1000 / 16)
"""A correction makes a side at most so many times (its exponential) longer."""


def areas(boxes: Tensor) -> Tensor:
    """Return the areas of boxes (..., 4), shape (...)."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def overlaps(boxes: Tensor, others: Tensor) -> Tensor:
    """Return the area shared over the area covered (IoU) of each pair.

    Parameters
    ----------
    boxes
        Shape (..., K, 4).
    others
        Shape (..., G, 4).

    Returns
    -------
    Tensor of shape (..., K, G)
    """
    boxes, others = boxes[..., :, None, :], others[..., None, :, :]
    wide = torch.minimum(boxes[..., 2], others[..., 2]) - torch.maximum(boxes[..., 0], others[..., 0])
    high = torch.minimum(boxes[..., 3], others[..., 3]) - torch.maximum(boxes[..., 1], others[..., 1])
    shared = wide.clamp_(min=0) * high.clamp_(min=0)
    return shared / (areas(boxes) + areas(others) - shared).clamp_(min=1e-6)


def corrections(boxes: Tensor, wished: Tensor, stds: tuple[float, float, float, float]) -> Tensor:
    """Return what must be said of each box to get the wished one; the inverse of `corrected`.

    Shifts of the centre are in units of the box's sides, growth is the logarithm of the ratio of the sides (Girshick et
    al. 2014), each divided by its entry of ``stds``.

    Parameters
    ----------
    boxes, wished
        Shape (..., 4).
    stds
        Of x, y, width and height.

    Returns
    -------
    Tensor of shape (..., 4)
    """
    sides, wished_sides = _sides(boxes), _sides(wished)
    shift = ((wished[..., :2] + wished[..., 2:]) - (boxes[..., :2] + boxes[..., 2:])) / 2 / sides
    growth = torch.log(wished_sides / sides)
    return torch.cat([shift, growth], dim=-1) / boxes.new_tensor(stds)


def corrected(
    boxes: Tensor, said: Tensor, stds: tuple[float, float, float, float], size: tuple[int, int] | None = None
) -> Tensor:
    """Correct boxes as a network says.

    Parameters
    ----------
    boxes
        Shape (..., 4).
    said
        Shape (..., 4); see `corrections`.
    stds
        Of x, y, width and height.
    size
        Rows and columns of the image; boxes are cut at its border when given.

    Returns
    -------
    Tensor of shape (..., 4)
    """
    said = said * boxes.new_tensor(stds)
    sides = boxes[..., 2:] - boxes[..., :2]
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2 + said[..., :2] * sides
    half = sides * said[..., 2:].clamp(-_LARGEST_GROWTH, _LARGEST_GROWTH).exp() / 2
    out = torch.cat([middle - half, middle + half], dim=-1)
    return out if size is None else cut(out, size)


def cut(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Cut boxes (..., 4) at the border of an image of ``size`` rows and columns."""
    rows, columns = size
    x, y = boxes[..., 0::2].clamp(0, columns), boxes[..., 1::2].clamp(0, rows)
    return torch.stack([x[..., 0], y[..., 0], x[..., 1], y[..., 1]], dim=-1)


def _sides(boxes: Tensor) -> Tensor:
    # A box without extent has no logarithm.
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=1e-3)
