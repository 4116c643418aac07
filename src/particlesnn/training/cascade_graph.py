"""A network of the cascade family as one ONNX graph, from views to boxes, scores and masks.

What torch computes densely is traced by torch's exporter in pieces: features with raw proposals, each box stage, the
masks. Between the pieces stand ONNX's own operators for choosing: TopK, NonMaxSuppression, RoiAlign. The thresholds of
the detections are inputs of the graph, since they belong to the weight card.

Shape letters: M anchors of a level, R regions, C channels, S side of the grid, D detections.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, compose, helper, numpy_helper
from torch import Tensor, nn

from particlesnn.network import CascadeNetwork
from particlesnn.network.cascade.boxes import corrected
from particlesnn.training.tracing_graph import Dims, trace_graph

OPSET = 18
"""Version of the operators that the graph is written in."""
_LEVELS_READ = 4
_NO_STDS = (1.0, 1.0, 1.0, 1.0)


class _Trunk(nn.Module):
    """Views to features, and to the logits and corrected anchors of each level."""

    def __init__(self, network: CascadeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, views: Tensor) -> tuple[Tensor, ...]:
        levels = self.network(views)
        raw = self.network.proposal_head.all_anchors(levels)
        boxes = [corrected(anchors, said[0], _NO_STDS) for anchors, said in zip(raw.anchors, raw.said, strict=True)]
        return (*levels[:_LEVELS_READ], *(logit[0] for logit in raw.logits), *boxes)


class _Stage(nn.Module):
    """Features of boxes and the boxes to logits and corrected boxes."""

    def __init__(self, network: CascadeNetwork, stage: int) -> None:
        super().__init__()
        self.head, self.stds = network.box_heads[stage], network.config.stage_stds[stage]

    def forward(self, regions: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
        logits, said = self.head(regions)
        return logits, corrected(boxes, said, self.stds)


class _Masks(nn.Module):
    """Features of boxes to masks, the mean over the stages."""

    def __init__(self, network: CascadeNetwork) -> None:
        super().__init__()
        self.heads = network.mask_heads

    def forward(self, regions: Tensor) -> Tensor:
        return torch.stack([torch.sigmoid(head(regions)[:, 0]) for head in self.heads]).mean(dim=0)


class _Writer:
    """Collects the nodes of a graph; every method returns the names of what it adds."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._count = 0

    def op(self, kind: str, *inputs: str, outputs: int = 1, **settings: Any) -> list[str]:
        """Add an operator."""
        self._count += 1
        names = [f"glue{self._count}.{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **settings))
        return names

    def one(self, kind: str, *inputs: str, **settings: Any) -> str:
        """Add an operator with one output."""
        return self.op(kind, *inputs, **settings)[0]

    def constant(self, value: object, kind: type[np.generic] = np.int64) -> str:
        """Add a constant."""
        self._count += 1
        name = f"constant{self._count}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=kind), name))
        return name

    def piece(self, model: onnx.ModelProto, prefix: str, inputs: Sequence[str]) -> list[str]:
        """Add a traced piece, fed by ``inputs``."""
        graph = compose.add_prefix(model, prefix).graph
        for given, name in zip(graph.input, inputs, strict=True):
            self.nodes.append(helper.make_node("Identity", [name], [given.name]))
        self.nodes.extend(graph.node)
        self.constants.extend(graph.initializer)
        return [each.name for each in graph.output]


def cascade_graph(network: CascadeNetwork) -> onnx.ModelProto:
    """Write the graph of a network of one class.

    Its inputs are ``views`` (1, C, H, W), the thresholds ``score``, ``nms_iou`` and ``detections``, and ``size``, the
    rows and columns of the views that are not padding; its outputs are
    ``boxes`` (D, 4), ``scores`` (D,) and ``masks`` (D, 2 S, 2 S), the best first.
    """
    config = network.config
    if config.classes != 1:
        raise ValueError(f"a graph has one class, not {config.classes}")
    writer = _Writer()
    sides: Dims = {2: ("side", config.strides[-1]), 3: ("across", config.strides[-1])}
    views = torch.zeros(1, config.channels, 8 * config.strides[-1], 6 * config.strides[-1])
    said = writer.piece(trace_graph(_Trunk(network), (views,), [sides]), "trunk.", ["views"])
    levels, logits = said[:_LEVELS_READ], said[_LEVELS_READ : _LEVELS_READ + len(config.strides)]
    limit = _limit(writer)
    boxes = _proposals(writer, network, logits, [_cut(writer, box, limit) for box in said[-len(config.strides) :]])
    total = ""
    for stage in range(len(config.stage_ious)):
        regions = _regions(writer, network, levels, boxes, config.box_side, config.box_sampling)
        features = torch.zeros(5, config.width, config.box_side, config.box_side)
        model = trace_graph(
            _Stage(network, stage), (features, torch.ones(5, 4)), [{0: ("regions", 1)}, {0: ("regions", 1)}]
        )
        logit, raw = writer.piece(model, f"stage{stage}.", [regions, boxes])
        boxes = _cut(writer, raw, limit)
        total = writer.one("Add", total, logit) if total else logit
    mean = writer.one("Div", total, writer.constant(len(config.stage_ious), np.float32))
    boxes, scores = _select(writer, boxes, mean)
    regions = _regions(writer, network, levels, boxes, config.mask_side, config.mask_sampling)
    features = torch.zeros(5, config.width, config.mask_side, config.mask_side)
    (masks,) = writer.piece(trace_graph(_Masks(network), (features,), [{0: ("regions", 1)}]), "masks.", [regions])
    for name, made in (("boxes", boxes), ("scores", scores), ("masks", masks)):
        writer.nodes.append(helper.make_node("Identity", [made], [name]))
    return _model(writer, network)


def _limit(writer: _Writer) -> str:
    """Return (columns, rows, columns, rows) of the picture without padding as float32."""
    size = writer.one("Gather", "size", writer.constant([1, 0, 1, 0]))
    return writer.one("Cast", size, to=TensorProto.FLOAT)


def _cut(writer: _Writer, boxes: str, limit: str) -> str:
    return writer.one("Min", writer.one("Max", boxes, writer.constant(0, np.float32)), limit)


def _proposals(writer: _Writer, network: CascadeNetwork, logits: list[str], boxes: list[str]) -> str:
    """Choose boxes (R, 4) among the corrected anchors; see `ProposalHead.choose`."""
    config = network.config
    before = config.proposals_before_nms
    kept = [_best(writer, logit, box, before) for logit, box in zip(logits, boxes, strict=True)]
    if config.nms_across_levels:
        logit, box = (writer.one("Concat", *part, axis=0) for part in zip(*kept, strict=True))
        kept = [_best(writer, logit, box, before)]
    kept = [_without_doubles(writer, network, *each) for each in kept]
    if len(kept) == 1:
        return kept[0][1]
    logit, box = (writer.one("Concat", *part, axis=0) for part in zip(*kept, strict=True))
    return _best(writer, logit, box, config.proposals_kept)[1]


def _best(writer: _Writer, values: str, boxes: str, most: int) -> tuple[str, str]:
    """Return the best values (K,) and their boxes (K, 4), the best first."""
    number = writer.one("Min", writer.one("Shape", values), writer.constant([most]))
    best, which = writer.op("TopK", values, number, outputs=2, axis=0)
    return best, writer.one("Gather", boxes, which, axis=0)


def _without_doubles(writer: _Writer, network: CascadeNetwork, logit: str, boxes: str) -> tuple[str, str]:
    config = network.config
    first, last = (writer.one("Gather", boxes, writer.constant(sides), axis=1) for sides in ([0, 1], [2, 3]))
    least = writer.one("ReduceMin", writer.one("Sub", last, first), writer.constant([1]), keepdims=0)
    wide = writer.one("Greater", least, writer.constant(0, np.float32))
    # An empty box is no box: its score is below the least that is looked at.
    score = writer.one("Where", wide, writer.one("Sigmoid", logit), writer.constant(-1, np.float32))
    chosen = writer.one(
        "NonMaxSuppression",
        writer.one("Unsqueeze", boxes, writer.constant([0])),
        writer.one("Unsqueeze", score, writer.constant([0, 1])),
        writer.constant([config.proposals_kept]),
        writer.constant([config.proposal_nms_iou], np.float32),
        writer.constant([0], np.float32),
    )
    which = writer.one("Gather", chosen, writer.constant(2), axis=1)
    return writer.one("Gather", logit, which, axis=0), writer.one("Gather", boxes, which, axis=0)


def _regions(writer: _Writer, network: CascadeNetwork, levels: list[str], boxes: str, side: int, sampling: int) -> str:
    """Read the features (R, C, S, S) of boxes (R, 4), each from its level; see `level_of`."""
    config = network.config
    first, last = (writer.one("Gather", boxes, writer.constant(sides), axis=1) for sides in ([0, 1], [2, 3]))
    area = writer.one("ReduceProd", writer.one("Sub", last, first), writer.constant([1]), keepdims=0)
    scale = writer.one("Div", writer.one("Sqrt", area), writer.constant(config.finest_scale_px, np.float32))
    doublings = writer.one("Log", writer.one("Add", scale, writer.constant(1e-6, np.float32)))
    doublings = writer.one("Div", doublings, writer.constant(np.log(2), np.float32))
    level = writer.one("Floor", doublings)
    level = writer.one("Clip", level, writer.constant(0, np.float32), writer.constant(len(levels) - 1, np.float32))
    read, order = [], []
    for number, features in enumerate(levels):
        here = writer.one("Equal", level, writer.constant(number, np.float32))
        which = writer.one("Squeeze", writer.one("NonZero", here), writer.constant([0]))
        image = writer.one("Mul", which, writer.constant(0))
        read.append(
            writer.one(
                "RoiAlign", features, writer.one("Gather", boxes, which, axis=0), image,
                coordinate_transformation_mode="half_pixel", mode="avg", output_height=side, output_width=side,
                sampling_ratio=sampling, spatial_scale=1 / config.strides[number],
            )
        )  # fmt: skip
        order.append(which)
    together, orders = writer.one("Concat", *read, axis=0), writer.one("Concat", *order, axis=0)
    # The order of the boxes again: sorting the places where they stood undoes the parting by levels.
    _, back = writer.op("TopK", orders, writer.one("Shape", orders), outputs=2, axis=0, largest=0)
    return writer.one("Gather", together, back, axis=0)


def _select(writer: _Writer, boxes: str, logits: str) -> tuple[str, str]:
    """Drop what is unlikely or double; see `CascadeNetwork.select`."""
    scores = writer.one("Gather", writer.one("Softmax", logits, axis=1), writer.constant(0), axis=1)
    chosen = writer.one(
        "NonMaxSuppression",
        writer.one("Unsqueeze", boxes, writer.constant([0])),
        writer.one("Unsqueeze", scores, writer.constant([0, 1])),
        "detections", "nms_iou", "score",
    )  # fmt: skip
    which = writer.one("Gather", chosen, writer.constant(2), axis=1)
    return writer.one("Gather", boxes, which, axis=0), writer.one("Gather", scores, which, axis=0)


def _model(writer: _Writer, network: CascadeNetwork) -> onnx.ModelProto:
    config = network.config
    grid = 2 * config.mask_side
    inputs = [
        helper.make_tensor_value_info("views", TensorProto.FLOAT, [1, config.channels, "rows", "columns"]),
        helper.make_tensor_value_info("score", TensorProto.FLOAT, [1]),
        helper.make_tensor_value_info("nms_iou", TensorProto.FLOAT, [1]),
        helper.make_tensor_value_info("detections", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("size", TensorProto.INT64, [2]),
    ]
    outputs = [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["found", 4]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["found"]),
        helper.make_tensor_value_info("masks", TensorProto.FLOAT, ["found", grid, grid]),
    ]
    graph = helper.make_graph(writer.nodes, "cascade", inputs, outputs, writer.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.checker.check_model(model)
    return model
