"""The cascade family as mmdetection's checkpoints know it: their keys, and the settings that their shapes tell.

Versions 2 and 3 of mmdetection name the parameters of a Cascade Mask R-CNN alike. Version 1 ordered the classes
otherwise and measured boxes otherwise, so that its numbers mean something else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from particlesnn.network.cascade.backbones import HRNETS, RESNEXTS
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.hrnet import HRNetConfig
from particlesnn.network.cascade.resnext import ResNeXtConfig

Shapes = Mapping[str, tuple[int, ...]]

_PREFIXES = (
    ("rpn_head.", "proposal_head."),
    ("roi_head.bbox_head.", "box_heads."),
    ("roi_head.mask_head.", "mask_heads."),
)
_CLASS_LAYERS = re.compile(r"(box_heads\.\d+\.fc_cls|mask_heads\.\d+\.conv_logits)\.(weight|bias)")
_VERSION_1 = ("bbox_head.0.", "mask_head.0.")
_PASSED_OVER = ("data_preprocessor.",)


class UnknownNetworkError(ValueError):
    """The keys or shapes are those of no network of this family; the message says which."""


@dataclass(frozen=True)
class Comparison:
    """What of a checkpoint fits a network; all keys are the checkpoint's own."""

    fitting: Mapping[str, str]
    """For each parameter of the network that the checkpoint has, the checkpoint's key."""
    missing: tuple[str, ...]
    """Keys that the network needs and the checkpoint lacks."""
    unexpected: tuple[str, ...]
    """Keys of the checkpoint that the network has no place for."""
    misshapen: tuple[str, ...]
    """Keys whose tensors have another shape than the network's, with both shapes."""


def own_name(key: str) -> str:
    """Return our name of a parameter of mmdetection's."""
    for theirs, ours in _PREFIXES:
        if key.startswith(theirs):
            return ours + key.removeprefix(theirs)
    return key


def published_name(name: str) -> str:
    """Return mmdetection's name of a parameter of ours; the inverse of `own_name`."""
    for theirs, ours in _PREFIXES:
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return name


def is_class_layer(name: str) -> bool:
    """Tell whether a parameter of ours belongs to a layer that has an output for each class."""
    return _CLASS_LAYERS.fullmatch(name) is not None


def config_of(shapes: Shapes) -> CascadeConfig:
    """Tell from the shapes of a checkpoint's tensors which network it is of; all else as published.

    Parameters
    ----------
    shapes
        For each key of mmdetection's the shape of its tensor.

    Raises
    ------
    UnknownNetworkError
        When it is of no Cascade Mask R-CNN of this family.
    """
    if any(key.startswith(_VERSION_1) for key in shapes):
        raise UnknownNetworkError(
            "it was saved by mmdetection 1, which ordered classes and measured boxes otherwise; convert it with "
            "mmdetection's own tools/model_converters/upgrade_model_version.py"
        )
    try:
        pyramid = "neck.reduction_conv.conv.weight" if _is_hrnet(shapes) else "neck.fpn_convs.0.conv.weight"
        _refuse_other_stages(_count(shapes, r"roi_head\.bbox_head\.(\d+)\.fc_cls\.weight"))
        return CascadeConfig(
            backbone=_hrnet_name(shapes) if _is_hrnet(shapes) else _resnext_name(shapes),
            channels=shapes["backbone.conv1.weight"][1],
            classes=shapes["roi_head.bbox_head.0.fc_cls.weight"][0] - 1,
            width=shapes[pyramid][0],
            box_width=shapes["roi_head.bbox_head.0.shared_fcs.0.weight"][0],
            mask_convolutions=_count(shapes, r"roi_head\.mask_head\.0\.convs\.(\d+)\.conv\.weight"),
            mask_width=shapes["roi_head.mask_head.0.conv_logits.weight"][1],
        )
    except (KeyError, IndexError) as error:
        raise UnknownNetworkError(
            f"it has no {error.args[0]}, so it is no Cascade Mask R-CNN with ResNeXt or HRNet; choose one of "
            "'particlesnn weights list'"
        ) from error


def compare(shapes: Shapes, network: nn.Module) -> Comparison:
    """Lay a checkpoint beside a network."""
    wanted = {published_name(name): tuple(value.shape) for name, value in network.state_dict().items()}
    offered = {key: shape for key, shape in shapes.items() if not key.startswith(_PASSED_OVER)}
    # A counter of batches is of no use here, and old files lack it.
    missing = [key for key in wanted if key not in offered and not key.endswith("num_batches_tracked")]
    both = [key for key in wanted if key in offered]
    return Comparison(
        fitting={own_name(key): key for key in both if wanted[key] == offered[key]},
        missing=tuple(missing),
        unexpected=tuple(key for key in offered if key not in wanted),
        misshapen=tuple(
            f"{key} {_text(offered[key])} instead of {_text(wanted[key])}"
            for key in both
            if wanted[key] != offered[key]
        ),
    )


def reset_class_layers(network: nn.Module) -> None:
    """Start the layers that have an output for each class anew, as before any training (in place)."""
    with torch.no_grad():
        for name, value in network.named_parameters():
            if not is_class_layer(name):
                continue
            if name.endswith("bias"):
                value.zero_()
            elif ".fc_cls." in name:
                value.normal_(std=0.01)
            else:
                nn.init.kaiming_normal_(value, mode="fan_out", nonlinearity="relu")


def _is_hrnet(shapes: Shapes) -> bool:
    return any(key.startswith("backbone.stage2.") for key in shapes)


def _resnext_name(shapes: Shapes) -> str:
    blocks = tuple(_count(shapes, rf"backbone\.layer{stage}\.(\d+)\.conv2\.weight") for stage in (1, 2, 3, 4))
    width, group_width = shapes["backbone.layer1.0.conv2.weight"][:2]
    planes = shapes["backbone.conv1.weight"][0]
    seen = ResNeXtConfig((blocks[0], blocks[1], blocks[2], blocks[3]), width // group_width, group_width, planes)
    return _named(seen, RESNEXTS)


def _hrnet_name(shapes: Shapes) -> str:
    modules = [
        _count(shapes, rf"backbone\.stage{branches}\.(\d+)\.branches\.0\.0\.conv1\.weight") for branches in (2, 3, 4)
    ]
    seen = HRNetConfig(
        width=shapes["backbone.stage2.0.branches.0.0.conv1.weight"][0],
        modules=(modules[0], modules[1], modules[2]),
        blocks=_count(shapes, r"backbone\.stage2\.0\.branches\.0\.(\d+)\.conv1\.weight"),
        stem_width=shapes["backbone.conv1.weight"][0],
    )
    return _named(seen, HRNETS)


def _named(seen: ResNeXtConfig | HRNetConfig, known: Mapping[str, object]) -> str:
    for name, size in known.items():
        if size == seen:
            return name
    raise UnknownNetworkError(
        f"its backbone is of a size this version does not know ({seen}); known are {', '.join(known)}"
    )


def _count(shapes: Shapes, pattern: str) -> int:
    return len({match[1] for key in shapes if (match := re.fullmatch(pattern, key))})


def _refuse_other_stages(number: int) -> None:
    wanted = len(CascadeConfig.stage_ious)
    if number not in (0, wanted):  # with none, a key is missing, which says more
        raise UnknownNetworkError(f"it has {number} box stages; networks of this family have {wanted}")


def _text(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"
