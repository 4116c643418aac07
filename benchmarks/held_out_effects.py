"""How much an effect costs that no scan in training showed: python benchmarks/held_out_effects.py [--steps N].

The gap between our simulator and an instrument cannot be measured without the instrument; the gap that a whole family
of effects leaves when training lacks it can. For each family (tips, shapes of particles, faults of scanning) one small
network is trained from nothing on simulated scans without it, and one on scans with everything; both are measured on
the same fresh scans that all show the family strongly. The training must be long enough to learn anything: after 300
steps of 8 crops F1 at IoU 0.5 on bad tips is 0.4 to 0.5, after 1200 it is 0.6 to 0.7, as the shipped one's. These take
a quarter of an hour on two cores that do nothing else, times four, so `make benchmark` leaves this out. A run goes on
where it was stopped.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
from accuracy import FRESH, Pairs, from_labels, measure

from particlesnn.files import write_json
from particlesnn.recognition import Recognizer
from particlesnn.simulation import ScannerSettings, ScanSettings, TipSettings, render, wide_settings
from particlesnn.training import TrainingConfig, export, train
from particlesnn.training.dataset import keep_simulated

SIDE_PX = 288
SCANS = 240
Change = Callable[[ScanSettings, np.random.Generator], ScanSettings]


@dataclass(frozen=True)
class Family:
    """A family of effects: how to draw a scan without it, and one that shows it strongly."""

    without: Change
    strong: Change


def _sharp_tip(settings: ScanSettings, rng: np.random.Generator) -> ScanSettings:
    return replace(settings, tip=TipSettings(radius=float(rng.uniform(0.03, 0.2))))


def _bad_tip(settings: ScanSettings, rng: np.random.Generator) -> ScanSettings:
    tip = TipSettings(
        radius=float(rng.uniform(0.4, 0.8)),
        asymmetry=float(rng.choice([-1, 1]) * rng.uniform(0.4, 0.8)),
        double_px=float(rng.uniform(4, 14)) if rng.random() < 0.5 else 0.0,
        double_below=float(rng.uniform(0.2, 0.7)),
    )
    return replace(settings, tip=tip)


def _of_shapes(
    names: tuple[str, ...], elongation: tuple[float, float], settings: ScanSettings, rng: np.random.Generator
) -> ScanSettings:
    shares = dict(zip(names, rng.dirichlet(np.ones(len(names))).tolist(), strict=True))
    return replace(settings, scene=replace(settings.scene, shapes=shares, elongation=float(rng.uniform(*elongation))))


def _faultless(settings: ScanSettings, _rng: np.random.Generator) -> ScanSettings:
    lag, noise = settings.scanner.lag, settings.scanner.noise
    return replace(settings, scanner=ScannerSettings(lag=lag, noise=noise, line_noise=0.0, drift=0.0))


def _faulty(settings: ScanSettings, rng: np.random.Generator) -> ScanSettings:
    scanner = replace(
        settings.scanner,
        line_noise=float(rng.uniform(0.08, 0.2)),
        drift=float(rng.uniform(0.3, 0.8)),
        scars=int(rng.integers(5, 20)),
        spikes=int(rng.integers(10, 40)),
        tip_changes=1,
    )
    return replace(settings, scanner=scanner)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "tips": Family(_sharp_tip, _bad_tip),
        "shapes": Family(
            partial(_of_shapes, ("dome", "cap", "soft"), (0.0, 0.1)),
            partial(_of_shapes, ("flat", "facet", "lumpy", "bell", "cone"), (0.2, 0.4)),
        ),
        "faults of scanning": Family(_faultless, _faulty),
    }
)


def _drawn(change: Change | None, rng: np.random.Generator, side_px: int) -> tuple[np.ndarray, np.ndarray]:
    settings = wide_settings(rng, side_px)
    rendering = render(change(settings, rng) if change else settings, rng)
    return rendering.heights, rendering.labels


def trained(without: str | None, folder: Path, steps: int) -> Recognizer:
    """Train a probe without a family of effects (None: with all), or take it where it is there already."""
    model = folder / "dense.onnx"
    if not model.exists():
        change = FAMILIES[without].without if without else None
        keep_simulated(folder / "simulated", SCANS, SIDE_PX, 1, partial(_drawn, change))
        config = TrainingConfig(
            run=str(folder), data="", shares={"simulated": 1.0}, simulated_scans=SCANS, texture_scans=0, micrographs=0,
            validation_scans=8, crop_px=192, batch=8, steps=steps, warmup_steps=60, average=0.98,
        )  # fmt: skip
        checkpoint = train(config, resume=True)
        export(checkpoint, model)
    return Recognizer.load(model)


def showing(family: Family, count: int) -> Pairs:
    """Yield fresh scans with particles that all show a family of effects strongly."""
    made, number = 0, FRESH
    while made < count:
        number += 1
        heights, labels = _drawn(family.strong, np.random.default_rng(number), SIDE_PX)
        if labels.any():
            made += 1
            yield from_labels(heights, labels, f"{number}")


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1200, help="of each training")
    parser.add_argument("--scans", type=int, default=48, help="to measure on, for each family")
    parser.add_argument("--runs", type=Path, default=Path("runs/held-out-effects"))
    parser.add_argument("-o", "--output", type=Path, help="write all figures as JSON")
    options = parser.parse_args()
    runs = options.runs / f"{options.steps}-steps"  # those of another length are no match
    everything = trained(None, runs / "none", options.steps)
    results = {}
    print(f"{'family':20s} F1@.50/.75 trained with it   without it   shipped")
    for name, family in FAMILIES.items():
        without = trained(name, runs / name.replace(" ", "-"), options.steps)
        rows = {
            "with": measure(everything, showing(family, options.scans)),
            "without": measure(without, showing(family, options.scans)),
            "shipped": measure(Recognizer.load("dense"), showing(family, options.scans)),
        }
        results[name] = rows
        print(
            f"{name:20s} " + "   ".join(f"{row['f1_iou50']:.3f} / {row['f1_iou75']:.3f}" for row in rows.values()),
            flush=True,
        )
        if options.output:
            write_json(options.output, results)


if __name__ == "__main__":
    main()
