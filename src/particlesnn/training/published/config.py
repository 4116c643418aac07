"""Settings of a training as published. A file in configs/paper/ holds only what differs from these.

Where the paper (Okunev et al. 2020, section 2.3) is silent, they are those of mmdetection's
``cascade-mask-rcnn_x101-64x4d_fpn_20e_coco`` and ``cascade-mask-rcnn_hrnetv2p-w32_20e_coco``.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from math import isfinite
from typing import Any

from particlesnn.core import TrainingError
from particlesnn.network.cascade.backbones import HRNETS, RESNEXTS
from particlesnn.training.values import DEVICES, check_choice, check_value

NO_START = "none"
"""Name that stands for no weights to start from."""
FLIPS = ("horizontal", "both", "none")
PRECISIONS = ("full", "auto", "bf16", "fp16")
BACKBONES = (*RESNEXTS, *HRNETS)
"""Names of the backbones that can be trained so, the paper's and their siblings."""
_MAY_BE_NONE = frozenset({"seed", "at_once", "momentum", "weight_decay", "workers"})
_MAY_CHANGE = frozenset({
    "run", "data", "at_once", "epochs", "learning_rates", "precision", "checkpoint_epochs",
    "threads", "workers", "device",
})  # fmt: skip
"""Settings that may change when a training goes on: where, how long and how fast, but not what is seen when."""


@dataclass(frozen=True)
class PublishedConfig:
    """One training as published, from the weights for COCO to a checkpoint."""

    recipe: str = "published"
    """Tells these settings from those of a training on crops; always "published"."""
    run: str = "runs/published"
    """Folder of the checkpoint, the log and the curve. Its last part is what the model will be called."""
    data: str = "set"
    """Folder that `particlesnn dataset` wrote."""
    contour_set: str = "rough"
    """Which contours to train on; "" where the data have no sets."""
    backbone: str = "resnext101_64x4d"
    """Which backbone the network has; the weights to start from must have the same."""
    start: str = "cascade-mask-rcnn_x101-64x4d_fpn_20e_coco"
    """Weights to start from: a name of `particlesnn weights list`, a checkpoint's file, or "none"."""
    magnification: float = 1.0
    """How many times larger than the scan the network sees it, the paper's img_scale."""
    flips: str = "horizontal"
    """Which mirrorings a scan may get, each with probability 0.5: "horizontal", "both" or "none"."""
    batch: int = 12
    """Scans a step, all processes together; the last step of an epoch may have fewer."""
    at_once: int = 0
    """Scans that a process holds in memory together; all of its share of a step when 0. Fewer take less memory, and
    about a third more time; the gradients are the same."""
    epochs: int = 500
    """How many times each scan is seen."""
    learning_rates: tuple[tuple[int, float], ...] = ((0, 1e-3), (100, 1e-4), (250, 1e-5))
    """From which epoch on which learning rate holds; epochs count from 0."""
    momentum: float = 0.9
    """Momentum of the stochastic gradient descent."""
    weight_decay: float = 1e-4
    """Decay of all weights."""
    precision: str = "full"
    """What convolutions compute in: "full" is float32 as published; "auto" is quicker, the better of "bf16" and "fp16"
    that the device computes itself."""
    checkpoint_epochs: int = 1
    """Epochs between checkpoints; the last one is always kept."""
    seed: int = 1
    """Where chance starts."""
    threads: int = 2
    """CPU threads of each process."""
    workers: int = 2
    """Processes that prepare scans, for each process that trains; 0 prepares them in that process."""
    device: str = "auto"
    """Where the network trains: "cpu", "cuda", or "auto" for the accelerators that are there."""

    def __post_init__(self) -> None:
        for entry in fields(self):
            if entry.name != "learning_rates":
                none = entry.name in _MAY_BE_NONE
                check_value(entry.name, getattr(self, entry.name), type(entry.default), may_be_none=none)
        object.__setattr__(self, "learning_rates", _rates(self.learning_rates))
        check_choice("recipe", self.recipe, ("published",))
        check_choice("backbone", self.backbone, BACKBONES)
        check_choice("flips", self.flips, FLIPS)
        check_choice("precision", self.precision, PRECISIONS)
        check_choice("device", self.device, DEVICES)
        if self.magnification > 10:
            raise TrainingError(f"magnification must be at most 10, not {self.magnification:g}")
        if self.momentum >= 1:
            raise TrainingError(f"momentum must be less than 1, not {self.momentum:g}")

    def learning_rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 0."""
        return [rate for first, rate in self.learning_rates if first <= epoch][-1]

    def to_plain(self) -> dict[str, Any]:
        """Return the settings as plain values, as a checkpoint holds them."""
        return asdict(self) | {"learning_rates": [list(each) for each in self.learning_rates]}

    def refuse_other(self, before: Mapping[str, Any]) -> None:
        """Refuse to go on with a training that began with other settings.

        Raises
        ------
        TrainingError
            When they differ in what is seen when; where, how long and how fast may change.
        """
        now = self.to_plain()
        for name, value in now.items():
            if name not in _MAY_CHANGE and before.get(name, value) != value:
                raise TrainingError(
                    f"this run began with {name} = {before[name]!r}, and the config says {value!r}; set it back, or "
                    "name another run"
                )


def _rates(given: object) -> tuple[tuple[int, float], ...]:
    """Take pairs of epoch and learning rate, in the order of the epochs."""
    wrong = TrainingError(
        f"learning_rates must be pairs of an epoch and a rate above 0, the first epoch 0, such as [[0, 1e-3], "
        f"[100, 1e-4]], not {given!r}"
    )
    if not isinstance(given, list | tuple) or not given:
        raise wrong
    pairs = []
    for pair in given:
        if not (isinstance(pair, list | tuple) and len(pair) == 2):
            raise wrong
        epoch, rate = pair
        if type(epoch) is not int or type(rate) not in (int, float) or not (isfinite(rate) and rate > 0):
            raise wrong
        pairs.append((epoch, float(rate)))
    if pairs[0][0] != 0 or any(later[0] <= earlier[0] for earlier, later in pairwise(pairs)):
        raise wrong
    return tuple(pairs)
