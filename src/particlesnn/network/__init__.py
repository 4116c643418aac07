"""Networks in plain torch, one folder a family. Needs the extra ``train``."""

from particlesnn.network.dense.model import DenseConfig, DenseNetwork

__all__ = ["DenseConfig", "DenseNetwork"]
