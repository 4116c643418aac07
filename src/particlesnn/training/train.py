"""The life of one training: data, steps, checkpoints, and going on after a stop."""

import csv
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from particlesnn.core import TrainingError
from particlesnn.network import CascadeConfig, CascadeNetwork, DenseConfig, DenseNetwork
from particlesnn.network.cascade.model import CascadeLosses
from particlesnn.network.dense.losses import Losses
from particlesnn.training.augmentation import make_crop
from particlesnn.training.config import TrainingConfig, read_config
from particlesnn.training.dataset import Example, real_examples, simulated_examples
from particlesnn.training.export import load_network
from particlesnn.training.families import FAMILIES, Batch, Family
from particlesnn.training.precision import computes_bfloat16
from particlesnn.training.published.config import PublishedConfig
from particlesnn.training.published.log import LOG, forget_after
from particlesnn.training.published.run import train_published
from particlesnn.training.schedule import RunningAverage, learning_rate_share

_VALIDATION_SEED = 900_001
_VALIDATION_CROPS = 48


class _Crops(Dataset[Batch]):
    """Crop k of a training is made from (seed, k) alone: a resumed training sees what it would have seen."""

    def __init__(self, config: TrainingConfig, examples: dict[str, list[Example]], first: int, count: int) -> None:
        self.config, self.examples, self.first, self.count = config, examples, first, count
        present = {name: share for name, share in config.shares.items() if examples.get(name)}
        total = sum(present.values())
        self.names = list(present)
        self.shares = [present[name] / total for name in self.names]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Batch:
        rng = np.random.default_rng([self.config.seed, self.first + index])
        pool = self.examples[str(rng.choice(self.names, p=self.shares))]
        crop = make_crop(pool[int(rng.integers(len(pool)))], self.config.crop_px, rng)
        return FAMILIES[self.config.family].sample(crop)


@dataclass
class _Run:
    """What lives and changes while training; its state is the checkpoint."""

    family: Family
    network: nn.Module
    optimiser: torch.optim.Optimizer
    average: RunningAverage
    step: int = 0
    sources: tuple[str, ...] = ()
    """What it learnt from, in this training and in those that it started from."""

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device


def device_of(config: TrainingConfig) -> torch.device:
    """Tell where a training runs.

    Raises
    ------
    TrainingError
        When an accelerator is asked for and none is there.
    """
    there = torch.cuda.is_available()
    if config.device == "cuda" and not there:
        raise TrainingError("device is 'cuda', but torch sees no such accelerator here; set device = 'cpu'")
    return torch.device("cuda" if there and config.device != "cpu" else "cpu")


def train(
    config: TrainingConfig | PublishedConfig | Path | str, *, resume: bool = False, stop_after: int | None = None
) -> Path:
    """Train a network and return the path of its last checkpoint.

    Parameters
    ----------
    config
        Settings, or the TOML file that holds them.
    resume
        Go on from the run's last checkpoint, when there is one.
    stop_after
        Stop at this step, or after this epoch of a training as published, as if interrupted, with a checkpoint.

    Raises
    ------
    TrainingError
        When the run exists and ``resume`` is not asked for, when the weights to start from cannot be read, or when the
        loss is no longer a number.
    """
    if not isinstance(config, TrainingConfig | PublishedConfig):
        config = read_config(Path(config))
    if isinstance(config, PublishedConfig):
        return train_published(config, resume=resume, stop_after=stop_after)
    torch.set_num_threads(config.threads)
    torch.backends.cudnn.benchmark = True  # all crops are of one shape: the quickest convolutions are looked for once
    torch.manual_seed(config.seed)
    run_folder = Path(config.run)
    checkpoint = run_folder / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise TrainingError(f"{checkpoint} exists; go on with --resume, or name another run in the config")
    going_on = resume and checkpoint.exists()
    run = _start(config, device_of(config), from_weights=not going_on)
    if going_on:
        _restore(run, checkpoint)
    forget_after(run_folder, run.step)
    examples = _gather(config, run_folder, validation=False)
    run.sources = tuple(dict.fromkeys((*run.sources, *examples)))
    held_out = list(_batches(config, _gather(config, run_folder, validation=True), _VALIDATION_CROPS))
    _loop(config, run, examples, held_out, run_folder, min(stop_after or config.steps, config.steps))
    return checkpoint


def _start(config: TrainingConfig, device: torch.device, *, from_weights: bool) -> _Run:
    family = FAMILIES[config.family]
    network = family.make(config).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    sources = _start_from(network, Path(config.start)) if config.start and from_weights else ()
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    plain = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=config.learning_rate)
    return _Run(family, network, optimiser, RunningAverage(network, config.average), sources=sources)


def _start_from(network: nn.Module, checkpoint: Path) -> tuple[str, ...]:
    """Take over weights, and return what those learnt from."""
    other, state = load_network(checkpoint)
    if type(other) is not type(network):
        raise TrainingError(f"{checkpoint}: is of another family; correct 'start'")
    network.load_state_dict(other.state_dict())
    return tuple(state["sources"])


