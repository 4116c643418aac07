"""Training, from nothing or as published, to weights that can be shipped. Needs the extra ``train``."""

from particlesnn.training.checkpoints import CheckpointReport, is_of_mmdetection, load_checkpoint
from particlesnn.training.config import TrainingConfig, read_config
from particlesnn.training.curves import Curves, read_curves
from particlesnn.training.export import Blend, export, export_published, load_network
from particlesnn.training.published.config import PublishedConfig
from particlesnn.training.quantisation import quantise
from particlesnn.training.train import train

__all__ = [
    "Blend",
    "CheckpointReport",
    "Curves",
    "PublishedConfig",
    "TrainingConfig",
    "export",
    "export_published",
    "is_of_mmdetection",
    "load_checkpoint",
    "load_network",
    "quantise",
    "read_config",
    "read_curves",
    "train",
]
