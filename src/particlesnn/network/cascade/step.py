"""One step of training, as one of several processes sees it.

Shape letters: N images, K boxes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def _alone(number: Tensor) -> Tensor:
    return number


@dataclass(frozen=True, eq=False)
class Step:
    """Chance and counts of a step whose images may be spread over processes.

    Losses are sums over boxes divided by their number. Where each process divides by the number of its own boxes, the
    mean of their gradients is not the gradient of the whole batch; so all divide by the number in all processes.
    """

    generators: Sequence[torch.Generator] = ()
    """For each image the source of its chance, so that it does not hang on the others; torch's own when empty."""
    processes: int = 1
    """How many processes share the step; their gradients are averaged afterwards."""
    summed: Callable[[Tensor], Tensor] = _alone
    """Adds a number up over all processes."""

    def lots(self, images: int, boxes: int, device: torch.device) -> Tensor:
        """Draw a number from 0 to 1 for each box, shape (N, K)."""
        if not self.generators:
            return torch.rand(images, boxes, device=device)
        return torch.stack([torch.rand(boxes, generator=each, device=device) for each in self.generators])

    def share(self, counted: Tensor) -> Tensor:
        """Return what a sum over the boxes counted here is divided by, at least one box in all processes."""
        return self.summed(counted).clamp(min=1) / self.processes


ALONE = Step()
"""A process that has all images of the step."""
