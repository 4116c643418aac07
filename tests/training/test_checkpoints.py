"""Checkpoints of mmdetection: what is loaded, what is started anew, what is refused."""

import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from particlesnn.core import WeightsError
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.cascade.published import published_name
from particlesnn.training import load_checkpoint

SLIM = {"width": 16, "box_width": 24, "mask_width": 8, "mask_convolutions": 2}
META = {"mmdet_version": "2.1.0", "CLASSES": ("person", "bicycle", "car")}


@pytest.fixture(scope="module", params=["resnext14_8x4d", "hrnetv2p_w8"])
def network(request: pytest.FixtureRequest) -> CascadeNetwork:
    torch.manual_seed(0)
    return CascadeNetwork(CascadeConfig(backbone=request.param, classes=3, **SLIM))


@pytest.fixture(scope="module")
def small() -> CascadeNetwork:
    return CascadeNetwork(CascadeConfig(backbone="hrnetv2p_w8", classes=3, **SLIM))


def state_of(network: CascadeNetwork) -> "OrderedDict[str, Tensor]":
    return OrderedDict((published_name(name), value) for name, value in network.state_dict().items())


def saved(path: Path, state: Any, **more: Any) -> Path:
    torch.save({"meta": META, "state_dict": state, **more}, path)
    return path


def test_every_tensor_arrives(network: CascadeNetwork, tmp_path: Path) -> None:
    loaded, report = load_checkpoint(saved(tmp_path / "coco.pth", state_of(network)), classes=None)
    assert loaded.config == network.config
    assert not loaded.training
    ours, theirs = loaded.state_dict(), network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert len(report.loaded) == len(theirs)
    assert report.complete
    assert report.meta["CLASSES"] == META["CLASSES"]


def test_the_class_layers_start_anew_for_one_class(network: CascadeNetwork, tmp_path: Path) -> None:
    loaded, report = load_checkpoint(saved(tmp_path / "coco.pth", state_of(network)))
    assert loaded.config.classes == 1
    anew = {f"roi_head.bbox_head.{stage}.fc_cls.{kind}" for stage in range(3) for kind in ("weight", "bias")}
    anew |= {f"roi_head.mask_head.{stage}.conv_logits.{kind}" for stage in range(3) for kind in ("weight", "bias")}
    assert set(report.replaced) == anew
    assert report.complete
    ours, theirs = loaded.state_dict(), network.state_dict()
    kept = [name for name in theirs if published_name(name) not in anew]
    assert all(torch.equal(ours[name], theirs[name]) for name in kept)
    assert loaded.box_heads[0].fc_cls.weight.shape == (2, 24)
    assert 0.005 < float(loaded.box_heads[0].fc_cls.weight.detach().std()) < 0.02
    assert float(loaded.mask_heads[2].conv_logits.weight.detach().abs().sum()) > 0
    with torch.no_grad():
        loaded.predict(torch.zeros(1, 3, 64, 64))


def test_one_class_stays_one_class(tmp_path: Path) -> None:
    network = CascadeNetwork(CascadeConfig(backbone="hrnetv2p_w8", classes=1, **SLIM))
    loaded, report = load_checkpoint(saved(tmp_path / "own.pth", state_of(network)))
    assert report.replaced == ()
    assert torch.equal(loaded.box_heads[1].fc_cls.weight, network.box_heads[1].fc_cls.weight)


def test_a_network_that_was_loaded_can_be_trained(small: CascadeNetwork, tmp_path: Path) -> None:
    loaded, _ = load_checkpoint(saved(tmp_path / "coco.pth", state_of(small)))
    assert {name for name, each in loaded.named_parameters() if each.requires_grad} == {
        name for name, each in small.named_parameters() if each.requires_grad
    }


def test_what_old_and_new_versions_differ_in(small: CascadeNetwork, tmp_path: Path) -> None:
    state = state_of(small)
    old = tmp_path / "old.pth"
    torch.save({"meta": META, "state_dict": state}, old, _use_new_zipfile_serialization=False)
    many_cards = {f"module.{key}": value for key, value in state.items()}
    without_counters = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    new = {**state, "data_preprocessor.mean": torch.zeros(3, 1, 1)}
    for path in (
        old,
        *(saved(tmp_path / f"{i}.pth", each) for i, each in enumerate((many_cards, without_counters, new))),
    ):
        loaded, report = load_checkpoint(path, classes=None)
        assert report.complete
        assert report.unexpected == ()
        assert torch.equal(loaded.backbone.conv1.weight, small.backbone.conv1.weight)
    torch.save(state, tmp_path / "bare.pth")
    assert load_checkpoint(tmp_path / "bare.pth", classes=None)[1].complete


