"""Checkpoints of Cascade Mask R-CNN that mmdetection published for COCO: the backbones of the paper and their siblings.

Addresses are those in the ``metafile.yml`` files of mmdetection 3.3.0. The eight hexadecimal digits before ``.pth`` are
the first of the file's SHA-256, put there by mmdetection's ``publish_model.py``; the whole checksum is published
nowhere.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlparse

from particlesnn.core import WeightsError

_DIGITS = re.compile(r"-([0-9a-f]{8,64})\.pth$")


@dataclass(frozen=True)
class PublishedWeights:
    """One file that can be fetched."""

    name: str
    """What the user calls it."""
    address: str
    """Where it is."""
    note: str = ""
    """What it is, in a few words."""

    @property
    def file_name(self) -> str:
        """Name of the file."""
        return PurePosixPath(urlparse(self.address).path).name

    @property
    def sha256_start(self) -> str:
        """First digits of the file's SHA-256, which its name tells; empty where it tells none."""
        digits = _DIGITS.search(self.file_name)
        return digits[1] if digits else ""


_FOLDER = "https://download.openmmlab.com/mmdetection/v2.0"


def _of_coco(name: str, folder: str, file: str, note: str) -> PublishedWeights:
    return PublishedWeights(name, f"{_FOLDER}/{folder}/{file}", note)


PUBLISHED: tuple[PublishedWeights, ...] = (
    _of_coco(
        "cascade-mask-rcnn_x101-64x4d_fpn_1x_coco",
        "cascade_rcnn/cascade_mask_rcnn_x101_64x4d_fpn_1x_coco",
        "cascade_mask_rcnn_x101_64x4d_fpn_1x_coco_20200203-9a2db89d.pth",
        "the paper's ResNeXt-101-64x4d, 12 epochs",
    ),
    _of_coco(
        "cascade-mask-rcnn_x101-64x4d_fpn_20e_coco",
        "cascade_rcnn/cascade_mask_rcnn_x101_64x4d_fpn_20e_coco",
        "cascade_mask_rcnn_x101_64x4d_fpn_20e_coco_20200512_161033-bdb5126a.pth",
        "the same, 20 epochs",
    ),
    _of_coco(
        "cascade-mask-rcnn_x101-64x4d_fpn_ms-3x_coco",
        "cascade_rcnn/cascade_mask_rcnn_x101_64x4d_fpn_mstrain_3x_coco",
        "cascade_mask_rcnn_x101_64x4d_fpn_mstrain_3x_coco_20210719_210311-d3e64ba0.pth",
        "the same, 36 epochs at changing scales",
    ),
    _of_coco(
        "cascade-mask-rcnn_hrnetv2p-w32_20e_coco",
        "hrnet/cascade_mask_rcnn_hrnetv2p_w32_20e_coco",
        "cascade_mask_rcnn_hrnetv2p_w32_20e_coco_20200512_154043-39d9cf7b.pth",
        "the paper's HRNetV2p-W32, 20 epochs",
    ),
    _of_coco(
        "cascade-mask-rcnn_hrnetv2p-w18_20e_coco",
        "hrnet/cascade_mask_rcnn_hrnetv2p_w18_20e_coco",
        "cascade_mask_rcnn_hrnetv2p_w18_20e_coco_20200210-b543cd2b.pth",
        "a smaller sibling",
    ),
    _of_coco(
        "cascade-mask-rcnn_hrnetv2p-w40-20e_coco",
        "hrnet/cascade_mask_rcnn_hrnetv2p_w40_20e_coco",
        "cascade_mask_rcnn_hrnetv2p_w40_20e_coco_20200527_204922-969c4610.pth",
        "a larger sibling",
    ),
)
"""What `particlesnn weights list` shows."""


def find(name: str) -> PublishedWeights:
    """Find published weights by name, or take the address of another file as it is.

    Raises
    ------
    WeightsError
        When there are none of that name.
    """
    if name.startswith(("http://", "https://")):
        given = PublishedWeights(name, name)
        if not given.file_name:
            raise WeightsError(f"{name}: names no file; give the address of a checkpoint")
        return given
    for weights in PUBLISHED:
        if weights.name == name:
            return weights
    names = ", ".join(weights.name for weights in PUBLISHED)
    raise WeightsError(f"there are no published weights {name!r}; known are {names}; or give an address")
