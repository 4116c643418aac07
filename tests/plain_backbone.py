"""The least that can be a backbone of the cascade family: tests of all else need no more."""

import torch
from torch import nn
from torch.nn import functional


class Plain(nn.Module):
    """A convolution for each stride."""

    widths = (16, 16, 16, 16)

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(inputs, 16, 3, 2, 1) for inputs in (channels, 16, 16, 16))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return features at strides 2, 4, 8 and 16."""
        levels = []
        for layer in self.layers:
            images = functional.relu(layer(images))
            levels.append(images)
        return levels
