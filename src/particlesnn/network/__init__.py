"""Networks in plain torch, one folder a family. Needs the extra ``train``."""

from particlesnn.network.cascade.config import COMPACT, CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.dense.model import DenseConfig, DenseNetwork

__all__ = ["COMPACT", "CascadeConfig", "CascadeNetwork", "DenseConfig", "DenseNetwork"]
