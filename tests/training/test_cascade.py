"""Training and export of the cascade family, on a small scale."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from particlesnn.core import TrainingError
from particlesnn.network import COMPACT, CascadeConfig, CascadeNetwork
from particlesnn.network.cascade import backbones
from particlesnn.network.cascade.boxes import overlaps
from particlesnn.network.cascade.efficientnet import EfficientNetLite0
from particlesnn.training import TrainingConfig, families, train
from particlesnn.training.cascade_graph import cascade_graph
from particlesnn.training.families import FAMILIES, boxes_of
from tests.plain_backbone import Plain

SMALL = replace(
    COMPACT, width=8, box_width=16, mask_width=8, proposals_before_nms=200, proposals_kept=80, detections=40
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> CascadeConfig:
    """Configure a network that trains and exports in a wink."""
    monkeypatch.setattr(backbones, "BACKBONES", {"plain": Plain})
    return replace(SMALL, backbone="plain")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: CascadeConfig) -> TrainingConfig:
    monkeypatch.setattr(families, "COMPACT", small)
    return TrainingConfig(
        family="cascade",
        backbone="none",
        run=str(tmp_path / "run"),
        data=str(tmp_path / "no data here"),
        simulated_scans=2,
        texture_scans=1,
        micrographs=1,
        validation_scans=1,
        simulated_side_px=64,
        crop_px=64,
        batch=2,
        steps=2,
        workers=1,
        threads=1,
    )


def test_boxes_are_those_of_the_labels_and_the_tiny_are_unknown() -> None:
    labels = np.zeros((20, 30), dtype=np.int32)
    labels[3:9, 4:12], labels[15:17, 2:5], labels[10:20, 20:30] = 7, 3, 4
    boxes, numbers = boxes_of(labels)
    assert boxes.tolist() == [[20, 10, 30, 20], [4, 3, 12, 9]]
    assert numbers[15, 20] == 1
    assert numbers[3, 4] == 2
    assert set(numbers[15:17, 2:5].ravel().tolist()) == {-1}
    assert boxes_of(np.zeros((5, 5), dtype=np.int32))[0].shape == (0, 4)


def test_crops_of_many_and_of_no_particles_fit_one_batch() -> None:
    family = FAMILIES["cascade"]
    full = (torch.zeros(2, 8, 8), torch.ones(3, 4), torch.ones(8, 8))
    empty = (torch.zeros(2, 8, 8), torch.zeros(0, 4), torch.zeros(8, 8))
    views, boxes, real, labels = family.collate([full, empty])
    assert views.shape == (2, 2, 8, 8)
    assert boxes.shape == (2, 3, 4)
    assert real.sum(dim=1).tolist() == [3, 0]
    assert labels.shape == (2, 8, 8)
    assert family.collate([empty])[1].shape == (1, 1, 4)


def test_a_resumed_training_is_the_same_as_an_unbroken_one(config: TrainingConfig, tmp_path: Path) -> None:
    whole = torch.load(train(config), weights_only=True)["network"]
    broken = replace(config, run=str(tmp_path / "broken"))
    train(broken, stop_after=1)
    resumed = torch.load(train(broken, resume=True), weights_only=True)["network"]
    for name, weight in whole.items():
        torch.testing.assert_close(resumed[name], weight, msg=name)
    header = (tmp_path / "run" / "log.csv").read_text().splitlines()[0]
    assert header == "step,set,total,proposal,proposal_box,kind,box,mask"


def test_weights_that_are_not_there_or_are_none_are_named(tmp_path: Path) -> None:
    config = TrainingConfig(family="cascade", run=str(tmp_path / "run"))
    with pytest.raises(TrainingError, match="there are no weights for the backbone"):
        train(replace(config, backbone=str(tmp_path / "missing.pth")))
    torch.save({"conv_stem.weight": torch.zeros(1)}, tmp_path / "other.pth")
    with pytest.raises(TrainingError, match="holds no weights of an EfficientNet-lite0"):
        train(replace(config, backbone=str(tmp_path / "other.pth")))


def test_published_weights_see_a_grey_picture_as_they_did() -> None:
    """Two equal views meet the stem as three equal colours would."""
    torch.manual_seed(0)
    own = EfficientNetLite0(2)
    published = {f"_{name}": value.clone() for name, value in own.state_dict().items()}
    published["_conv_stem.weight"] = torch.randn(32, 3, 3, 3)
    own.load_published(published)
    grey = torch.randn(1, 1, 12, 12)
    wished = torch.nn.functional.conv2d(grey.expand(1, 3, 12, 12), published["_conv_stem.weight"], padding=1)
    torch.testing.assert_close(own.conv_stem(grey.expand(1, 2, 12, 12)), wished, atol=1e-4, rtol=1e-4)


def test_the_exported_graph_finds_what_torch_finds(small: CascadeConfig) -> None:
    torch.manual_seed(0)
    network = CascadeNetwork(small).eval()
    with torch.no_grad():  # scores far apart, so that their order does not hang on rounding
        network.proposal_head.rpn_cls.weight *= 300
        for head in network.box_heads:
            head.fc_cls.weight *= 30
    views = torch.randn(1, 2, 64, 96)
    (wished,) = network.predict(views)
    assert len(wished.scores) > 5
    session = onnxruntime.InferenceSession(
        cascade_graph(network).SerializeToString(), providers=["CPUExecutionProvider"]
    )

    def run(views: torch.Tensor, score: float) -> list[np.ndarray]:
        point = {"score": np.float32([score]), "nms_iou": np.float32([SMALL.nms_iou]), "detections": np.int64([40])}
        size = np.int64(views.shape[2:])
        return list(session.run(["boxes", "scores", "masks"], {"views": views.numpy(), "size": size, **point}))

    boxes, scores, masks = run(views, SMALL.score)
    assert len(scores) == len(wished.scores)
    nearest = overlaps(wished.boxes, torch.from_numpy(boxes)).argmax(dim=1).numpy()
    np.testing.assert_allclose(boxes[nearest], wished.boxes.numpy(), atol=0.01)
    np.testing.assert_allclose(scores[nearest], wished.scores.numpy(), atol=1e-4)
    np.testing.assert_allclose(masks[nearest], wished.masks.numpy(), atol=1e-4)
    assert run(torch.randn(1, 2, 32, 64), 1.0)[2].shape == (0, 28, 28)
