"""Measure refinement on simulated scans: python benchmarks/refinement.py [--scans N] [--network] [--singly].

With --speed instead: fits a second on one and on two cores, one scan of 377 particles, and a batch of such scans.


Contours are the true ones, each with its size changed by 8 % (standard deviation of its logarithm) and moved by 5 % of
its diameter; or with --network what the network drew. One line a tier and a way to refine: share refined; relative
error of the mean diameter of a scan, its mean and its mean size; median and 95th percentile of each particle's error;
mean IoU with the truth; largest area and largest ratio of axes among refined particles that the scan does not cut;
particles a CPU second, one thread.
"""

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from shapely.geometry import Polygon

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.evaluation import match_by_overlap
from particlesnn.recognition import Recognizer
from particlesnn.refinement import Refinement, refine
from particlesnn.simulation import simulate

FRESH = 9_000_000
TIERS = ("medium", "dense", "packed", "noisy")


def perturbed(truth: ParticleMap, rng: np.random.Generator) -> ParticleMap:
    """Spoil the true contours as an operator would."""
    spoiled = []
    for particle in truth.particles:
        centre = np.array(particle.contour.centroid_px)
        points = (particle.contour.points_px - centre) * np.exp(rng.normal(0, 0.08)) + centre
        points += rng.normal(0, 0.05 * np.sqrt(4 / np.pi * particle.contour.area_px), 2)
        spoiled.append(Particle(Contour(points), 0.9))
    return ParticleMap(truth.shape_px, tuple(spoiled))


def cases(tier: str, scans: int, recognizer: Recognizer | None) -> Iterator[tuple[Scan, ParticleMap, ParticleMap]]:
    """Yield scan, truth and the contours to refine."""
    for seed in range(FRESH, FRESH + scans):
        scan, truth = simulate(tier, seed)
        rough = recognizer.recognise(scan) if recognizer else perturbed(truth, np.random.default_rng(seed))
        yield scan, truth, rough


def diameters(particles: ParticleMap) -> np.ndarray:
    """Equal-area diameters in px."""
    return np.array([np.sqrt(4 / np.pi * each.contour.area_px) for each in particles.particles])


def overlap(one: Particle, other: Particle) -> float:
    """Intersection over union."""
    a, b = (Polygon(each.contour.points_px).buffer(0) for each in (one, other))
    return float(a.intersection(b).area / a.union(b).area)


def ratio_of_axes(particle: Particle) -> float:
    """Ratio of the sides of the minimal rectangle."""
    corners = np.array(Polygon(particle.contour.points_px).minimum_rotated_rectangle.exterior.coords)
    sides = np.hypot(*np.diff(corners, axis=0).T)
    return float(sides.max() / sides.min())


def at_border(particle: Particle, shape_px: tuple[int, int]) -> bool:
    """Whether the scan cuts the particle."""
    left, top, right, bottom = particle.contour.bounds_px
    return min(left, top, shape_px[1] - 1 - right, shape_px[0] - 1 - bottom) < 0.5


def line(tier: str, how: Refinement | None, scans: list[tuple[Scan, ParticleMap, ParticleMap]]) -> str:
    """Refine all scans of a tier and say how it went."""
    means, errors, ious, areas, ratios, refined, cpu = [], [], [], [0.0], [0.0], [], 0.0
    for scan, truth, rough in scans:
        begun = time.process_time()
        result = refine(scan, rough, how) if how else rough
        cpu += time.process_time() - begun
        true, new = diameters(truth), diameters(result)
        means.append(new.mean() / true.mean() - 1)
        refined += [each.origin == "refined" for each in result.particles]
        if len(rough) == len(truth) and rough.particles[0].score == 0.9:
            pairs = np.stack([np.arange(len(truth))] * 2, axis=1)
        else:
            pairs = match_by_overlap(truth, rough).pairs
        for mine, its in pairs:
            one, other = truth.particles[mine], result.particles[its]
            errors.append(abs(np.log(new[its] / true[mine])))
            ious.append(overlap(one, other))
            if other.origin == "refined" and not at_border(one, truth.shape_px):
                areas.append(other.contour.area_px / one.contour.area_px)
                ratios.append(ratio_of_axes(other))
    speed = f"{len(refined) / cpu:6.0f}" if how else "     -"
    return (
        f"{tier:7} {how or 'as given':16} {100 * np.mean(refined):5.1f} % {100 * np.mean(means):+6.1f} % "
        f"{100 * np.mean(np.abs(means)):5.1f} % {100 * np.median(errors):6.1f} % "
        f"{100 * np.quantile(errors, 0.95):5.1f} % "
        f"{np.mean(ious):6.3f} {max(areas):6.2f} {max(ratios):6.2f} {speed}"
    )


def _refined(case: tuple[Scan, ParticleMap]) -> int:
    return len(refine(*case))


def _bind(core: int) -> None:
    os.sched_setaffinity(0, {core})


def speed(repeats: int = 9) -> None:
    """Print fits a second, by the clock and of CPU time, the best of some tries; the clock asks for idle cores."""
    case = next((scan, rough) for scan, _, rough in cases("dense", 1, None))
    cores = sorted(os.sched_getaffinity(0))[:2]
    for used in (cores[:1], cores):
        os.sched_setaffinity(0, used)
        taken, worked = [], []
        for _ in range(repeats):
            begun, cpu = time.perf_counter(), time.process_time()
            count = _refined(case)
            taken.append(time.perf_counter() - begun)
            worked.append(time.process_time() - cpu)
        rates = f"{count / min(taken):.0f} fits/s, {count / min(worked):.0f} a CPU second"
        print(f"one scan of {count} particles, {len(used)} core(s): {rates}")
    with ProcessPoolExecutor(len(cores), get_context("spawn")) as pool:
        list(pool.map(_bind, cores))
        list(pool.map(_refined, [case] * 4))  # imports
        begun = time.perf_counter()
        fitted = sum(pool.map(_refined, [case] * 24))
        print(f"24 such scans, {len(cores)} processes: {fitted / (time.perf_counter() - begun):.0f} fits/s")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=3, help="scans a tier")
    parser.add_argument("--network", action="store_true", help="refine what the network draws")
    parser.add_argument("--singly", action="store_true", help="also the paper's procedure, which is slow")
    parser.add_argument("--speed", action="store_true", help="only how fast it is")
    chosen = parser.parse_args()
    if chosen.speed:
        speed()
        return
    recognizer = Recognizer.load("dense", threads=1) if chosen.network else None
    ways: tuple[Refinement | None, ...] = (None, "gaussian", *(("gaussian-single",) if chosen.singly else ()))
    print("tier    how              refined mean    |mean|   median   95 %   IoU   area  ratio  particles/CPU s")
    for tier in TIERS:
        scans = list(cases(tier, chosen.scans, recognizer))
        for how in ways:
            print(line(tier, how, scans), flush=True)


if __name__ == "__main__":
    main()
