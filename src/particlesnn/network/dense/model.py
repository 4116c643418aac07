"""An encoder-decoder that predicts two maps at the scan's own resolution.

Shape letters: N images, C channels, H and W rows and columns, S stages from fine (0) to coarse.

Naming: `logit` is what the network says before the sigmoid; `particle` is the probability that a pixel belongs to any
particle; `depth` is the distance to the particle's own border divided by its largest value in that particle, so
1 in the middle, 0 at the border, also where two particles touch. Depth separates a crowd; particle gives its border.
U-Net: Ronneberger, Fischer and Brox 2015. Residual blocks: He et al. 2016.
"""

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from particlesnn.network.dense.losses import Losses, Targets, dense_losses


@dataclass(frozen=True)
class DenseConfig:
    """Size of the network."""

    channels: int = 2
    """Views of the scan that come in."""
    widths: tuple[int, ...] = (24, 48, 96, 160, 192, 224)
    """Channels of each stage; each is half as fine as the one before."""
    blocks: tuple[int, ...] = (0, 2, 2, 2, 2, 2)
    """Residual blocks of each stage."""
    decoder_blocks: tuple[int, ...] = (0, 1, 1, 1, 1)
    """Residual blocks of each stage on the way back, after it has been joined with the coarser ones."""

    @property
    def stride(self) -> int:
        """Height and width of the input must be multiples of this."""
        return int(2 ** (len(self.widths) - 1))


class _Block(nn.Module):
    """Two convolutions and the way around them.

    Parameters
    ----------
    width
        Channels.
    idle
        Let everything through unchanged at first (Goyal et al. 2017), so that it can be put into a trained network.
    """

    def __init__(self, width: int, *, idle: bool = False) -> None:
        super().__init__()
        self.first = _convolution(width, width)
        normalised = nn.BatchNorm2d(width)
        if idle:
            nn.init.zeros_(normalised.weight)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), normalised)

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.second(self.first(features)))


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class DenseNetwork(nn.Module):
    """The dense family's network.

    Parameters
    ----------
    config
        Its size.
    """

    def __init__(self, config: DenseConfig | None = None) -> None:
        super().__init__()
        self.config = config or DenseConfig()
        widths, blocks = self.config.widths, self.config.blocks
        self.stem = _convolution(self.config.channels, widths[0])
        self.stages = nn.ModuleList()
        for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
            enter = [_convolution(widths[stage - 1], width, stride=2)] if stage else []
            self.stages.append(nn.Sequential(*enter, *[_Block(width) for _ in range(count)]))
        finer = list(itertools.pairwise(widths))
        self.raise_ = nn.ModuleList([nn.Conv2d(coarse, fine, 1) for fine, coarse in finer])
        self.merge = nn.ModuleList(
            nn.Sequential(*_convolution(fine, fine), *[_Block(fine, idle=True) for _ in range(count)])
            for (fine, _), count in zip(finer, self.config.decoder_blocks, strict=True)
        )
        self.head = nn.Sequential(_convolution(widths[0], widths[0]), nn.Conv2d(widths[0], 2, 1))

    def forward(self, views: Tensor) -> Tensor:
        """Return the logits of particle and depth.

        Parameters
        ----------
        views
            Shape (N, C, H, W); H and W multiples of ``config.stride``.

        Returns
        -------
        Tensor of shape (N, 2, H, W)
        """
        features = self.stem(views)
        finer: list[Tensor] = []
        for stage in self.stages:
            features = stage(features)
            finer.append(features)
        for stage_index in range(len(finer) - 2, -1, -1):
            raised = functional.interpolate(self.raise_[stage_index](features), scale_factor=2.0, mode="bilinear")
            features = self.merge[stage_index](finer[stage_index] + raised)
        logits: Tensor = self.head(features)
        return logits

    def losses(self, views: Tensor, targets: Targets) -> Losses:
        """Compare with the truth, in full precision whatever the forward pass ran in; see `dense_losses`."""
        logits: Tensor = self(views)
        with torch.autocast(views.device.type, enabled=False):
            return dense_losses(logits.float(), targets)

    def predict(self, views: Tensor) -> Tensor:
        """Return particle (channel 0) and depth (channel 1), both 0..1, shape (N, 2, H, W)."""
        return torch.sigmoid(self(views))
