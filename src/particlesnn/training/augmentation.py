"""From an example to a training crop: scale, turn, disturb, encode; and the targets of the dense family.

Torch does the geometry only; the crop leaves as numpy arrays.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter
from skimage.measure import label
from torch.nn import functional

from particlesnn.recognition.encoding import encode
from particlesnn.training.collage import lay_more
from particlesnn.training.dataset import Example
from particlesnn.training.imprint import print_into

LEAST_AREA_PX = 14
"""A particle scaled below this is neither asked for nor punished."""
_SCANS = ("simulated", "texture")
"""Sources with a fast and a slow axis, as a scanning probe has them."""
_PHOTOGRAPHED = ("emps", "dsb2018")
"""Sources whose particles are real."""
_COLLAGES = 0.3
"""Share of their crops that get more particles than the picture has."""
_TOUCHING_WEIGHT = 3.0
"""How many times as much the depth counts where two particles touch."""
_LARGEST_PX = 130.0
"""The network need not see larger ones: serving scales such scans down."""


@dataclass(frozen=True, eq=False)
class Crop:
    """What one step of training takes, for one image."""

    views: NDArray[np.float32]
    """Shape (2, H, W), as the eye sees it."""
    labels: NDArray[np.int32]
    """Shape (H, W): 0 for substrate, else the particle's number."""


def make_crop(example: Example, side_px: int, rng: np.random.Generator) -> Crop:
    """Cut a random crop at a random scale and disturb it.

    Parameters
    ----------
    example
        Picture with truth.
    side_px
        Side of the crop.
    rng
        Source of chance.
    """
    values, labels = _cut(example, side_px, rng)
    if example.source in _PHOTOGRAPHED and rng.random() < _COLLAGES:
        values, labels = lay_more(values, labels, rng)
    values, labels = _flip(values, labels, rng, quarter_turns=example.source not in _SCANS or rng.random() < 0.15)
    values = _disturb(values, example.source, rng)
    if rng.random() < (0.1 if example.source in _SCANS else 0.3):
        values, labels = print_into(values, labels, rng)
    return Crop(encode(values), labels)


def targets_of(labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """Turn instance labels into the dense network's targets.

    Parameters
    ----------
    labels
        Shape (H, W): 0 for substrate, else the particle's number.

    Returns
    -------
    ndarray of shape (4, H, W), float32
        Particle (0 or 1), depth (0..1), weight (0 in particles too small to ask for), and how many times as much the
        depth of a pixel counts: more where two particles touch, since an unsure network would rather join than part.
    """
    tiny = (np.bincount(labels.ravel()) < LEAST_AREA_PX)[labels] & (labels > 0)
    weight = 1.0 - tiny
    own = np.where(tiny, 0, labels)
    particle = own > 0
    # One transform for all: a pixel beside another particle counts as border, as substrate does.
    padded = np.pad(own, 1, mode="edge")
    contact, touching = np.zeros(own.shape, dtype=bool), np.zeros(own.shape, dtype=bool)
    for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2)):
        beside = padded[dy : dy + own.shape[0], dx : dx + own.shape[1]]
        contact |= beside != own
        touching |= (beside != own) & (beside > 0) & particle
    inside = np.pad(particle & ~contact, 8, mode="edge")
    distance = distance_transform_edt(inside)[8:-8, 8:-8] + 0.5
    number = int(own.max(initial=0))
    largest = np.full(number + 1, 0.5)
    np.maximum.at(largest, own.ravel(), distance.ravel())
    depth = np.where(particle, distance / largest[own], 0.0)
    depth_weight = np.where(binary_dilation(touching), _TOUCHING_WEIGHT, 1.0)
    return np.stack([particle, depth, weight, depth_weight]).astype(np.float32)


