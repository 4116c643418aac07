"""The shipped weights through the one door."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from particlesnn.core import Scan, WeightsError
from particlesnn.recognition import OperatingPoint, Recognizer, WeightCard, shipped_models
from particlesnn.simulation import simulate, texture_settings


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load("dense")


def test_the_dense_model_ships_with_its_card(recognizer: Recognizer) -> None:
    assert "dense" in shipped_models()
    assert recognizer.card.family == "dense"
    assert {entry["licence"] for entry in recognizer.card.trained_on} >= {"MIT", "CC0"}


@pytest.mark.parametrize("polarity", [1.0, -1.0])
def test_particles_of_an_easy_scan_are_found(recognizer: Recognizer, polarity: float) -> None:
    scan, truth = simulate("easy", 11)
    found = recognizer.recognise(Scan(polarity * scan.values, scan.value_unit, scan.pixel_nm))
    centres = np.array([particle.contour.centroid_px for particle in found.particles])
    wanted = np.array([particle.contour.centroid_px for particle in truth.particles])
    distances = np.hypot(*(wanted[:, None] - centres[None]).transpose(2, 0, 1))
    assert np.mean(distances.min(axis=1) < 5) > 0.95
    assert np.mean(distances.min(axis=0) < 5) > 0.95
    assert all(0 <= particle.score <= 1 for particle in found.particles if particle.score is not None)


def test_nothing_is_found_where_nothing_is(recognizer: Recognizer) -> None:
    assert len(recognizer.recognise(Scan(np.zeros((100, 130))))) == 0
    scan, _ = simulate("empty", 3)
    assert len(recognizer.recognise(scan)) <= 2


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (17, 33), (130, 257)])
def test_any_shape_is_taken(recognizer: Recognizer, shape: tuple[int, int]) -> None:
    found = recognizer.recognise(Scan(np.random.default_rng(0).normal(size=shape)))
    assert found.shape_px == shape


def test_the_same_scan_gives_the_same_particles(recognizer: Recognizer) -> None:
    scan, _ = simulate("easy", 12)
    first, again = recognizer.recognise(scan), recognizer.recognise(scan)
    for one, other in zip(first.particles, again.particles, strict=True):
        np.testing.assert_array_equal(one.contour.points_px, other.contour.points_px)


@pytest.mark.parametrize("seed", [4, 45, 56, 61])
def test_lattices_and_grain_are_left_alone(recognizer: Recognizer, seed: int) -> None:
    """Surfaces without particles that were taken for crowds while the negative of an empty scan was looked at, too."""
    scan, truth = simulate(texture_settings(np.random.default_rng(8_800_000 + seed), 384), 8_800_000 + seed)
    assert len(truth) == 0
    assert len(recognizer.recognise(scan)) == 0


def test_letters_are_left_out(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    scan, _ = simulate("easy", 3)
    everything = len(recognizer.recognise(scan))
    monkeypatch.setattr(
        "particlesnn.recognition.recognizer.are_letters", lambda found, _values: np.arange(len(found)) == 0
    )
    assert len(recognizer.recognise(scan)) == everything - 1


def test_weights_that_are_not_there_are_named() -> None:
    with pytest.raises(WeightsError, match=r"no model 'fancy'; shipped are: .*dense"):
        Recognizer.load("fancy")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prose.onnx"
    path.write_text("this is no network")
    with pytest.raises(WeightsError, match="is not a network that can be run"):
        Recognizer.load(path)


def tiny_graph(metadata: dict[str, str]) -> bytes:
    value = helper.make_tensor_value_info("views", TensorProto.FLOAT, [1, 2, 32, 32])
    out = helper.make_tensor_value_info("maps", TensorProto.FLOAT, [1, 2, 32, 32])
    graph = helper.make_graph([helper.make_node("Sigmoid", ["views"], ["maps"])], "tiny", [value], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({}, "carries no weight card"),
        ({"particlesnn.card": "{"}, "damaged card"),
        ({"particlesnn.card": '{"name": "x"}'}, "damaged card"),
        (
            {"particlesnn.card": WeightCard("x", "crystal ball", "9", 32).to_json()},
            "family 'crystal ball', unknown to this version",
        ),
    ],
)
def test_a_network_without_a_readable_card_is_refused(tmp_path: Path, metadata: dict[str, str], message: str) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny_graph(metadata))
    with pytest.raises(WeightsError, match=message):
        Recognizer.load(path)


def test_a_card_survives_its_journey() -> None:
    card = WeightCard("x", "dense", "1", 32, ({"name": "a"},), {"steps": 3}, {"f1": 0.9}, OperatingPoint(score=0.3))
    assert WeightCard.from_json(card.to_json()) == card
