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
from particlesnn.network.cascade.nms import stays, stays_by_kind
from particlesnn.network.cascade.step import ALONE, Step

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
        together = training or config.nms_across_levels
        boxes, scores = [], []
        for logit, said, anchors in zip(raw.logits, raw.said, raw.anchors, strict=True):
            score, which = _best(torch.sigmoid(logit), before, ranked=together)
            its_own = torch.gather(said, 1, which[..., None].expand(-1, -1, 4))
            boxes.append(corrected(anchors[which], its_own, _STDS, size))
            scores.append(score)
        if together:
            return self._without_waiting(boxes, scores, before, training=training)
        levels = torch.cat([torch.full((box.shape[1],), level) for level, box in enumerate(boxes)]).to(scores[0].device)
        chosen = [
            self._of_image(box, score, levels)
            for box, score in zip(torch.cat(boxes, 1), torch.cat(scores, 1), strict=True)
        ]
        pad = torch.nn.utils.rnn.pad_sequence
        box, score = (pad(list(each), batch_first=True) for each in zip(*chosen, strict=True))
        number = torch.tensor([len(each) for _, each in chosen], device=box.device)
        return Proposals(box, score, torch.arange(box.shape[1], device=box.device) < number[:, None])

    def _of_image(self, boxes: Tensor, scores: Tensor, levels: Tensor) -> tuple[Tensor, Tensor]:
        """Suppress doubles of an image level by level; return its boxes (P, 4) and scores (P,).

        Step by step as in mmdetection, so that what hangs on rounding and on the order of equal scores is the same.
        """
        real = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
        scores, order = scores[real].sort(descending=True)
        boxes = boxes[real][order]
        kept = stays_by_kind(boxes, levels[real][order], self.config.proposal_nms_iou)
        return boxes[kept][: self.config.proposals_kept], scores[kept][: self.config.proposals_kept]

    def _without_waiting(self, boxes: list[Tensor], scores: list[Tensor], before: int, *, training: bool) -> Proposals:
        """Suppress doubles of all images at once; those that are not real follow those that are."""
        config = self.config
        most, rounds = config.proposals_kept, None
        if training:
            most, rounds = config.proposals_kept_training, _TRAINING_ROUNDS
        real = [(box[..., 2:] > box[..., :2]).all(dim=2) for box in boxes]
        if not config.nms_across_levels:
            pairs = zip(boxes, real, strict=True)
            real = [stays(box, config.proposal_nms_iou, allowed=each, rounds=rounds) for box, each in pairs]
        score, order = torch.cat(scores, 1).sort(dim=1, descending=True, stable=True)
        if config.nms_across_levels:
            score, order = score[:, :before], order[:, :before]
        box = torch.gather(torch.cat(boxes, 1), 1, order[..., None].expand(-1, -1, 4))
        kept = torch.gather(torch.cat(real, 1), 1, order)
        if config.nms_across_levels:
            kept = stays(box, config.proposal_nms_iou, allowed=kept, rounds=rounds)
        # Those that stay come first, in their order; sorting is stable.
        first = torch.argsort((~kept).byte(), dim=1, stable=True)[:, :most]
        return Proposals(
            torch.gather(box, 1, first[..., None].expand(-1, -1, 4)),
            torch.gather(score, 1, first),
            torch.gather(kept, 1, first),
        )

    def losses(
        self, raw: RawProposals, truth: Truth, size: tuple[int, int], step: Step = ALONE
    ) -> tuple[Tensor, Tensor]:
        """Return the losses of scores and of corrections, in float32, on images of ``size`` rows and columns."""
        config = self.config
        anchors = torch.cat(raw.anchors)[None]
        logits, said = torch.cat(raw.logits, 1), torch.cat(raw.said, 1)
        with torch.no_grad():
            asked = assign(
                anchors, truth, config.proposal_iou_positive, config.proposal_iou_negative, best_is_positive=True,
                asked=_inside(anchors[0], size) if config.anchors_inside else None,
            )  # fmt: skip
            own = torch.gather(truth.boxes, 1, asked.particle[..., None].expand(-1, -1, 4))
            wished = corrections(anchors.expand_as(own), own, _STDS)
        wrong = functional.smooth_l1_loss(said, wished, reduction="none", beta=_BETA).sum(dim=2)
        if config.proposal_samples == 0:
            positive = asked.positive
            number = step.share(positive.sum())
            weight = (asked.positive | asked.negative).float()
            return (_focal(logits, positive) * weight).sum() / number, (wrong * positive).sum() / number
        sample = draw(asked, config.proposal_samples, config.proposal_samples // 2, step)
        entropy = functional.binary_cross_entropy_with_logits(
            torch.gather(logits, 1, sample.which), sample.positive.float(), reduction="none"
        )
        number = step.share(sample.drawn.sum())
        wrong = torch.gather(wrong, 1, sample.which)
        return (entropy * sample.drawn).sum() / number, (wrong * sample.positive).sum() / number


def _inside(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Tell which boxes (K, 4) lie inside an image."""
    rows, columns = size
    return (boxes[:, :2] >= 0).all(dim=1) & (boxes[:, 2] < columns) & (boxes[:, 3] < rows)


def _best(scores: Tensor, most: int, *, ranked: bool) -> tuple[Tensor, Tensor]:
    """Return the best scores (N, K) and their places, the best first; all where they stand if few and not ``ranked``.

    Scores may be equal, above all those rounded to 1. Their order is whatever torch's sorting makes of it, as it is in
    mmdetection.
    """
    if scores.shape[1] <= most and not ranked:
        return scores, torch.arange(scores.shape[1], device=scores.device).expand_as(scores)
    score, which = scores.sort(dim=1, descending=True)
    return score[:, :most], which[:, :most]


def _focal(logits: Tensor, positive: Tensor) -> Tensor:
    """Cross entropy in which the easy count little (Lin et al. 2017)."""
    target = positive.float()
    entropy = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    right = torch.exp(-entropy)
    return (0.25 * target + 0.75 * (1 - target)) * (1 - right) ** 2 * entropy
