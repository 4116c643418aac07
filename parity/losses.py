"""Does the cascade family learn from what mmdetection learns from? The same weights, truth and boxes on both sides.

    python parity/losses.py --oracle .venv-parity/bin/python [--seeds ...] [--write]

Compares the five losses of small siblings of both networks, where samplers take all there is; exits with 1 where they
are apart by more than is allowed. ``--write`` keeps mmdetection's answers for the normal tests.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pictures import draw, labels_of
from references import SCALE, SEED, SIBLINGS, SIZE, SLIM_HEADS, TARGET

from particlesnn.network.cascade.assignment import Truth
from particlesnn.network.cascade.config import CascadeConfig
from particlesnn.network.cascade.model import CascadeNetwork
from particlesnn.recognition.picture import view_picture
from particlesnn.training.checkpoints import load_checkpoint

HERE = Path(__file__).parent
ALL = 10**6
ALLOWED = 1e-3
"""Relative difference of a loss. Masks are cut out by another rule of the same meaning; see docs/checkpoints.md."""


def ours(loaded: CascadeNetwork, images: NDArray[np.float32], seed: int) -> dict[str, float]:
    """Return the package's losses of a network on images (1, 3, H, W)."""
    config: CascadeConfig = replace(loaded.config, proposal_samples=ALL, box_samples=ALL)
    network = CascadeNetwork(config)
    network.load_state_dict(loaded.state_dict())
    labels, boxes = (torch.from_numpy(each)[None] for each in labels_of(*images.shape[2:], seed))
    truth = Truth(boxes, torch.ones(boxes.shape[:2], dtype=torch.bool), labels)
    with torch.no_grad():
        losses = network.train().losses(torch.from_numpy(images), truth)
    return {entry.name: float(getattr(losses, entry.name)) for entry in fields(losses)}


def main() -> int:
    """Compare all siblings and seeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oracle", type=Path, required=True, help="python of the environment with mmdetection")
    parser.add_argument("--seeds", type=int, nargs="+", default=[SEED, 0])
    parser.add_argument("--write", action="store_true", help=f"keep what mmdetection says for seed {SEED}")
    chosen = parser.parse_args()
    worst = 0.0
    with tempfile.TemporaryDirectory() as temporary:
        folder, cases = Path(temporary), []
        for seed in chosen.seeds:
            for backbone, sibling in SIBLINGS.items():
                name = f"{backbone}-{seed}"
                picture = draw(*SIZE, seed)
                np.save(folder / f"{name}.picture.npy", np.ascontiguousarray(picture[..., ::-1]))
                images = view_picture(picture, SCALE).values[np.newaxis]
                labels, boxes = labels_of(*images.shape[2:], seed)
                np.savez(folder / f"{name}.npz", images=images, labels=labels, boxes=boxes)
                changes = {**SLIM_HEADS, **sibling["changes"]}
                cases.append({"name": name, "seed": seed, "scale": SCALE, **sibling, "changes": changes})
        (folder / "cases.json").write_text(json.dumps(cases))
        command = [chosen.oracle, HERE / "mmdet_losses.py", folder / "cases.json", folder]
        subprocess.run([str(part) for part in command], check=True)
        kept = {}
        for case in cases:
            name = case["name"]
            theirs = json.loads((folder / f"{name}.losses.json").read_text())
            if case["seed"] == SEED:
                kept[name.removesuffix(f"-{SEED}")] = theirs
            with np.load(folder / f"{name}.npz") as given:
                own = ours(load_checkpoint(folder / f"{name}.pth", classes=None)[0], given["images"], case["seed"])
            for part, value in theirs.items():
                apart = abs(own[part] - value) / abs(value)
                worst = max(worst, apart)
                print(f"{name:20} {part:13} mmdetection {value:9.5f}  here {own[part]:9.5f}  apart {apart:.1e}")
    if chosen.write:
        (TARGET / "losses.json").write_text(json.dumps(kept, indent=1) + "\n")
    print(f"largest relative difference {worst:.1e}, allowed {ALLOWED:g}")
    return int(worst > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
