"""HRNet: branches of four resolutions that run side by side and exchange what they see (Sun et al., arXiv 1904.04514).

Shape letters: N images, C channels, H and W rows and columns, B branches from fine (0, stride 4) to coarse (3, stride
32).

HRFPN, its pyramid: all branches are brought to the finest resolution, joined, and pooled to each level.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from particlesnn.network.cascade.fpn import Convolution
from particlesnn.network.cascade.residual import BasicBlock, Bottleneck, hold_statistics


@dataclass(frozen=True)
class HRNetConfig:
    """Size of an HRNet. The defaults are HRNetV2-W32."""

    width: int = 32
    """Channels of the finest branch; each coarser one has twice as many."""
    modules: tuple[int, int, int] = (1, 4, 3)
    """Rounds of exchange with two, three and four branches."""
    blocks: int = 4
    """Residual blocks of a branch between two exchanges, and of the first stage."""
    stem_width: int = 64
    """Channels of the stem; the first stage gives four times as many."""

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Channels of the four branches."""
        return (self.width, 2 * self.width, 4 * self.width, 8 * self.width)


class HRNet(nn.Module):
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

    def __init__(self, config: HRNetConfig | None = None, channels: int = 3) -> None:
        super().__init__()
        self.config = config = config or HRNetConfig()
        self.widths = config.widths
        stem = config.stem_width
        self.conv1 = nn.Conv2d(channels, stem, 3, 2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.conv2 = nn.Conv2d(stem, stem, 3, 2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(stem)
        first = [Bottleneck(stem, stem), *[Bottleneck(4 * stem, stem) for _ in range(config.blocks - 1)]]
        self.layer1 = nn.Sequential(*first)
        before: tuple[int, ...] = (4 * stem,)
        for branches, rounds in zip((2, 3, 4), config.modules, strict=True):
            after = self.widths[:branches]
            self.add_module(f"transition{branches - 1}", _transition(before, after))
            exchanges = [_Exchange(after, config.blocks) for _ in range(rounds)]
            self.add_module(f"stage{branches}", nn.Sequential(*exchanges))
            before = after

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the features of each branch.

        Parameters
        ----------
        images
            Shape (N, C, H, W), normalised; H and W multiples of 32.

        Returns
        -------
        list of B Tensors of shape (N, widths[b], H / 2**(b + 2), W / 2**(b + 2))
        """
        features = functional.relu(self.bn1(self.conv1(images)), inplace=True)
        features = functional.relu(self.bn2(self.conv2(features)), inplace=True)
        maps = [self.layer1(features)]
        for branches in (2, 3, 4):
            openings = cast(nn.ModuleList, self.get_submodule(f"transition{branches - 1}"))
            # A new branch grows out of the coarsest one that there is.
            maps = [opening(maps[min(branch, len(maps) - 1)]) for branch, opening in enumerate(openings)]
            maps = self.get_submodule(f"stage{branches}")(maps)
        return maps

    def train(self, mode: bool = True) -> "HRNet":
        """Go into training; the running statistics of the normalisation stay as they were pretrained."""
        super().train(mode)
        hold_statistics(self)
        return self


class HRPyramid(nn.Module):
    """HRFPN: the pyramid of an HRNet.

    Parameters
    ----------
    inputs
        Channels of the branches.
    width
        Channels of every level of the pyramid.
    levels
        How many levels, each half as fine as the one before.
    """

    def __init__(self, inputs: Sequence[int], width: int = 256, levels: int = 5) -> None:
        super().__init__()
        self.reduction_conv = Convolution(sum(inputs), width, 1)
        self.fpn_convs = nn.ModuleList([Convolution(width, width, 3) for _ in range(levels)])

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Return the levels of the pyramid, from fine to coarse.

        Parameters
        ----------
        maps
            The branches, each half as fine as the one before.

        Returns
        -------
        list of Tensors of shape (N, width, H / 2**l, W / 2**l) for level l, where H, W are those of the finest branch
        """
        finest, *coarser = maps
        raised = [
            functional.interpolate(coarse, scale_factor=float(2**branch), mode="bilinear")
            for branch, coarse in enumerate(coarser, start=1)
        ]
        joined = self.reduction_conv(torch.cat([finest, *raised], dim=1))
        pooled = [joined, *[functional.avg_pool2d(joined, 2**level) for level in range(1, len(self.fpn_convs))]]
        return [smooth(level) for smooth, level in zip(self.fpn_convs, pooled, strict=True)]


class _Exchange(nn.Module):
    """Every branch runs through its blocks, then each takes the sum of all, brought to its resolution."""

    def __init__(self, widths: Sequence[int], blocks: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList([
            nn.Sequential(*[BasicBlock(width, width) for _ in range(blocks)]) for width in widths
        ])  # fmt: skip
        self.fuse_layers = nn.ModuleList([
            nn.ModuleList([_bring(widths, source, target) for source in range(len(widths))])
            for target in range(len(widths))
        ])  # fmt: skip

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        seen = [branch(features) for branch, features in zip(self.branches, maps, strict=True)]
        fused = []
        for bringers in self.fuse_layers:
            brought = [bring(features) for bring, features in zip(cast(nn.ModuleList, bringers), seen, strict=True)]
            fused.append(functional.relu(sum(brought[1:], start=brought[0])))
        return fused


def _bring(widths: Sequence[int], source: int, target: int) -> nn.Module:
    """Bring one branch's features to the width and resolution of another."""
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(
            nn.Conv2d(widths[source], widths[target], 1, bias=False),
            nn.BatchNorm2d(widths[target]),
            nn.Upsample(scale_factor=float(2 ** (source - target)), mode="nearest"),
        )
    steps = [widths[source]] * (target - source) + [widths[target]]
    *halvings, last = [_halve(inputs, outputs) for inputs, outputs in itertools.pairwise(steps)]
    return nn.Sequential(*halvings, last[:2])  # the sum comes before the last ReLU


def _transition(before: Sequence[int], after: Sequence[int]) -> nn.ModuleList:
    """Open one more branch, out of the coarsest; change the widths of those that change."""
    openings: list[nn.Module] = []
    for branch, width in enumerate(after):
        if branch >= len(before):
            openings.append(nn.Sequential(_halve(before[-1], width)))
        elif before[branch] == width:
            openings.append(nn.Identity())
        else:
            openings.append(_convolution(before[branch], width, stride=1))
    return nn.ModuleList(openings)


def _halve(inputs: int, outputs: int) -> nn.Sequential:
    return _convolution(inputs, outputs, stride=2)


def _convolution(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )
