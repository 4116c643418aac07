"""Is the cascade family the network that mmdetection computes? Fill both with the same weights, and compare.

    python parity/compare.py --oracle .venv-parity/bin/python [--families ...] [--seeds ...] [--sizes ...]

The package's side runs here, in the package's environment, from the very checkpoint that mmdetection saves. Needs the
extra ``train`` and about 4 GB of memory. Says of every quantity how far the two are apart, and exits with 1 where that
is more than is allowed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pictures import draw

from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.recognition.pasting import paste
from particlesnn.recognition.picture import PictureView, view_picture
from particlesnn.training.checkpoints import load_checkpoint

FAMILIES = {
    "x101": "cascade_rcnn/cascade-mask-rcnn_x101-64x4d_fpn_1x_coco.py",
    "hrnet": "hrnet/cascade-mask-rcnn_hrnetv2p-w32_20e_coco.py",
}
ALLOWED = {
    "input": 0.0,
    "features": 1e-4,
    "pyramid": 1e-4,
    "proposals px": 0.01,
    "objectness": 1e-4,
    "boxes px": 0.01,
    "scores": 1e-4,
    "masks 1 - IoU": 1e-3,
    "worst mask": 1e-3,
}
"""Largest difference of each quantity; features and pyramid relative to the level's largest value.

Of masks the mean, and the worst without the pixels that are undecided: in a mask of twenty pixels one that lies at the
threshold but for the rounding of its box is a twentieth.
"""
UNDECIDED = 1e-3
"""So close to the threshold a pixel of a mask may fall on either side."""
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Difference:
    """How far apart the two sides are."""

    quantity: str
    largest: float
    number: int
    """How many values, boxes or masks were compared."""

    @property
    def allowed(self) -> bool:
        """Whether this is close enough."""
        return self.largest <= ALLOWED[self.quantity]


def differences(
    network: CascadeNetwork, picture: NDArray[np.uint8], scale: tuple[int, int], theirs: Any
) -> Iterator[Difference]:
    """Run the package's side and compare it with what mmdetection wrote down."""
    view = view_picture(picture, scale)
    yield Difference("input", _largest(view.values[np.newaxis], theirs["input"]), view.values.size)
    images = torch.from_numpy(view.values)[np.newaxis]
    with torch.no_grad():
        features = network.backbone(images)
        levels = network.neck(features)
        proposals = network.proposal_head.choose(network.proposal_head.all_anchors(levels), view.size, training=False)
    for name, quantity, maps in (("feature", "features", features), ("level", "pyramid", levels)):
        apart = [_relative(ours.numpy(), theirs[f"{name}_{number}"]) for number, ours in enumerate(maps)]
        yield Difference(quantity, max(apart), sum(ours.numel() for ours in maps))
    real = proposals.real[0]
    ours = proposals.boxes[0][real].numpy(), proposals.scores[0][real].numpy()
    yield from _matched("proposals px", "objectness", ours, (theirs["proposals"], theirs["objectness"]))
    del features, levels, proposals
    yield from _detections(network, images, view, picture.shape[:2], theirs)


def _detections(
    network: CascadeNetwork, images: torch.Tensor, view: PictureView, size: tuple[int, ...], theirs: Any
) -> Iterator[Difference]:
    (found,) = network.predict(images, view.size)
    rows, columns = (np.float32(scale) for scale in view.scale)
    boxes = found.boxes.numpy() / np.array([columns, rows, columns, rows])
    scores, labels = found.scores.numpy(), found.classes.numpy()
    pairs = _pairs(boxes, theirs["boxes"], labels, theirs["labels"])
    yield from _matched("boxes px", "scores", (boxes, scores), (theirs["boxes"], theirs["scores"]), pairs)
    masks = np.unpackbits(theirs["masks"], axis=-1, count=size[1]).astype(bool)
    apart, decided = ([] if len(boxes) == len(masks) else [1.0] for _ in range(2))
    for own, other in pairs:
        mask = np.zeros(size, dtype=bool)
        window, values = paste(found.masks[own].numpy(), boxes[own], (size[0], size[1]))
        mask[window] = values >= 0.5
        sure = np.ones(size, dtype=bool)
        sure[window] = np.abs(values - 0.5) > UNDECIDED
        apart.append(_unshared(mask, masks[other]))
        decided.append(_unshared(mask & sure, masks[other] & sure))
    yield Difference("masks 1 - IoU", float(np.mean(apart)) if apart else 0.0, len(pairs))
    yield Difference("worst mask", max(decided, default=0.0), len(pairs))


