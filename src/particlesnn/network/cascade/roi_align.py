"""RoIAlign: the features under each box, on a grid of fixed size (He et al. 2017).

Shape letters: N images, C channels, H and W rows and columns of a level, R regions, S side of the grid, P points of a
cell of the grid along a side.

Semantics are those of mmcv's and torchvision's ``aligned=True`` and ONNX's ``half_pixel``: pixel i covers i to i + 1,
and a point outside the level by more than one pixel reads zero. Bilinear interpolation at P x P points of a cell and
their mean are one weighted sum over rows of a table of features, so all cells of all boxes of all levels are summed by
one call of ``embedding_bag``.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


def level_of(boxes: Tensor, levels: int, finest_scale_px: float) -> Tensor:
    """Tell from which level to read each box: the finest below twice ``finest_scale_px``, the next below four times...

    Lin et al. 2017, equation 1. Boxes have shape (R, 4), the result (R,).
    """
    sides = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0)
    scale = sides.prod(dim=1).sqrt()
    return torch.floor(torch.log2(scale / finest_scale_px + 1e-6)).clamp(0, levels - 1).long()


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """All features of all levels and images, a row a place."""

    rows: Tensor
    """Shape (rows, C), float32."""
    heights: Tensor
    """Shape (levels,): H of each level."""
    widths: Tensor
    """Shape (levels,): W of each level."""
    starts: Tensor
    """Shape (levels,): first row of each level."""
    scales: Tensor
    """Shape (levels,): one over the stride."""

    @classmethod
    def of(cls, features: list[Tensor], strides: tuple[int, ...]) -> "FeatureTable":
        """Lay out levels of shape (N, C, H, W)."""
        device = features[0].device
        flat = [level.permute(0, 2, 3, 1).reshape(-1, level.shape[1]) for level in features]
        lengths = [len(level) for level in flat]
        starts = [sum(lengths[:number]) for number in range(len(lengths))]
        return cls(
            torch.cat(flat).float(),
            torch.tensor([level.shape[2] for level in features], device=device),
            torch.tensor([level.shape[3] for level in features], device=device),
            torch.tensor(starts, device=device),
            torch.tensor([1 / stride for stride in strides[: len(features)]], device=device),
        )


def roi_align(table: FeatureTable, boxes: Tensor, image: Tensor, level: Tensor, side: int, sampling: int) -> Tensor:
    """Read the features under boxes.

    Parameters
    ----------
    table
        Where the features are.
    boxes
        Shape (R, 4), in px of the image; without gradient.
    image, level
        Shape (R,): where each box is read.
    side
        S.
    sampling
        P; as many points as there are features in a cell, for each box by itself, when 0.

    Returns
    -------
    Tensor of shape (R, C, S, S), float32
    """
    corners = boxes.detach() * table.scales[level, None] - 0.5
    sides = corners[:, 2:] - corners[:, :2]
    if sampling:
        return _read(table, corners, image, level, side, (sampling, sampling))
    points = torch.ceil(sides / side).clamp(min=0).long()
    out = table.rows.new_zeros(len(boxes), table.rows.shape[1], side, side)
    for across, down in torch.unique(points, dim=0).tolist():
        if not across * down:  # a box without extent has no points, and reads zero
            continue
        these = torch.nonzero((points[:, 0] == across) & (points[:, 1] == down))[:, 0]
        read = _read(table, corners[these], image[these], level[these], side, (down, across))
        out = out.index_copy(0, these, read)
    return out


def _read(
    table: FeatureTable, corners: Tensor, image: Tensor, level: Tensor, side: int, points: tuple[int, int]
) -> Tensor:
    """Read boxes of one number of points, down and across, whose corners are in px of their level."""
    down, across = points
    regions, (heights, widths) = len(corners), (table.heights[level], table.widths[level])
    row, row_weight = _along(corners[:, 1], corners[:, 3], heights, side, down)
    column, column_weight = _along(corners[:, 0], corners[:, 2], widths, side, across)
    first = table.starts[level] + image * heights * widths
    place = first[:, None, None] + row * widths[:, None, None]
    place = place[:, :, None, :, None] + column[:, None, :, None, :]
    weight = row_weight[:, :, None, :, None] * column_weight[:, None, :, None, :]
    bag = 4 * down * across
    read = functional.embedding_bag(
        place.reshape(-1, bag).int(), table.rows, per_sample_weights=weight.reshape(-1, bag), mode="sum"
    )
    return read.reshape(regions, side, side, -1).permute(0, 3, 1, 2)


def _along(start: Tensor, end: Tensor, length: Tensor, side: int, points: int) -> tuple[Tensor, Tensor]:
    """Return for one direction the two neighbours of each point, and their weights, shape (R, S, 2 * points)."""
    steps = (torch.arange(side * points, device=start.device) + 0.5) / points
    place = start[:, None] + steps * ((end - start) / side)[:, None]
    last = (length - 1)[:, None]
    inside = (place >= -1) & (place <= length[:, None])
    place = torch.minimum(place.clamp(min=0), last.to(place.dtype))
    low = place.floor().long()
    high = torch.minimum(low + 1, last)
    share = place - low
    both = torch.stack([low, high], dim=-1).reshape(len(start), side, -1)
    weights = torch.stack([1 - share, share], dim=-1) * inside[..., None] / points
    return both, weights.reshape(len(start), side, -1)
