"""Labelled scans as the paper's network is shown them: grey, enlarged, mirrored by chance, with their true particles.

Shape letters: N scans of a step, G particles, H and W rows and columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.draw import polygon
from torch import Tensor
from torch.utils.data import Dataset

from particlesnn.core import AnnotationError, TrainingError
from particlesnn.core.palette import to_grey8
from particlesnn.files import open_scan
from particlesnn.files.dataset import LabelledScan, is_dataset, read_dataset
from particlesnn.recognition.picture import DIVISOR, view_picture

UNKNOWN = -1
"""Label of pixels of which the truth is not known."""
_LEAST_PX = 1.0
"""Boxes with a shorter side are no particles to learn from; mmdetection leaves them out, too."""


@dataclass(frozen=True, eq=False)
class TrainingScan:
    """One scan that trains."""

    name: str
    """Its name in the data set."""
    grey: NDArray[np.uint8]
    """Shape (H, W), by eq. 1 of the paper."""
    outlines: tuple[NDArray[np.float64], ...]
    """For each particle its contour, shape (K, 2): x and y in px of the scan, an integer is the centre of a pixel."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One scan as the network is shown it."""

    image: NDArray[np.float32]
    """Shape (3, H, W), normalised; zero where padded."""
    boxes: NDArray[np.float32]
    """Shape (G, 4): left, top, right, bottom, where pixel i covers i to i + 1."""
    labels: NDArray[np.int32]
    """Shape (H, W): g + 1 in particle g, 0 on substrate, `UNKNOWN` where padded."""
    seed: int
    """Where the chance of what is compared comes from."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What one process is shown in one step."""

    images: Tensor
    """Shape (N, 3, H, W)."""
    boxes: Tensor
    """Shape (N, G, 4)."""
    real: Tensor
    """Shape (N, G), bool: where there is a particle."""
    labels: Tensor
    """Shape (N, H, W)."""
    seeds: tuple[int, ...]
    """N numbers."""

    def parts(self, scans: int) -> list["Batch"]:
        """Cut the batch into batches of at most so many scans."""
        cuts = [slice(first, first + scans) for first in range(0, len(self.seeds), scans)]
        return [
            Batch(self.images[cut], self.boxes[cut], self.real[cut], self.labels[cut], self.seeds[cut]) for cut in cuts
        ]

    def pin_memory(self) -> "Batch":
        """Lay the tensors where an accelerator can fetch them by itself; torch calls this."""
        images, boxes, real, labels = (each.pin_memory() for each in (self.images, self.boxes, self.real, self.labels))
        return Batch(images, boxes, real, labels, self.seeds)


def training_scans(folder: Path, contour_set: str) -> tuple[list[TrainingScan], list[str]]:
    """Read the scans of a contour set that train.

    Parameters
    ----------
    folder
        Written by ``particlesnn dataset``.
    contour_set
        Name of the set, "" for the only one.

    Returns
    -------
    tuple of list
        The scans by name; and the names of those without a particle, which do not train (mmdetection leaves them out).

    Raises
    ------
    TrainingError
        When the folder is no data set, or the set has no scan with particles to train on.
    AnnotationError, ScanFormatError
        When the data set is damaged.
    """
    if not is_dataset(folder):
        raise TrainingError(
            f"{folder} is no data set; make one of scans and contours with 'particlesnn dataset FOLDER -o {folder}', "
            "or correct 'data'"
        )
    data = read_dataset(folder)
    chosen = data.chosen(contour_set, "train")
    if not chosen:
        able = [repr(name) for name in data.set_names if data.chosen(name, "train")]
        there = f"those with such are {', '.join(able)}" if able else "no other set has any either"
        raise TrainingError(
            f"{folder}: the set {contour_set!r} has no scans to train on; {there}; correct 'contour_set' or the data"
        )
    scans = [_read(entry) for entry in chosen]
    filled = [scan for scan in scans if scan.outlines]
    if not filled:
        raise TrainingError(f"{folder}: no scan of the set {contour_set!r} has a particle; draw contours first")
    return filled, [scan.name for scan in scans if not scan.outlines]


def _read(entry: LabelledScan) -> TrainingScan:
    grey = to_grey8(open_scan(entry.scan).values)
    if grey.shape != entry.particles.shape_px:
        raise AnnotationError(f"{entry.scan}: its contours are of a picture of another size; make the data set anew")
    outlines = tuple(particle.contour.points_px for particle in entry.particles.particles)
    return TrainingScan(entry.name, grey, outlines)


