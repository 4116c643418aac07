"""Heads of the stages: what a box is, how to correct it, and the mask inside.

Shape letters: R regions, C channels, S side of the grid.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.fpn import Convolution


class BoxHead(nn.Module):
    """Two fully connected layers, then the class and one correction for all classes."""

    def __init__(self, config: CascadeConfig) -> None:
        super().__init__()
        widths = (config.width * config.box_side**2, config.box_width, config.box_width)
        layers = [nn.Linear(widths[0], widths[1]), nn.Linear(widths[1], widths[2])]
        self.shared_fcs = nn.ModuleList(layers)
        self.fc_cls = nn.Linear(config.box_width, config.classes + 1)
        self.fc_reg = nn.Linear(config.box_width, 4)
        for layer in layers:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.fc_cls.weight, std=0.01)
        nn.init.normal_(self.fc_reg.weight, std=0.001)

    def forward(self, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (R, classes + 1), substrate last, and corrections (R, 4) of features (R, C, S, S)."""
        features = regions.flatten(1)
        for layer in self.shared_fcs:
            features = functional.relu(layer(features))
        return self.fc_cls(features), self.fc_reg(features)


class MaskHead(nn.Module):
    """Convolutions, a doubling of the grid, and one mask for each class."""

    def __init__(self, config: CascadeConfig) -> None:
        super().__init__()
        inputs = [config.width, *[config.mask_width] * (config.mask_convolutions - 1)]
        # Not normalised: the statistics of boxes that train are not those of detections.
        convolutions = [Convolution(each, config.mask_width, 3, rectified=True) for each in inputs]
        self.convs = nn.ModuleList(convolutions)
        self.upsample = nn.ConvTranspose2d(config.mask_width, config.mask_width, 2, stride=2)
        self.conv_logits = nn.Conv2d(config.mask_width, config.classes, 1)
        for layer in (*(each.conv for each in convolutions), self.upsample):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(layer.bias) if layer.bias is not None else None
        nn.init.normal_(self.conv_logits.weight, std=0.01)  # starts undecided: no mask outweighs the other losses

    def forward(self, regions: Tensor) -> Tensor:
        """Return logits (R, classes, 2 S, 2 S) of features (R, C, S, S)."""
        features = regions
        for layer in self.convs:
            features = layer(features)
        logits: Tensor = self.conv_logits(functional.relu(self.upsample(features)))
        return logits


def mask_targets(labels: Tensor, boxes: Tensor, image: Tensor, number: Tensor, side: int) -> Tensor:
    """Cut each box's particle out of the label pictures.

    Parameters
    ----------
    labels
        Shape (N, H, W), integer.
    boxes
        Shape (R, 4).
    image
        Shape (R,): whose picture.
    number
        Shape (R,): the particle's number in that picture.
    side
        S.

    Returns
    -------
    Tensor of shape (R, S, S)
        1 where the particle holds more than half of the place, else 0.
    """
    _, rows, columns = labels.shape
    steps = (torch.arange(side, device=boxes.device) + 0.5) / side
    x = boxes[:, 0, None] + steps * (boxes[:, 2] - boxes[:, 0])[:, None] - 0.5
    y = boxes[:, 1, None] + steps * (boxes[:, 3] - boxes[:, 1])[:, None] - 0.5
    x, y = x.clamp(0, columns - 1), y.clamp(0, rows - 1)
    left, top = x.floor().long(), y.floor().long()
    right, below = (left + 1).clamp(max=columns - 1), (top + 1).clamp(max=rows - 1)
    across, down = (x - left)[:, None, :], (y - top)[:, :, None]
    picture = image[:, None, None]

    def here(row: Tensor, column: Tensor) -> Tensor:
        return (labels[picture, row[:, :, None], column[:, None, :]] == number[:, None, None]).float()

    upper = here(top, left) * (1 - across) + here(top, right) * across
    lower = here(below, left) * (1 - across) + here(below, right) * across
    return (upper * (1 - down) + lower * down >= 0.5).float()
