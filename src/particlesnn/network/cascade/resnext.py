"""ResNeXt: residual networks whose 3 x 3 convolutions work in groups (Xie et al., CVPR 2017).

Shape letters: N images, C channels, H and W rows and columns, S stages from fine (0, stride 4) to coarse (3, stride
32).

The variant with the stride in the 3 x 3 convolution ("pytorch style"), as mmdetection's COCO checkpoints have it.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional

from particlesnn.network.cascade.residual import Bottleneck, hold_statistics


@dataclass(frozen=True)
class ResNeXtConfig:
    """Size of a ResNeXt. The defaults are ResNeXt-101-64x4d."""

    blocks: tuple[int, int, int, int] = (3, 4, 23, 3)
    """Residual blocks of each stage."""
    groups: int = 64
    """Groups of each 3 x 3 convolution, the paper's cardinality; 1 is a plain ResNet."""
    group_width: int = 4
    """Channels of a group in the first stage; they double with each stage."""
    planes: int = 64
    """Width of the stem; the stages give 4, 8, 16 and 32 times as many channels."""
    frozen_stages: int = 1
    """The stem and so many stages are not trained; -1 trains the stem too."""


class ResNeXt(nn.Module):
    """The backbone: images to features at strides 4, 8, 16 and 32.

    Parameters
    ----------
    config
        Its size; the paper's when None.
    channels
        Channels of the images.

    Attributes
    ----------
    widths
        Channels of the four feature maps.
    """

    def __init__(self, config: ResNeXtConfig | None = None, channels: int = 3) -> None:
        super().__init__()
        self.config = config = config or ResNeXtConfig()
        self.widths = tuple(Bottleneck.expansion * config.planes * 2**stage for stage in range(4))
        self.conv1 = nn.Conv2d(channels, config.planes, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(config.planes)
        for stage in range(4):
            self.add_module(f"layer{stage + 1}", _stage(config, stage))
        if config.frozen_stages >= 0:
            for module in (self.conv1, self.bn1, *self.stages[: config.frozen_stages]):
                module.requires_grad_(False)

    @property
    def stages(self) -> list[nn.Module]:
        """The four stages, from fine to coarse."""
        return [self.get_submodule(f"layer{stage}") for stage in (1, 2, 3, 4)]

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the features of each stage.

        Parameters
        ----------
        images
            Shape (N, C, H, W), normalised; H and W multiples of 32.

        Returns
        -------
        list of S Tensors of shape (N, widths[s], H / 2**(s + 2), W / 2**(s + 2))
        """
        features = functional.relu(self.bn1(self.conv1(images)), inplace=True)
        features = functional.max_pool2d(features, 3, 2, padding=1)
        maps = []
        for stage in self.stages:
            features = stage(features)
            maps.append(features)
        return maps

    def train(self, mode: bool = True) -> "ResNeXt":
        """Go into training; the running statistics of the normalisation stay as they were pretrained."""
        super().train(mode)
        hold_statistics(self)
        return self


def _stage(config: ResNeXtConfig, stage: int) -> nn.Sequential:
    planes, groups = config.planes * 2**stage, config.groups
    inner = None if groups == 1 else groups * config.group_width * 2**stage
    outputs = planes * Bottleneck.expansion
    inputs, stride = (outputs // 2, 2) if stage else (config.planes, 1)
    first = Bottleneck(inputs, planes, stride, groups, inner)
    rest = [Bottleneck(outputs, planes, 1, groups, inner) for _ in range(config.blocks[stage] - 1)]
    return nn.Sequential(first, *rest)
