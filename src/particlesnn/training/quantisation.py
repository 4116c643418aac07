"""From a network in single precision to one of 8-bit integers, which computes in a third of the time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.preprocess import quant_pre_process
from tqdm import tqdm

from particlesnn.core import TrainingError, WeightsError
from particlesnn.core.writing import write_whole
from particlesnn.recognition import CARD_KEY, WeightCard, encode
from particlesnn.simulation import render, take_micrograph, texture_settings, wide_micrograph, wide_settings

Views = NDArray[np.float32]

SCANS = 96
"""How many scans the ranges are read from."""
_SIDE_PX = 384
_SEED = 34_000_000
"""These scans train nothing and measure nothing."""


def calibration_views(count: int = SCANS) -> Iterator[Views]:
    """Simulate what a network may meet, as it sees it: scans, surfaces without particles, and micrographs.

    Parameters
    ----------
    count
        How many.

    Yields
    ------
    ndarray of shape (2, 384, 384)
    """
    for number in range(count):
        rng = np.random.default_rng([_SEED, number])
        if number % 2:
            values, _ = take_micrograph(wide_micrograph(rng, _SIDE_PX), rng)
        else:
            draw = texture_settings if number % 8 == 0 else wide_settings
            values = render(draw(rng, _SIDE_PX), rng).heights
        yield encode(values)


def quantise(model: Path, target: Path, views: Iterable[Views] | None = None) -> WeightCard:
    """Write a network of the dense family with convolutions of 8-bit integers, and return its card.

    Weights get a step of their own in each channel, what flows between convolutions one step a place, wide enough for
    all that the views bring there (Jacob et al. 2018, Quantization and training of neural networks for efficient
    integer-arithmetic-only inference). The first and the last convolution stay as they are: what they read and write
    are the scan and the maps.

    Parameters
    ----------
    model
        ONNX file in single precision, as `export` writes it.
    target
        ONNX file to write.
    views
        What the ranges are read from, each of shape (C, H, W) with sides that the network takes; `calibration_views`
        when None.

    Raises
    ------
    WeightsError
        When ``model`` is not there, or is no network with a card.
    TrainingError
        When it is no network of the dense family in single precision.
    """
    network, card = _read(model)
    if card.family != "dense" or card.precision != "float32":
        raise TrainingError(
            f"{model}: holds {card.family!r} in {card.precision}; only 'dense' in float32 can be turned into integers"
        )
    _widen(network.graph)
    convolutions = [node.name for node in network.graph.node if node.op_type == "Conv"]
    if views is None:
        views = tqdm(calibration_views(), total=SCANS, desc="looking at scans", unit="scan", disable=None)
    with TemporaryDirectory() as folder:
        plain, integers = Path(folder) / "plain.onnx", Path(folder) / "integers.onnx"
        onnx.save(network, plain)
        quant_pre_process(plain, plain, skip_symbolic_shape=True, skip_optimization=True)
        quantize_static(
            plain,
            integers,
            _Reader(network.graph.input[0].name, views),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Add", "Relu"],
            nodes_to_exclude=[convolutions[0], convolutions[-1]],
            per_channel=True,
            # Weights of 7 bits: two products of 8 by 8 overflow the 16 bits in which processors without VNNI add them.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        quantised = onnx.load(integers)
    card = replace(card, precision="int8")
    helper.set_model_props(quantised, {CARD_KEY: card.to_json()})
    write_whole(target, quantised.SerializeToString())
    return card


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands the views to the library one by one."""

    def __init__(self, name: str, views: Iterable[Views]) -> None:
        self._name = name
        self._views = iter(views)

    def get_next(self) -> dict[str, Any] | None:
        views = next(self._views, None)
        return None if views is None else {self._name: views[np.newaxis]}


def _read(model: Path) -> tuple[onnx.ModelProto, WeightCard]:
    try:
        network = onnx.load(model)
        notes = {note.key: note.value for note in network.metadata_props}
        return network, WeightCard.from_json(notes[CARD_KEY])
    except FileNotFoundError as error:
        raise WeightsError(f"{model}: there is no such file; give the ONNX file of a model") from error
    except Exception as error:  # protobuf's own kinds, a missing card, a damaged one
        raise WeightsError(
            f"{model}: is not a network with a weight card; export it with 'particlesnn export'"
        ) from error


def _widen(graph: onnx.GraphProto) -> None:
    """Undo what storing weights in half precision added: the library looks for weights, not for what widens them."""
    stored = {each.name: each for each in graph.initializer}
    casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in stored]
    for cast in casts:
        weights = stored[cast.input[0]]
        weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights).astype(np.float32), cast.output[0]))
        graph.node.remove(cast)
