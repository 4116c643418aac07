"""Training from nothing to weights that ship. Needs the extra ``train``."""

from particlesnn.training.checkpoints import CheckpointReport, load_checkpoint
from particlesnn.training.config import TrainingConfig, read_config
from particlesnn.training.export import export, load_network
from particlesnn.training.train import train

__all__ = [
    "CheckpointReport",
    "TrainingConfig",
    "export",
    "load_checkpoint",
    "load_network",
    "read_config",
    "train",
]
