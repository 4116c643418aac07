"""Cascade Mask R-CNN (Cai and Vasconcelos 2021): features, proposals, three box stages, masks.

Shape letters: N images, C channels, H and W rows and columns, P proposals, S samples of an image, R regions,
G particles, D detections.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from particlesnn.network.cascade.assignment import Truth, assign, draw
from particlesnn.network.cascade.backbones import Backbone, make_backbone
from particlesnn.network.cascade.boxes import corrected, corrections
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.fpn import FeaturePyramid
from particlesnn.network.cascade.heads import BoxHead, MaskHead, mask_targets
from particlesnn.network.cascade.hrnet import HRNet, HRPyramid
from particlesnn.network.cascade.nms import stays_by_kind
from particlesnn.network.cascade.roi_align import FeatureTable, level_of, roi_align
from particlesnn.network.cascade.rpn import ProposalHead, Proposals
from particlesnn.network.cascade.step import ALONE, Step

_LEVELS_READ = 4
"""Boxes are read from the backbone's own levels; those added for large proposals hold nothing more."""


@dataclass(frozen=True, eq=False)
class CascadeLosses:
    """The parts and their sum; those of the stages are weighted already and added up."""

    proposal: Tensor
    """Is an anchor a particle?"""
    proposal_box: Tensor
    """Corrections of anchors."""
    kind: Tensor
    """Is a box a particle?"""
    box: Tensor
    """Corrections of boxes."""
    mask: Tensor
    """Masks."""

    @property
    def total(self) -> Tensor:
        """What training makes small."""
        return self.proposal + self.proposal_box + self.kind + self.box + self.mask


@dataclass(frozen=True, eq=False)
class Detections:
    """What was found on one image, the best first."""

    boxes: Tensor
    """Shape (D, 4), px of the image."""
    scores: Tensor
    """Shape (D,), 0..1."""
    classes: Tensor
    """Shape (D,): which kind; 0 where there is one."""
    masks: Tensor
    """Shape (D, M, M): how likely each part of the box is particle."""


