"""Feature pyramid: coarse features, which know what is there, are passed down to fine ones, which know where.

Lin et al. 2017; the arithmetic is that of mmdetection's FPN (nearest-neighbour upsampling, extra levels subsampled).
"""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional


class Convolution(nn.Module):
    """A convolution that may be normalised and rectified.

    Parameters
    ----------
    inputs, outputs
        Channels.
    kernel
        Side of the kernel.
    normalised, rectified
        Whether batch normalisation and a rectifier follow.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, normalised: bool = False, rectified: bool = False
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=not normalised)
        self.bn = nn.BatchNorm2d(outputs) if normalised else nn.Identity()
        self.rectified = rectified

    def forward(self, features: Tensor) -> Tensor:
        """Convolve features of shape (N, C, H, W)."""
        out: Tensor = self.bn(self.conv(features))
        return functional.relu(out) if self.rectified else out


class FeaturePyramid(nn.Module):
    """FPN.

    Parameters
    ----------
    inputs
        Channels of the backbone's feature maps, fine to coarse.
    width
        Channels of every level.
    levels
        How many levels come out; those beyond the inputs are subsampled from the coarsest.
    normalised
        Whether batch normalisation follows each convolution.
    """

    def __init__(self, inputs: tuple[int, ...], width: int, levels: int, *, normalised: bool = False) -> None:
        super().__init__()
        self.levels = levels
        self.lateral_convs = nn.ModuleList([Convolution(each, width, 1, normalised=normalised) for each in inputs])
        self.fpn_convs = nn.ModuleList([Convolution(width, width, 3, normalised=normalised) for _ in inputs])

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        """Return all levels, fine to coarse, each of shape (N, width, H, W)."""
        merged = [lateral(each) for lateral, each in zip(self.lateral_convs, features, strict=True)]
        for fine, coarse in reversed(list(pairwise(range(len(merged))))):
            size = merged[fine].shape[2:]
            merged[fine] = merged[fine] + functional.interpolate(merged[coarse], size=size, mode="nearest")
        levels = [smooth(each) for smooth, each in zip(self.fpn_convs, merged, strict=True)]
        while len(levels) < self.levels:
            levels.append(functional.max_pool2d(levels[-1], 1, stride=2))
        return levels
