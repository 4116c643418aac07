"""A network file with its card, ready to be run."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from particlesnn.core import WeightsError
from particlesnn.recognition.card import OperatingPoint
from particlesnn.recognition.engines import Engine, open_network

Array = NDArray[np.float32]

SIZE = "size"
"""Input of a graph that is told how much of its views is no padding."""


class Network:
    """An ONNX graph that turns views of a scan into maps.

    Parameters
    ----------
    path
        The ONNX file, with a weight card among its metadata.
    threads
        CPU threads; all cores when None.
    engine
        What computes it, one of `particlesnn.recognition.ENGINES`.

    Attributes
    ----------
    card
        The weight card.
    engine
        Which program computes, and how exactly, in words.

    Raises
    ------
    WeightsError
        When the file is missing, is no network, or carries no card, or when the engine is not there.
    """

    def __init__(self, path: Path, threads: int | None = None, engine: Engine = "auto") -> None:
        if not path.is_file():
            raise WeightsError(f"{path}: there are no weights; name a shipped model or give the path of an ONNX file")
        self.card, self._session = open_network(path, engine, threads)
        precision = "8-bit integers" if self.card.precision == "int8" else self._session.precision
        self.engine = f"{self._session.program}, {precision}"

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
        (maps,) = self._session.run({self._session.inputs[0]: self._padded(views)}).values()
        return np.asarray(maps[0, :, :rows, :columns], dtype=np.float32)

    def detect(
        self, views: Array, point: OperatingPoint, size: tuple[int, int] | None = None
    ) -> tuple[Array, Array, Array]:
        """Return what a graph of the cascade family finds.

        Parameters
        ----------
        views
            Shape (C, H, W), any H and W, as for `run`.
        point
            Thresholds, which are inputs of the graph.
        size
            Rows and columns of ``views`` that are not padding; all when None.

        Returns
        -------
        tuple of ndarray
            Boxes (D, 4), which may reach beyond the views a little; scores (D,); masks (D, M, M).
        """
        padded = self._padded(views)
        fed: dict[str, NDArray[Any]] = {
            self._session.inputs[0]: padded,
            "score": np.array([point.score], dtype=np.float32),
            "nms_iou": np.array([point.nms_iou], dtype=np.float32),
            "detections": np.array([point.detections], dtype=np.int64),
        }
        if SIZE in self._session.inputs:  # graphs of earlier versions take all for the picture
            fed[SIZE] = np.array(size or padded.shape[2:], dtype=np.int64)
        found = self._session.run(fed)
        return found["boxes"], found["scores"], found["masks"]

    def _padded(self, views: Array) -> Array:
        """Mirror views up to a multiple of the stride, shape (1, C, H, W)."""
        _, rows, columns = views.shape
        below, right = -rows % self.card.stride, -columns % self.card.stride
        return np.pad(views, ((0, 0), (0, below), (0, right)), mode="symmetric")[np.newaxis]
