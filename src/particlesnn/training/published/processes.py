"""One process, or several that share each step: started by ``torchrun``, or by anything that sets its variables."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from particlesnn.core import TrainingError
from particlesnn.network.cascade.assignment import Truth
from particlesnn.network.cascade.model import CascadeLosses, CascadeNetwork
from particlesnn.network.cascade.step import Step
from particlesnn.training.published.scans import Batch


class Compared(nn.Module):
    """The network as one function from a batch to its losses, which is what can be spread over processes."""

    def __init__(self, network: CascadeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, truth: Truth, step: Step) -> CascadeLosses:
        """Return the losses of a batch."""
        return self.network.losses(images, truth, step)


@dataclass(frozen=True)
class Processes:
    """One of the processes that share a training, and where it computes."""

    rank: int = 0
    """Its number; number 0 writes and tells."""
    number: int = 1
    """How many there are."""
    device: torch.device = torch.device("cpu")  # noqa: RUF009 - a device is a value, and cannot be changed
    """Where it computes."""

    @property
    def tells(self) -> bool:
        """Whether this is the process that writes files and messages."""
        return self.rank == 0

    def spread(self, network: CascadeNetwork) -> nn.Module:
        """Make a function of the losses whose gradients are the mean over all processes."""
        compared = Compared(network)
        if self.number == 1:
            return compared
        # Nothing that forward changes: the normalisation keeps the statistics it was pretrained with.
        return DistributedDataParallel(compared, broadcast_buffers=False, gradient_as_bucket_view=True)

    def summed(self, number: Tensor) -> Tensor:
        """Add a number up over all processes."""
        if self.number == 1:
            return number
        total = number.detach().clone()
        distributed.all_reduce(total)
        return total

    def step(self, seeds: Sequence[int]) -> Step:
        """Make what a step must know beside its images, each of which has a seed of its own."""
        generators = [torch.Generator(self.device).manual_seed(seed) for seed in seeds]
        return Step(generators, self.number, self.summed)

    def compare(self, compared: nn.Module, batch: Batch, precision: torch.dtype | None) -> CascadeLosses:
        """Run the network on this process's share of a step; losses are of its share, their mean that of the step."""
        images, boxes, real, labels = (
            each.to(self.device, non_blocking=True) for each in (batch.images, batch.boxes, batch.real, batch.labels)
        )
        with torch.autocast(self.device.type, dtype=precision, enabled=precision is not None):
            losses: CascadeLosses = compared(images, Truth(boxes, real, labels), self.step(batch.seeds))
        return losses


@contextmanager
def joined(device: str) -> Iterator[Processes]:
    """Join the other processes of this training, if there are any, and leave them at the end.

    Parameters
    ----------
    device
        "cpu", "cuda", or "auto" for the accelerators that are there.

    Raises
    ------
    TrainingError
        When accelerators are asked for and there are not enough.
    """
    number, rank = (int(os.environ.get(name, value)) for name, value in (("WORLD_SIZE", "1"), ("RANK", "0")))
    local, beside = (
        int(os.environ.get(name, value)) for name, value in (("LOCAL_RANK", "0"), ("LOCAL_WORLD_SIZE", str(number)))
    )
    chosen = _device(device, local, beside)
    if number == 1:
        yield Processes(device=chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Processes(rank, number, chosen)
    finally:
        distributed.destroy_process_group()


def _device(wished: str, local: int, beside: int) -> torch.device:
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wished == "cpu" or (wished == "auto" and not there):
        return torch.device("cpu")
    if not there:
        raise TrainingError("device is 'cuda', but torch sees no such accelerator here; set device = 'cpu'")
    if beside > there:
        raise TrainingError(
            f"{beside} processes want an accelerator each, and torch sees {there} here; start as many with torchrun"
        )
    return torch.device("cuda", local)
