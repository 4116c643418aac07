"""Anchors: the boxes that the first corrections start from, some at each place of each level.

Shape letters: A anchors a place, H and W rows and columns of a level.
"""

import torch
from torch import Tensor


def anchors_of_level(
    size: tuple[int, int], stride: int, scales: tuple[float, ...], ratios: tuple[float, ...], device: torch.device
) -> Tensor:
    """Return the anchors of a level, as mmdetection lays them.

    They are centred on the corners of the level's cells, not on their middles; the areas of all ratios are equal.

    Parameters
    ----------
    size
        H and W.
    stride
        Px of the image between neighbouring places.
    scales
        Side of a square anchor over the stride.
    ratios
        Height over width.
    device
        Where to make them.

    Returns
    -------
    Tensor of shape (H * W * A, 4)
        Ordered by row, column, ratio, scale.
    """
    ratio = torch.tensor(ratios, device=device).sqrt()[:, None]
    side = stride * torch.tensor(scales, device=device)[None, :]
    half = torch.stack([side / ratio, side * ratio], dim=-1).reshape(-1, 2) / 2
    rows, columns = (torch.arange(length, device=device) * float(stride) for length in size)
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    places = torch.stack([x, y], dim=-1).reshape(-1, 1, 2)
    return torch.cat([places - half, places + half], dim=-1).reshape(-1, 4)
