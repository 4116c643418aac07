"""Measure the network against flooding and watershed: python benchmarks/peers.py [--model M] [--scans N].

The scans are those of `accuracy.py`: fresh simulated ones, those of the second simulator, and, where the real labelled
sets are there, the first pictures of each. One line a set and method: precision and recall by the paper's counting
rule, F1 at IoU 0.5, mean-size accuracy of all particles together, seconds a scan.

The odds favour the baselines: they are told whether the particles of a picture are dark, as an operator sees at a
glance, and the depth of a waist was chosen on scans of the same simulated tiers.
"""

import argparse
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import other_simulator
from accuracy import DATA, MEASURE_ONLY, Pairs, held_out, measure_only, other, tier
from skimage.draw import polygon

from particlesnn.baselines import flooding, watershed
from particlesnn.core import ParticleMap, Scan
from particlesnn.evaluation import Counting, count, match_by_overlap
from particlesnn.evaluation.sizes import diameters_px
from particlesnn.files import write_json
from particlesnn.recognition import Recognizer
from particlesnn.simulation import TIERS

Method = Callable[[Scan, bool], ParticleMap]


def is_dark(scan: Scan, truth: ParticleMap) -> bool:
    """Tell whether the particles lie lower than the rest of the scan."""
    inside = np.zeros(scan.shape_px, dtype=bool)
    for particle in truth.particles:
        x, y = particle.contour.points_px.T
        inside[polygon(y, x, scan.shape_px)] = True
    if inside.all() or not inside.any():
        return False
    return float(np.median(scan.values[inside])) < float(np.median(scan.values[~inside]))


def measure(methods: dict[str, Method], pairs: Pairs) -> dict[str, dict[str, object]]:
    """Let each method have its try at every scan, and compare."""
    counted: dict[str, list[Counting]] = {name: [] for name in methods}
    paired: dict[str, list[Counting]] = {name: [] for name in methods}
    diameters: dict[str, list[np.ndarray]] = {name: [] for name in (*methods, "truth")}
    seconds, scans = dict.fromkeys(methods, 0.0), 0
    for scan, truth in pairs:
        scans += 1
        diameters["truth"].append(diameters_px(truth))
        dark = is_dark(scan, truth)
        for name, method in methods.items():
            started = time.perf_counter()
            found = method(scan, dark)
            seconds[name] += time.perf_counter() - started
            counted[name].append(count(truth, found))
            paired[name].append(match_by_overlap(truth, found).counting)
            diameters[name].append(diameters_px(found))
    true = np.concatenate(diameters["truth"])
    rows: dict[str, dict[str, object]] = {}
    for name in methods:
        counting, at_50, sizes = _added(counted[name]), _added(paired[name]), np.concatenate(diameters[name])
        means = sorted([float(true.mean()), float(sizes.mean())]) if len(true) and len(sizes) else None
        rows[name] = {
            "scans": scans,
            "truth": len(true),
            "found": len(sizes),
            "precision": counting.precision,
            "recall": counting.recall,
            "f1_iou50": at_50.f1,
            "size_accuracy": means[0] / means[1] if means else None,
            "seconds": seconds[name] / scans,
        }
    return rows


def _added(counts: list[Counting]) -> Counting:
    return Counting(sum(each.tp for each in counts), sum(each.fp for each in counts), sum(each.fn for each in counts))


def _line(title: str, method: str, row: dict[str, object]) -> str:
    figures = (row[name] for name in ("precision", "recall", "f1_iou50", "size_accuracy"))
    shown = "  ".join("  -  " if figure is None else f"{figure:.3f}" for figure in figures)
    return (
        f"{title:24s} {method:9s} {row['scans']:5d} {row['truth']:6d} {row['found']:6d}  {shown}  {row['seconds']:6.2f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="dense")
    parser.add_argument("--scans", type=int, default=3, help="simulated scans a tier")
    parser.add_argument("--pictures", type=int, default=5, help="pictures of each real set")
    parser.add_argument("-o", "--output", type=Path, help="write all figures as JSON")
    options = parser.parse_args()
    recognizer = Recognizer.load(options.model)
    methods: dict[str, Method] = {
        "network": lambda scan, _: recognizer.recognise(scan),
        "flooding": lambda scan, dark: flooding(scan, dark=dark),
        "watershed": lambda scan, dark: watershed(scan, dark=dark),
    }
    sets: dict[str, Pairs] = {f"simulated {name}": tier(name, options.scans) for name in TIERS if name != "empty"}
    sets |= {f"other {name}": other(name, options.scans) for name in other_simulator.TIERS}
    if DATA.is_dir():
        sets |= {f"{name} held out": islice(held_out(name), options.pictures) for name in ("emps", "dsb2018")}
        sets |= {name: islice(measure_only(name), options.pictures) for name in MEASURE_ONLY}
    print(f"{'set':24s} {'method':9s} scans  truth  found  prec.  recall F1@.50 size    s/scan")
    results = {}
    for title, pairs in sets.items():
        results[title] = measure(methods, pairs)
        for method, row in results[title].items():
            print(_line(title, method, row), flush=True)
    if options.output:
        write_json(options.output, results)


if __name__ == "__main__":
    main()
