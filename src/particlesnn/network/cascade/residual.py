"""Residual blocks that ResNeXt and HRNet are built of.

Shape letters: N images, C channels, H and W rows and columns.

Basic and bottleneck block: He et al. 2016. Grouped middle convolution: Xie et al. 2017 (ResNeXt). The attributes carry
the names that both papers' own programs gave them (``conv1``, ``bn1``, ``downsample``), which are the keys of every
published checkpoint.
"""

from torch import Tensor, nn
from torch.nn import functional


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and the way around them.

    Parameters
    ----------
    inputs
        Channels that come in.
    planes
        Channels that go out.
    """

    expansion = 1
    """Channels that go out, over ``planes``."""

    def __init__(self, inputs: int, planes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = shortcut(inputs, planes, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of shape (N, planes, H, W)."""
        inner = functional.relu(self.bn1(self.conv1(features)), inplace=True)
        inner = self.bn2(self.conv2(inner))
        return functional.relu(inner + self.downsample(features), inplace=True)


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 in groups, 1 x 1, and the way around them; the 3 x 3 carries the stride.

    Parameters
    ----------
    inputs
        Channels that come in.
    planes
        A quarter of the channels that go out.
    stride
        1, or 2 to halve height and width.
    groups
        Groups of the 3 x 3 convolution; 1 is the plain bottleneck of ResNet.
    inner
        Channels of the 3 x 3 convolution, all groups together; ``planes`` when None.
    """

    expansion = 4
    """Channels that go out, over ``planes``."""

    def __init__(self, inputs: int, planes: int, stride: int = 1, groups: int = 1, inner: int | None = None) -> None:
        super().__init__()
        width, outputs = inner or planes, planes * self.expansion
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = shortcut(inputs, outputs, stride)

    def forward(self, features: Tensor) -> Tensor:
        """Return features of shape (N, 4 planes, H / stride, W / stride)."""
        inner = functional.relu(self.bn1(self.conv1(features)), inplace=True)
        inner = functional.relu(self.bn2(self.conv2(inner)), inplace=True)
        inner = self.bn3(self.conv3(inner))
        return functional.relu(inner + self.downsample(features), inplace=True)


def shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    """Return the way around a block: nothing where the shape stays, else a 1 x 1 convolution."""
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


def hold_statistics(backbone: nn.Module) -> None:
    """Keep all running means and variances as they were pretrained, also in training.

    Batches of one to four images say too little of them; mmdetection trains its COCO networks so (``norm_eval``).
    """
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
