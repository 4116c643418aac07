"""How often 95 % intervals hold the truth, and which border rule is free of bias: python benchmarks/intervals.py.

Lognormal particles on scans with and without an effect of the scan, 2000 sets each. For the mean: particles taken as
independent, a bootstrap over scans, and what `summarise` gives. Then the other figures, the density, and the border.
"""

import argparse

import numpy as np
from scipy import stats

from particlesnn.core import QUANTITIES, Measurements
from particlesnn.statistics import count_by_rule
from particlesnn.statistics.intervals import estimate_density, estimate_mean
from particlesnn.statistics.sample import Sample
from particlesnn.statistics.sizes import describe_sizes

MU, SIGMA = 1.8, 0.3


def draw(rng: np.random.Generator, scans: int, effect: float) -> Sample:
    """Draw 30 to 90 particles a scan."""
    counts = rng.integers(30, 91, scans)
    shift = np.repeat(rng.normal(0, effect, scans), counts)
    values = np.exp(MU + shift + rng.normal(0, SIGMA, counts.sum()))
    return Sample(values, np.ones(len(values)), np.repeat(np.arange(scans), counts))


def bootstrap_over_scans(rng: np.random.Generator, sample: Sample, draws: int = 999) -> tuple[float, float]:
    """Draw scans with replacement, and take the percentiles of the means."""
    sums, counts = np.bincount(sample.scans, sample.values), np.bincount(sample.scans)
    times = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), draws)
    low, high = np.quantile((times @ sums) / (times @ counts), (0.025, 0.975))
    return low, high


def means(rng: np.random.Generator, sets: int) -> None:
    """Print how often the interval of the mean holds the truth."""
    print("| scans | they differ by | as if independent | bootstrap over scans | as given |\n|---|---|---|---|---|")
    for scans in (1, 2, 3, 5, 8, 20):
        for effect in (0.0, 0.05, 0.15) if scans > 1 else (0.0,):
            truth, hits = np.exp(MU + (SIGMA**2 + effect**2) / 2), np.zeros(3)
            for _ in range(sets):
                sample = draw(rng, scans, effect)
                x = sample.values
                plain = stats.norm.interval(0.95, x.mean(), x.std(ddof=1) / np.sqrt(len(x)))
                ends = (plain, bootstrap_over_scans(rng, sample), estimate_mean(sample).confidence_95)
                hits += [low <= truth <= high for low, high in ends]
            plain_share, drawn, given = 100 * hits / sets
            over = f"{drawn:.1f} %" if scans > 1 else ""
            print(f"| {scans} | {100 * effect:.0f} % | {plain_share:.1f} % | {over} | {given:.1f} % |", flush=True)


def other_figures(rng: np.random.Generator, sets: int) -> None:
    """Print the same for weighted means and percentiles."""
    names = ("sauter", "brouckere", "d10", "d50", "d90", "span", "polydispersity")
    for scans, effect in ((1, 0.0), (6, 0.0), (6, 0.1)):
        s, hits = np.hypot(SIGMA, effect), np.zeros(len(names))
        points = np.exp(MU + s * stats.norm.ppf([0.1, 0.5, 0.9]))
        weighted = np.exp(MU + np.array([2.5, 3.5]) * s**2)
        truth = [*weighted, *points, (points[2] - points[0]) / points[1], np.expm1(s**2)]
        for _ in range(sets):
            sample = draw(rng, scans, effect) if scans > 1 else Sample.of(rng.lognormal(MU, SIGMA, 150))
            sizes = describe_sizes(sample, intervals=True)
            intervals = [getattr(sizes, name).confidence_95 for name in names]
            hits += [low <= value <= high for (low, high), value in zip(intervals, truth, strict=True)]
        shares = ", ".join(f"{name} {100 * hit / sets:.0f} %" for name, hit in zip(names, hits, strict=True))
        print(f"{scans} scans that differ by {100 * effect:.0f} %: {shares}", flush=True)


def densities(rng: np.random.Generator, sets: int) -> None:
    """Print the same for the density."""
    for scans, crowding in ((1, 0.0), (3, 0.0), (8, 0.0), (3, 0.3), (8, 0.3)):
        hits = 0
        for _ in range(sets):
            rates = 40 * (rng.gamma(1 / crowding**2, crowding**2, scans) if crowding else np.ones(scans))
            counts = rng.poisson(rates).astype(float)
            low, high = estimate_density(counts, np.ones(scans), int(counts.sum())).confidence_95
            hits += low <= 40 <= high
        print(f"density, {scans} scans that differ by {100 * crowding:.0f} %: {100 * hits / sets:.1f} %", flush=True)


def border(rng: np.random.Generator, fields: int) -> None:
    """Print the bias of each border rule, on discs strewn over more than a scan of 90 x 120."""
    scans = [strewn(rng, 0.004, (90.0, 120.0), np.log(10.0), 0.4) for _ in range(fields)]
    inside = [scan.subset(~scan.touches_border) for scan in scans]
    mean = np.exp(np.log(10.0) + 0.08)
    for name, rule, some in (
        ("keep", "keep", scans),
        ("leave out what touches", "keep", inside),
        ("exclude", "exclude", scans),
        ("weighted", "weighted", scans),
    ):
        counted = [count_by_rule(scan, rule) for scan in some]
        weights = np.concatenate([each.weights for each in counted])
        size = np.average(np.concatenate([scan.columns["diameter"] for scan in some]), weights=weights)
        density = weights.sum() / sum(each.area for each in counted)
        wrong = [100 * (size / mean - 1), 100 * (density / 0.004 - 1)]
        print(f"border {name}: mean diameter {wrong[0]:+.1f} %, density {wrong[1]:+.1f} %")


def strewn(
    rng: np.random.Generator, density: float, sides: tuple[float, float], mu: float, sigma: float
) -> Measurements:
    """Strew discs over more than the scan; of those that reach out, the box is cut."""
    height, width = sides
    count = rng.poisson(density * (height + 200) * (width + 200))
    x, y = rng.uniform(-100, width + 100, count), rng.uniform(-100, height + 100, count)
    r = rng.lognormal(mu, sigma, count) / 2
    seen = (x > -r) & (x < width + r) & (y > -r) & (y < height + r)
    x, y, r = x[seen], y[seen], r[seen]
    left, right = np.maximum(x - r, 0), np.minimum(x + r, width)
    top, bottom = np.maximum(y - r, 0), np.minimum(y + r, height)
    d = np.sqrt((right - left) * (bottom - top))
    columns = {quantity.name: d for quantity in QUANTITIES} | {"x": (left + right) / 2, "y": (top + bottom) / 2}
    touches = (x - r < 0) | (x + r > width) | (y - r < 0) | (y + r > height)
    return Measurements(tuple(range(1, len(d) + 1)), columns, True, True, touches, sides)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=2000, help="simulated sets for each figure")
    sets = parser.parse_args().sets
    rng = np.random.default_rng(0)
    means(rng, sets)
    densities(rng, sets)
    border(rng, sets // 2)
    other_figures(rng, sets // 8)


if __name__ == "__main__":
    main()
