"""What a `detect` costs against size of scan and number of particles: python benchmarks/growth.py -o FOLDER.

Simulated scans of 512 to 4096 px, all of one density, 20,000 particles on the largest; and scans of 512 px with 25 to
800 particles of 17 px. Each run is a process of its own, from its start to its end. Printed are seconds on the wall,
seconds of the processor in all processes added up, and the most memory that all of them held at one time, each page of
it counted once; the latter two are drawn (``growth.png``), since other work on the machine hardly changes them. What
matters are the ratios within one run: 1 in the last column is a cost that grows as pixels and particles do.

The scans are kept in the folder, since simulating the largest takes minutes; so are results, as ``growth.json``.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event, Thread

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from particlesnn.files import write_json
from particlesnn.simulation import TIERS, ScanSettings, simulate

SEED = 11
SIDES = (512, 1024, 2048, 4096)
COUNTS = (25, 50, 100, 200, 400, 800)
DENSITY = 20_600 / 4096**2
"""Particles placed a square pixel; of them a few are hidden by others."""


@dataclass(frozen=True)
class Cost:
    """What one run took."""

    side_px: int
    particles: int
    """As many as were found."""
    wall_s: float
    processor_s: float
    memory_gb: float


def settings_of(side: int, count: int | None) -> ScanSettings:
    """Return settings of a scan of one side at the density of all, or of 512 px with so many particles."""
    scene = TIERS["dense"].scene if count is None else TIERS["packed"].scene
    number = round(DENSITY * side**2) if count is None else count
    return replace(TIERS["dense"], scene=replace(scene, size_px=side, particles=number))


def scan_file(folder: Path, side: int, count: int | None) -> Path:
    """Return a scan as a picture of 16 bit, simulated where it is not there yet."""
    path = folder / (f"side-{side}.png" if count is None else f"particles-{count}.png")
    if not path.exists():
        values = simulate(settings_of(side, count), SEED)[0].values
        levels = np.rint((values - values.min()) / np.ptp(values) * 65535).astype(np.uint16)
        Image.fromarray(levels).save(path)
    return path


def measure(path: Path, model: str) -> Cost:
    """Run `detect` on one scan."""
    with tempfile.TemporaryDirectory() as results:
        command = [sys.executable, "-m", "particlesnn", "detect", str(path), "-o", f"{results}/out", "--model", model]
        began = time.perf_counter()
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        over, peaks = Event(), [0.0]
        watch = Thread(target=_watch, args=(running.pid, over, peaks))
        watch.start()
        _, status, used = os.wait4(running.pid, 0)
        wall = time.perf_counter() - began
        over.set()
        watch.join()
        if status:
            sys.exit(f"detect failed on {path}")
        found = len((Path(results) / "out" / "particles.csv").read_text(encoding="utf-8").splitlines()) - 1
    with Image.open(path) as picture:
        return Cost(picture.width, found, wall, used.ru_utime + used.ru_stime, peaks[0])


def _watch(pid: int, over: Event, peaks: list[float]) -> None:
    """Keep the most memory that a process and those it started hold together."""
    while not over.wait(0.05):
        peaks[0] = max(peaks[0], sum(map(_memory_gb, _family(pid))))


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _memory_gb(pid: int) -> float:
    """Memory of one process, its part of what it shares with others included; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e6


def tell(costs: list[Cost]) -> None:
    """Print a line a run, and how each cost grew against the first: over pixels and particles, whichever grew."""
    print("side px  particles  wall s  processor s  memory GB  x size  x wall  x processor  processor / size")
    first = costs[0]
    for cost in costs:
        size = (
            (cost.side_px / first.side_px) ** 2 if cost.side_px != first.side_px else cost.particles / first.particles
        )
        work, wall = cost.processor_s / first.processor_s, cost.wall_s / first.wall_s
        print(
            f"{cost.side_px:7d} {cost.particles:10d} {cost.wall_s:7.1f} {cost.processor_s:12.1f} "
            f"{cost.memory_gb:10.2f} {size:7.1f} {wall:7.1f} {work:12.1f} {work / size:17.2f}"
        )


def draw(path: Path, by_side: list[Cost], by_count: list[Cost], model: str) -> None:
    """Draw time and memory against size and number, beside a line of what is proportional to the last."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    pixels = np.array([cost.side_px**2 / 1e6 for cost in by_side])
    numbers = np.array([cost.particles for cost in by_count])
    for axes, x, costs in ((left, pixels, by_side), (right, numbers, by_count)):
        axes.plot(x, [cost.processor_s for cost in costs], "o-")
        axes.set_ylabel("seconds of the processor, a whole detect")
    left.plot(pixels, by_side[-1].processor_s * pixels / pixels[-1], ":", color="grey")
    left.text(pixels[1], 0.5 * by_side[-1].processor_s * pixels[1] / pixels[-1], "in proportion", color="grey")
    middle.plot(pixels, [cost.memory_gb for cost in by_side], "o-", color="tab:green")
    middle.axhline(3, linestyle=":", color="grey")
    middle.set_ylabel("GB, all processes together")
    middle.set_ylim(0, 3.2)
    for axes in (left, middle):
        axes.set_xscale("log", base=4)
        axes.set_xticks(pixels, [f"{cost.side_px}²\n{cost.particles}" for cost in by_side])
        axes.set_xlabel("px of the scan, particles found")
    left.set_yscale("log")
    right.set_ylim(0)
    right.set_xlabel("particles found on 512 x 512 px")
    figure.suptitle(f"What detect --model {model} costs")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="dense")
    parser.add_argument("--sides", type=int, nargs="+", default=list(SIDES))
    parser.add_argument("--counts", type=int, nargs="+", default=list(COUNTS))
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of scans, picture and figures")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    sides = [scan_file(options.output, side, None) for side in options.sides]
    counts = [scan_file(options.output, 512, count) for count in options.counts]
    measure(counts[0], options.model)  # brings files into the system's cache
    by_side = [measure(path, options.model) for path in sides]
    tell(by_side)
    by_count = [measure(path, options.model) for path in counts]
    tell(by_count)
    figures = {"side": [asdict(cost) for cost in by_side], "particles": [asdict(cost) for cost in by_count]}
    write_json(options.output / "growth.json", figures)
    draw(options.output / "growth.png", by_side, by_count, options.model)


if __name__ == "__main__":
    main()
