"""What computes a network: ONNX Runtime, or OpenVINO where it is installed; no torch.

Which one, and how exactly it computes, is never left to the machine alone: a user names an engine, or leaves it to the
weight card (`choose`), and what ran is told.
"""

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from particlesnn.core import WeightsError
from particlesnn.recognition.card import CARD_KEY, WeightCard

Engine = Literal["auto", "onnxruntime", "openvino", "openvino-bf16"]
ENGINES: tuple[Engine, ...] = ("auto", "onnxruntime", "openvino", "openvino-bf16")
"""What a user may ask for."""
Arrays = Mapping[str, NDArray[Any]]

_UNREADABLE = "is not a network that can be run; export it again"
"""What is said of a file that is no network."""


class Session(Protocol):
    """A network that is ready to run, from several threads at a time."""

    @property
    def program(self) -> str:
        """Which program computes."""

    @property
    def precision(self) -> str:
        """How exactly it computes what the file does not hold as integers."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""

    def run(self, fed: Arrays) -> Arrays:
        """Return the outputs by name."""


def open_network(path: Path, engine: Engine, threads: int | None) -> tuple[WeightCard, Session]:
    """Load a network file, and read the card in it.

    Parameters
    ----------
    path
        The ONNX file.
    engine
        What is to compute; the card decides when "auto".
    threads
        CPU threads; all cores when None.

    Raises
    ------
    WeightsError
        When the file is no network or carries no card, or the engine is not there.
    """
    if engine not in ENGINES:
        raise WeightsError(f"a network is computed by one of {', '.join(ENGINES)}, not by {engine!r}")
    threads = threads or _cores()
    if engine == "onnxruntime" or (engine == "auto" and not _openvino_is_there()):
        session = OnnxRuntime(path, threads)
        return session.card(), session
    # Whatever computes, the card is read by ONNX Runtime, which is soon done where it need not compute.
    card = OnnxRuntime(path, threads=1, optimised=False).card()
    if engine == "auto":
        engine = choose(card)
    if engine == "onnxruntime":
        return card, OnnxRuntime(path, threads)
    return card, OpenVino(path, threads, halved=engine == "openvino-bf16")


def choose(card: WeightCard) -> Engine:
    """Tell what computes a network best here: OpenVINO for the large ones, where it is installed.

    Networks whose card says that bfloat16 is enough get it on processors that compute it; all others stay in float32.
    """
    if card.precision != "bfloat16" or not _openvino_is_there():
        return "onnxruntime"
    return "openvino-bf16" if _computes_bfloat16() else "openvino"


class OnnxRuntime:
    """ONNX Runtime, in float32."""

    precision = "float32"

    def __init__(self, path: Path, threads: int, *, optimised: bool = True) -> None:
        self._path = path
        options = onnxruntime.SessionOptions()
        if not optimised:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = threads
        # A plan of memory is made for each shape of input, and all of them are kept: half as much again, for no speed.
        options.enable_mem_pattern = False
        # Threads that wait by turning in circles take the cores from the decoder, which works beside the network.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises its own kinds, which share no parent
            raise WeightsError(f"{path}: {_UNREADABLE}") from error
        self.inputs = tuple(each.name for each in self._session.get_inputs())
        self.program = f"ONNX Runtime {onnxruntime.__version__}"
        self._outputs = [each.name for each in self._session.get_outputs()]

    def card(self) -> WeightCard:
        """Return the card in the file; raise WeightsError when there is none."""
        notes = self._session.get_modelmeta().custom_metadata_map
        if CARD_KEY not in notes:
            raise WeightsError(f"{self._path}: carries no weight card; export it with 'particlesnn export'")
        return WeightCard.from_json(notes[CARD_KEY])

    def run(self, fed: Arrays) -> Arrays:
        """Return the outputs by name."""
        return dict(zip(self._outputs, self._session.run(self._outputs, dict(fed)), strict=True))


class OpenVino:
    """OpenVINO on the CPU, in float32 or, where ``halved``, with convolutions in bfloat16."""

    def __init__(self, path: Path, threads: int, *, halved: bool) -> None:
        openvino = _openvino()
        if halved and not _computes_bfloat16():
            raise WeightsError("this processor does not compute bfloat16; choose the engine openvino or onnxruntime")
        core = openvino.Core()
        try:
            model = core.read_model(path)
            self.inputs = tuple(each.any_name for each in model.inputs)
            self._outputs = [each.any_name for each in model.outputs]
            if halved:
                _keep_boxes_exact(model)
            settings = {
                "INFERENCE_PRECISION_HINT": "bf16" if halved else "f32",
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": threads,
                "ENABLE_CPU_PINNING": False,  # other processes have a claim to the cores, too
            }
            self._compiled = core.compile_model(model, "CPU", settings)
        except RuntimeError as error:
            raise WeightsError(f"{path}: {_UNREADABLE}") from error
        self.program = f"OpenVINO {openvino.get_version().split('-')[0]}"
        self.precision = "bfloat16" if halved else "float32"

    def run(self, fed: Arrays) -> Arrays:
        """Return the outputs by name."""
        request = self._compiled.create_infer_request()  # a request serves one thread
        request.infer(dict(fed))
        return {name: np.array(request.get_tensor(name).data) for name in self._outputs}


def _keep_boxes_exact(model: Any) -> None:
    """Keep all that becomes the place of a box in float32.

    OpenVINO leaves what lies between the last convolutions and an output in float32. The boxes under which features are
    read, and the choice of their level, end in no output, and would be rounded to bfloat16: to 2 px at 300 px. So they
    become outputs, which nobody reads.
    """
    told = [node.input_value(1) for node in model.get_ordered_ops() if node.get_type_name() == "ROIAlign"]
    chosen = [node.output(0) for node in model.get_ordered_ops() if node.get_type_name() == "NonZero"]
    model.add_outputs([*told, *chosen])


def _openvino_is_there() -> bool:
    return importlib.util.find_spec("openvino") is not None


def _openvino() -> Any:
    try:
        import openvino
    except ImportError as error:
        raise WeightsError(
            "the engine openvino is not installed; install it with: pip install 'particlesnn[openvino]', or choose "
            "the engine onnxruntime"
        ) from error
    return openvino


def _computes_bfloat16() -> bool:
    return "BF16" in _openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _cores() -> int:
    """Return how many cores this process may use; 0, which leaves it to the engine, where the system does not say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
