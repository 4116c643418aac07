"""How long a whole `detect` of one crowded scan takes, and how much memory: python benchmarks/speed.py [RUNS].

The scan is the simulated tier "dense", 512 px, seed 5. Each run is a process of its own, from its start to its end; the
times of the processor are those of all processes that it started, added up.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from particlesnn.files import write_wsxm_ascii
from particlesnn.simulation import TIERS, simulate

SEED = 5


def main() -> None:
    """Print a line a run, and the least and the median of them."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scan, _ = simulate(TIERS["dense"], SEED)
        write_wsxm_ascii(folder / "dense.txt", scan)
        walls, works, peaks = zip(*(_measure(folder, number) for number in range(runs)), strict=True)
    print(
        f"least: {min(walls):.2f} s, processor {min(works):.2f} s; median: {median(walls):.2f} s, {median(works):.2f} s"
    )
    print(f"memory of the largest process: {max(peaks):.2f} GB")


def _measure(folder: Path, number: int) -> tuple[float, float, float]:
    """Seconds on the wall, seconds of the processor, and GB of the largest process, of one run."""
    command = [
        sys.executable,
        "-m",
        "particlesnn",
        "detect",
        str(folder / "dense.txt"),
        "-o",
        str(folder / str(number)),
    ]
    began = time.perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    wall = time.perf_counter() - began
    if status:
        sys.exit("detect failed")
    work = used.ru_utime + used.ru_stime
    print(f"{wall:.2f} s, processor {work:.2f} s", flush=True)
    return wall, work, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


if __name__ == "__main__":
    main()
