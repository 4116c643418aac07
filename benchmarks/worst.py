"""Draw the scans on which a model does worst: python benchmarks/worst.py -o FOLDER [--model M] [--sets NAME...].

The sets are those of `accuracy.py`. Of each the ten scans of the lowest F1 at IoU 0.5 are drawn, in the colours of
Okunev et al. 2020: red what is true, green what was predicted, pink what was predicted and is no particle, cyan what
was missed. ``worst.json`` lists them with their figures. The pictures of real sets are for looking at; they belong to
others and stay out of the repository.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import other_simulator
from accuracy import DATA, MEASURE_ONLY, Pairs, held_out, measure_only, other, tier, wide

from particlesnn.core import ParticleMap, Scan
from particlesnn.evaluation import match_by_overlap
from particlesnn.files import write_json
from particlesnn.recognition import Recognizer
from particlesnn.report import Verdicts, draw_comparison
from particlesnn.simulation import TIERS

WORST = 10


@dataclass(frozen=True)
class Case:
    """One scan, and what was made of it."""

    name: str
    truth: int
    found: int
    missed: int
    invented: int
    f1: float
    """At IoU 0.5; 1 where there is nothing and nothing was found."""
    f1_iou75: float


def judged(truth: ParticleMap, found: ParticleMap) -> tuple[Case, Verdicts]:
    """Compare by overlap, so that a wrong outline counts as well as a wrong number."""
    matching = match_by_overlap(truth, found)
    stricter = match_by_overlap(truth, found, 0.75).counting.f1
    partnered = {truth.particles[one].id for one in matching.pairs[:, 0]}
    right = {found.particles[one].id for one in matching.pairs[:, 1]}
    verdicts = Verdicts(
        frozenset(each.id for each in found.particles) - right,
        frozenset(each.id for each in truth.particles) - partnered,
    )
    f1 = matching.counting.f1
    case = Case(
        truth.source,
        len(truth),
        len(found),
        matching.counting.fn,
        matching.counting.fp,
        1.0 if f1 is None else f1,
        1.0 if stricter is None else stricter,
    )
    return case, verdicts


def examine(folder: Path, recognizer: Recognizer, pairs: Pairs) -> list[Case]:
    """Recognise all scans of a set and draw the worst; the folder holds no others when this is done."""
    folder.mkdir(parents=True, exist_ok=True)
    kept: list[tuple[Case, Scan, ParticleMap, ParticleMap, Verdicts]] = []
    for scan, truth in pairs:
        found = replace(recognizer.recognise(scan), source=truth.source)
        case, verdicts = judged(truth, found)
        kept.append((case, scan, truth, found, verdicts))
        kept = sorted(kept, key=lambda entry: (entry[0].f1, entry[0].f1_iou75))[:WORST]
    for place, (case, scan, truth, found, verdicts) in enumerate(kept, start=1):
        draw_comparison(folder / f"{place:02d}-{Path(case.name).name}.png", scan, truth, found, verdicts)
    return [entry[0] for entry in kept]


def sets_of(scans: int) -> dict[str, Callable[[], Pairs]]:
    """Name all sets; each is made when it is asked for."""
    sets: dict[str, Callable[[], Pairs]] = {}
    for name in TIERS:
        sets[f"simulated {name}"] = lambda name=name: tier(name, scans)
    sets["simulated wide"] = lambda: wide(3 * scans)
    for name in other_simulator.TIERS:
        sets[f"other {name}"] = lambda name=name: other(name, scans)
    if DATA.is_dir():
        for name in ("emps", "dsb2018"):
            sets[f"{name} held out"] = lambda name=name: held_out(name)
        for name in MEASURE_ONLY:
            sets[name] = lambda name=name: measure_only(name)
    return sets


def main() -> None:
    """Recognise, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="dense")
    parser.add_argument("--scans", type=int, default=10, help="simulated scans a tier")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="some of the sets only")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the pictures")
    options = parser.parse_args()
    sets = sets_of(options.scans)
    chosen = options.sets or list(sets)
    unknown = [name for name in chosen if name not in sets]
    if unknown:
        parser.error(f"there is no set {unknown[0]!r}; there are: {', '.join(sets)}")
    recognizer = Recognizer.load(options.model)
    results = {}
    for name in chosen:
        results[name] = [asdict(case) for case in examine(options.output / name, recognizer, sets[name]())]
        for case in results[name]:
            print(
                f"{name:24s} {case['name'][:40]:40s} true {case['truth']:5d} found {case['found']:5d} "
                f"missed {case['missed']:4d} invented {case['invented']:4d} F1 {case['f1']:.3f} {case['f1_iou75']:.3f}",
                flush=True,
            )
        write_json(options.output / "worst.json", results)


if __name__ == "__main__":
    main()
