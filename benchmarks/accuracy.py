"""Measure a model on simulated scans and on real labelled pictures: python benchmarks/accuracy.py [--model M].

Simulated scans are fresh: their seeds train nothing. "other" scans are made by the second simulator beside this file,
which shares no code with the first and trains nothing. Of the real sets, "emps held out" and "dsb2018 held out" are the
parts kept back by article and by imaging series; the others are for measuring only. One line a set: precision and
recall by the paper's counting rule, F1 at IoU 0.5 and 0.75, COCO's mask mAP, mean-size accuracy, seconds a scan.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import other_simulator
from PIL import Image

from particlesnn.core import Particle, ParticleMap, Scan
from particlesnn.evaluation import evaluate
from particlesnn.files import write_json
from particlesnn.recognition import Recognizer
from particlesnn.recognition.tracing import trace
from particlesnn.simulation import TIERS, simulate, take_micrograph, wide_micrograph, wide_settings
from particlesnn.training.dataset import real_examples

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FRESH = 7_000_000
MEASURE_ONLY = ("ampis_powder", "uhcs_spheroidite", "dtsegnet_precipitates")
Pairs = Iterable[tuple[Scan, ParticleMap]]


def from_labels(values: np.ndarray, labels: np.ndarray, name: str) -> tuple[Scan, ParticleMap]:
    """Turn a picture with an instance map into a scan with true contours."""
    numbers, dense = np.unique(labels, return_inverse=True)
    dense = dense.reshape(labels.shape).astype(np.int32) + np.int32(0 not in numbers)
    contours = trace(dense, (dense > 0).astype(np.float32), 0.5)
    truth = ParticleMap(labels.shape, tuple(Particle(each, origin="human") for each in contours.values()), name)
    return Scan(values.astype(float), source=name), truth


def tier(name: str, count: int) -> Iterator[tuple[Scan, ParticleMap]]:
    """Yield fresh scans of a tier."""
    for seed in range(FRESH, FRESH + count):
        scan, truth = simulate(name, seed)
        yield scan, replace(truth, source=f"{name}-{seed}")


def other(name: str, count: int) -> Iterator[tuple[Scan, ParticleMap]]:
    """Yield scans of a tier of the second simulator."""
    for seed in range(FRESH, FRESH + count):
        scan, truth = other_simulator.simulate(name, seed)
        yield scan, replace(truth, source=f"other {name}-{seed}")


def wide(count: int) -> Iterator[tuple[Scan, ParticleMap]]:
    """Yield fresh scans of the widest settings, which no microscopist would show to anyone."""
    for seed in range(FRESH, FRESH + count):
        scan, truth = simulate(wide_settings(np.random.default_rng(seed), 512), seed)
        yield scan, replace(truth, source=f"wide-{seed}")


def micrographs(count: int) -> Iterator[tuple[Scan, ParticleMap]]:
    """Yield fresh simulated electron micrographs: piles, and particles or pits on rough grounds."""
    for seed in range(FRESH, FRESH + count):
        rng = np.random.default_rng(seed)
        values, labels = take_micrograph(wide_micrograph(rng, 512), rng)
        yield from_labels(values, labels, f"micrograph-{seed}")


def held_out(source: str) -> Iterator[tuple[Scan, ParticleMap]]:
    """Yield the part of a training set that never trains."""
    for example in real_examples(DATA, validation=True):
        if example.source == source:
            yield from_labels(example.values, example.labels, example.name)


def measure_only(folder: str) -> Iterator[tuple[Scan, ParticleMap]]:
    """Yield a set that is never trained on."""
    entries = json.loads((DATA / folder / "annotations.json").read_text(encoding="utf-8"))["images"]
    for entry in entries:
        values = np.asarray(Image.open(DATA / folder / entry["file_name"]).convert("L"))
        labels = np.asarray(Image.open(DATA / folder / entry["label_file"]))
        yield from_labels(values, labels, Path(entry["file_name"]).stem)


def measure(recognizer: Recognizer, pairs: Pairs) -> dict[str, object]:
    """Recognise every scan and compare."""
    truths, predictions, seconds = [], [], 0.0
    for scan, truth in pairs:
        started = time.perf_counter()
        found = recognizer.recognise(scan)
        seconds += time.perf_counter() - started
        truths.append(truth)
        predictions.append(replace(found, source=truth.source))
    figures = evaluate(truths, predictions, max_dets=1500 if max(map(len, truths)) > 500 else 500)
    by_image = [image.sizes.accuracy for image in figures.images if image.sizes.accuracy is not None]
    f1 = [image.at_50.f1 for image in figures.images if image.at_50.f1 is not None]
    total = figures.total.to_dict()
    total["images"] = len(truths)
    total["mean_f1_iou50_by_image"] = float(np.mean(f1)) if f1 else None
    total["mean_size_accuracy_by_image"] = float(np.mean(by_image)) if by_image else None
    total["seconds"] = seconds / len(truths)
    return total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="dense")
    parser.add_argument("--scans", type=int, default=6, help="simulated scans a tier")
    parser.add_argument("-o", "--output", type=Path, help="write all figures as JSON")
    options = parser.parse_args()
    recognizer = Recognizer.load(options.model)
    sets: dict[str, Pairs] = {f"simulated {name}": tier(name, options.scans) for name in TIERS if name != "empty"}
    sets["simulated wide"] = wide(4 * options.scans)
    sets["simulated micrographs"] = micrographs(6 * options.scans)
    sets |= {f"other {name}": other(name, options.scans) for name in other_simulator.TIERS}
    if DATA.is_dir():
        sets["emps held out"] = held_out("emps")
        sets["dsb2018 held out"] = held_out("dsb2018")
        sets |= {folder: measure_only(folder) for folder in MEASURE_ONLY}
    print(f"{'set':24s} images  truth  found  prec.  recall F1@.50 F1@.75  mAP   size   s/scan")
    results = {}
    for name, pairs in sets.items():
        row = results[name] = measure(recognizer, pairs)
        print(
            f"{name:24s} {row['images']:6d} {row['truth']:6d} {row['predicted']:6d}  {row['precision']:.3f}  "
            f"{row['recall']:.3f}  {row['f1_iou50']:.3f}  {row['f1_iou75']:.3f}  {row['map_mask']:.3f} "
            f" {row['mean_size_accuracy_by_image']:.3f}  {row['seconds']:.2f}",
            flush=True,
        )
    if options.output:
        write_json(options.output, results)


if __name__ == "__main__":
    main()
