"""The backbones of the paper, and their checkpoints' keys."""

import pytest
import torch

from particlesnn.network.cascade.backbones import BACKBONES, HRNETS, RESNEXTS
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.hrnet import HRNet, HRPyramid
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.cascade.published import compare, config_of, own_name, published_name
from particlesnn.network.cascade.resnext import ResNeXt


def without_memory(backbone: str, classes: int = 80) -> CascadeNetwork:
    """Make a large network of shapes alone."""
    with torch.device("meta"):
        return CascadeNetwork(CascadeConfig(backbone=backbone, classes=classes))


@pytest.mark.parametrize(("backbone", "parameters"), [("resnext101_64x4d", 135_222_846), ("hrnetv2p_w32", 82_851_262)])
def test_as_many_parameters_as_the_published_network(backbone: str, parameters: int) -> None:
    assert sum(each.numel() for each in without_memory(backbone).parameters()) == parameters


@pytest.mark.parametrize("backbone", [*RESNEXTS, *HRNETS])
def test_a_checkpoint_s_shapes_tell_its_network(backbone: str) -> None:
    network = without_memory(backbone, classes=7)
    shapes = {published_name(name): tuple(value.shape) for name, value in network.state_dict().items()}
    assert config_of(shapes) == network.config
    fit = compare(shapes, network)
    assert (fit.missing, fit.unexpected, fit.misshapen) == ((), (), ())
    assert set(fit.fitting) == set(network.state_dict())


def test_names_lead_there_and_back() -> None:
    assert own_name("roi_head.bbox_head.2.fc_cls.weight") == "box_heads.2.fc_cls.weight"
    assert published_name("proposal_head.rpn_cls.bias") == "rpn_head.rpn_cls.bias"
    for name in without_memory("hrnetv2p_w8").state_dict():
        assert own_name(published_name(name)) == name


@pytest.mark.parametrize("name", ["resnext14_8x4d", "hrnetv2p_w8"])
def test_features_have_the_strides_and_widths_that_are_told(name: str) -> None:
    backbone = BACKBONES[name](3).eval()
    with torch.no_grad():
        maps = backbone(torch.rand(2, 3, 64, 96))
    assert [tuple(each.shape) for each in maps] == [
        (2, width, 64 // stride, 96 // stride) for width, stride in zip(backbone.widths, (4, 8, 16, 32), strict=True)
    ]


def test_hrnet_gets_its_own_pyramid() -> None:
    pyramid = HRPyramid((8, 16), width=5, levels=3)
    levels = pyramid([torch.rand(1, 8, 16, 24), torch.rand(1, 16, 8, 12)])
    assert [tuple(level.shape) for level in levels] == [(1, 5, 16, 24), (1, 5, 8, 12), (1, 5, 4, 6)]
    assert isinstance(without_memory("hrnetv2p_w8").neck, HRPyramid)


@pytest.mark.parametrize("name", ["resnext14_8x4d", "hrnetv2p_w8"])
def test_training_leaves_the_pretrained_statistics_alone(name: str) -> None:
    backbone = BACKBONES[name](3).train()
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    backbone(torch.rand(1, 3, 64, 64))
    assert all(torch.equal(value, before[key]) for key, value in backbone.state_dict().items())


def test_the_stem_and_the_first_stage_of_resnext_are_not_trained() -> None:
    with torch.device("meta"):
        frozen = {name.split(".")[0] for name, each in ResNeXt().named_parameters() if not each.requires_grad}
        assert all(each.requires_grad for each in HRNet().parameters())
    assert frozen == {"conv1", "bn1", "layer1"}
