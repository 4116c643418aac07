"""Every setting of a Cascade Mask R-CNN: the paper's large networks and the compact one differ in these alone.

The defaults are those of mmdetection 3.3.0's ``cascade-mask-rcnn`` on a feature pyramid, so that a large network needs
to name only its backbone.
"""

from dataclasses import dataclass

_STAGE_STDS = ((0.1, 0.1, 0.2, 0.2), (0.05, 0.05, 0.1, 0.1), (0.033, 0.033, 0.067, 0.067))


@dataclass(frozen=True)
class CascadeConfig:
    """Size and rules of a network of the cascade family."""

    backbone: str = "resnext101_64x4d"
    """Name among `particlesnn.network.cascade.backbones.BACKBONES`."""
    channels: int = 3
    """Pictures that come in: three equal grey ones, as the paper has it, or the eye's two views."""
    classes: int = 1
    """Kinds of things that are found; the substrate is one more, the last."""

    # Pyramid
    strides: tuple[int, ...] = (4, 8, 16, 32, 64)
    """Stride of each level of the pyramid in px; those beyond the backbone's four are subsampled from the last."""
    width: int = 256
    """Channels of each level."""
    normalised: bool = False
    """Whether the convolutions of the pyramid are followed by batch normalisation."""

    # Region proposals
    anchor_scales: tuple[float, ...] = (8.0,)
    """Side of a square anchor over the stride of its level."""
    anchor_ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    """Height over width of the anchors."""
    proposal_iou_positive: float = 0.7
    """An anchor that overlaps a particle by this much is to say so."""
    proposal_iou_negative: float = 0.3
    """An anchor that overlaps none by this much is to say no."""
    anchors_inside: bool = True
    """Whether only anchors that lie inside the image are compared with the truth."""
    proposal_samples: int = 256
    """Anchors of an image that are compared with the truth; all of them, by focal loss (Lin et al. 2017), when 0."""
    proposals_before_nms: int = 1000
    """Best anchors of each level that compete in the non-maximum suppression."""
    proposals_training: int = 2000
    """As `proposals_before_nms`, but while training."""
    proposals_kept: int = 1000
    """Proposals of an image that go on to the boxes."""
    proposals_kept_training: int = 2000
    """As `proposals_kept`, but while training."""
    proposal_nms_iou: float = 0.7
    """Of two proposals that overlap by more, the better stays."""
    nms_across_levels: bool = False
    """Whether proposals of different levels suppress each other."""

    # Box stages
    stage_ious: tuple[float, ...] = (0.5, 0.6, 0.7)
    """A box that overlaps a particle by this much counts as that particle, stage by stage."""
    stage_stds: tuple[tuple[float, float, float, float], ...] = _STAGE_STDS
    """By what each stage divides its corrections of x, y, width and height, so that all are of order one."""
    stage_weights: tuple[float, ...] = (1.0, 0.5, 0.25)
    """Weight of each stage in the loss."""
    box_samples: int = 512
    """Boxes of an image that are compared with the truth at each stage."""
    positive_share: float = 0.25
    """At most this share of them lie on particles."""
    box_side: int = 7
    """A box is sampled on a grid of this side."""
    box_sampling: int = 0
    """Points of a cell of that grid, a side; as many as there are features in it when 0."""
    box_width: int = 1024
    """Width of the two fully connected layers."""
    finest_scale_px: float = 56.0
    """Boxes below twice this size are read from the finest level, and each doubling from the next."""

    # Masks
    mask_side: int = 14
    """A mask is sampled on a grid of this side, and predicted on twice the side."""
    mask_sampling: int = 0
    """As `box_sampling`."""
    mask_convolutions: int = 4
    """3 x 3 convolutions of a mask head."""
    mask_width: int = 256
    """Their channels."""

    # Detections
    score: float = 0.05
    """Detections scored lower are dropped."""
    nms_iou: float = 0.5
    """Of two detections that overlap by more, the better stays."""
    detections: int = 100
    """Most detections of an image."""

    @property
    def mask_samples(self) -> int:
        """Most boxes of an image whose masks are compared with the truth at each stage."""
        return int(self.box_samples * self.positive_share)

    @property
    def divisor(self) -> int:
        """Height and width of the input must be multiples of this."""
        return self.strides[3]


COMPACT = CascadeConfig(
    backbone="efficientnet_lite0",
    channels=2,
    strides=(2, 4, 8, 16, 32),
    width=64,
    normalised=True,
    anchor_scales=(4.0,),
    anchor_ratios=(1.0,),
    proposal_iou_positive=0.6,
    anchors_inside=False,
    proposal_samples=0,
    proposals_before_nms=4000,
    proposals_training=1000,
    proposals_kept=1500,
    proposals_kept_training=1500,
    proposal_nms_iou=0.6,
    nms_across_levels=True,
    box_samples=256,
    positive_share=0.375,
    box_sampling=2,
    box_width=256,
    finest_scale_px=14.0,
    mask_sampling=1,
    mask_convolutions=2,
    mask_width=48,
    score=0.3,
    nms_iou=0.4,
    detections=1500,
)
"""The network that ships: its pyramid starts at half the scan's resolution, for 1,000 particles of 10 px on 512 px."""