def test_a_training_s_own_file_is_read_without_its_log(small: CascadeNetwork, tmp_path: Path) -> None:
    """mmengine saves objects of its own beside the weights; they are passed over, not made."""
    module = ModuleType("mmengine.logging.history_buffer")

    class HistoryBuffer:
        def __init__(self) -> None:
            self.values = np.arange(3.0)

        def __setstate__(self, state: object) -> None:
            raise AssertionError("a foreign class was run")

    HistoryBuffer.__module__, HistoryBuffer.__qualname__ = module.__name__, "HistoryBuffer"
    module.HistoryBuffer = HistoryBuffer  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("mmengine", "mmengine.logging"):
            patch.setitem(sys.modules, name, ModuleType(name))
        patch.setitem(sys.modules, module.__name__, module)
        log = {"log_scalars": {"loss": HistoryBuffer()}, "lr": np.float64(0.1)}
        path = saved(tmp_path / "epoch_12.pth", state_of(small), message_hub=log)
    assert load_checkpoint(path)[1].complete


def test_what_is_missing_misshapen_or_unexpected_is_named(small: CascadeNetwork, tmp_path: Path) -> None:
    state = state_of(small)
    del state["rpn_head.rpn_cls.bias"]
    state["neck.fpn_convs.1.conv.bias"] = torch.zeros(3)
    state["semantic_head.weight"] = torch.zeros(1)
    path = saved(tmp_path / "odd.pth", state)
    with pytest.raises(WeightsError, match=r"rpn_head\.rpn_cls\.bias.*neck\.fpn_convs\.1\.conv\.bias 3 instead of 16"):
        load_checkpoint(path)
    loaded, report = load_checkpoint(path, strict=False)
    assert report.missing == ("rpn_head.rpn_cls.bias",)
    assert report.unexpected == ("semantic_head.weight",)
    assert [text.split()[0] for text in report.misshapen] == ["neck.fpn_convs.1.conv.bias"]
    assert not report.complete
    assert all(not each.is_meta for each in loaded.state_dict().values())
    assert torch.equal(loaded.backbone.conv1.weight, small.backbone.conv1.weight)


def test_a_file_that_would_run_a_program_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    for number, new in enumerate((True, False)):
        path = tmp_path / f"evil{number}.pth"
        torch.save({"state_dict": {"a": torch.zeros(1)}, "meta": Evil()}, path, _use_new_zipfile_serialization=new)
        with pytest.raises(WeightsError, match="could run any program"):
            load_checkpoint(path)
    assert not (tmp_path / "ran").exists()


def test_files_that_are_no_checkpoint_are_told(small: CascadeNetwork, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="there is no such checkpoint"):
        load_checkpoint(tmp_path / "none.pth")
    text = tmp_path / "text.pth"
    text.write_text("not a checkpoint")
    with pytest.raises(WeightsError, match="no checkpoint"):
        load_checkpoint(text)
    whole = saved(tmp_path / "whole.pth", state_of(small)).read_bytes()
    half = tmp_path / "half.pth"
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="damaged or no checkpoint"):
        load_checkpoint(half)
    with pytest.raises(WeightsError, match="holds no state_dict"):
        load_checkpoint(saved(tmp_path / "empty.pth", {}))
    with pytest.raises(WeightsError, match="no Cascade Mask R-CNN"):
        load_checkpoint(saved(tmp_path / "other.pth", {"backbone.conv1.weight": torch.zeros(64, 3, 7, 7)}))


def test_version_1_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = saved(tmp_path / "v1.pth", {"bbox_head.0.fc_cls.weight": torch.zeros(81, 8)})
    with pytest.raises(WeightsError, match=r"mmdetection 1.*upgrade_model_version\.py"):
        load_checkpoint(path)