def prepare(scan: TrainingScan, magnification: float, flips: str, seed: int) -> Sample:
    """Enlarge a scan and its contours, mirror them by chance, and lay the particles into a picture of labels.

    Parameters
    ----------
    scan
        The scan.
    magnification
        How many times larger it is seen.
    flips
        One of "horizontal", "both" and "none".
    seed
        Where the chance of mirroring comes from.
    """
    rows, columns = scan.grey.shape
    size = round(rows * magnification), round(columns * magnification)
    picture = np.repeat(scan.grey[..., np.newaxis], 3, axis=2)
    view = view_picture(picture, size, DIVISOR)
    down, across = view.scale
    # Where pixel i covers i to i + 1, enlarging is a product.
    outlines = [(points + 0.5) * (across, down) for points in scan.outlines]
    boxes = np.array([[*points.min(0), *points.max(0)] for points in outlines], dtype=np.float32).reshape(-1, 4)
    boxes = boxes.clip(0, np.array([view.size[1], view.size[0]] * 2, dtype=np.float32))
    large = np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) >= _LEAST_PX
    boxes, outlines = boxes[large], [points for points, its in zip(outlines, large, strict=True) if its]
    labels = np.zeros(view.size, dtype=np.int32)
    for number, points in enumerate(outlines, start=1):
        labels[polygon(points[:, 1] - 0.5, points[:, 0] - 0.5, view.size)] = number
    image = view.values[:, : view.size[0], : view.size[1]]
    chance = np.random.default_rng(seed).random(2)
    if flips != "none" and chance[0] < 0.5:
        image, labels = image[:, :, ::-1], labels[:, ::-1]
        boxes = np.stack([view.size[1] - boxes[:, 2], boxes[:, 1], view.size[1] - boxes[:, 0], boxes[:, 3]], axis=1)
    if flips == "both" and chance[1] < 0.5:
        image, labels = image[:, ::-1], labels[::-1]
        boxes = np.stack([boxes[:, 0], view.size[0] - boxes[:, 3], boxes[:, 2], view.size[0] - boxes[:, 1]], axis=1)
    return Sample(image, boxes, labels, seed)


def collate(samples: Sequence[Sample]) -> Batch:
    """Join scans to a batch; smaller ones are padded below and to the right."""
    rows, columns = (
        max(length + -length % DIVISOR for length in lengths)
        for lengths in zip(*(sample.labels.shape for sample in samples), strict=True)
    )
    most = max(1, *(len(sample.boxes) for sample in samples))
    images = torch.zeros(len(samples), 3, rows, columns)
    labels = torch.full((len(samples), rows, columns), UNKNOWN, dtype=torch.int32)
    boxes, real = torch.zeros(len(samples), most, 4), torch.zeros(len(samples), most, dtype=torch.bool)
    for number, sample in enumerate(samples):
        height, width = sample.labels.shape
        images[number, :, :height, :width] = torch.from_numpy(np.ascontiguousarray(sample.image))
        labels[number, :height, :width] = torch.from_numpy(np.ascontiguousarray(sample.labels))
        boxes[number, : len(sample.boxes)] = torch.from_numpy(sample.boxes)
        real[number, : len(sample.boxes)] = True
    return Batch(images, boxes, real, labels, tuple(sample.seed for sample in samples))


Key = tuple[int, int]
"""Epoch and number of a scan; a scan of number -1 is one of which nothing is known."""
NOTHING = -1


class ScansOfEpochs(Dataset[Sample]):
    """Scan k in epoch e is shown as (seed, e, k) alone says: a resumed training sees what it would have seen."""

    def __init__(self, scans: Sequence[TrainingScan], magnification: float, flips: str, seed: int) -> None:
        self.scans, self.magnification, self.flips, self.seed = scans, magnification, flips, seed

    def __getitem__(self, key: Key) -> Sample:
        epoch, number = key
        sample = prepare(self.scans[max(number, 0)], self.magnification, self.flips, _seed(self.seed, epoch, number))
        if number != NOTHING:
            return sample
        return Sample(sample.image, sample.boxes[:0], np.full_like(sample.labels, UNKNOWN), sample.seed)


def _seed(seed: int, epoch: int, number: int) -> int:
    return int(np.random.default_rng([seed, epoch, number + 1]).integers(2**62))


def steps_of_epoch(scans: int, batch: int) -> int:
    """Tell how many steps an epoch has."""
    return -(-scans // batch)


def keys_of_steps(
    scans: int, batch: int, seed: int, epochs: range, rank: int = 0, processes: int = 1
) -> Iterator[list[Key]]:
    """Yield for each step of some epochs the scans that one of several processes is shown.

    The order of an epoch is drawn from the seed and the epoch alone. Each step's scans are dealt out to the processes;
    one that gets none is shown a scan of which nothing is known, so that all take part in each step.
    """
    for epoch in epochs:
        order = np.random.default_rng([seed, epoch]).permutation(scans).tolist()
        for first in range(0, scans, batch):
            own = order[first : first + batch][rank::processes]
            yield [(epoch, number) for number in own or [NOTHING]]
