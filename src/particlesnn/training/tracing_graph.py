"""From a torch module to an ONNX graph with free sides."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from particlesnn.core import TrainingError

Dims = Mapping[int, tuple[str, int]]
"""For each free dimension of an input its name, and what it is a multiple of."""


def trace_graph(
    module: nn.Module, example: tuple[Tensor, ...], free: Sequence[Dims], names: Mapping[str, str] | None = None
) -> onnx.ModelProto:
    """Trace a module.

    Parameters
    ----------
    module
        What to trace; its inputs are positional.
    example
        One input each; free dimensions are traced with the sides given here.
    free
        For each input its free dimensions.
    names
        Names of the first ``input`` and the first ``output``; torch's own when None.

    Raises
    ------
    TrainingError
        When torch cannot export the module.
    """
    shared: dict[str, Any] = {}
    shapes = tuple(
        {place: multiple * shared.setdefault(name, torch.export.Dim(name, min=2, max=1024)) if multiple > 1
         else shared.setdefault(name, torch.export.Dim(name, min=2, max=65536))
         for place, (name, multiple) in dims.items()}
        for dims in free
    )  # fmt: skip
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        program = torch.onnx.export(
            module.eval(), example, dynamo=True, dynamic_shapes=shapes, verbose=False, optimize=True,
            input_names=[names["input"]] if names else None, output_names=[names["output"]] if names else None,
        )  # fmt: skip
    if program is None:
        raise TrainingError("torch could not export the network; update torch")
    return program.model_proto