class CascadeNetwork(nn.Module):
    """The cascade family's network.

    Parameters
    ----------
    config
        Its size and rules.
    """

    def __init__(self, config: CascadeConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CascadeConfig()
        self.backbone = make_backbone(config.backbone, config.channels)
        self.neck = _pyramid(self.backbone, config)
        self.proposal_head = ProposalHead(config)
        self.box_heads = nn.ModuleList([BoxHead(config) for _ in config.stage_ious])
        self.mask_heads = nn.ModuleList([MaskHead(config) for _ in config.stage_ious])

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the pyramid's levels, fine to coarse, of images (N, C, H, W); H and W multiples of the divisor."""
        levels: list[Tensor] = self.neck(self.backbone(images))
        return levels

    def losses(self, images: Tensor, truth: Truth, step: Step = ALONE) -> CascadeLosses:
        """Compare with the truth; boxes, samples and losses in full precision whatever the convolutions ran in.

        Where weights are no longer numbers the losses are none either, and nothing else happens.

        Parameters
        ----------
        images
            Shape (N, C, H, W); H and W multiples of the divisor.
        truth
            Their particles.
        step
            Where chance comes from, and which processes share the step.
        """
        config, size = self.config, (images.shape[2], images.shape[3])
        levels = self(images)
        raw = self.proposal_head.all_anchors(levels)
        with torch.autocast(images.device.type, enabled=False):
            proposal, proposal_box = self.proposal_head.losses(raw, truth, size, step)
            proposals = self.proposal_head.choose(raw, size, training=True)
            table = FeatureTable.of(levels[:_LEVELS_READ], config.strides)
        kind = box = mask = proposal.new_zeros(())
        boxes, real = torch.nan_to_num(proposals.boxes), proposals.real
        for stage, weight in enumerate(config.stage_weights):
            drawn = self._draw(boxes, real, truth, stage, step)
            said = self._stage_losses(stage, table, drawn, truth, step)
            kind, box = kind + weight * said.kind, box + weight * said.box
            mask = mask + weight * self._mask_loss(stage, table, drawn, truth, step)
            # The next stage starts from where this one's corrections lead; particles themselves need none.
            boxes = torch.nan_to_num(corrected(drawn.boxes, said.corrections, config.stage_stds[stage], size))
            real = drawn.drawn & ~drawn.is_particle
        return CascadeLosses(proposal, proposal_box, kind, box, mask)

    @torch.no_grad()
    def predict(self, images: Tensor, size: tuple[int, int] | None = None) -> list[Detections]:
        """Find the particles of images.

        Parameters
        ----------
        images
            Shape (N, C, H, W); H and W multiples of the divisor.
        size
            Rows and columns that are not padding, below and to the right; boxes are cut there. All when None.
        """
        size = size or (images.shape[2], images.shape[3])
        levels = self(images)
        raw = self.proposal_head.all_anchors(levels)
        proposals = self.proposal_head.choose(raw, size, training=False)
        found = []
        for number in range(len(images)):
            table = FeatureTable.of(
                [level[number : number + 1] for level in levels[:_LEVELS_READ]], self.config.strides
            )
            boxes, scores = self.refine(table, _of_image(proposals, number), size)
            boxes, scores, classes = self.select(boxes, scores)
            found.append(Detections(boxes, scores, classes, self.masks(table, boxes, classes)))
        return found

    def refine(self, table: FeatureTable, boxes: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Send one image's boxes (R, 4) through all stages.

        Returns
        -------
        tuple of Tensor
            Corrected boxes (R, 4), and scores (R, classes): the softmax of the mean of the stages' logits.
        """
        config, total = self.config, None
        for stage, head in enumerate(self.box_heads):
            logits, said = head(self._regions(table, boxes, config.box_side, config.box_sampling))
            boxes = corrected(boxes, said.float(), config.stage_stds[stage], size)
            total = logits.float() if total is None else total + logits.float()
        assert total is not None
        return boxes, torch.softmax(total / len(self.box_heads), dim=1)[:, :-1]

    def select(self, boxes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Drop what is unlikely or double, and return boxes (D, 4), scores (D,) and classes (D,), the best first."""
        config = self.config
        which, kind = torch.nonzero(scores > config.score, as_tuple=True)
        order = scores[which, kind].argsort(descending=True, stable=True)
        which, kind = which[order], kind[order]
        kept = stays_by_kind(boxes[which], kind, config.nms_iou)
        which, kind = which[kept][: config.detections], kind[kept][: config.detections]
        return boxes[which], scores[which, kind], kind

    def masks(self, table: FeatureTable, boxes: Tensor, classes: Tensor) -> Tensor:
        """Return the masks (D, M, M) of one image's boxes: the mean over the stages' heads."""
        regions = self._regions(table, boxes, self.config.mask_side, self.config.mask_sampling)
        each = [torch.sigmoid(head(regions).float()) for head in self.mask_heads]
        mean = torch.stack(each).mean(dim=0)
        return mean[torch.arange(len(boxes), device=boxes.device), classes]

    def _regions(
        self, table: FeatureTable, boxes: Tensor, side: int, sampling: int, image: Tensor | None = None
    ) -> Tensor:
        if image is None:
            image = torch.zeros(len(boxes), dtype=torch.long, device=boxes.device)
        level = level_of(boxes, _LEVELS_READ, self.config.finest_scale_px)
        return roi_align(table, boxes, image, level, side, sampling)

    @torch.no_grad()
    def _draw(self, boxes: Tensor, real: Tensor, truth: Truth, stage: int, step: Step) -> "_Drawn":
        """Draw boxes to compare from the proposals or the stage before, and from the particles themselves."""
        config, offered = self.config, boxes.shape[1]
        # Particles last: how many places a batch has for them must not move the lots of the other boxes.
        boxes, real = torch.cat([boxes, truth.boxes], 1), torch.cat([real, truth.real], 1)
        iou = config.stage_ious[stage]
        asked = assign(boxes, truth, iou, iou)
        asked = type(asked)(asked.particle, asked.positive & real, asked.negative & real)
        sample = draw(asked, config.box_samples, config.mask_samples, step)
        image = torch.arange(len(boxes), device=boxes.device)[:, None].expand_as(sample.which)
        return _Drawn(
            torch.gather(boxes, 1, sample.which[..., None].expand(-1, -1, 4)),
            torch.gather(asked.particle, 1, sample.which),
            image, sample.positive, sample.drawn, sample.which >= offered,
        )  # fmt: skip

    def _stage_losses(self, stage: int, table: FeatureTable, drawn: "_Drawn", truth: Truth, step: Step) -> "_Said":
        config = self.config
        boxes, positive = drawn.boxes.flatten(0, 1), drawn.positive.flatten()
        regions = self._regions(table, boxes, config.box_side, config.box_sampling, drawn.image.flatten())
        logits, said = self.box_heads[stage](regions)
        logits, said = logits.float(), said.float()
        wished = corrections(drawn.boxes, drawn.particle_boxes(truth), config.stage_stds[stage])
        target = torch.where(positive, 0, config.classes)
        asked = drawn.drawn.flatten()
        number = step.share(asked.sum())
        kind = (functional.cross_entropy(logits, target, reduction="none") * asked).sum() / number
        wrong = functional.smooth_l1_loss(said, wished.flatten(0, 1), reduction="none").sum(dim=1)
        return _Said(kind, (wrong * positive).sum() / number, said.detach().reshape(drawn.boxes.shape))

    def _mask_loss(self, stage: int, table: FeatureTable, drawn: "_Drawn", truth: Truth, step: Step) -> Tensor:
        config, most = self.config, self.config.mask_samples
        boxes, image, particle, positive = (
            each[:, :most].flatten(0, 1) for each in (drawn.boxes, drawn.image, drawn.particle, drawn.positive)
        )
        regions = self._regions(table, boxes, config.mask_side, config.mask_sampling, image)
        logits = self.mask_heads[stage](regions)[:, 0].float()
        target = mask_targets(truth.labels, boxes, image, particle + 1, 2 * config.mask_side)
        entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none").mean(dim=(1, 2))
        return (entropy * positive).sum() / step.share(positive.sum())


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Boxes of a stage that are compared with the truth; see `Sample`."""

    boxes: Tensor
    """Shape (N, S, 4)."""
    particle: Tensor
    """Shape (N, S)."""
    image: Tensor
    """Shape (N, S): number of the image."""
    positive: Tensor
    drawn: Tensor
    is_particle: Tensor
    """Shape (N, S), bool: the box is that of a particle itself, not one that was offered."""

    def particle_boxes(self, truth: Truth) -> Tensor:
        """Return the box of each one's particle, shape (N, S, 4)."""
        return torch.gather(truth.boxes, 1, self.particle[..., None].expand(-1, -1, 4))


@dataclass(frozen=True, eq=False)
class _Said:
    """What a stage's box head was punished for, and where it led."""

    kind: Tensor
    box: Tensor
    corrections: Tensor
    """Shape (N, S, 4)."""


def _of_image(proposals: Proposals, number: int) -> Tensor:
    return proposals.boxes[number][proposals.real[number]]


def _pyramid(backbone: Backbone, config: CascadeConfig) -> nn.Module:
    """Make the pyramid: an HRNet's branches have exchanged what they know, and are joined; others are passed down."""
    levels = len(config.strides)
    if isinstance(backbone, HRNet):
        return HRPyramid(backbone.widths, config.width, levels)
    return FeaturePyramid(backbone.widths, config.width, levels, normalised=config.normalised)
