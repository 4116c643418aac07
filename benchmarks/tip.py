"""Measure how well the broadening by the tip is taken off simulated scans: python benchmarks/tip.py [--scans N].

The truth is the specimen itself, which the simulator makes before any tip meets it. Contours are the true ones of the
broadened scan, so that nothing but the tip is measured. One line for tier and tip: the tip's true radius and the blind
one, then mean diameter over the true mean, and the median error of single diameters, of the scan as it is, with the
tip given, and with the tip found blindly; the particles' area that is said to be certain, and by how much of the
median height the reconstruction is too high there (median and 98th percentile); CPU seconds.
"""

import argparse
import time
from dataclasses import replace

import numpy as np

from particlesnn.core import ParticleMap, ParticlesNNError, Scan
from particlesnn.measurement import measure, measure_broadening
from particlesnn.simulation import TIERS, ScannerSettings, ScanSettings, Unbroadened, simulate, simulate_without_tip
from particlesnn.surface import parse_tip, reconstruct

FRESH = 7_100_000
QUIET = ScannerSettings(lag=0, noise=0, line_noise=0, drift=0)
RADII = (0.1, 0.25, 0.6)


def kinds() -> dict[str, ScanSettings]:
    """List the kinds of scans; a tip that changes while scanning is none of them."""
    noisy = replace(TIERS["noisy"], scanner=replace(TIERS["noisy"].scanner, tip_changes=0))
    quiet = replace(TIERS["medium"], scanner=QUIET)
    return {"medium, no noise": quiet, "medium": TIERS["medium"], "dense": TIERS["dense"], "noisy": noisy}


def try_tip(scan: Scan, drawn: ParticleMap, behind: Unbroadened, tip: str) -> dict[str, float] | None:
    """Compare one reconstruction with the truth; None where it is refused."""
    choice = parse_tip(tip)
    assert choice is not None
    measured = measure(scan, drawn)
    started = time.process_time()
    try:
        made = reconstruct(scan, drawn, choice)
    except ParticlesNNError as refusal:
        print(f"    refused: {refusal}")
        return None
    columns = measure_broadening(measured, drawn, made)
    seconds = time.process_time() - started
    true_areas = {each.id: each.contour.area_px for each in behind.truth.particles}
    # What a neighbour hides from the tip and not from us is no matter of broadening.
    pixel = scan.pixel_nm[0] if scan.pixel_nm else 1.0
    truth = np.array([np.sqrt(4 / np.pi * true_areas.get(number, np.nan)) * pixel for number in measured.ids])
    plain, found = measured.columns["diameter"], columns["diameter_reconstructed"]
    known = np.isfinite(truth) & np.isfinite(found) & (plain > truth)
    truth, plain, found = truth[known], plain[known], found[known]
    excess = (made.surface_nm - behind.surface.values) - (made.recorded_nm - behind.broadened.values)
    height = float(np.median(measured.columns["height_max"]))
    certain = made.certain & (behind.broadened.values > behind.surface.values + 0.02 * height)
    wrong = excess[certain] / height if certain.any() else np.array([np.nan])
    return {
        "radius": made.tip.radius_nm,
        "plain": plain.mean() / truth.mean(),
        "found": found.mean() / truth.mean(),
        "plain_error": float(np.median(np.abs(plain / truth - 1))),
        "found_error": float(np.median(np.abs(found / truth - 1))),
        "certain": float(columns["area_certain"].sum() / measured.columns["area"].sum()),
        "excess_median": float(np.median(wrong)),
        "excess_98": float(np.quantile(wrong, 0.98)),
        "seconds": seconds,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=2, help="scans a line")
    options = parser.parse_args()
    print(
        "scans              R nm  tip       R found  mean/true plain -> found  error plain -> found  certain  excess  s"
    )
    for name, kind in kinds().items():
        for radius in RADII:
            settings = replace(kind, tip=replace(kind.tip, radius=radius))
            radius_nm = radius * settings.scene.diameter_px * settings.scene.pixel_nm
            rows: dict[str, list[dict[str, float]]] = {"given": [], "blind": []}
            for seed in range(FRESH, FRESH + options.scans):
                (scan, drawn), behind = simulate(settings, seed), simulate_without_tip(settings, seed)
                for how, tip in (("given", f"radius={radius_nm}nm"), ("blind", "blind")):
                    row = try_tip(scan, drawn, behind, tip)
                    if row:
                        rows[how].append(row)
            for how, found in rows.items():
                if not found:
                    continue
                mean = {key: float(np.mean([row[key] for row in found])) for key in found[0]}
                print(
                    f"{name:18s} {radius_nm:5.2f} {how:6s} ({len(found)}) {mean['radius']:6.2f}     "
                    f"{mean['plain']:.3f} -> {mean['found']:.3f}         {mean['plain_error']:.3f} -> "
                    f"{mean['found_error']:.3f}        {mean['certain']:.3f}   {mean['excess_median']:.3f} "
                    f"{mean['excess_98']:.3f} {mean['seconds']:.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
