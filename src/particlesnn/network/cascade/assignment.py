"""Which box is compared with which particle, and which boxes are compared at all.

Shape letters: N images, K boxes, G particles.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from particlesnn.network.cascade.boxes import overlaps
from particlesnn.network.cascade.step import ALONE, Step

_MOST_PAIRS = 2**25
"""So many pairs of box and particle are compared at once."""
_LEAST_BEST = 0.3
"""The best box of a particle is its own, however bad, when it overlaps by this much."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The true particles of a batch."""

    boxes: Tensor
    """Shape (N, G, 4); filled up with anything where an image has fewer."""
    real: Tensor
    """Shape (N, G), bool: where there is a particle."""
    labels: Tensor
    """Shape (N, H, W), integer: g + 1 in particle g, 0 on substrate, -1 where the truth is not known."""


@dataclass(frozen=True, eq=False)
class Assignment:
    """What each box is to say."""

    particle: Tensor
    """Shape (N, K): the particle it is nearest to."""
    positive: Tensor
    """Shape (N, K), bool: it is that particle."""
    negative: Tensor
    """Shape (N, K), bool: it is none. Boxes that are neither are not asked."""


def assign(
    boxes: Tensor,
    truth: Truth,
    positive_iou: float,
    negative_iou: float,
    *,
    best_is_positive: bool = False,
    asked: Tensor | None = None,
) -> Assignment:
    """Compare boxes with particles, as mmdetection's MaxIoUAssigner does.

    Parameters
    ----------
    boxes
        Shape (N, K, 4), or (1, K, 4) for the same boxes in all images.
    truth
        The particles.
    positive_iou
        A box that overlaps a particle by at least this is it.
    negative_iou
        A box that overlaps none by this is none.
    best_is_positive
        Whether each particle's best box is it, even when it overlaps by less.
    asked
        Shape (K,), bool: boxes that are not asked are neither; all are when None.
    """
    parts = _parts(boxes, truth)
    found = [_shared(boxes, truth, part, asked).max(dim=2) for part in parts]
    most, particle = torch.cat([each.values for each in found], 1), torch.cat([each.indices for each in found], 1)
    positive = most >= positive_iou
    if best_is_positive:
        best = torch.stack([_shared(boxes, truth, part, asked).amax(dim=1) for part in parts]).amax(dim=0)
        whose = torch.cat([_whose_best(_shared(boxes, truth, part, asked), best) for part in parts], 1)
        particle = torch.where(whose > 0, whose.long() - 1, particle)
        positive = positive | (whose > 0)
    negative = ~positive & (most < negative_iou) & ~_on_unknown(boxes, truth.labels)
    return Assignment(particle, positive, negative if asked is None else negative & asked)


def _parts(boxes: Tensor, truth: Truth) -> list[slice]:
    """Cut the boxes into parts whose overlaps with all particles fit the memory; 1536 px have 600,000 anchors."""
    images, particles, _ = truth.boxes.shape
    length = max(1, _MOST_PAIRS // max(1, images * particles))
    return [slice(first, first + length) for first in range(0, boxes.shape[1], length)]


def _shared(boxes: Tensor, truth: Truth, part: slice, asked: Tensor | None) -> Tensor:
    """Return the overlaps of a part of the boxes with the particles, shape (N, K of the part, G)."""
    shared = overlaps(boxes[:, part], truth.boxes) * truth.real[:, None, :]
    return shared if asked is None else shared * asked[part, None]


def _whose_best(shared: Tensor, best: Tensor) -> Tensor:
    """Return for each box 1 + the last particle that no box overlaps more, 0 for none; shape (N, K)."""
    is_best = (shared == best[:, None]) & (best[:, None] >= _LEAST_BEST)
    numbers = torch.arange(1, shared.shape[2] + 1, device=shared.device, dtype=torch.int32)
    return (is_best * numbers).amax(dim=2)


def _on_unknown(boxes: Tensor, labels: Tensor) -> Tensor:
    """Tell which boxes have their middle where the truth is not known, shape (N, K)."""
    images, rows, columns = labels.shape
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2
    x, y = middle[..., 0].long().clamp(0, columns - 1), middle[..., 1].long().clamp(0, rows - 1)
    place = (y * columns + x).expand(images, -1)
    return torch.gather(labels.reshape(images, -1), 1, place) < 0


@dataclass(frozen=True, eq=False)
class Sample:
    """Boxes drawn for comparison; positive ones come first."""

    which: Tensor
    """Shape (N, S): their numbers among the K."""
    positive: Tensor
    """Shape (N, S), bool."""
    drawn: Tensor
    """Shape (N, S), bool: not so where there were too few boxes to draw from."""


def draw(assignment: Assignment, samples: int, most_positive: int, step: Step = ALONE) -> Sample:
    """Draw at random at most ``most_positive`` boxes that are particles, and fill up with such that are none.

    Nothing here waits for the device: shapes do not depend on what is drawn.
    """
    images, boxes = assignment.particle.shape
    chance = step.lots(images, boxes, assignment.particle.device).clamp_(min=1e-6)
    samples = min(samples, chance.shape[1])
    lots = torch.where(assignment.positive, chance, -1.0)
    least = lots.topk(min(most_positive, chance.shape[1]), dim=1).values[:, -1:]
    chosen = assignment.positive & (lots >= least)
    order = torch.where(chosen, 2 + chance, torch.where(assignment.negative, chance, -1.0))
    lot, which = order.topk(samples, dim=1)
    return Sample(which, lot > 1.5, lot > 0)
