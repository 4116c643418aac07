"""Training from nothing to weights that ship. Needs the extra ``train``."""

from particlesnn.training.checkpoints import CheckpointReport, is_of_mmdetection, load_checkpoint
from particlesnn.training.config import TrainingConfig, read_config
from particlesnn.training.export import export, export_published, load_network
from particlesnn.training.train import train

__all__ = [
    "CheckpointReport",
    "TrainingConfig",
    "export",
    "export_published",
    "is_of_mmdetection",
    "load_checkpoint",
    "load_network",
    "read_config",
    "train",
]
