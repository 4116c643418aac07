"""Checkpoints of mmdetection, such as those published for COCO: the start of a training as the paper describes it."""

import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from particlesnn.core import WeightsError
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.network.cascade.published import (
    Comparison,
    UnknownNetworkError,
    compare,
    config_of,
    is_class_layer,
    own_name,
    reset_class_layers,
)

_BEFORE_ZIP = pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2)
"""How files begin that torch saved before version 1.6; those of later versions are zip archives."""
_NAMED = 5
"""So many keys of each kind are named in a message; the report holds all."""


@dataclass(frozen=True)
class CheckpointReport:
    """What became of a checkpoint's tensors; keys are those of the file."""

    path: Path
    """The file."""
    loaded: tuple[str, ...]
    """Keys whose tensors the network now has."""
    replaced: tuple[str, ...]
    """Keys of the class layers, which were started anew for another number of classes."""
    missing: tuple[str, ...]
    """Keys that the network needs and the file lacks."""
    unexpected: tuple[str, ...]
    """Keys of the file that the network has no place for."""
    misshapen: tuple[str, ...]
    """Keys whose tensors have another shape than the network's, with both shapes."""
    meta: Mapping[str, Any]
    """What else the file says of itself: versions, names of the classes."""

    @property
    def complete(self) -> bool:
        """Whether every parameter of the network came from the file or was started anew on purpose."""
        return not self.missing and not self.misshapen

    def __str__(self) -> str:
        """Say in one line what was loaded and what was not."""
        parts = [f"{len(self.loaded)} tensors loaded"]
        if self.replaced:
            parts.append(f"{len(self.replaced)} of the class layers started anew")
        for what in ("missing", "unexpected", "misshapen"):
            keys = getattr(self, what)
            if keys:
                more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
                parts.append(f"{len(keys)} {what}: {', '.join(keys[:_NAMED])}{more}")
        return f"{self.path.name}: {'; '.join(parts)}"


def load_checkpoint(
    path: Path | str, *, classes: int | None = 1, strict: bool = True
) -> tuple[CascadeNetwork, CheckpointReport]:
    """Make the network of an mmdetection checkpoint, with its weights.

    The size of the network is read from the shapes in the file. The layers with an output for each class start anew
    when the file has another number of classes. Nothing in the file is run: it is read as tensors and plain values
    only.

    Parameters
    ----------
    path
        A file of mmdetection 2 or 3, with ``state_dict`` and ``meta``, or a state alone.
    classes
        Kinds of things the network is to find; as many as the file has when None.
    strict
        Whether missing and misshapen keys are an error. Otherwise those parameters start as before any training, and
        the report names them.

    Returns
    -------
    tuple of CascadeNetwork and CheckpointReport
        The network predicts (``eval``) and is in float32.

    Raises
    ------
    WeightsError
        When there is no such file, it cannot be read safely, it is of another kind of network, or, if strict, it is
        incomplete.
    """
    path = Path(path)
    state, meta = _state_of(path, _read_safely(path))
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    try:
        config = config_of(shapes)
    except UnknownNetworkError as error:
        raise WeightsError(f"{path}: cannot be loaded: {error}") from error
    stored = config.classes
    config = config if classes is None else replace(config, classes=classes)
    anew = tuple(key for key in state if config.classes != stored and is_class_layer(own_name(key)))
    with torch.device("meta"):
        network = CascadeNetwork(config)
    fit = compare({key: shape for key, shape in shapes.items() if key not in anew}, network)
    # What is started anew on purpose is not missing.
    fit = replace(fit, missing=tuple(key for key in fit.missing if key not in anew))
    report = CheckpointReport(path, tuple(fit.fitting.values()), anew, fit.missing, fit.unexpected, fit.misshapen, meta)
    if strict and not report.complete:
        raise WeightsError(
            f"{path}: does not fill the network ({report}); fetch the file again, or load with strict=False"
        )
    return _filled(network, fit, state, anew=bool(anew)), report


def is_of_mmdetection(path: Path | str) -> bool:
    """Tell a checkpoint of mmdetection from one of this package's own trainings.

    Raises
    ------
    WeightsError
        When there is no such file, or it cannot be read safely.
    """
    content = _read_safely(Path(path), mapped=True)
    return not (isinstance(content, dict) and "network_config" in content)


def _filled(network: CascadeNetwork, fit: Comparison, state: Mapping[str, Tensor], *, anew: bool) -> CascadeNetwork:
    """Give the network, which has shapes alone so far, the file's tensors, without a second copy of them."""
    if fit.missing or fit.misshapen:
        network = CascadeNetwork(network.config)
    tensors = {
        name: state[key].float() if state[key].is_floating_point() else state[key] for name, key in fit.fitting.items()
    }
    for name, value in network.state_dict().items():
        if name not in tensors and value.is_meta:
            tensors[name] = torch.zeros(value.shape, dtype=value.dtype)
    network.load_state_dict(tensors, strict=False, assign=True)
    if anew:
        reset_class_layers(network)
    return network.eval()


class _LeftAlone:
    """Stands for the training log of an mmengine checkpoint: taken in as plain values, and passed over."""

    def __setstate__(self, state: object) -> None:
        del state


def _harmless() -> list[Any]:
    """List what a training's own files hold besides tensors: numbers of numpy, and mmengine's log, without mmengine."""
    reconstruct = np.empty(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    old = {"numpy.core.multiarray._reconstruct": reconstruct, "numpy.core.multiarray.scalar": scalar}
    dtypes = {type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64, np.int32, np.bool_)}
    return [
        np.ndarray, np.dtype, reconstruct, scalar, *dtypes, *((function, name) for name, function in old.items()),
        (_LeftAlone, "mmengine.logging.history_buffer.HistoryBuffer"),
    ]  # fmt: skip


def _read_safely(path: Path, *, mapped: bool = False) -> Any:
    """Read tensors and plain values; of a mapped file no more than is looked at."""
    if not path.is_file():
        raise WeightsError(
            f"{path}: there is no such checkpoint; 'particlesnn weights fetch' brings the published ones"
        )
    try:
        with torch.serialization.safe_globals(_harmless()):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped and zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        if _saved_by_torch(path):
            raise WeightsError(
                f"{path}: holds more than tensors and plain values, and loading that could run any program hidden in "
                "it; if you trust its maker, convert it where mmdetection is installed, as docs/checkpoints.md says"
            ) from error
        raise WeightsError(f"{path}: is no checkpoint that torch saved; fetch it again") from error
    except Exception as error:  # a damaged archive fails in many ways, each of another kind
        raise WeightsError(f"{path}: is damaged or no checkpoint; fetch it again") from error


def _saved_by_torch(path: Path) -> bool:
    with path.open("rb") as file:
        return zipfile.is_zipfile(file) or (file.seek(0) == 0 and file.read(len(_BEFORE_ZIP)) == _BEFORE_ZIP)


def _state_of(path: Path, content: Any) -> tuple[dict[str, Tensor], Mapping[str, Any]]:
    """Take the tensors, under mmdetection's keys, and what the file says of itself."""
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    meta = content.get("meta", {}) if isinstance(content, dict) else {}
    if not isinstance(state, dict) or not any(isinstance(value, Tensor) for value in state.values()):
        raise WeightsError(f"{path}: holds no state_dict with weights; give a checkpoint of mmdetection 2 or 3")
    # Training on many cards puts "module." before every key.
    tensors = {key.removeprefix("module."): value for key, value in state.items() if isinstance(value, Tensor)}
    return tensors, meta if isinstance(meta, dict) else {}
