"""Non-maximum suppression: of boxes that overlap much, the one scored best stays.

Shape letters: N images, K boxes.

Greedy suppression goes box by box. Here all boxes are judged at once, again and again: a box stays unless a better one
that stays overlaps it. A box whose fate hangs on a chain of d better ones is settled after d rounds, and when a round
changes nothing the result is that of the greedy rule. Chains are short, so this is quick on any device.
"""

import torch
from torch import Tensor

from particlesnn.network.cascade.boxes import overlaps


def stays(
    boxes: Tensor, iou: float, *, group: Tensor | None = None, allowed: Tensor | None = None, rounds: int | None = None
) -> Tensor:
    """Tell which boxes stay.

    Parameters
    ----------
    boxes
        Shape (N, K, 4), the best first.
    iou
        Boxes suppress others that they overlap by more than this.
    group
        Shape (N, K): only boxes of the same group suppress each other.
    allowed
        Shape (N, K): boxes that are not take no part, and do not stay.
    rounds
        Stop after so many rounds, settled or not, without waiting for the device; until settled when None.

    Returns
    -------
    Tensor of shape (N, K), bool
    """
    number = boxes.shape[1]
    clash = overlaps(boxes, boxes) > iou
    clash &= torch.ones(number, number, dtype=torch.bool, device=boxes.device).triu(1)
    if group is not None:
        clash &= group[:, :, None] == group[:, None, :]
    # As numbers, for then a round is one matrix product; float32 counts exactly to 16 million.
    rival = clash.float()
    start = torch.ones(boxes.shape[:2], dtype=torch.bool, device=boxes.device) if allowed is None else allowed
    kept = start
    for _ in range(number if rounds is None else rounds):
        beaten = torch.bmm(kept.float()[:, None], rival)[:, 0] > 0
        after = start & ~beaten
        if rounds is None and torch.equal(after, kept):
            break
        kept = after
    return kept


def stays_by_kind(boxes: Tensor, kind: Tensor, iou: float) -> Tensor:
    """Tell which boxes of one image stay, where only boxes of the same kind suppress each other.

    The kinds are moved to where no other is, as mmdetection does it. Nothing would change but that, far from zero,
    single precision rounds coarser, which decides whether two boxes overlap by a hair more than the threshold: to keep
    the boxes that mmdetection keeps, one must round as it does.

    Parameters
    ----------
    boxes
        Shape (K, 4), the best first; none reaches below zero.
    kind
        Shape (K,), integer.
    iou
        Boxes suppress others that they overlap by more than this.

    Returns
    -------
    Tensor of shape (K,), bool
    """
    kept = torch.zeros_like(kind, dtype=torch.bool)
    if len(boxes) == 0:
        return kept
    apart = boxes + (kind.to(boxes) * (boxes.max() + 1))[:, None]
    for one in set(kind.tolist()):
        these = torch.nonzero(kind == one)[:, 0]
        kept[these] = stays(apart[these][None], iou)[0]
    return kept
