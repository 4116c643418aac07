"""The life of one training as published: epochs, steps, checkpoints, and going on after a stop."""

import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from particlesnn.core import TrainingError
from particlesnn.network.cascade.model import CascadeLosses
from particlesnn.training.precision import dtype_of
from particlesnn.training.published.config import PublishedConfig
from particlesnn.training.published.log import LoggedStep, forget_after, write_step
from particlesnn.training.published.processes import Processes, Terms, joined
from particlesnn.training.published.progress import Progress
from particlesnn.training.published.scans import (
    Batch,
    ScansOfEpochs,
    TrainingScan,
    collate,
    keys_of_steps,
    steps_of_epoch,
    training_scans,
)
from particlesnn.training.published.state import CHECKPOINT, State, begin, go_on, save

_LEAST_SCALE = 2.0**-10
"""Losses in half precision that must be made smaller than this do not fit it."""


def train_published(config: PublishedConfig, *, resume: bool = False, stop_after: int | None = None) -> Path:
    """Train as the paper did and return the path of the checkpoint.

    Started by ``torchrun``, several processes share each step; their gradients are those of one process.

    Parameters
    ----------
    config
        Settings.
    resume
        Go on from the run's checkpoint, when there is one.
    stop_after
        Stop after so many epochs as if interrupted.

    Raises
    ------
    TrainingError
        When the run exists and ``resume`` is not asked for, when data or weights are missing, when the checkpoint is of
        other settings, or when the loss is no longer a number.
    """
    torch.set_num_threads(config.threads)
    torch.backends.cudnn.benchmark = True  # most scans are of one shape: the quickest convolutions are looked for once
    folder = Path(config.run)
    checkpoint = folder / CHECKPOINT
    if checkpoint.exists() and not resume:
        raise TrainingError(f"{checkpoint} exists; go on with --resume, or name another run in the config")
    scans, empty = training_scans(Path(config.data), config.contour_set)
    with joined(config.device) as processes:
        if config.batch < processes.number:
            raise TrainingError(
                f"a batch of {config.batch} cannot be shared by {processes.number} processes; start at most "
                f"{config.batch}, or set a larger batch"
            )
        dtype = dtype_of(config.precision, processes.device)
        state = (
            go_on(config, checkpoint, scans, processes.device, dtype)
            if checkpoint.exists()
            else begin(config, processes.device, dtype)
        )
        run = _Run(config, processes, state, processes.spread(state.network), scans, folder, dtype, state.epochs)
        if processes.tells:
            folder.mkdir(parents=True, exist_ok=True)
            forget_after(folder, state.epochs * run.steps)
            _tell(run, empty)
        run.until(min(stop_after or config.epochs, config.epochs))
    return checkpoint


def _tell(run: "_Run", empty: Sequence[str]) -> None:
    """Say what is trained on what, and what is left out."""
    config, particles = run.config, sum(len(scan.outlines) for scan in run.scans)
    where = f"{run.processes.number} x {run.processes.device}" if run.processes.number > 1 else run.processes.device
    first = f"after epoch {run.state.epochs}" if run.state.epochs else f"from {config.start}"
    text = f"{config.backbone}, {first}, on {len(run.scans)} scans with {particles} particles; {where}"
    tqdm.write(text, file=sys.stderr)
    if empty:
        some = ", ".join(empty[:3]) + (f" and {len(empty) - 3} more" if len(empty) > 3 else "")
        tqdm.write(f"particlesnn: without a particle, and so not trained on: {some}", file=sys.stderr)


@dataclass(eq=False)
class _Run:
    """A training under way."""

    config: PublishedConfig
    processes: Processes
    state: State
    compared: nn.Module
    scans: Sequence[TrainingScan]
    folder: Path
    dtype: torch.dtype | None
    saved: int
    """After how many epochs the checkpoint was written; 0 before the first."""

    @property
    def steps(self) -> int:
        """Steps of an epoch."""
        return steps_of_epoch(len(self.scans), self.config.batch)

    def until(self, last: int) -> None:
        """Train until so many epochs are done."""
        progress = Progress(self.config.epochs, self.steps, self.state.epochs, shown=self.processes.tells)
        batches = self._batches(range(self.state.epochs, last))
        with progress:
            for epoch in range(self.state.epochs, last):
                self._epoch(epoch, batches, progress)
                if self.state.epochs % self.config.checkpoint_epochs == 0 or self.state.epochs == last:
                    self._save()

    def _batches(self, epochs: range) -> Iterator[Batch]:
        config = self.config
        keys = keys_of_steps(
            len(self.scans), config.batch, config.seed, epochs, self.processes.rank, self.processes.number
        )
        dataset = ScansOfEpochs(self.scans, config.magnification, config.flips, config.seed)
        return iter(
            DataLoader(
                dataset, batch_sampler=list(keys), collate_fn=collate, num_workers=config.workers,
                worker_init_fn=_one_thread, pin_memory=self.processes.device.type == "cuda",
            )
        )  # fmt: skip

    def _epoch(self, epoch: int, batches: Iterator[Batch], progress: Progress) -> None:
        rate = self.config.learning_rate(epoch)
        for group in self.state.optimiser.param_groups:
            group["lr"] = rate
        for step in range(epoch * self.steps, (epoch + 1) * self.steps):
            start = time.monotonic()
            losses = self._step(next(batches), epoch)
            progress.step(epoch, losses["total"])
            if self.processes.tells:
                logged = LoggedStep(epoch + 1, step + 1, rate, losses, time.monotonic() - start)
                write_step(self.folder, logged)
        self.state.epochs = epoch + 1

    def _step(self, batch: Batch, epoch: int) -> dict[str, float]:
        """Take one step; return the losses of all processes' scans."""
        state, config = self.state, self.config
        state.optimiser.zero_grad(set_to_none=True)
        terms = Terms(config.batch, config.at_once, self.dtype, state.scaler)
        losses = self.processes.descend(self.compared, batch, terms).tolist()
        told = dict(zip(("total", *(entry.name for entry in fields(CascadeLosses))), losses, strict=True))
        if not math.isfinite(told["total"]):
            raise self._no_number("the loss is no longer a number", epoch)
        if not state.scaler.is_enabled() and not torch.isfinite(_norm(state.network)):
            raise self._no_number("the gradient of the loss is no longer a number", epoch)
        state.scaler.step(state.optimiser)
        state.scaler.update()
        if state.scaler.is_enabled() and state.scaler.get_scale() < _LEAST_SCALE:
            raise self._no_number("the gradient of the loss does not fit half precision", epoch)
        return told

    def _save(self) -> None:
        # All processes have the same weights, so all come to the same verdict.
        if not all(bool(torch.isfinite(each).all()) for each in self.state.network.parameters()):
            raise self._no_number("weights are no longer numbers", self.state.epochs - 1)
        if self.processes.tells:
            save(self.state, self.config, self.scans, self.folder / CHECKPOINT)
        self.saved = self.state.epochs

    def _no_number(self, what: str, epoch: int) -> TrainingError:
        path = self.folder / CHECKPOINT
        if not self.saved:
            return TrainingError(
                f"{what} in epoch {epoch + 1}, and no checkpoint was written yet; lower learning_rates"
            )
        return TrainingError(
            f"{what} in epoch {epoch + 1}; the last good checkpoint, after epoch {self.saved}, is {path}; lower "
            "learning_rates and go on with --resume"
        )


def _norm(network: nn.Module) -> Tensor:
    return torch.nn.utils.get_total_norm([each.grad for each in network.parameters() if each.grad is not None])


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)
