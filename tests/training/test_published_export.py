"""A checkpoint of mmdetection with one class becomes a model that detect runs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from particlesnn.cli.export import command
from particlesnn.core import Scan, TrainingError
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.cascade.published import published_name
from particlesnn.recognition import Recognizer
from particlesnn.recognition.picture import view_picture
from particlesnn.recognition.runtime import Network
from particlesnn.training import export_published, is_of_mmdetection

SLIM = {"width": 16, "box_width": 24, "mask_width": 8, "mask_convolutions": 2}


def saved(path: Path, classes: int) -> CascadeNetwork:
    torch.manual_seed(3)
    network = CascadeNetwork(CascadeConfig(backbone="resnext14_8x4d", classes=classes, **SLIM)).eval()
    with torch.no_grad():
        for head in network.box_heads:
            head.fc_cls.weight.mul_(30)  # some sure, some not
    state = {published_name(name): value for name, value in network.state_dict().items()}
    torch.save({"state_dict": state, "meta": {"mmdet_version": "3.3.0"}}, path)
    return network


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[CascadeNetwork, Path]:
    folder = tmp_path_factory.mktemp("published")
    network = saved(folder / "paper.pth", classes=1)
    assert is_of_mmdetection(folder / "paper.pth")
    files = [str(folder / "paper.pth"), "-o", str(folder / "paper.onnx")]
    done = CliRunner().invoke(command, [*files, "--magnification", "2"], catch_exceptions=False)
    assert (done.exit_code, done.output.split()[:2]) == (0, ["Exported", "'resnext14_8x4d'"])
    card = Network(folder / "paper.onnx").card
    assert (card.name, card.view, card.magnification, card.precision) == ("resnext14_8x4d", "picture", 2.0, "bfloat16")
    return network, folder / "paper.onnx"


def test_the_graph_finds_what_torch_finds(model: tuple[CascadeNetwork, Path]) -> None:
    network, path = model
    picture = np.random.default_rng(0).integers(0, 255, (64, 128, 3)).astype(np.uint8)
    view = view_picture(picture)
    graph = Network(path, threads=1, engine="onnxruntime")
    point = replace(graph.card.operating_point, score=0.05, detections=100)
    boxes, scores, masks = graph.detect(view.values, point)
    (found,) = network.predict(torch.from_numpy(view.values)[np.newaxis])
    assert len(scores) == len(found.scores) > 20
    assert np.allclose(scores, found.scores.numpy(), atol=2e-3)  # weights are stored in half precision
    # Neighbours of nearly equal scores may change places.
    nearest = np.abs(boxes[:, None] - found.boxes.numpy()[None]).max(axis=2)
    assert np.median(nearest.min(axis=1)) < 0.1
    assert (nearest.min(axis=1) < 0.5).mean() > 0.95
    assert masks.shape[1:] == found.masks.shape[1:]


def test_boxes_end_where_the_padding_begins(model: tuple[CascadeNetwork, Path]) -> None:
    network, path = model
    picture = np.random.default_rng(0).integers(0, 255, (50, 90, 3)).astype(np.uint8)
    view = view_picture(picture, divisor=64)
    graph = Network(path, threads=1, engine="onnxruntime")
    point = replace(graph.card.operating_point, score=0.05, detections=100)
    boxes, scores, _ = graph.detect(view.values, point, view.size)
    assert boxes[:, 2].max() <= 90
    assert boxes[:, 3].max() <= 50
    (found,) = network.predict(torch.from_numpy(view.values)[np.newaxis], view.size)
    assert scores[0] == pytest.approx(float(found.scores[0]), abs=2e-3)
    assert np.abs(boxes[:, None] - found.boxes.numpy()[None]).max(axis=2).min(axis=0)[:5].max() < 0.5


def test_a_scan_is_seen_enlarged_and_found_in_its_own_px(
    model: tuple[CascadeNetwork, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = model
    seen: list[tuple[int, ...]] = []

    def detect(_: Network, views: np.ndarray, __: object, size: tuple[int, int]) -> tuple[np.ndarray, ...]:
        assert size == (100, 180)
        seen.append(views.shape)
        boxes = np.array([[40, 20, 80, 60], [170, 60, 260, 110]], dtype=np.float32)  # the second reaches into padding
        return boxes, np.array([0.9, 0.8], dtype=np.float32), np.ones((2, 28, 28), dtype=np.float32)

    monkeypatch.setattr(Network, "detect", detect)
    values = np.random.default_rng(1).random((50, 90))
    found = Recognizer.load(path).recognise(Scan(values=values))
    assert seen == [(3, 128, 192)]  # 100 x 180, padded to multiples of 64
    (x0, y0), (x1, y1) = found.particles[0].contour.points_px.min(0), found.particles[0].contour.points_px.max(0)
    assert np.allclose([x0, y0, x1, y1], [19.5, 9.5, 39.5, 29.5], atol=0.6)
    assert found.particles[1].contour.points_px.max(0) == pytest.approx([89.5, 49.5], abs=0.6)


def test_a_network_of_many_classes_is_to_be_trained_first(tmp_path: Path) -> None:
    saved(tmp_path / "coco.pth", classes=80)
    with pytest.raises(TrainingError, match="80 classes; train it on particles"):
        export_published(tmp_path / "coco.pth", tmp_path / "coco.onnx")
    assert not (tmp_path / "coco.onnx").exists()
