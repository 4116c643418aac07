"""Measure what the network's contours do to a scan's figures: python benchmarks/contour_errors.py measure|intervals.

``measure`` recognises simulated scans of all tiers, the particles at four sizes, and writes into the package how far
mean diameter, density, coverage and mean height of a scan come out wrong, parted into what was missed or invented
(detection) and where the contours run (border). The budget of uncertainty reads it. Run it anew for new weights.

``intervals`` asks, on scans of other seeds and on those of the second simulator, which had no part in the table, how
often the 95 % intervals of the mean diameter hold the truth: that of sampling alone, and that of the whole budget. The
truth is the mean over all true particles of a tier, so both what chance put on a scan and what the network made of it
count. Particles that the border of a scan cuts are cut in the truth as well.

Both keep what they found in the folder given by --cache, so that a broken-off run goes on.
"""

import argparse
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import other_simulator
from tqdm import tqdm

import particlesnn
from particlesnn.core import Contour, Measurements, Particle, ParticleMap, Scan
from particlesnn.evaluation import match_by_overlap
from particlesnn.files import write_json
from particlesnn.measurement import measure
from particlesnn.recognition import Recognizer
from particlesnn.refinement import refine
from particlesnn.simulation import TIERS, simulate
from particlesnn.statistics import Circumstances, uncertainty_budgets

TABLE = Path(particlesnn.__file__).parent / "statistics" / "contour_errors.json"
FOR_TABLE, FOR_INTERVALS = 11_000_000, 12_000_000
SIZES = {10: (0.5, 256), 20: (1.0, 512), 40: (2.0, 512), 80: (4.0, 512)}
"""About how large the particles are in px: factor on the tier's diameter, and side of the scan in px."""
USED = tuple(tier for tier in TIERS if tier != "empty")
WAYS = ("none", "gaussian")
FIGURES = ("diameter", "density", "coverage", "height_max")
Case = tuple[str, str, int, int]
"""Simulator, tier, size in px, seed."""


def example(case: Case) -> tuple[Scan, ParticleMap]:
    """Make one scan and its truth; larger particles are fewer, so that they cover as much."""
    simulator, tier, size, seed = case
    if simulator == "other":
        return other_simulator.simulate(tier, seed)
    factor, side = SIZES[size]
    scene = TIERS[tier].scene
    number = max(6, round(scene.particles * (side / 512 / factor) ** 2))
    scene = replace(scene, size_px=side, diameter_px=scene.diameter_px * factor, particles=number)
    return simulate(replace(TIERS[tier], scene=scene), seed)


def figures_of(measured: Measurements) -> dict[str, float]:
    """Mean diameter, number, covered area and mean height, with what the intervals need."""
    d, h = measured.columns["diameter"], measured.columns["height_max"]
    return {
        "diameter": float(d.mean()),
        "density": float(len(d)),
        "coverage": float(measured.columns["area"].sum()),
        "height_max": float(np.nanmean(h)),
    }


def errors_of(truth: ParticleMap, found: ParticleMap, true: Measurements, seen: Measurements) -> dict[str, list[float]]:
    """Relative errors of a scan's figures: by detection, by the border, and both together."""
    pairs = match_by_overlap(truth, found).pairs
    chosen = [np.isin(np.arange(len(each)), pairs[:, side]) for side, each in enumerate((true, seen))]
    all_true, all_seen = figures_of(true), figures_of(seen)
    known, kept = figures_of(true.subset(chosen[0])), figures_of(seen.subset(chosen[1]))
    return {
        name: [
            float(np.log(all_seen[name] / kept[name]) + np.log(known[name] / all_true[name])),
            float(np.log(kept[name] / known[name])),
            float(np.log(all_seen[name] / all_true[name])),
        ]
        for name in FIGURES
    }


_recognizer: Recognizer | None = None


def _begin(model: str) -> None:
    global _recognizer
    _recognizer = Recognizer.load(model, threads=1)


