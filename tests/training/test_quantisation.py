"""A network in single precision, and the same in 8-bit integers."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from particlesnn.core import TrainingError, WeightsError
from particlesnn.network import DenseNetwork
from particlesnn.recognition import WeightCard, encode
from particlesnn.recognition.runtime import Network
from particlesnn.simulation import simulate
from particlesnn.training import quantise
from particlesnn.training.export import _dense_graph, _write
from particlesnn.training.quantisation import calibration_views

CARD = WeightCard("own", "dense", "1", 32, trained_on=({"name": "noise"},), mirrored=True)
WEIGHTS = Path(sys.modules["particlesnn.recognition"].__file__ or "").parent / "weights"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("network") / "plain.onnx"
    _write(_dense_graph(DenseNetwork().eval()), CARD, path)
    return path


@pytest.fixture(scope="module")
def views() -> list[np.ndarray]:
    return [encode(simulate("dense", seed)[0].values)[:, :128, :160] for seed in (1, 2)]


@pytest.fixture(scope="module")
def integers(plain: Path, views: list[np.ndarray]) -> Path:
    path = plain.with_name("integers.onnx")
    assert quantise(plain, path, views) == replace(CARD, precision="int8")
    return path


def test_single_precision_is_the_same_to_both_programs(plain: Path, views: list[np.ndarray]) -> None:
    pytest.importorskip("openvino")
    maps = [Network(plain, threads=1, engine=engine).run(views[0]) for engine in ("onnxruntime", "openvino")]
    assert maps[0] == pytest.approx(maps[1], abs=1e-4)


def test_integers_say_nearly_the_same_and_the_card_tells(plain: Path, integers: Path, views: list[np.ndarray]) -> None:
    before, after = Network(plain, threads=1), Network(integers, threads=1)
    assert after.card == replace(CARD, precision="int8")
    assert after.engine.endswith("8-bit integers")
    expected = before.run(views[0])
    assert np.ptp(expected) > 0.05  # a network that says one thing everywhere would prove nothing
    assert after.run(views[0]) == pytest.approx(expected, abs=0.03)
    assert integers.stat().st_size < 0.6 * plain.stat().st_size


def test_all_but_the_first_and_the_last_convolution_are_integers(integers: Path) -> None:
    graph = onnx.load(integers).graph
    makers = {output: node.op_type for node in graph.node for output in node.output}
    kinds = [makers.get(node.input[1]) for node in graph.node if node.op_type == "Conv"]
    assert kinds[0] is None
    assert kinds[-1] is None
    assert set(kinds[1:-1]) == {"DequantizeLinear"}


def test_products_do_not_overflow_on_processors_that_add_them_in_16_bits(integers: Path) -> None:
    for path in (integers, WEIGHTS / "dense.onnx"):
        stored = onnx.load(path).graph.initializer
        weights = [onnx.numpy_helper.to_array(each) for each in stored if each.data_type == onnx.TensorProto.INT8]
        largest = max(int(np.abs(each.astype(int)).max()) for each in weights if each.ndim == 4)
        assert 2 * largest * 255 < 2**15


def test_what_is_no_dense_network_in_single_precision_is_told(tmp_path: Path) -> None:
    target = tmp_path / "out.onnx"
    with pytest.raises(TrainingError, match="holds 'cascade' in float32"):
        quantise(WEIGHTS / "cascade.onnx", target)
    with pytest.raises(TrainingError, match="holds 'dense' in int8"):
        quantise(WEIGHTS / "dense.onnx", target)
    (tmp_path / "prose.onnx").write_text("no network")
    with pytest.raises(WeightsError, match=r"prose.onnx: is not a network with a weight card"):
        quantise(tmp_path / "prose.onnx", target)
    with pytest.raises(WeightsError, match=r"missing.onnx: there is no such file"):
        quantise(tmp_path / "missing.onnx", target)
    assert not target.exists()


def test_views_that_are_all_alike_every_time() -> None:
    once, again = (list(calibration_views(3)) for _ in range(2))
    assert [each.shape for each in once] == [(2, 384, 384)] * 3
    assert all(np.array_equal(one, other) for one, other in zip(once, again, strict=True))
    assert not np.array_equal(once[0], once[1])
