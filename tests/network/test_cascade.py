"""The cascade network: its parts against plain references, and that it can learn at all."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from particlesnn.network import COMPACT, CascadeNetwork
from particlesnn.network.cascade import assignment, backbones
from particlesnn.network.cascade.anchors import anchors_of_level
from particlesnn.network.cascade.assignment import Truth, assign, draw
from particlesnn.network.cascade.boxes import corrected, corrections, overlaps
from particlesnn.network.cascade.nms import stays, stays_by_kind
from particlesnn.network.cascade.roi_align import FeatureTable, level_of, roi_align
from particlesnn.network.cascade.rpn import ProposalHead, RawProposals
from tests.plain_backbone import Plain

STDS = (0.1, 0.1, 0.2, 0.2)
SMALL = replace(
    COMPACT, width=16, box_width=32, box_samples=32, proposals_training=100, proposals_kept=60, mask_width=16
)


def random_boxes(number: int, side: float, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    first = torch.rand(number, 2, generator=generator) * side
    return torch.cat([first, first + 1 + torch.rand(number, 2, generator=generator) * side / 3], dim=1)


def one_level(features: torch.Tensor, stride: int) -> FeatureTable:
    return FeatureTable.of([features], (stride,))


def test_roi_align_reads_a_ramp_exactly() -> None:
    """On features that grow by 1 a column, a cell reads its own middle, whatever the number of points."""
    ramp = torch.arange(20.0).expand(1, 1, 20, 20)
    box = torch.tensor([[8.0, 12.0, 40.0, 52.0]])
    zero = torch.zeros(1, dtype=torch.long)
    for sampling in (0, 1, 2, 3):
        read = roi_align(one_level(ramp, 4), box, zero, zero, 4, sampling)
        wished = (8 + 32 * (torch.arange(4) + 0.5) / 4) / 4 - 0.5
        torch.testing.assert_close(read[0, 0], wished.expand(4, 4), msg=f"sampling {sampling}")


@pytest.mark.parametrize("sampling", [0, 1, 2])
def test_roi_align_agrees_with_onnx_runtime(sampling: int) -> None:
    torch.manual_seed(0)
    features = torch.randn(2, 3, 24, 30)
    boxes = random_boxes(40, 110.0) - 8  # some reach beyond the features
    image = torch.arange(40) % 2
    node = helper.make_node(
        "RoiAlign", ["x", "rois", "batch"], ["y"], output_height=7, output_width=7, sampling_ratio=sampling,
        spatial_scale=0.25, coordinate_transformation_mode="half_pixel", mode="avg",
    )  # fmt: skip
    given = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        helper.make_tensor_value_info("rois", TensorProto.FLOAT, None),
        helper.make_tensor_value_info("batch", TensorProto.INT64, None),
    ]
    graph = helper.make_graph([node], "roi", given, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (wished,) = session.run(None, {"x": features.numpy(), "rois": boxes.numpy(), "batch": image.numpy()})
    read = roi_align(one_level(features, 4), boxes, image, torch.zeros(40, dtype=torch.long), 7, sampling)
    np.testing.assert_allclose(read.numpy(), wished, atol=2e-5)


def test_the_level_follows_the_size() -> None:
    sides = torch.tensor([1.0, 13.0, 27.9, 28.1, 55.0, 57.0, 111.0, 113.0, 900.0])
    boxes = torch.stack([torch.zeros(9), torch.zeros(9), sides, sides], dim=1)
    assert level_of(boxes, 4, 14.0).tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 3]


def test_gradients_reach_the_features() -> None:
    features = torch.randn(1, 2, 8, 8, requires_grad=True)
    zero = torch.zeros(1, dtype=torch.long)
    roi_align(one_level(features, 1), torch.tensor([[2.0, 2.0, 6.0, 6.0]]), zero, zero, 2, 2).sum().backward()
    assert features.grad is not None
    # Four cells, each the mean of its own part: every cell's weights add up to one.
    assert float(features.grad.sum()) == pytest.approx(8.0)
    assert float(features.grad[..., 7, 7].abs().max()) == 0


def test_corrections_lead_where_they_were_meant_to() -> None:
    boxes, wished = random_boxes(50, 100.0, 1), random_boxes(50, 100.0, 2)
    torch.testing.assert_close(corrected(boxes, corrections(boxes, wished, STDS), STDS), wished, atol=1e-3, rtol=0)


def test_a_correction_by_hand() -> None:
    box, wished = torch.tensor([[0.0, 0.0, 10.0, 20.0]]), torch.tensor([[5.0, 0.0, 15.0, 40.0]])
    said = corrections(box, wished, STDS)
    np.testing.assert_allclose(said, [[5.0, 5.0, 0.0, np.log(2) / 0.2]], rtol=1e-5)


def test_overlaps_by_hand() -> None:
    boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [10.0, 10.0, 12.0, 12.0]])
    np.testing.assert_allclose(overlaps(boxes, torch.tensor([[1.0, 0.0, 3.0, 2.0]])), [[1 / 3], [0.0]])


def test_anchors_lie_on_the_corners_of_the_cells_in_order() -> None:
    anchors = anchors_of_level((2, 3), 8, (4.0,), (0.5, 1.0), torch.device("cpu"))
    assert anchors.shape == (12, 4)
    np.testing.assert_allclose(anchors[1], [-16, -16, 16, 16])
    np.testing.assert_allclose(anchors[3] - anchors[1], [8, 0, 8, 0])
    np.testing.assert_allclose(anchors[7] - anchors[1], [0, 8, 0, 8])
    tall = anchors[0, 2:] - anchors[0, :2]
    assert float(tall[1] / tall[0]) == pytest.approx(0.5)
    assert float(tall.prod()) == pytest.approx(32.0**2)


def test_many_boxes_are_assigned_in_parts_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes, labels = random_boxes(200, 60.0)[None], torch.zeros(1, 90, 90, dtype=torch.int32)
    truth = Truth(random_boxes(7, 60.0, 3)[None], torch.ones(1, 7, dtype=torch.bool), labels)
    asked = torch.arange(200) % 5 > 0
    at_once = assign(boxes, truth, 0.6, 0.3, best_is_positive=True, asked=asked)
    assert not (at_once.positive | at_once.negative)[0, ~asked].any()
    assert at_once.positive.any()
    monkeypatch.setattr(assignment, "_MOST_PAIRS", 7 * 33)
    in_parts = assign(boxes, truth, 0.6, 0.3, best_is_positive=True, asked=asked)
    for name in ("particle", "positive", "negative"):
        assert torch.equal(getattr(in_parts, name), getattr(at_once, name)), name


def brute_force(boxes: torch.Tensor, iou: float) -> list[bool]:
    kept: list[int] = []
    shared = overlaps(boxes, boxes)
    for number in range(len(boxes)):
        if all(shared[number, better] <= iou for better in kept):
            kept.append(number)
    return [number in kept for number in range(len(boxes))]


@pytest.mark.parametrize("iou", [0.1, 0.4, 0.7])
def test_suppression_is_that_of_the_greedy_rule(iou: float) -> None:
    batch = torch.stack([random_boxes(150, 60.0, seed) for seed in range(3)])
    for boxes, kept in zip(batch, stays(batch, iou), strict=True):
        assert kept.tolist() == brute_force(boxes, iou)


def test_groups_and_the_excluded_leave_others_alone() -> None:
    box = torch.tensor([0.0, 0.0, 4.0, 4.0]).expand(1, 3, 4)
    assert stays(box, 0.5).tolist() == [[True, False, False]]
    assert stays(box, 0.5, group=torch.tensor([[0, 1, 0]])).tolist() == [[True, True, False]]
    assert stays(box, 0.5, allowed=torch.tensor([[False, True, True]])).tolist() == [[False, True, False]]


def test_kinds_are_suppressed_apart() -> None:
    box = torch.tensor([[0, 0, 10, 10], [0, 1, 10, 11], [0, 2, 10, 12], [5, 0, 20, 10.0]])
    assert stays_by_kind(box, torch.tensor([0, 3, 0, 3]), 0.5).tolist() == [True, True, False, True]
    assert stays_by_kind(box[:0], torch.zeros(0, dtype=torch.long), 0.5).tolist() == []


def test_overlaps_are_rounded_where_mmdetection_rounds_them() -> None:
    pair = torch.tensor([[0.1, 0, 10.1, 10], [5.1, 0, 15.1, 10]])
    other = torch.tensor([[0, 0, 999.9, 999.9]])
    far = pair + 2 * (other.max() + 1)  # where the third kind is moved to
    here, there = (float(overlaps(each[:1], each[1:])) for each in (pair, far))
    threshold = min(here, there)
    assert here != there
    kept = stays_by_kind(torch.cat([other, pair]), torch.tensor([0, 2, 2]), threshold)
    assert kept.tolist() == [True, True, there <= threshold]
    assert stays(pair[None], threshold)[0].tolist() == [True, here <= threshold]


def some_truth() -> Truth:
    labels = torch.zeros(1, 32, 32, dtype=torch.int32)
    labels[0, 2:10, 2:10], labels[0, 2:10, 12:20], labels[0, 24:27, 24:27] = 1, 2, -1
    boxes = torch.tensor([[[2.0, 2, 10, 10], [12, 2, 20, 10], [0, 0, 32, 32]]])
    return Truth(boxes, torch.tensor([[True, True, False]]), labels)


def test_each_box_is_compared_with_the_right_particle() -> None:
    boxes = torch.tensor([[[2.0, 2, 10, 10], [13, 2, 21, 10], [6, 2, 14, 10], [24, 24, 27, 27], [0, 0, 32, 32]]])
    asked = assign(boxes, some_truth(), 0.5, 0.3)
    assert asked.positive.tolist() == [[True, True, False, False, False]]
    assert asked.particle[0, :2].tolist() == [0, 1]
    # The third overlaps by a third: neither; the fourth lies where the truth is not known; padding is no particle.
    assert asked.negative.tolist() == [[False, False, False, False, True]]


def test_a_particle_s_best_box_is_its_own_however_bad() -> None:
    boxes = torch.tensor([[[6.0, 2, 14, 10], [2, 2, 10, 10], [16, 2, 24, 10]]])
    assert assign(boxes, some_truth(), 0.7, 0.3).positive.tolist() == [[False, True, False]]
    assert assign(boxes, some_truth(), 0.7, 0.3, best_is_positive=True).positive.tolist() == [[False, True, True]]


def test_a_sample_holds_no_more_particles_than_asked_for_and_lists_them_first() -> None:
    boxes = torch.cat([some_truth().boxes[:, :1].expand(-1, 6, -1), random_boxes(20, 8.0)[None] + 20], dim=1)
    sample = draw(assign(boxes, some_truth(), 0.5, 0.5), 12, 4)
    assert sample.positive.sum() == 4
    assert sample.positive[0, :4].all()
    assert len(set(sample.which[0].tolist())) == 12
    assert (sample.which[0, :4] < 6).all()
    few = draw(assign(boxes[:, :3], some_truth(), 0.5, 0.5), 12, 2)
    assert few.drawn.sum() == 2


def test_a_crowd_of_a_thousand_is_not_cut() -> None:
    """Each of 1,024 particles has one sure anchor: as many proposals come out."""
    config = COMPACT
    logits, said, anchors = [], [], []
    for stride in config.strides:
        each = anchors_of_level((512 // stride, 512 // stride), stride, (4.0,), (1.0,), torch.device("cpu"))
        logits.append(torch.full((1, len(each)), -9.0))
        said.append(torch.zeros(1, len(each), 4))
        anchors.append(each)
    y, x = torch.meshgrid(torch.arange(4, 256, 8), torch.arange(4, 256, 8), indexing="ij")
    sure = (y * 256 + x).flatten()
    logits[0][0, sure] = 9.0
    head = ProposalHead(replace(config, width=8))
    proposals = head.choose(RawProposals(logits, said, anchors), (512, 512), training=False)
    found = proposals.boxes[0][proposals.real[0] & (proposals.scores[0] > 0.9)]
    assert len(found) == 1024
    middles = {(round(float(left) + 4), round(float(top) + 4)) for left, top, _, _ in found}
    assert len(middles) == 1024
    assert config.detections >= 1024


def squares(side: int = 48) -> tuple[torch.Tensor, Truth]:
    labels = torch.zeros(1, side, side, dtype=torch.int32)
    boxes = []
    for number in range(9):
        left, top = 3 + 15 * (number % 3), 3 + 15 * (number // 3)
        size = 8 + number % 4
        labels[0, top : top + size, left : left + size] = number + 1
        boxes.append([left, top, left + size, top + size])
    views = (labels > 0).float()[:, None].repeat(1, 2, 1, 1) * 2 - 1
    return views, Truth(torch.tensor([boxes]).float(), torch.ones(1, 9, dtype=torch.bool), labels)


def test_an_empty_crop_has_a_finite_loss_and_gradient() -> None:
    torch.manual_seed(0)
    truth = Truth(torch.zeros(1, 1, 4), torch.zeros(1, 1, dtype=torch.bool), torch.zeros(1, 32, 32, dtype=torch.int32))
    network = CascadeNetwork(SMALL)
    losses = network.losses(torch.randn(1, 2, 32, 32), truth)
    losses.total.backward()
    assert torch.isfinite(losses.total)
    assert losses.mask.item() == losses.box.item() == losses.proposal_box.item() == 0
    assert all(torch.isfinite(each.grad).all() for each in network.parameters() if each.grad is not None)


def test_it_learns_nine_squares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "BACKBONES", {"plain": Plain})
    torch.manual_seed(0)
    views, truth = squares()
    network = CascadeNetwork(replace(SMALL, backbone="plain"))
    optimiser = torch.optim.AdamW(network.parameters(), lr=4e-3)
    totals = []
    for step in range(100):
        optimiser.param_groups[0]["lr"] = 4e-3 if step < 60 else 1e-3
        optimiser.zero_grad()
        total = network.losses(views, truth).total
        total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        totals.append(total.item())
    assert totals[-1] < 0.4 * totals[0]
    network.eval()
    (found,) = network.predict(views)
    # The surest nine are the nine squares.
    assert float(overlaps(truth.boxes[0], found.boxes[:9]).amax(dim=1).min()) > 0.7
    assert found.masks.shape[1:] == (28, 28)
    assert float(found.masks[:9, 10:18, 10:18].min()) > 0.5