def examine(case: Case) -> dict[str, Any]:
    """Recognise one scan, with and without refinement, and compare with its truth."""
    assert _recognizer is not None
    scan, truth = example(case)
    found = _recognizer.recognise(scan)
    true = measure(scan, truth)
    result: dict[str, Any] = {"case": list(case), "truth": _raw(true)}
    for way in WAYS:
        drawn = found if way == "none" else refine(scan, found, "gaussian")
        seen = measure(scan, drawn)
        result[way] = {"errors": errors_of(truth, drawn, true, seen), "found": _raw(seen)}
        if case[3] >= FOR_INTERVALS:
            contours = [particle.contour.points_px.round(3).tolist() for particle in drawn.particles]
            result[way] |= {"contours": contours}
    return result


def _raw(measured: Measurements) -> dict[str, object]:
    return {
        "size_scan": list(measured.size_scan),
        "diameter": measured.columns["diameter"].tolist(),
        "area": measured.columns["area"].tolist(),
        "height_max": measured.columns["height_max"].tolist(),
    }


def examined(cases: list[Case], cache: Path, processes: int, model: str) -> Iterator[dict[str, Any]]:
    """Examine all cases, those in the cache excepted."""
    cache.mkdir(parents=True, exist_ok=True)
    weights = Recognizer.load(model, threads=1).card.digest[:12]
    places = {case: cache / ("-".join(map(str, (weights, *case))) + ".json") for case in cases}
    todo = [case for case, place in places.items() if not place.exists()]
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin, initargs=(model,)) as pool:
        for case, result in tqdm(zip(todo, pool.map(examine, todo), strict=True), total=len(todo), unit="scan"):
            places[case].write_text(json.dumps(result), encoding="utf-8")
    for place in places.values():
        yield json.loads(place.read_text(encoding="utf-8"))


def cases_of(what: str, scans: int) -> list[Case]:
    """List the scans of the table, or those of the intervals."""
    if what == "measure":
        seeds = range(FOR_TABLE, FOR_TABLE + scans)
        return [("own", tier, size, seed) for size in SIZES for tier in USED for seed in seeds]
    seeds = range(FOR_INTERVALS, FOR_INTERVALS + scans)
    own = [("own", tier, 20, seed) for tier in USED for seed in seeds]
    return own + [("other", tier, 20, seed) for tier in other_simulator.TIERS for seed in seeds]


def write_table(results: list[dict[str, Any]], scans: int, model: str) -> None:
    """Sum up the errors by way to refine, size and figure, and put them into the package's table."""
    card = Recognizer.load(model, threads=1).card
    refinements = {}
    for way in WAYS:
        rows = []
        for size in SIZES:
            of_size = [result for result in results if result["case"][2] == size]
            diameters = [np.mean(result["truth"]["diameter"]) / _pixel(result) for result in of_size]
            row: dict[str, object] = {"diameter_px": round(float(np.mean(diameters)), 1), "scans": len(of_size)}
            for figure in FIGURES:
                causes = {}
                for number, cause in enumerate(("detection", "border", "both")):
                    by_tier = [
                        [result[way]["errors"][figure][number] for result in of_size if result["case"][1] == tier]
                        for tier in USED
                    ]
                    means = np.array([np.mean(errors) for errors in by_tier])
                    scatter = np.array([np.var(errors, ddof=1) for errors in by_tier])
                    # Less what chance puts into the mean of a few scans.
                    shared = (means**2).mean() - (scatter / [len(errors) for errors in by_tier]).mean()
                    causes[cause] = {
                        "bias": round(float(means.mean()), 5),
                        "systematic": round(float(np.sqrt(max(shared, means.mean() ** 2))), 5),
                        "scatter": round(float(np.sqrt(scatter.mean())), 5),
                    }
                row[figure] = causes
            rows.append(row)
        refinements[way] = rows
    entry = {
        "weights": card.name,
        "card_sha256": card.digest,
        "measured": datetime.now(UTC).date().isoformat(),
        "with": f"particlesnn {particlesnn.__version__}, "
        f"python benchmarks/contour_errors.py measure --model {model} --scans {scans}",
        "on": f"simulated scans of the tiers {', '.join(USED)}, seeds from {FOR_TABLE}",
        "refinements": refinements,
    }
    others = [each for each in json.loads(TABLE.read_text(encoding="utf-8")) if each["weights"] != card.name]
    write_json(TABLE, [*others, entry])
    for way, rows in refinements.items():
        print(
            f"\n{way}: systematic error and scatter from scan to scan, %\n| px | figure | detection | border | both |"
        )
        print("|---|---|---|---|---|")
        for row in rows:
            for figure in FIGURES:
                cells = [
                    f"{100 * each['bias']:+.1f}, {100 * each['systematic']:.1f} and {100 * each['scatter']:.1f}"
                    for each in row[figure].values()
                ]
                print(f"| {row['diameter_px']:.0f} | {figure} | {' | '.join(cells)} |")


