"""One network, two programs that compute it."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from particlesnn.core import Scan, WeightsError
from particlesnn.evaluation import evaluate
from particlesnn.recognition import Recognizer, WeightCard, encode
from particlesnn.recognition.engines import choose
from particlesnn.recognition.runtime import Network
from particlesnn.simulation import simulate

WEIGHTS = Path(sys.modules["particlesnn.recognition"].__file__ or "").parent / "weights"


def has_bfloat16() -> bool:
    openvino = pytest.importorskip("openvino")
    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@pytest.fixture(scope="module")
def crowded() -> Scan:
    scan, _ = simulate("dense", 4)
    return Scan(scan.values[:256, :256])


def detections(engine: str, scan: Scan) -> tuple[np.ndarray, ...]:
    network = Network(WEIGHTS / "cascade.onnx", threads=1, engine=engine)
    return network.detect(encode(scan.values), network.card.operating_point)


@pytest.mark.parametrize("content", [b"", b"\x00", b"no network at all", b"\xff" * 40])
def test_a_file_that_is_no_network_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(WeightsError, match=r"broken.onnx: is not a network that can be run"):
        Network(tmp_path / "broken.onnx")


def test_half_a_network_is_no_network(tmp_path: Path) -> None:
    whole = (WEIGHTS / "dense.onnx").read_bytes()
    (tmp_path / "half.onnx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=r"half.onnx: is not a network that can be run"):
        Network(tmp_path / "half.onnx")


def test_an_engine_that_nobody_knows_is_named() -> None:
    with pytest.raises(WeightsError, match="not by 'steam'"):
        Recognizer.load("dense", engine="steam")  # type: ignore[arg-type]


def test_without_openvino_its_engines_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(WeightsError, match=r"pip install 'particlesnn\[openvino\]', or choose the engine onnxruntime"):
        Recognizer.load("dense", engine="openvino")


@pytest.mark.parametrize(("name", "arithmetic"), [("dense", "8-bit integers"), ("cascade", "float32")])
def test_shipped_weights_say_how_they_are_computed(name: str, arithmetic: str) -> None:
    recognizer = Recognizer.load(name, threads=1)
    assert recognizer.engine.startswith("ONNX Runtime")
    assert recognizer.engine.endswith(arithmetic)


def test_bfloat16_is_for_weights_that_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    card = WeightCard("x", "cascade", "1", 32)
    large = replace(card, precision="bfloat16")
    expected = "openvino-bf16" if has_bfloat16() else "openvino"
    assert (choose(card), choose(large)) == ("onnxruntime", expected)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert choose(large) == "onnxruntime"


def test_openvino_finds_what_onnx_runtime_finds(crowded: Scan) -> None:
    pytest.importorskip("openvino")
    boxes, scores, masks = detections("onnxruntime", crowded)
    others = detections("openvino", crowded)
    assert len(scores) > 50
    assert scores == pytest.approx(others[1], abs=1e-4)
    assert boxes == pytest.approx(others[0], abs=0.01)
    assert masks == pytest.approx(others[2], abs=1e-3)


def test_bfloat16_moves_boxes_by_a_fraction_of_a_pixel(crowded: Scan) -> None:
    if not has_bfloat16():
        pytest.skip("this processor does not compute bfloat16")
    found = detections("onnxruntime", crowded)
    boxes, scores, masks = (each[found[1] > 0.5] for each in found)  # those near the threshold come and go
    others = detections("openvino-bf16", crowded)
    assert len(scores) > 50
    assert abs(int((others[1] > 0.5).sum()) - len(scores)) <= 1
    nearest = np.abs(boxes[:, None] - others[0][None]).max(axis=2)
    partner = nearest.argmin(axis=1)
    # Without the boxes of regions kept in float32 the median is 0.25 px.
    assert np.median(nearest.min(axis=1)) < 0.1
    assert nearest.min(axis=1).max() < 1
    assert np.median(np.abs(scores - others[1][partner])) < 0.002
    assert np.abs(scores - others[1][partner]).max() < 0.05
    own, other = masks > 0.5, others[2][partner] > 0.5
    overlap = (own & other).sum(axis=(1, 2)) / (own | other).sum(axis=(1, 2))
    assert np.median(overlap) > 0.99


def test_integers_are_the_same_particles_to_both_programs(crowded: Scan) -> None:
    pytest.importorskip("openvino")
    found = [
        Recognizer.load("dense", threads=1, engine=engine).recognise(crowded) for engine in ("onnxruntime", "openvino")
    ]
    assert len(found[0]) > 50
    figures = evaluate([found[0]], [found[1]]).total
    assert figures.at_75.f1 is not None
    assert figures.at_75.f1 > 0.99
    areas = [sum(particle.contour.area_px for particle in each.particles) for each in found]
    assert areas[0] == pytest.approx(areas[1], rel=2e-3)