def _unshared(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return 1 - IoU of two masks."""
    covered = (mask | other).sum()
    return 1 - float((mask & other).sum() / covered) if covered else 0.0


def _matched(place: str, sure: str, ours: Any, theirs: Any, pairs: Any = None) -> Iterator[Difference]:
    """Compare boxes and scores of both sides; one without a partner is as far off as can be."""
    pairs = _pairs(ours[0], theirs[0]) if pairs is None else pairs
    lonely = len(pairs) != len(ours[0]) or len(pairs) != len(theirs[0])
    own, other = (list(each) for each in zip(*pairs, strict=True)) if pairs else ([], [])
    yield Difference(place, np.inf if lonely else _largest(ours[0][own], theirs[0][other]), len(pairs))
    yield Difference(sure, np.inf if lonely else _largest(ours[1][own], theirs[1][other]), len(pairs))


def _pairs(ours: Any, theirs: Any, kinds: Any = None, their_kinds: Any = None) -> list[tuple[int, int]]:
    """Pair boxes in their order; where two scores are equal but for rounding, they may have changed places."""
    free, pairs = list(range(len(theirs))), []
    for own, box in enumerate(ours):
        for other in free[:50]:
            alike = np.abs(box - theirs[other]).max() <= ALLOWED["boxes px"]
            if alike and (kinds is None or kinds[own] == their_kinds[other]):
                pairs.append((own, other))
                free.remove(other)
                break
    return pairs


def _largest(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    if ours.shape != theirs.shape:
        return np.inf
    return float(np.abs(ours.astype(np.float64) - theirs).max(initial=0.0))


def _relative(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    return _largest(ours, theirs) / float(np.abs(theirs).max())


def run_oracle(python: Path, cases: list[dict[str, Any]], folder: Path) -> None:
    """Let mmdetection write down what it computes."""
    (folder / "cases.json").write_text(json.dumps(cases))
    subprocess.run([python, HERE / "mmdet_side.py", folder / "cases.json", folder], check=True)


def compare_case(case: dict[str, Any], pictures: dict[str, NDArray[np.uint8]], folder: Path) -> bool:
    """Print the differences of one network on its pictures; tell whether all are allowed."""
    checkpoint = folder / f"{case['name']}.pth"
    network, report = load_checkpoint(checkpoint, classes=None)
    checkpoint.unlink()
    print(f"{case['name']}: {report}")
    well = True
    for name in case["pictures"]:
        rows, columns, _ = pictures[name].shape
        print(f"  picture of {rows} x {columns} px at scale {case['scale'][0]} x {case['scale'][1]}")
        with np.load(folder / f"{case['name']}-{name}.npz") as theirs:
            for found in differences(network, pictures[name], tuple(case["scale"]), theirs):
                verdict = "ok" if found.allowed else f"NOT within {ALLOWED[found.quantity]:g}"
                print(f"    {found.quantity:14s} {found.largest:9.2g} over {found.number:9d}  {verdict}", flush=True)
                well &= found.allowed
    return well


def main() -> None:
    """Run all families, seeds and sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oracle", type=Path, required=True, help="python of the environment with mmdetection")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--sizes", nargs="+", default=["250x330", "384x512"], help="rows x columns of the pictures")
    parser.add_argument("--scale", nargs=2, type=int, default=[640, 512], help="largest sides the network sees")
    chosen = parser.parse_args()
    well = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for seed in chosen.seeds:
            sizes = {text: tuple(map(int, text.split("x"))) for text in chosen.sizes}
            pictures = {text: draw(rows, columns, seed) for text, (rows, columns) in sizes.items()}
            for text, picture in pictures.items():
                np.save(folder / f"{text}.npy", np.ascontiguousarray(picture[..., ::-1]))
            for family in chosen.families:
                case = {
                    "name": f"{family}-seed{seed}", "config": FAMILIES[family], "seed": seed, "scale": chosen.scale,
                    "pictures": list(pictures),
                }  # fmt: skip
                run_oracle(chosen.oracle, [case], folder)  # one network at a time is enough for a small machine
                well &= compare_case(case, pictures, folder)
    print("All agree." if well else "Some do not agree.")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
