"""Count on real STM scans, against marks made by eye: python benchmarks/real_scans.py [--model M].

The marks, in real_scans.json, are centres on scans of spm_real_unlabelled, which train nothing. A particle is found
when a contour holds its mark and no other clear one; a contour that holds no mark at all is false, and so is a second
one over the same mark. Objects marked unclear are neither asked for nor false. Then the scans on which there is nothing
to find, and all that is found is false: with their scale, and without it, when atoms cannot be told by their distance.
"""

import argparse
import json
from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image
from shapely import STRtree
from shapely.geometry import Point, Polygon

from particlesnn.core import ParticleMap, Scan
from particlesnn.files import open_scan
from particlesnn.recognition import Recognizer

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "spm_real_unlabelled"
MARKS = Path(__file__).with_name("real_scans.json")
NEAR_PX = 3.0
"""A mark of an unclear object may lie so far beside it."""


def entries() -> list[dict[str, str]]:
    """List the scans of heights with what is known of them."""
    return list(json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))["heights"])


def scan_of(name: str, file: str) -> Scan:
    """Read a picture, or the heights that are stored as one."""
    entry = next((each for each in entries() if each["name"] == name), None)
    if entry is None:
        return open_scan(FOLDER / file)
    share = np.asarray(Image.open(FOLDER / file), dtype=float) / 65535
    low, high, pixel_nm = (float(entry[key]) for key in ("z_min", "z_max", "nm_per_px"))
    return Scan(low + share * (high - low), "nm", (pixel_nm, pixel_nm), "Topography", name)


def count(found: ParticleMap, clear: list[list[float]], unclear: list[list[float]]) -> tuple[int, int, int]:
    """Return how many marks were found, missed, and how many contours are false."""
    polygons = [Polygon(particle.contour.points_px).buffer(0) for particle in found.particles]
    tree = STRtree(polygons)
    owners = [{int(index) for index in tree.query(Point(mark), predicate="intersects")} for mark in clear]
    over = Counter(chain.from_iterable(owners))
    hit = sum(any(over[index] == 1 for index in own) for own in owners)
    doubtful = {
        int(index) for mark in unclear for index in tree.query(Point(mark).buffer(NEAR_PX), predicate="intersects")
    }
    again = sum(number == 1 for number in over.values()) - hit
    false = len(polygons) - len(doubtful | set(over)) + again
    return hit, len(clear) - hit, false


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="dense")
    recognizer = Recognizer.load(parser.parse_args().model)
    if not FOLDER.is_dir():
        print(f"left out: the real scans are not there ({FOLDER.name})")
        return
    total = np.zeros(3, dtype=int)
    for name, marks in json.loads(MARKS.read_text(encoding="utf-8")).items():
        if name.startswith("_"):
            continue
        counted = count(recognizer.recognise(scan_of(name, marks["file"])), marks["clear"], marks["unclear"])
        total += counted
        print(f"{name:28s} {_told(*counted)}")
    print(f"{'all':28s} {_told(*total)}")
    for entry in entries():
        if entry["kind"] == "negative":
            scan = scan_of(entry["name"], entry["height16"])
            bare = replace(scan, pixel_nm=None)
            false = [len(recognizer.recognise(each).particles) for each in (scan, bare)]
            print(f"{entry['name']:28s} false {false[0]:3d}, without its scale {false[1]:3d}")


def _told(hit: int, missed: int, false: int) -> str:
    return (
        f"marked {hit + missed:4d}, found {hit:4d}, false {false:3d}: "
        f"precision {hit / max(hit + false, 1):.3f}, recall {hit / max(hit + missed, 1):.3f}"
    )


if __name__ == "__main__":
    main()
