"""Running a network file with ONNX Runtime; no torch."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from particlesnn.core import WeightsError
from particlesnn.recognition.card import CARD_KEY, OperatingPoint, WeightCard

Array = NDArray[np.float32]


class Network:
    """An ONNX graph that turns views of a scan into maps.

    Parameters
    ----------
    path
        The ONNX file, with a weight card among its metadata.
    threads
        CPU threads; all cores when None.

    Raises
    ------
    WeightsError
        When the file is missing, is no network, or carries no card.
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        if not path.is_file():
            raise WeightsError(f"{path}: there are no weights; name a shipped model or give the path of an ONNX file")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0)) if _counts_cores() else threads or 0
        # A plan of memory is made for each shape of input, and all of them are kept: half as much again, for no speed.
        options.enable_mem_pattern = False
        # Threads that wait by turning in circles take the cores from the decoder, which works beside the network.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises its own kinds, which share no parent
            raise WeightsError(f"{path}: is not a network that can be run; export it again") from error
        metadata = self._session.get_modelmeta().custom_metadata_map
        if CARD_KEY not in metadata:
            raise WeightsError(f"{path}: carries no weight card; export it with 'particlesnn export'")
        self.card = WeightCard.from_json(metadata[CARD_KEY])
        self._input = self._session.get_inputs()[0].name

    def run(self, views: Array) -> Array:
        """Return the graph's maps.

        Parameters
        ----------
        views
            Shape (C, H, W), any H and W: they are mirrored up to a multiple of the network's stride.

        Returns
        -------
        ndarray of shape (M, H, W)
        """
        _, rows, columns = views.shape
        (maps,) = self._session.run(None, {self._input: self._padded(views)})
        return np.asarray(maps[0, :, :rows, :columns], dtype=np.float32)

    def detect(self, views: Array, point: OperatingPoint) -> tuple[Array, Array, Array]:
        """Return what a graph of the cascade family finds.

        Parameters
        ----------
        views
            Shape (C, H, W), any H and W, as for `run`.
        point
            Thresholds, which are inputs of the graph.

        Returns
        -------
        tuple of ndarray
            Boxes (D, 4), which may reach beyond the views a little; scores (D,); masks (D, M, M).
        """
        boxes, scores, masks = self._session.run(
            ["boxes", "scores", "masks"],
            {
                self._input: self._padded(views),
                "score": np.array([point.score], dtype=np.float32),
                "nms_iou": np.array([point.nms_iou], dtype=np.float32),
                "detections": np.array([point.detections], dtype=np.int64),
            },
        )
        return boxes, scores, masks

    def _padded(self, views: Array) -> Array:
        """Mirror views up to a multiple of the stride, shape (1, C, H, W)."""
        _, rows, columns = views.shape
        below, right = -rows % self.card.stride, -columns % self.card.stride
        return np.pad(views, ((0, 0), (0, below), (0, right)), mode="symmetric")[np.newaxis]


def _counts_cores() -> bool:
    """Tell whether this system says which cores a process may use; elsewhere ONNX Runtime takes all."""
    return hasattr(os, "sched_getaffinity")