def _cut(example: Example, side_px: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    scale = _choose_scale(example, rng)
    turn = rng.uniform(0, 2 * np.pi) if example.source not in _SCANS and rng.random() < 0.5 else 0.0
    wide_px = int(np.ceil(side_px * 1.42)) if turn else side_px
    span = int(np.ceil(wide_px / scale))
    values, labels = _window(example, span, rng)
    picture = torch.from_numpy(values)[None, None]
    picture = functional.interpolate(picture, (wide_px, wide_px), mode="bilinear", antialias=scale < 1)
    numbers = torch.from_numpy(labels.astype(np.float32))[None, None]
    numbers = functional.interpolate(numbers, (wide_px, wide_px), mode="nearest-exact")
    if turn:
        picture, numbers = _turned(picture, numbers, turn, side_px)
    return picture[0, 0].numpy(), numbers[0, 0].round().numpy().astype(np.int32)


def _choose_scale(example: Example, rng: np.random.Generator) -> float:
    """Draw a scale, such that the typical particle lands between 5 and 130 px."""
    areas = np.bincount(example.labels.ravel())[1:]
    areas = areas[areas > 0]
    typical_px = float(np.sqrt(4 / np.pi * np.quantile(areas, 0.7))) if len(areas) else 20.0
    if example.source in _SCANS:
        scale = float(np.exp(rng.uniform(np.log(0.7), np.log(1.6)))) if rng.random() < 0.6 else 1.0
    else:
        scale = float(np.exp(rng.uniform(np.log(0.4), np.log(1.5))))
    if typical_px * scale > _LARGEST_PX:
        scale = float(rng.uniform(30.0, _LARGEST_PX)) / typical_px
    return max(scale, 6.0 / typical_px, 0.15)


def _window(example: Example, span: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Cut a square of the given span; beyond its borders the picture and its truth are mirrored."""
    rows, columns = example.values.shape
    top, left = (int(rng.integers(0, max(length - span, 0) + 1)) for length in (rows, columns))
    values = example.values[top : top + span, left : left + span]
    labels = example.labels[top : top + span, left : left + span]
    below, right = span - values.shape[0], span - values.shape[1]
    if below or right:
        values = np.pad(values, ((0, below), (0, right)), mode="symmetric")
        # A body and its mirror image are two, unless they meet.
        mirrored = np.pad(labels, ((0, below), (0, right)), mode="symmetric")
        labels = label(mirrored, background=0, connectivity=2).astype(np.int32)
    return np.ascontiguousarray(values), np.ascontiguousarray(labels)


def _turned(
    picture: torch.Tensor, numbers: torch.Tensor, turn: float, side_px: int
) -> tuple[torch.Tensor, torch.Tensor]:
    share = side_px / picture.shape[-1]
    cos, sin = float(np.cos(turn)) * share, float(np.sin(turn)) * share
    grid = functional.affine_grid(
        torch.tensor([[[cos, -sin, 0.0], [sin, cos, 0.0]]]), [1, 1, side_px, side_px], align_corners=False
    )
    picture = functional.grid_sample(picture, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    numbers = functional.grid_sample(numbers, grid, mode="nearest", padding_mode="reflection", align_corners=False)
    return picture, numbers


def _flip(
    values: NDArray[np.float32], labels: NDArray[np.int32], rng: np.random.Generator, *, quarter_turns: bool
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    # A scan's lines are horizontal: it may be mirrored, but is turned only rarely.
    if quarter_turns:
        turns = int(rng.integers(4))
        values, labels = np.rot90(values, turns), np.rot90(labels, turns)
    if rng.random() < 0.5:
        values, labels = values[:, ::-1], labels[:, ::-1]
    if rng.random() < 0.5:
        values, labels = values[::-1], labels[::-1]
    return np.ascontiguousarray(values), np.ascontiguousarray(labels)


def _disturb(picture: NDArray[np.float32], source: str, rng: np.random.Generator) -> NDArray[np.float32]:
    """Change contrast, polarity, sharpness and noise."""
    low, high = float(picture.min()), float(picture.max())
    values: NDArray[np.floating] = (picture - low) / max(high - low, 1e-9)
    if rng.random() < 0.35:
        values = values ** np.float32(np.exp(rng.normal(0, 0.35)))
    if rng.random() < (0.08 if source in _SCANS else 0.3):
        values = 1 - values
    chance = rng.random()
    if chance < 0.15:
        values = gaussian_filter(values, float(rng.uniform(0.4, 1.6)))
    elif chance < 0.45:
        values = values + rng.normal(0, np.exp(rng.uniform(np.log(0.005), np.log(0.12))), values.shape)
    if source not in _SCANS:
        values = _like_a_scan(values, rng)
    return np.asarray(values, dtype=np.float32)


def _like_a_scan(values: NDArray[np.floating], rng: np.random.Generator) -> NDArray[np.floating]:
    """Give a micrograph a slope or line noise, as a scanning probe would."""
    side = len(values)
    if rng.random() < 0.25:
        slope = rng.normal(0, 0.4, 2)
        y, x = np.mgrid[-0.5 : 0.5 : side * 1j, -0.5 : 0.5 : side * 1j]
        values = values + slope[0] * y + slope[1] * x
    if rng.random() < 0.12:
        values = values + rng.normal(0, rng.uniform(0.01, 0.08), (side, 1))
    return values
