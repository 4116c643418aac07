"""Region proposals: where a particle might be (Ren et al. 2015).

Shape letters: N images, A anchors a place, M anchors of an image, L levels, P proposals, G particles.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from particlesnn.network.cascade.anchors import anchors_of_level
from particlesnn.network.cascade.assignment import Truth, assign, draw
from particlesnn.network.cascade.boxes import corrected, corrections
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.nms import moved_apart, stays

_STDS = (1.0, 1.0, 1.0, 1.0)
_BETA = 1 / 9
"""Where the box loss turns from square to straight."""
_RARE = 0.01
"""Before training an anchor is a particle this likely, where all anchors are compared."""
_TRAINING_ROUNDS = 10
"""Proposals that train need not be free of every last double."""


@dataclass(frozen=True, eq=False)
class Proposals:
    """Boxes in which there might be a particle, the best first."""

    boxes: Tensor
    """Shape (N, P, 4)."""
    scores: Tensor
    """Shape (N, P), 0..1."""
    real: Tensor
    """Shape (N, P), bool: not so where an image has fewer."""


@dataclass(frozen=True, eq=False)
class RawProposals:
    """What the head says of all anchors, level by level."""

    logits: list[Tensor]
    """L of shape (N, M of the level)."""
    said: list[Tensor]
    """L of shape (N, M of the level, 4): corrections."""
    anchors: list[Tensor]
    """L of shape (M of the level, 4)."""


class ProposalHead(nn.Module):
    """Says of each anchor whether it is a particle, and how to correct it."""

    def __init__(self, config: CascadeConfig) -> None:
        super().__init__()
        self.config = config
        number = len(config.anchor_scales) * len(config.anchor_ratios)
        self.rpn_conv = nn.Conv2d(config.width, config.width, 3, padding=1)
        self.rpn_cls = nn.Conv2d(config.width, number, 1)
        self.rpn_reg = nn.Conv2d(config.width, 4 * number, 1)
        for layer in (self.rpn_conv, self.rpn_cls, self.rpn_reg):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias) if layer.bias is not None else None
        if config.proposal_samples == 0 and self.rpn_cls.bias is not None:
            nn.init.constant_(self.rpn_cls.bias, -math.log(1 / _RARE - 1))

    def forward(self, level: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, M) and corrections (N, M, 4) of one level of the pyramid, by row, column and anchor."""
        features = functional.relu(self.rpn_conv(level))
        logits = self.rpn_cls(features).permute(0, 2, 3, 1).flatten(1)
        said = self.rpn_reg(features).permute(0, 2, 3, 1).reshape(logits.shape[0], -1, 4)
        return logits, said

    def all_anchors(self, levels: list[Tensor]) -> RawProposals:
        """Say of all anchors of all levels."""
        config = self.config
        logits, said = zip(*(self(level) for level in levels), strict=True)
        anchors = [
            anchors_of_level(
                (level.shape[2], level.shape[3]), stride, config.anchor_scales, config.anchor_ratios, level.device
            )
            for level, stride in zip(levels, config.strides, strict=True)
        ]
        return RawProposals([each.float() for each in logits], [each.float() for each in said], anchors)

    @torch.no_grad()
    def choose(self, raw: RawProposals, size: tuple[int, int], *, training: bool) -> Proposals:
        """Correct the best anchors and suppress doubles.

        Parameters
        ----------
        raw
            What the head says.
        size
            Rows and columns of the image without padding; boxes are cut at its border.
        training
            Whether the settings for training hold, under which nothing waits for the device.
        """
        config = self.config
        before = config.proposals_training if training else config.proposals_before_nms
        across, rounds = config.nms_across_levels, _TRAINING_ROUNDS if training else None
        boxes, scores, stay = [], [], []
        for logit, said, anchors in zip(raw.logits, raw.said, raw.anchors, strict=True):
            # Scores may be equal, above all near 1; then the earlier anchor comes first, as in mmdetection.
            score, which = torch.sigmoid(logit).sort(dim=1, descending=True, stable=True)
            score, which = score[:, :before], which[:, :before]
            its_own = torch.gather(said, 1, which[..., None].expand(-1, -1, 4))
            box = corrected(anchors[which], its_own, _STDS, size)
            stay.append((box[..., 2:] > box[..., :2]).all(dim=2))
            boxes.append(box)
            scores.append(score)
        if not across:
            apart = moved_apart(boxes, stay)
            stay = [
                stays(box, config.proposal_nms_iou, allowed=real, rounds=rounds)
                for box, real in zip(apart, stay, strict=True)
            ]
        score, order = torch.cat(scores, 1).sort(dim=1, descending=True, stable=True)
        if across:
            score, order = score[:, :before], order[:, :before]
        box = torch.gather(torch.cat(boxes, 1), 1, order[..., None].expand(-1, -1, 4))
        kept = torch.gather(torch.cat(stay, 1), 1, order)
        if across:
            kept = stays(box, config.proposal_nms_iou, allowed=kept, rounds=rounds)
        # Those that stay come first, in their order; sorting is stable.
        first = torch.argsort((~kept).byte(), dim=1, stable=True)[:, : config.proposals_kept]
        return Proposals(
            torch.gather(box, 1, first[..., None].expand(-1, -1, 4)),
            torch.gather(score, 1, first),
            torch.gather(kept, 1, first),
        )

    def losses(self, raw: RawProposals, truth: Truth) -> tuple[Tensor, Tensor]:
        """Return the losses of scores and of corrections, in float32."""
        config = self.config
        anchors = torch.cat(raw.anchors)[None]
        logits, said = torch.cat(raw.logits, 1), torch.cat(raw.said, 1)
        with torch.no_grad():
            asked = assign(
                anchors, truth, config.proposal_iou_positive, config.proposal_iou_negative, best_is_positive=True
            )
            own = torch.gather(truth.boxes, 1, asked.particle[..., None].expand(-1, -1, 4))
            wished = corrections(anchors.expand_as(own), own, _STDS)
        wrong = functional.smooth_l1_loss(said, wished, reduction="none", beta=_BETA).sum(dim=2)
        if config.proposal_samples == 0:
            positive = asked.positive
            number = positive.sum().clamp(min=1)
            weight = (asked.positive | asked.negative).float()
            return (_focal(logits, positive) * weight).sum() / number, (wrong * positive).sum() / number
        sample = draw(asked, config.proposal_samples, config.proposal_samples // 2)
        entropy = functional.binary_cross_entropy_with_logits(
            torch.gather(logits, 1, sample.which), sample.positive.float(), reduction="none"
        )
        number = sample.drawn.sum().clamp(min=1)
        wrong = torch.gather(wrong, 1, sample.which)
        return (entropy * sample.drawn).sum() / number, (wrong * sample.positive).sum() / number


def _focal(logits: Tensor, positive: Tensor) -> Tensor:
    """Cross entropy in which the easy count little (Lin et al. 2017)."""
    target = positive.float()
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    right = torch.exp(-entropy)
    return (0.25 * target + 0.75 * (1 - target)) * (1 - right) ** 2 * entropy
