"""Small siblings of the paper's networks against what mmdetection 3.3.0 computed once; see parity/references.py."""

import json
import runpy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from particlesnn.network.cascade.assignment import Truth
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.cascade.published import published_name
from particlesnn.recognition.pasting import paste
from particlesnn.recognition.picture import PictureView, view_picture
from particlesnn.training import load_checkpoint

HERE = Path(__file__).parent
LABELS = runpy.run_path(str(HERE.parents[1] / "parity" / "pictures.py"))["labels_of"]
FILL = runpy.run_path(str(HERE.parents[1] / "parity" / "filling.py"))["fill"]
SLIM = {"classes": 3, "width": 16, "box_width": 24, "mask_width": 8, "mask_convolutions": 2}
SCALE = (160, 120)


class Case:
    """A sibling with mmdetection's weights, the picture it sees, and mmdetection's answers."""

    def __init__(self, backbone: str, folder: Path) -> None:
        with np.load(HERE / "mmdetection" / f"{backbone}.npz") as stored:
            self.theirs: dict[str, Any] = dict(stored)
        with torch.device("meta"):
            shapes = CascadeNetwork(CascadeConfig(backbone=backbone, **SLIM)).state_dict()
        calibration = {
            key.removeprefix("calibration/"): value for key, value in self.theirs.items() if key.startswith("calib")
        }
        state = FILL(
            {published_name(key): value.shape for key, value in shapes.items()}, int(self.theirs["seed"]), calibration
        )
        path = folder / f"{backbone}.pth"
        torch.save({"state_dict": {key: torch.from_numpy(value) for key, value in state.items()}, "meta": {}}, path)
        self.network, report = load_checkpoint(path, classes=None)
        assert report.complete
        self.view: PictureView = view_picture(self.theirs["picture"], SCALE)
        self.images = torch.from_numpy(self.view.values)[np.newaxis]

    def sampled(self, name: str, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        expected = self.theirs[name]
        flat = values.ravel()
        return flat[:: max(1, flat.size // 300)][:300], expected


@pytest.fixture(scope="module", params=["resnext14_8x4d", "hrnetv2p_w8"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(request.param, tmp_path_factory.mktemp("mmdetection"))


def test_the_input_is_equal_to_the_bit(case: Case) -> None:
    ours, theirs = case.sampled("input", case.view.values)
    assert np.array_equal(ours, theirs)
    assert case.view.size == tuple(case.theirs["image_shape"])


def test_features_and_pyramid_agree(case: Case) -> None:
    with torch.no_grad():
        features = case.network.backbone(case.images)
        levels = case.network.neck(features)
    for name, maps in (("feature", features), ("level", levels)):
        for number, values in enumerate(maps):
            ours, theirs = case.sampled(f"{name}_{number}", values.numpy())
            assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()
            assert np.ptp(theirs) > 0.1  # something is compared


def test_proposals_agree(case: Case) -> None:
    head = case.network.proposal_head
    with torch.no_grad():
        proposals = head.choose(head.all_anchors(case.network(case.images)), case.view.size, training=False)
    real = proposals.real[0]
    ours = np.column_stack([proposals.boxes[0][real].numpy(), 100 * proposals.scores[0][real].numpy()])
    theirs = np.column_stack([case.theirs["proposals"], 100 * case.theirs["objectness"]])
    # Each has its own within 0.01 px and 1e-4; two of nearly equal score may change places, by processor and threads.
    apart, which = cKDTree(ours).query(theirs, p=np.inf)
    assert apart.max() <= 0.01
    assert len(np.unique(which)) == len(theirs) == len(ours)


def test_detections_agree(case: Case) -> None:
    (found,) = case.network.predict(case.images, case.view.size)
    rows, columns = case.view.scale
    boxes = found.boxes.numpy() / np.float32([columns, rows, columns, rows])
    assert np.array_equal(found.classes.numpy(), case.theirs["labels"])
    assert np.allclose(found.scores.numpy(), case.theirs["scores"], rtol=0, atol=1e-4)
    assert np.allclose(boxes, case.theirs["boxes"], rtol=0, atol=0.01)
    assert len(set(found.classes.tolist())) > 1  # what is compared is of several classes,
    assert np.ptp(case.theirs["scores"]) > 0.1  # scores
    sides = case.theirs["boxes"][:, 2:] - case.theirs["boxes"][:, :2]
    assert sides.max() > 4 * np.median(sides.min(axis=1))  # and sizes


def test_masks_agree(case: Case) -> None:
    (found,) = case.network.predict(case.images, case.view.size)
    size = tuple(case.theirs["shape"])
    theirs = np.unpackbits(case.theirs["masks"], axis=-1, count=size[1]).astype(bool)
    rows, columns = case.view.scale
    boxes = found.boxes.numpy() / np.float32([columns, rows, columns, rows])
    for mask, box, expected in zip(found.masks.numpy(), boxes, theirs, strict=True):
        ours = np.zeros(size, dtype=bool)
        window, values = paste(mask, box, size)
        ours[window] = values >= 0.5
        assert (ours & expected).sum() >= 0.999 * (ours | expected).sum()
    assert theirs.any(axis=(1, 2)).mean() > 0.5


def test_losses_agree_where_nothing_is_left_to_chance(case: Case) -> None:
    """As mmdetection trains: samplers take all there is; masks are cut out by another rule of the same meaning."""
    everything = 10**6
    config = replace(case.network.config, proposal_samples=everything, box_samples=everything)
    network = CascadeNetwork(config)
    network.load_state_dict(case.network.state_dict())
    labels, boxes = (torch.from_numpy(each)[None] for each in LABELS(*case.images.shape[2:], int(case.theirs["seed"])))
    with torch.no_grad():
        losses = network.train().losses(
            case.images, Truth(boxes, torch.ones(boxes.shape[:2], dtype=torch.bool), labels)
        )
    theirs = json.loads((HERE / "mmdetection" / "losses.json").read_text())[config.backbone]
    for name, value in theirs.items():
        within = 1e-3 if name == "mask" else 1e-4
        assert getattr(losses, name).item() == pytest.approx(value, rel=within), name
