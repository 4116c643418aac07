"""What a training starts from and leaves behind: checkpoints that mmdetection's programs can read, too.

::

    state_dict   the network, under mmdetection's keys
    meta         what made it: the training's name and settings, the scans, the epochs
    training     what going on needs: the optimiser, the scale of the losses in half precision
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from particlesnn import __version__
from particlesnn.core import TrainingError, WeightsError
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.cascade.published import published_name
from particlesnn.network.cascade.residual import BasicBlock, Bottleneck
from particlesnn.training.checkpoints import load_checkpoint
from particlesnn.training.published.config import NO_START, PublishedConfig
from particlesnn.training.published.scans import TrainingScan
from particlesnn.weights import PUBLISHED, cache_folder

CHECKPOINT = "checkpoint.pth"
"""Name of a run's checkpoint in its folder."""


@dataclass(eq=False)
class State:
    """What changes while training."""

    network: CascadeNetwork
    """What is trained, on its device."""
    optimiser: torch.optim.SGD
    """Stochastic gradient descent."""
    scaler: torch.amp.GradScaler
    """Keeps small gradients of half precision from vanishing; does nothing in other precisions."""
    epochs: int = 0
    """Epochs done."""


def begin(config: PublishedConfig, device: torch.device, dtype: torch.dtype | None) -> State:
    """Start from the weights that the configuration names.

    Raises
    ------
    TrainingError
        When they are not on this machine, or are of another backbone than the configuration's.
    WeightsError
        When their file cannot be loaded.
    """
    torch.manual_seed(config.seed)
    network = _from_nothing(config.backbone) if config.start == NO_START else _from_weights(config)
    return _state(config, network, device, dtype)


def go_on(config: PublishedConfig, path: Path, scans: Sequence[TrainingScan], device: torch.device,
          dtype: torch.dtype | None) -> State:  # fmt: skip
    """Go on from a checkpoint of the same training.

    Raises
    ------
    TrainingError
        When it is of another training, or was made on other scans.
    WeightsError
        When it cannot be loaded.
    """
    network, report = load_checkpoint(path)
    content = torch.load(path, map_location="cpu", weights_only=True)
    training, meta = content.get("training"), report.meta
    if not isinstance(training, dict) or not {"config", "scans", "epochs"} <= set(meta):
        raise TrainingError(f"{path} is of no training that can go on; name another run in the config")
    config.refuse_other(meta["config"])
    if [tuple(each) for each in meta["scans"]] != _listed(scans):
        raise TrainingError(
            f"{path}: this run began with other scans or contours than {config.data} holds; restore them, or name "
            "another run"
        )
    state = _state(config, network, device, dtype)
    state.optimiser.load_state_dict(training["optimiser"])
    if training["scaler"] and state.scaler.is_enabled():
        state.scaler.load_state_dict(training["scaler"])
    state.epochs = meta["epochs"]
    return state


def save(state: State, config: PublishedConfig, scans: Sequence[TrainingScan], path: Path) -> None:
    """Write a checkpoint, whole or not at all.

    Raises
    ------
    TrainingError
        When it cannot be written.
    """
    meta = {
        "particlesnn_version": __version__,
        "dataset_meta": {"CLASSES": ("particle",)},
        "config": config.to_plain(),
        "scans": _listed(scans),
        "epochs": state.epochs,
    }
    training = {"optimiser": state.optimiser.state_dict(), "scaler": state.scaler.state_dict()}
    weights = {published_name(name): value for name, value in state.network.state_dict().items()}
    partial = path.with_name(path.name + ".part")
    try:
        torch.save({"state_dict": weights, "meta": meta, "training": training}, partial)
        partial.replace(path)
    except (OSError, RuntimeError) as error:  # torch raises the second when a disk is full
        partial.unlink(missing_ok=True)
        raise TrainingError(f"{path} cannot be written; make room on the disk and go on with --resume") from error


def settings_in(meta: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the settings of the training that a checkpoint's ``meta`` tells of; None for other programs' files."""
    config = meta.get("config")
    return config if "particlesnn_version" in meta and isinstance(config, dict) else None


def _state(config: PublishedConfig, network: CascadeNetwork, device: torch.device, dtype: torch.dtype | None) -> State:
    if config.start == NO_START:
        network.requires_grad_(True)  # what stands still elsewhere, stands still for what it has learnt
    network = network.to(device).train()
    trained = [each for each in network.parameters() if each.requires_grad]
    optimiser = torch.optim.SGD(
        trained, lr=config.learning_rate(0), momentum=config.momentum, weight_decay=config.weight_decay
    )
    return State(network, optimiser, torch.amp.GradScaler(device.type, enabled=dtype is torch.float16))


def _listed(scans: Sequence[TrainingScan]) -> list[tuple[str, int]]:
    return [(scan.name, len(scan.outlines)) for scan in scans]


def _from_nothing(backbone: str) -> CascadeNetwork:
    """Make a network that knows nothing; each block begins as the way around it, for no statistics hold it in order."""
    network = CascadeNetwork(CascadeConfig(backbone=backbone))
    for module in network.modules():
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
    return network


def _from_weights(config: PublishedConfig) -> CascadeNetwork:
    network, _ = load_checkpoint(_file_of(config.start))
    if network.config.backbone != config.backbone:
        raise TrainingError(
            f"the weights to start from, {config.start}, have the backbone {network.config.backbone}, and the config "
            f"says {config.backbone}; correct 'start' or 'backbone'"
        )
    return network


def _file_of(start: str) -> Path:
    """Find the file of weights by their published name, or take it as given."""
    for weights in PUBLISHED:
        if weights.name == start:
            path = cache_folder() / weights.file_name
            if not path.is_file():
                raise TrainingError(
                    f"the weights to start from are not on this machine; fetch them with 'particlesnn weights fetch "
                    f"{start}', or lay {weights.file_name} into {path.parent}, or name another checkpoint as 'start'"
                )
            return path
    path = Path(start)
    if not path.is_file():
        raise WeightsError(
            f"{start}: there is no such checkpoint, and no published weights have this name; 'particlesnn weights "
            f"list' names them; start = {NO_START!r} starts from nothing"
        )
    return path
