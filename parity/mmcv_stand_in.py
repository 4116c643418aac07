"""What mmcv-lite lacks to run Cascade Mask R-CNN on a CPU: NMS and RoIAlign, in plain torch.

mmcv's compiled module ``mmcv._ext`` is replaced by this one. Both operators follow the definitions of the papers and
mmcv's documents, written for clearness and apart from the package's own, which they judge. All other names refuse.
"""

import math
import sys
from types import ModuleType
from typing import Any

import numpy as np
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
        by_row = _shares(y0, high, aligned_height, sampling_ratio, plane.shape[1])
        by_column = _shares(x0, wide, aligned_width, sampling_ratio, plane.shape[2])
        rows, columns = (each.any(dim=0).nonzero().flatten() for each in (by_row, by_column))
        if len(rows) and len(columns):  # a region without extent, or off the picture, gives zeros
            part = plane[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            output[index] = by_row[:, rows[0] : rows[-1] + 1] @ part @ by_column[:, columns[0] : columns[-1] + 1].T


def _shares(start: float, length: float, bins: int, sampling_ratio: int, extent: int) -> Tensor:
    """Share of each cell of one axis in each bin's average of linear samples, shape (bins, extent)."""
    size = length / bins
    count = sampling_ratio if sampling_ratio > 0 else max(math.ceil(size), 0)
    shares = np.zeros((bins, extent))
    own = np.repeat(np.arange(bins), count)
    position = start + (own + np.tile((np.arange(count) + 0.5) / max(count, 1), bins)) * size
    within = (position >= -1) & (position <= extent)
    own, held = own[within], position[within].clip(0, extent - 1)
    low = held.astype(np.intp)
    np.add.at(shares, (own, low), (1 - (held - low)) / count)
    np.add.at(shares, (own, np.minimum(low + 1, extent - 1)), (held - low) / count)
    return torch.from_numpy(shares.astype(np.float32))
