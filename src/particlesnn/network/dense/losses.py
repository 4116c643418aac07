"""What the dense network is punished for.

Shape letters: N images, H and W rows and columns.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, eq=False)
class Targets:
    """The truth as pixels."""

    particle: Tensor
    """Shape (N, H, W): 1 in a particle, else 0."""
    depth: Tensor
    """Shape (N, H, W): distance to the particle's own border over its largest; 0 outside."""
    weight: Tensor
    """Shape (N, H, W): how much a pixel counts; 0 where the truth is not known."""
    depth_weight: Tensor
    """Shape (N, H, W): how many times as much its depth counts."""


@dataclass(frozen=True, eq=False)
class Losses:
    """The parts and their sum."""

    particle: Tensor
    overlap: Tensor
    depth: Tensor

    @property
    def total(self) -> Tensor:
        """What training makes small."""
        return self.particle + self.overlap + 2.0 * self.depth


def dense_losses(logits: Tensor, targets: Targets) -> Losses:
    """Cross entropy and Dice for the particle map, absolute error for the depth.

    Parameters
    ----------
    logits
        Shape (N, 2, H, W).
    targets
        The truth.
    """
    weight = targets.weight
    norm = weight.sum().clamp(min=1.0)
    entropy = functional.binary_cross_entropy_with_logits(logits[:, 0], targets.particle, reduction="none")
    particle = torch.sigmoid(logits[:, 0])
    both = (particle * targets.particle * weight).sum(dim=(1, 2))
    either = ((particle + targets.particle) * weight).sum(dim=(1, 2))
    # Plus a little, so that an empty scan has a gradient towards emptiness and no division by zero.
    dice = 1 - (2 * both + 50.0) / (either + 50.0)
    error = (torch.sigmoid(logits[:, 1]) - targets.depth).abs()
    # Depth matters inside particles; outside it only has to stay low.
    depth_weight = weight * targets.depth_weight * (0.25 + 0.75 * targets.particle)
    return Losses(
        particle=(entropy * weight).sum() / norm,
        overlap=dice.mean(),
        depth=(error * depth_weight).sum() / depth_weight.sum().clamp(min=1.0),
    )
