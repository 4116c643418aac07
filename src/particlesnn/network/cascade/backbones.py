"""What every backbone is, and which there are.

A backbone is a module whose ``forward(images)`` returns four feature maps, fine to coarse, each half as fine as the one
before, and whose ``widths`` are their channels.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol, cast

from torch import Tensor, nn

from particlesnn.network.cascade.efficientnet import EfficientNetLite0


class Backbone(Protocol):
    """Images to four feature maps, fine to coarse."""

    widths: tuple[int, ...]
    """Channels of each feature map."""

    def __call__(self, images: Tensor) -> list[Tensor]:
        """Return the feature maps of images of shape (N, C, H, W)."""
        ...


BACKBONES: Mapping[str, Callable[[int], nn.Module]] = MappingProxyType({"efficientnet_lite0": EfficientNetLite0})
"""For each name what makes the backbone for images of so many channels."""


def make_backbone(name: str, channels: int) -> Backbone:
    """Make a backbone by its name.

    Raises
    ------
    KeyError
        When there is none of that name.
    """
    if name not in BACKBONES:
        raise KeyError(f"there is no backbone {name!r}; known are {', '.join(BACKBONES)}")
    return cast(Backbone, BACKBONES[name](channels))
