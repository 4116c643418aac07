"""One process, or several that share each step: started by ``torchrun``, or by anything that sets its variables."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from functools import partial

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

    def descend(self, compared: nn.Module, batch: Batch, terms: "Terms") -> Tensor:
        """Run the network on this process's share of a step, and backward.

        Returns
        -------
        Tensor of shape (6,)
            The losses of the whole step: the total, then the parts in their order.
        """
        share = -(-terms.batch // self.number)
        in_parts = 0 < terms.at_once < share
        parts = batch.parts(terms.at_once) if in_parts else [batch]
        totals = self._counts(compared, parts, terms) if in_parts else None
        told = torch.zeros(1 + len(fields(CascadeLosses)), device=self.device)
        for number, part in enumerate(parts, start=1):
            # Gradients are averaged once, when all parts have given theirs.
            apart = isinstance(compared, DistributedDataParallel) and number < len(parts)
            with compared.no_sync() if apart else nullcontext():  # type: ignore[operator]
                losses = self.compare(compared, part, terms.precision, _known(totals) if totals else self.summed)
                terms.scaler.scale(losses.total).backward()  # type: ignore[no-untyped-call]
            told += torch.stack([losses.total, *(getattr(losses, each.name) for each in fields(losses))]).detach()
        return self.summed(told) / self.number

    def _counts(self, compared: nn.Module, parts: Sequence[Batch], terms: "Terms") -> list[Tensor]:
        """Count what is compared in all parts and processes, before any of them is divided by it.

        Chance is the same when a part is run again, so the counts are those of the second run.
        """
        network = compared.module if isinstance(compared, DistributedDataParallel) else compared
        counts: list[list[Tensor]] = []
        for part in parts:
            seen: list[Tensor] = []
            with torch.no_grad():
                self.compare(network, part, terms.precision, partial(_noted, seen))
            counts.append(seen)
        together = torch.stack([torch.stack(seen) for seen in counts]).sum(dim=0)
        return list(self.summed(together))

    def compare(
        self, compared: nn.Module, batch: Batch, precision: torch.dtype | None, summed: Callable[[Tensor], Tensor]
    ) -> CascadeLosses:
        """Run the network on scans; their losses are divided by what ``summed`` makes of the boxes counted in them."""
        generators = [torch.Generator(self.device).manual_seed(seed) for seed in batch.seeds]
        images, boxes, real, labels = (
            each.to(self.device, non_blocking=True) for each in (batch.images, batch.boxes, batch.real, batch.labels)
        )
        with torch.autocast(self.device.type, dtype=precision, enabled=precision is not None):
            losses: CascadeLosses = compared(images, Truth(boxes, real, labels), Step(generators, self.number, summed))
        return losses


@dataclass(frozen=True)
class Terms:
    """How a step is taken."""

    batch: int
    """Scans a step, all processes together."""
    at_once: int
    """Scans that a process holds in memory together; all when 0."""
    precision: torch.dtype | None
    """What convolutions compute in; None for float32."""
    scaler: torch.amp.GradScaler
    """Scales the losses in half precision."""


def _noted(seen: list[Tensor], number: Tensor) -> Tensor:
    seen.append(number)
    return number


def _known(totals: Sequence[Tensor]) -> Callable[[Tensor], Tensor]:
    """Answer each count, in its turn, by the total that is known already."""
    coming = iter(totals)
    return lambda _: next(coming)


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
