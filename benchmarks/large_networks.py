"""How long the paper's networks take: this package with ONNX Runtime beside mmdetection's predict, in one run.

    python benchmarks/large_networks.py --oracle .venv-parity/bin/python [--families x101] [--sides 512 1536]

Both sides run the same weights, of one class, on the same picture, with the same number of threads. mmdetection
has no compiled operators here, only the stand-in's RoIAlign and NMS, so the time of its features is told as well.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "parity"))

from compare import FAMILIES, run_oracle
from pictures import draw

from particlesnn.core import Scan
from particlesnn.recognition import Recognizer

_ONE_CLASS = {f"model.roi_head.bbox_head.{stage}.num_classes": 1 for stage in range(3)}
_ONE_CLASS |= {"model.roi_head.mask_head.num_classes": 1}


def main() -> None:
    """Print the seconds of both sides, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oracle", type=Path, required=True, help="python of the environment with mmdetection")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=["x101"])
    parser.add_argument("--sides", nargs="+", type=int, default=[512, 1536])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(chosen.threads)  # the oracle inherits it
    for family in chosen.families:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            # The first picture calibrates and warms up; all are grey, as in the paper.
            pictures = {f"{side}px": draw(side, side, 0)[..., 1] for side in (256, *chosen.sides)}
            for name, grey in pictures.items():
                np.save(folder / f"{name}.npy", np.repeat(grey[..., np.newaxis], 3, axis=2))
            case = {
                "name": family, "config": FAMILIES[family], "seed": 0, "changes": _ONE_CLASS,
                "pictures": list(pictures), "as_they_are": True,
            }  # fmt: skip
            run_oracle(chosen.oracle, [case], folder)
            model = folder / f"{family}.onnx"
            # Torch's memory goes with its process.
            export = [sys.executable, "-m", "particlesnn", "export", folder / f"{family}.pth", "-o", model]
            subprocess.run(export, check=True)
            recognizer = Recognizer.load(model, threads=chosen.threads)
            for side in chosen.sides:
                scan = Scan(values=pictures[f"{side}px"].astype(np.float64))
                start = time.perf_counter()
                found = recognizer.recognise(scan)
                ours = time.perf_counter() - start
                with np.load(folder / f"{family}-{side}px.npz") as answers:
                    theirs, features = float(answers["seconds"]), float(answers["features_seconds"])
                line = {
                    "network": family,
                    "side_px": side,
                    "particles": len(found.particles),
                    "seconds": round(ours, 1),
                }
                line |= {"mmdetection": round(theirs, 1), "its features": round(features, 1)}
                print(json.dumps(line | {"ratio": round(theirs / ours, 2)}), flush=True)


if __name__ == "__main__":
    main()
