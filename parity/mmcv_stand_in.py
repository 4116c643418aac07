"""What mmcv-lite lacks to run Cascade Mask R-CNN on a CPU: NMS and RoIAlign, in plain torch.

mmcv's compiled module ``mmcv._ext`` is replaced by this one. Both operators follow the definitions of the papers and
mmcv's documents, written for clearness and apart from the package's own, which they judge. All other names refuse.
"""

import math
import sys
from types import ModuleType
from typing import Any

import torch
from torch import Tensor


def install() -> None:
    """Put the stand-in where ``import mmcv.ops`` looks for its compiled module; call it before."""
    module = ModuleType("mmcv._ext")
    module.nms = nms  # type: ignore[attr-defined]
    module.roi_align_forward = roi_align_forward  # type: ignore[attr-defined]
    module.__getattr__ = _refuse  # type: ignore[method-assign]
    sys.modules["mmcv._ext"] = module
    import mmcv

    mmcv._ext = module


def _refuse(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)

    def operator(*_: Any, **__: Any) -> None:
        raise NotImplementedError(f"mmcv._ext.{name} has no stand-in")

    return operator


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Greedy non-maximum suppression; keeps what overlaps no better box by more than the threshold."""
    order = scores.sort(descending=True)[1]
    ranked = boxes[order]
    areas = (ranked[:, 2] - ranked[:, 0] + offset) * (ranked[:, 3] - ranked[:, 1] + offset)
    suppressed = torch.zeros(len(ranked), dtype=torch.bool)
    kept = []
    for best in range(len(ranked)):
        if suppressed[best]:
            continue
        kept.append(best)
        low = torch.maximum(ranked[best, :2], ranked[best + 1 :, :2])
        high = torch.minimum(ranked[best, 2:], ranked[best + 1 :, 2:])
        shared = (high - low + offset).clamp(min=0).prod(dim=1)
        suppressed[best + 1 :] |= shared / (areas[best] + areas[best + 1 :] - shared) > iou_threshold
    return order[torch.tensor(kept, dtype=torch.long)]


def roi_align_forward(
    features: Tensor, rois: Tensor, output: Tensor, argmax_y: Tensor, argmax_x: Tensor, *, aligned_height: int,
    aligned_width: int, spatial_scale: float, sampling_ratio: int, pool_mode: int, aligned: bool,
) -> None:  # fmt: skip
    """Average bilinear samples in each bin (He et al. 2017), into ``output``."""
    del argmax_y, argmax_x
    if pool_mode != 1:
        raise NotImplementedError("only average pooling has a stand-in")
    for index, roi in enumerate(rois):
        plane = features[int(roi[0])]
        x0, y0, x1, y1 = (roi[1:] * spatial_scale - (0.5 if aligned else 0.0)).tolist()
        high, wide = y1 - y0, x1 - x0
        if not aligned:
            high, wide = max(high, 1.0), max(wide, 1.0)
        rows = _samples(y0, high, aligned_height, sampling_ratio)
        columns = _samples(x0, wide, aligned_width, sampling_ratio)
        if rows.shape[1] == 0 or columns.shape[1] == 0:
            continue  # an empty region gives zeros
        output[index] = _bilinear(plane, rows, columns).mean(dim=(2, 4))


def _samples(start: float, length: float, bins: int, sampling_ratio: int) -> Tensor:
    """Positions of the samples of one axis, shape (bins, samples of a bin)."""
    size = length / bins
    count = sampling_ratio if sampling_ratio > 0 else math.ceil(size)
    within = (torch.arange(count, dtype=torch.float32) + 0.5) * size / max(count, 1)
    return start + torch.arange(bins, dtype=torch.float32)[:, None] * size + within[None]


def _bilinear(plane: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Sample a plane (C, H, W) at rows x columns; shape (C, bins, samples, bins, samples)."""
    (row_low, row_high, row_share), (column_low, column_high, column_share) = (
        _neighbours(positions.flatten(), extent)
        for positions, extent in ((rows, plane.shape[1]), (columns, plane.shape[2]))
    )
    inside = ((rows.flatten() >= -1) & (rows.flatten() <= plane.shape[1]))[:, None] & (
        (columns.flatten() >= -1) & (columns.flatten() <= plane.shape[2])
    )[None]
    upper, lower = plane[:, row_low], plane[:, row_high]
    above = upper[:, :, column_low] * (1 - column_share) + upper[:, :, column_high] * column_share
    below = lower[:, :, column_low] * (1 - column_share) + lower[:, :, column_high] * column_share
    values = (above * (1 - row_share)[:, None] + below * row_share[:, None]) * inside
    return values.reshape(plane.shape[0], *rows.shape, *columns.shape)


def _neighbours(positions: Tensor, extent: int) -> tuple[Tensor, Tensor, Tensor]:
    held = positions.clamp(min=0)
    low = held.long().clamp(max=extent - 1)
    high = (low + 1).clamp(max=extent - 1)
    share = torch.where(low >= extent - 1, torch.zeros_like(held), held - low)
    return low, high, share