def _pixel(result: dict[str, Any]) -> float:
    side = {10: 256}.get(result["case"][2], 512)
    return float(result["truth"]["size_scan"][0]) / side


def _read(result: dict[str, Any], way: str) -> tuple[Measurements, ParticleMap]:
    """Make measurements, in px so that scans of several scales may be joined, and map of what is in the cache."""
    raw, pixel = result[way]["found"], _pixel(result)
    contours = result[way]["contours"]
    particles = ParticleMap((512, 512), tuple(Particle(Contour(np.array(points))) for points in contours))
    columns = {
        "diameter": np.array(raw["diameter"]) / pixel,
        "area": np.array(raw["area"]) / pixel**2,
        "height_max": np.array(raw["height_max"]),
    }
    nowhere = np.zeros(len(contours), dtype=np.bool_)
    ids = tuple(particle.id for particle in particles.particles)
    return Measurements(ids, columns, False, True, nowhere, (512.0, 512.0)), particles


def print_intervals(results: list[dict[str, Any]], model: str) -> None:
    """Print how often the intervals hold the truth, for each scan by itself and for sets of scans of a tier."""
    weights = Recognizer.load(model, threads=1).card.digest
    print(
        "| simulator | refined | scans a set | sets | sampling alone | budget without operator | whole budget "
        "| half width without operator |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for simulator in ("own", "other"):
        for way in WAYS:
            for together in (1, 3):
                hits, sets, widths = np.zeros(3), 0, []
                for tier in USED:
                    own = [result for result in results if result["case"][:2] == [simulator, tier]]
                    every = [np.array(result["truth"]["diameter"]) / _pixel(result) for result in own]
                    truth = float(np.concatenate(every).mean())
                    for first in range(0, len(own) - together + 1, together):
                        pairs = [_read(result, way) for result in own[first : first + together]]
                        measured, maps = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
                        budget = uncertainty_budgets(measured, maps, Circumstances(weights, way))["mean_diameter"]
                        chance = replace(budget, components=budget.components[-1:])
                        totals = [chance.total, budget.same_operator, budget.total]
                        hits += [low <= truth <= high for low, high in (total.interval_95 for total in totals)]
                        widths.append(totals[1].factor * totals[1].relative)
                        sets += 1
                shares = " | ".join(f"{100 * hit / sets:.0f} %" for hit in hits)
                print(f"| {simulator} | {way} | {together} | {sets} | {shares} | {100 * np.median(widths):.1f} % |")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("measure", "intervals"))
    parser.add_argument("--model", default="dense")
    parser.add_argument("--scans", type=int, help="scans a tier, and a size: 6 by default")
    parser.add_argument("--cache", type=Path, required=True, help="folder that keeps what was found")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    scans = options.scans or {"measure": 6, "intervals": 6}[options.what]
    results = list(examined(cases_of(options.what, scans), options.cache, options.processes, options.model))
    if options.what == "measure":
        write_table(results, scans, options.model)
    else:
        print_intervals(results, options.model)


if __name__ == "__main__":
    main()
