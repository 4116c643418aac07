"""What every backbone is, and which there are.

A backbone is a module whose ``forward(images)`` returns four feature maps, fine to coarse, each half as fine as the one
before, and whose ``widths`` are their channels.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Protocol, cast

from torch import Tensor, nn

from particlesnn.network.cascade.efficientnet import EfficientNetLite0
from particlesnn.network.cascade.hrnet import HRNet, HRNetConfig
from particlesnn.network.cascade.resnext import ResNeXt, ResNeXtConfig


class Backbone(Protocol):
    """Images to four feature maps, fine to coarse."""

    widths: tuple[int, ...]
    """Channels of each feature map."""

    def __call__(self, images: Tensor) -> list[Tensor]:
        """Return the feature maps of images of shape (N, C, H, W)."""
        ...


RESNEXTS: Mapping[str, ResNeXtConfig] = MappingProxyType({
    "resnext101_64x4d": ResNeXtConfig(),
    "resnext101_32x4d": ResNeXtConfig(groups=32),
    "resnext50_32x4d": ResNeXtConfig(blocks=(3, 4, 6, 3), groups=32),
    "resnext50_8x4d": ResNeXtConfig(blocks=(3, 4, 6, 3), groups=8),
    "resnext14_8x4d": ResNeXtConfig(blocks=(1, 1, 1, 1), groups=8),
})  # fmt: skip
"""Sizes of ResNeXt by name; the paper's is the first."""

HRNETS: Mapping[str, HRNetConfig] = MappingProxyType({
    "hrnetv2p_w32": HRNetConfig(),
    "hrnetv2p_w18": HRNetConfig(width=18),
    "hrnetv2p_w40": HRNetConfig(width=40),
    "hrnetv2p_w8": HRNetConfig(width=8, modules=(1, 1, 1), blocks=1),
})  # fmt: skip
"""Sizes of HRNet by name; the paper's is the first."""

BACKBONES: Mapping[str, Callable[[int], nn.Module]] = MappingProxyType({
    "efficientnet_lite0": EfficientNetLite0,
    **{name: partial(ResNeXt, size) for name, size in RESNEXTS.items()},
    **{name: partial(HRNet, size) for name, size in HRNETS.items()},
})  # fmt: skip
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
