"""How long the paper's networks take: this package beside mmdetection's predict, in one run.

    python benchmarks/large_networks.py --oracle .venv-parity/bin/python [--families x101] [--sides 512 1536]
        [--most 100 400]

Both sides run the same weights, of one class, on the same picture, with the same number of threads, and draw masks of
the same number of best detections: 100 is mmdetection's own limit, 400 what a crowded scan needs. mmdetection has no
compiled operators here, only the stand-in's RoIAlign and NMS, so the time of its features is told as well.
Seconds of the cores are told beside those of the clock: where other programs run on the machine, only their ratio says
something, and only with OMP_WAIT_POLICY=passive in the environment.
"""

import argparse
import dataclasses
import itertools
import json
import os
import resource
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
from particlesnn.recognition import ENGINES, Recognizer
from particlesnn.recognition.runtime import Network

_ONE_CLASS = {f"model.roi_head.bbox_head.{stage}.num_classes": 1 for stage in range(3)}
_ONE_CLASS |= {"model.roi_head.mask_head.num_classes": 1}


def main() -> None:
    """Print the seconds of both sides, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--oracle", type=Path, help="python of the environment with mmdetection")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=["x101"])
    parser.add_argument("--sides", nargs="+", type=int, default=[512, 1536])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=["auto"])
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--most", nargs="+", type=int, default=[100, 400], help="detections that get masks")
    parser.add_argument("--one", nargs=3, metavar=("MODEL", "PICTURE", "ENGINE"), help="time this alone")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(time_one(*chosen.one, threads=chosen.threads, most=chosen.most[0])))
        return
    if not chosen.oracle:
        parser.error("--oracle is needed")
    os.environ["OMP_NUM_THREADS"] = str(chosen.threads)  # the oracle inherits it
    for family in chosen.families:
        with tempfile.TemporaryDirectory() as temporary:
            beside(family, chosen, Path(temporary))


def beside(family: str, chosen: argparse.Namespace, folder: Path) -> None:
    """Time both sides on one network."""
    # The first picture calibrates and warms up; all are grey, as in the paper.
    names = [f"{side}px" for side in (256, *chosen.sides)]
    for side, name in zip((256, *chosen.sides), names, strict=True):
        grey = draw(side, side, 0)[..., 1]
        np.save(folder / f"{name}.npy", np.repeat(grey[..., np.newaxis], 3, axis=2))
    cases = [
        {
            "name": f"{family}-{most}", "config": FAMILIES[family], "seed": 0, "pictures": names, "as_they_are": True,
            "changes": _ONE_CLASS | {"model.test_cfg.rcnn.max_per_img": most},
        }
        for most in chosen.most
    ]  # fmt: skip
    run_oracle(chosen.oracle, cases, folder)
    model = folder / f"{family}.onnx"
    # The memory of each step goes with its process.
    export = [sys.executable, "-m", "particlesnn", "export", folder / f"{family}-{chosen.most[0]}.pth", "-o", model]
    subprocess.run(export, check=True)
    for name, most in itertools.product(names[1:], chosen.most):
        with np.load(folder / f"{family}-{most}-{name}.npz") as answers:
            theirs = {key: float(answers[key]) for key in ("seconds", "core_seconds", "features_seconds", "peak_gib")}
            theirs |= {"detections": len(answers["scores"])}
        line = {
            "network": family,
            "picture": name,
            "most_detections": most,
            "mmdetection": {key: round(each, 2) for key, each in theirs.items()},
        }
        for engine in chosen.engines:
            one = [
                sys.executable, __file__, "--threads", str(chosen.threads), "--most", str(most),
                "--one", model, folder / f"{name}.npy", engine,
            ]  # fmt: skip
            ours = json.loads(subprocess.run(one, check=True, capture_output=True, text=True).stdout)
            ratios = {f"ratio of {key}": round(theirs[key] / ours[key], 2) for key in ("seconds", "core_seconds")}
            print(json.dumps(line | {"ours": ours} | ratios), flush=True)


def time_one(model: str, picture: str, engine: str, *, threads: int, most: int) -> dict[str, object]:
    """Recognise one picture, with all warm, and tell what it took."""
    loading = time.process_time()
    network = Network(Path(model), threads, engine)
    point = dataclasses.replace(network.card.operating_point, detections=most)
    network.card = dataclasses.replace(network.card, operating_point=point)
    recognizer = Recognizer(network)
    loading = time.process_time() - loading
    scan = Scan(values=np.load(picture)[..., 0].astype(np.float64))
    recognizer.recognise(Scan(values=scan.values[:256, :256]))
    start, busy = time.perf_counter(), time.process_time()
    found = recognizer.recognise(scan)
    return {
        "engine": recognizer.engine,
        "particles": len(found.particles),
        "seconds": round(time.perf_counter() - start, 2),
        "core_seconds": round(time.process_time() - busy, 2),
        "loading_core_seconds": round(loading, 2),
        "peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
    }


if __name__ == "__main__":
    main()
