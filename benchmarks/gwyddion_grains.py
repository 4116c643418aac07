"""Compare our quantities with the grain values of Gwyddion on the same masks: python benchmarks/gwyddion_grains.py.

Needs Gwyddion's own library (Debian: apt install gwyddion). It is under the GPL and no part of this package: a process
of its own loads it, reads scan and mask from a file, and writes what it measured into another.

Scans of the tier "medium" with a level, bare substrate, so that heights above it are heights; their true particles as
a mask, from which both sides start. Of the particles that the scan does not cut: the median of ours over Gwyddion's,
and the 5th and 95th percentile.
"""

import argparse
import ctypes
import ctypes.util
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from particlesnn.core import Measurements, Scan
from particlesnn.files import read_annotations, write_annotations
from particlesnn.files.labels import rasterise
from particlesnn.measurement import measure
from particlesnn.simulation import TIERS, ScannerSettings, simulate

FRESH = 13_000_000
GRAIN_VALUES = {
    "projected area": 0,
    "equivalent disc radius": 2,
    "maximum": 4,
    "mean": 6,
    "median": 7,
    "boundary length": 10,
    "minimum bounding size": 12,
    "maximum bounding size": 14,
    "centre x": 16,
    "centre y": 17,
    "zero basis volume": 18,
    "grain minimum basis volume": 19,
    "laplacian background basis volume": 20,
    "inscribed disc radius": 34,
    "convex hull area": 37,
    "circumcircle radius": 38,
}
"""Numbers of GwyGrainQuantity in libprocess/gwyprocessenums.h of Gwyddion 2.62."""
ALONE = "boundary length"
PAIRS = {
    "x": ("centre x", 1.0),
    "y": ("centre y", 1.0),
    "area": ("projected area", 1.0),
    "diameter": ("equivalent disc radius", 2.0),
    "perimeter": ("boundary length", 1.0),
    "feret_max": ("maximum bounding size", 1.0),
    "feret_min": ("minimum bounding size", 1.0),
    "inscribed_diameter": ("inscribed disc radius", 2.0),
    "circumscribed_diameter": ("circumcircle radius", 2.0),
    "height_max": ("maximum", 1.0),
    "height_mean": ("mean", 1.0),
    "height_median": ("median", 1.0),
    "volume": ("zero basis volume", 1.0),
    "volume_zero": ("zero basis volume", 1.0),
    "volume_minimum": ("grain minimum basis volume", 1.0),
    "volume_laplace": ("laplacian background basis volume", 1.0),
}
"""Our quantity to Gwyddion's, and what that is to be multiplied by."""


def child(given: Path, result: Path) -> None:
    """Load Gwyddion's library and let it measure; runs in a process of its own."""
    names = [ctypes.util.find_library(part) for part in ("gwyddion2", "gwyprocess2")]
    if None in names:
        sys.exit("Gwyddion's library is not installed; on Debian: apt install gwyddion")
    _, gwy = (ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL) for name in names)  # the second needs the first
    gwy.gwy_data_field_new.restype = ctypes.c_void_p
    gwy.gwy_data_field_new.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_double, ctypes.c_double, ctypes.c_int]
    gwy.gwy_data_field_get_data.restype = ctypes.POINTER(ctypes.c_double)
    gwy.gwy_data_field_get_data.argtypes = [ctypes.c_void_p]
    gwy.gwy_data_field_grains_get_values.restype = ctypes.c_void_p
    gwy.gwy_data_field_grains_get_values.argtypes = [
        ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_int,
    ]  # fmt: skip
    gwy.gwy_process_type_init()
    with np.load(given) as data:
        values, labels = data["values"], np.ascontiguousarray(data["labels"], dtype=np.int32)
        height, width = (float(side) for side in data["size"])
    rows, columns = values.shape
    field = gwy.gwy_data_field_new(columns, rows, width, height, 0)
    np.ctypeslib.as_array(gwy.gwy_data_field_get_data(field), values.shape)[:] = values

    def values_of(numbers: np.ndarray, quantity: int) -> np.ndarray:
        column = np.zeros(int(numbers.max()) + 1)
        numbers = np.ascontiguousarray(numbers, dtype=np.int32)
        gwy.gwy_data_field_grains_get_values(field, column.ctypes.data, len(column) - 1, numbers.ctypes.data, quantity)
        return column[1:]

    found = {name: values_of(labels, number) for name, number in GRAIN_VALUES.items() if name != ALONE}
    # Of grains that touch, which a mask of Gwyddion cannot hold, its library aborts at the length of the boundary.
    every = range(1, int(labels.max()) + 1)
    found[ALONE] = np.concatenate([values_of(labels == grain, GRAIN_VALUES[ALONE]) for grain in every])
    np.savez(result, **found)


def by_gwyddion(scan: Scan, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Grain values of labels 1 to N, each of shape (N,); lengths in nm."""
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder) / "given.npz", Path(folder) / "result.npz"
        np.savez(given, values=scan.values, labels=labels, size=np.array(scan.size_nm))
        subprocess.run([sys.executable, __file__, "--child", str(given), str(result)], check=True)
        with np.load(result) as found:
            return {name: found[name] for name in found.files}


def by_us(scan: Scan, labels_file: Path) -> Measurements:
    """Our quantities of the same mask."""
    (particles,) = read_annotations(labels_file)
    return measure(scan, particles)


def level_scan(seed: int) -> tuple[Scan, Path, np.ndarray]:
    """Simulate a scan on a level substrate; the scan, its mask as a file, and the same mask."""
    scene = replace(TIERS["medium"].scene, steps=0, tilt=0.0, bow=0.0, roughness=0.0)
    scanner = ScannerSettings(lag=0.0, noise=0.002, line_noise=0.0, drift=0.0)
    scan, truth = simulate(replace(TIERS["medium"], scene=scene, scanner=scanner), seed)
    scan = replace(scan, values=scan.values - np.median(scan.values[rasterise(truth) == 0]))
    path = Path(tempfile.mkdtemp()) / "mask.tif"
    write_annotations(path, [truth], ["mask"], "labels")
    return scan, path, rasterise(truth)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=3)
    parser.add_argument("--child", nargs=2, type=Path, metavar=("GIVEN", "RESULT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    ratios: dict[str, list[float]] = {name: [] for name in (*PAIRS, "solidity")}
    for seed in range(FRESH, FRESH + options.scans):
        scan, path, labels = level_scan(seed)
        ours, theirs = by_us(scan, path), by_gwyddion(scan, labels)
        whole = ~ours.touches_border
        places = np.array(ours.ids) - 1
        theirs = {name: column[places] for name, column in theirs.items()}
        for name, (other, factor) in PAIRS.items():
            ratios[name] += (ours.columns[name] / (factor * theirs[other]))[whole].tolist()
        filled = theirs["projected area"] / theirs["convex hull area"]
        ratios["solidity"] += (ours.columns["solidity"] / filled)[whole].tolist()
    print(f"{len(ratios['area'])} particles of {options.scans} scans\n")
    print("| quantity | Gwyddion | ours over Gwyddion's: median | 5 % | 95 % |\n|---|---|---|---|---|")
    for name, values in ratios.items():
        other = PAIRS[name][0] if name in PAIRS else "projected area / convex hull area"
        low, middle, high = np.nanquantile(values, (0.05, 0.5, 0.95))
        print(f"| `{name}` | {other} | {middle:.4f} | {low:.4f} | {high:.4f} |")


if __name__ == "__main__":
    main()
