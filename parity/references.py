"""Write down what mmdetection computes with small siblings of both networks, for the normal tests.

    python parity/references.py --oracle .venv-parity/bin/python

Each file of ``tests/network/mmdetection`` holds the calibration that lies over the seeded weights (see ``filling.py``),
the picture, and mmdetection's answers; of feature maps, a sample.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from compare import FAMILIES, run_oracle
from numpy.typing import NDArray
from pictures import draw

TARGET = Path(__file__).resolve().parents[1] / "tests" / "network" / "mmdetection"
SEED = 5
SIZE, SCALE = (71, 90), (160, 120)
"""Rows and columns of the picture, and the scale that mmdetection brings it to."""
SAMPLES = 300
"""Values that are kept of each feature map."""

SLIM_HEADS = {
    "model.neck.out_channels": 16,
    "model.rpn_head.in_channels": 16,
    "model.rpn_head.feat_channels": 16,
    "model.roi_head.bbox_roi_extractor.out_channels": 16,
    "model.roi_head.mask_roi_extractor.out_channels": 16,
    **{
        f"model.roi_head.bbox_head.{stage}.{name}": value
        for stage in range(3)
        for name, value in (("in_channels", 16), ("fc_out_channels", 24), ("num_classes", 3))
    },
    "model.roi_head.mask_head.in_channels": 16,
    "model.roi_head.mask_head.conv_out_channels": 8,
    "model.roi_head.mask_head.num_convs": 2,
    "model.roi_head.mask_head.num_classes": 3,
}
_HRNET = {
    "model.backbone.extra.stage1.num_blocks": [1],
    "model.neck.in_channels": [8, 16, 32, 64],
    **{
        f"model.backbone.extra.stage{branches}.{name}": value
        for branches in (2, 3, 4)
        for name, value in (
            ("num_modules", 1),
            ("num_blocks", [1] * branches),
            ("num_channels", [8 * 2**branch for branch in range(branches)]),
        )
    },
}
SIBLINGS: dict[str, dict[str, Any]] = {
    "resnext14_8x4d": {
        "config": FAMILIES["x101"],
        "depth": [14, [1, 1, 1, 1]],
        "changes": {"model.backbone.groups": 8},
    },
    "hrnetv2p_w8": {"config": FAMILIES["hrnet"], "changes": _HRNET},
}
"""The siblings, by the names of their backbones."""


def sample(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Take evenly spread values of a map."""
    return values.ravel()[:: max(1, values.size // SAMPLES)][:SAMPLES]


def main() -> None:
    """Run the oracle on each sibling."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oracle", type=Path, required=True, help="python of the environment with mmdetection")
    chosen = parser.parse_args()
    TARGET.mkdir(exist_ok=True)
    picture = draw(*SIZE, SEED)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        np.save(folder / "picture.npy", np.ascontiguousarray(picture[..., ::-1]))
        cases = [
            {"name": name, "seed": SEED, "scale": SCALE, "pictures": ["picture"], **sibling}
            | {"changes": {**SLIM_HEADS, **sibling["changes"]}}
            for name, sibling in SIBLINGS.items()
        ]
        run_oracle(chosen.oracle, cases, folder)
        for name in SIBLINGS:
            calibration = np.load(folder / f"{name}.calibration.npz")
            kept = {f"calibration/{key}": calibration[key] for key in calibration.files}
            answers = np.load(folder / f"{name}-picture.npz")
            for key in set(answers.files) - {"seconds", "core_seconds", "peak_gib", "features_seconds"}:
                is_map = key.startswith(("feature_", "level_")) or key == "input"
                kept[key] = sample(answers[key]) if is_map else answers[key]
            np.savez_compressed(TARGET / f"{name}.npz", picture=picture, seed=SEED, **kept)


if __name__ == "__main__":
    main()