def _gather(config: TrainingConfig, folder: Path, *, validation: bool) -> dict[str, list[Example]]:
    count = config.validation_scans if validation else config.simulated_scans
    seed = _VALIDATION_SEED if validation else config.seed
    kinds = {
        "simulated": count,
        "texture": max(1, count // 8) if validation else config.texture_scans,
        "micrograph": count // 4 if validation else config.micrographs,
    }
    cache, side_px = folder / "simulated", config.simulated_side_px
    examples = []
    wanted = {kind: number for kind, number in kinds.items() if config.shares.get(kind)}
    for kind, number in wanted.items():
        examples += simulated_examples(cache, number, side_px, seed, kind=kind, jobs=config.workers)
    examples += real_examples(Path(config.data), validation=validation)
    by_source: dict[str, list[Example]] = {}
    for example in examples:
        if config.shares.get(example.source):
            by_source.setdefault(example.source, []).append(example)
    return by_source


def _batches(config: TrainingConfig, examples: dict[str, list[Example]], crops: int, first: int = 0) -> Iterator[Batch]:
    dataset = _Crops(config, examples, first, crops)
    workers = config.workers if crops > _VALIDATION_CROPS else 0
    yield from DataLoader(
        dataset, config.batch, num_workers=workers, worker_init_fn=_one_thread, pin_memory=torch.cuda.is_available(),
        collate_fn=FAMILIES[config.family].collate,
    )  # fmt: skip


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


def _loop(
    config: TrainingConfig,
    run: _Run,
    examples: dict[str, list[Example]],
    held_out: list[Batch],
    folder: Path,
    last: int,
) -> None:
    crops = (last - run.step) * config.batch
    saved = time.monotonic()
    bar = tqdm(total=last, initial=run.step, desc="training", unit="step", disable=None)
    for batch in _batches(config, examples, crops, run.step * config.batch) if crops > 0 else ():
        losses = _step(config, run, batch)
        bar.update()
        if run.step % 20 == 0:
            bar.set_postfix(loss=f"{losses.total.item():.3f}")
            _log(folder, run.step, "train", losses)
        if time.monotonic() - saved > 60 * config.checkpoint_minutes or run.step == last:
            _log(folder, run.step, "held out", _validate(run, config, held_out))
            _save(run, config, folder / "checkpoint.pt")
            saved = time.monotonic()
    bar.close()


def _step(config: TrainingConfig, run: _Run, batch: Batch) -> Losses | CascadeLosses:
    for group in run.optimiser.param_groups:
        group["lr"] = config.learning_rate * learning_rate_share(run.step, config.steps, config.warmup_steps)
    run.network.train()
    torch.manual_seed(config.seed + 1_000_003 * run.step)  # a resumed training draws the boxes it would have drawn
    losses = _losses(run, run.network, batch)
    total = losses.total
    if not torch.isfinite(total):
        raise TrainingError(
            f"the loss is no longer a number at step {run.step}; lower the learning rate and go on with --resume"
        )
    run.optimiser.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 2.0)
    run.optimiser.step()
    run.step += 1
    run.average.update(run.network)
    return losses


def _precision(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 where the machine does so itself."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=computes_bfloat16(device))


def _losses(run: _Run, network: nn.Module, batch: Batch) -> Losses | CascadeLosses:
    views, *others = (part.to(run.device, non_blocking=True) for part in batch)
    views = views.contiguous(memory_format=torch.channels_last)
    with _precision(run.device):
        return run.family.losses(network, (views, *others))


@torch.no_grad()
def _validate(run: _Run, config: TrainingConfig, held_out: list[Batch]) -> Losses | CascadeLosses:
    """Losses of the averaged weights on crops of pictures that never train."""
    network = run.family.rebuild(asdict(_config_of(run.network)))
    network = network.to(run.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.load_state_dict(run.average.state)
    network.eval()
    torch.manual_seed(config.seed)
    parts = [_losses(run, network, batch) for batch in held_out]
    means = (torch.stack([getattr(part, entry.name) for part in parts]).mean() for entry in fields(parts[0]))
    return type(parts[0])(*means)


def _config_of(network: nn.Module) -> DenseConfig | CascadeConfig:
    assert isinstance(network, DenseNetwork | CascadeNetwork)
    return network.config


def _log(folder: Path, step: int, which: str, losses: Losses | CascadeLosses) -> None:
    path = folder / LOG
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["step", "set", "total", *(entry.name for entry in fields(losses))])
        values = (losses.total, *(getattr(losses, entry.name) for entry in fields(losses)))
        writer.writerow([step, which, *(f"{value.item():.5f}" for value in values)])


def _save(run: _Run, config: TrainingConfig, path: Path) -> None:
    state = {
        "step": run.step,
        "sources": list(run.sources),
        "network": run.network.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "average": run.average.state,
        "updates": run.average.updates,
        "network_config": asdict(_config_of(run.network)),
        "config": asdict(config),
    }
    partial = path.with_name(path.name + ".part")
    torch.save(state, partial)
    partial.replace(path)


def _restore(run: _Run, path: Path) -> None:
    state = torch.load(path, weights_only=True, map_location=run.device)
    try:
        run.network.load_state_dict(state["network"])
    except RuntimeError as error:
        raise TrainingError(
            f"{path}: is of another network, perhaps of an earlier version; name another run in the config"
        ) from error
    run.optimiser.load_state_dict(state["optimiser"])
    run.average.state, run.average.updates = state["average"], state["updates"]
    run.step, run.sources = state["step"], tuple(state["sources"])
