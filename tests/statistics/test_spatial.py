"""Neighbours and pairs: by chance, in clusters, in a lattice. Correlation and comparison against scipy."""

import json

import numpy as np
import pytest
from scipy import stats

from particlesnn.statistics import (
    compare_sets,
    correlate,
    describe_neighbours,
    nearest_distances,
    pair_correlation,
    summarise,
)
from tests.statistics.scans import measured

SIZE = (100.0, 200.0)


def by_chance(rng: np.random.Generator, count: int = 150):
    return measured(np.full(count, 2.0), rng.uniform(0, 200, count), rng.uniform(0, 100, count), size=SIZE)


def in_clusters(rng: np.random.Generator):
    centres = rng.uniform((0, 0), (200, 100), (15, 2))
    points = np.repeat(centres, 10, axis=0) + rng.normal(0, 2, (150, 2))
    points = np.clip(points, 0, (200, 100))
    return measured(np.full(150, 2.0), *points.T, size=SIZE)


def in_a_lattice():
    x, y = np.meshgrid(np.arange(5, 200, 10.0), np.arange(5, 100, 10.0))
    return measured(np.full(x.size, 2.0), x.ravel(), y.ravel(), size=SIZE)


def test_nearest_distances_by_hand() -> None:
    scan = measured([1, 1, 1], x=[0, 3, 10], y=[0, 4, 4])
    assert nearest_distances(scan) == pytest.approx([5, 5, 7])
    assert np.isnan(nearest_distances(measured([1.0]))).all()
    assert describe_neighbours([measured([1.0]), measured([])]) is None


def test_points_by_chance_pass_the_test_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    found = [describe_neighbours([by_chance(rng, 60)]) for _ in range(400)]
    assert np.mean([each.index for each in found]) == pytest.approx(1.0, abs=0.01)
    assert np.std([each.z for each in found]) == pytest.approx(1.0, abs=0.1)
    assert 0.02 < np.mean([each.p_value < 0.05 for each in found]) < 0.08


def test_several_scans_make_a_stronger_test_of_the_same_size() -> None:
    rng = np.random.default_rng(1)
    found = [describe_neighbours([by_chance(rng, n) for n in (20, 60, 100)]) for _ in range(200)]
    assert np.std([each.z for each in found]) == pytest.approx(1.0, abs=0.13)
    assert abs(np.mean([each.z for each in found])) < 0.25


def test_clusters_and_lattices_are_told() -> None:
    clusters = describe_neighbours([in_clusters(np.random.default_rng(2))])
    assert clusters is not None
    assert clusters.z is not None
    assert clusters.index < 0.7
    assert clusters.z < -5
    lattice = describe_neighbours([in_a_lattice()])
    assert lattice is not None
    assert lattice.p_value is not None
    assert lattice.mean == pytest.approx(10)
    assert lattice.index == pytest.approx(2, abs=0.15)
    assert lattice.p_value < 1e-6
    few = describe_neighbours([measured([1, 1], x=[10, 20])])
    assert few is not None
    assert (few.z, few.p_value) == (None, None)


def test_pairs_by_chance_are_even_up_to_the_border() -> None:
    rng = np.random.default_rng(3)
    found = pair_correlation([by_chance(rng) for _ in range(40)], simulations=39)
    assert found is not None
    assert found.values[5:] == pytest.approx(np.ones(35), abs=0.1)
    assert ((found.values >= found.low) & (found.values <= found.high)).mean() > 0.8
    assert np.mean(found.high - found.low) < 0.2


def test_pairs_of_clusters_and_of_a_lattice() -> None:
    clusters = pair_correlation(in_clusters(np.random.default_rng(4)))
    assert clusters is not None
    assert clusters.values[0] > clusters.high[0] > 1
    lattice = pair_correlation(in_a_lattice(), reach=16.0, bins=32)
    assert lattice is not None
    assert lattice.values[:19] == pytest.approx(np.zeros(19))
    # 4 neighbours at 10 and 4 at 14.1 in rings 0.5 wide, at 1 per 100: 4 / (pi (10.5^2 - 10^2) / 100).
    assert lattice.values[20] == pytest.approx(4 / (np.pi * (10.5**2 - 10**2) / 100), rel=0.02)
    assert lattice.radii[np.argmax(lattice.values)] == pytest.approx(10.25)


def test_pairs_need_two_particles_and_a_reach_inside_the_scan() -> None:
    assert pair_correlation(measured([3.0])) is None
    with pytest.raises(ValueError, match="shortest side"):
        pair_correlation(in_a_lattice(), reach=100.0)
    first, second = (pair_correlation(in_a_lattice(), simulations=9, seed=1) for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.high == second.high).all()


def test_correlation_agrees_with_scipy() -> None:
    rng = np.random.default_rng(5)
    a = np.round(rng.lognormal(1, 0.5, 90), 1)
    b = a + rng.normal(0, 1, 90)
    found = correlate(np.append(a, np.nan), np.append(b, 1.0))
    assert found is not None
    pearson = stats.pearsonr(a, b)
    assert (found.count, found.pearson) == (90, pytest.approx(pearson.statistic))
    assert found.pearson_95 == pytest.approx(tuple(pearson.confidence_interval()))
    assert found.spearman == pytest.approx(stats.spearmanr(a, b).statistic)
    assert found.spearman_95[0] < found.spearman < found.spearman_95[1]
    assert correlate([1, 2, 3], [1, 2, 3]) is None
    assert correlate([1, 1, 1, 1], [1, 2, 3, 4]) is None
    assert correlate([1, 2, 3, 4], [2, 4, 6, 8]).pearson_95 == (1.0, 1.0)  # type: ignore[union-attr]


@pytest.mark.parametrize("rho", [0.3, 0.8])
def test_intervals_of_a_correlation_hold_the_truth(rho: float) -> None:
    rng, sets = np.random.default_rng(6), 400
    pearson = spearman = 0
    true_ranks = 6 / np.pi * np.arcsin(rho / 2)
    for _ in range(sets):
        found = correlate(*rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 60).T)
        assert found is not None
        pearson += found.pearson_95[0] <= rho <= found.pearson_95[1]
        spearman += found.spearman_95[0] <= true_ranks <= found.spearman_95[1]
    assert 0.92 < pearson / sets < 0.98
    assert 0.92 < spearman / sets < 0.98


def test_two_scans_are_compared_as_by_welch() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.lognormal(1.6, 0.3, 80), rng.lognormal(1.75, 0.4, 120)
    found = compare_sets(measured(a), measured(b))
    welch = stats.ttest_ind(b, a, equal_var=False)
    assert found.difference == pytest.approx(b.mean() - a.mean())
    assert found.p_value == pytest.approx(welch.pvalue)
    assert found.confidence_95 == pytest.approx(tuple(welch.confidence_interval()))
    assert found.ks_p_value == pytest.approx(stats.ks_2samp(a, b).pvalue)
    assert not found.clustered


def test_scans_that_differ_among_themselves_do_not_make_two_sets_differ() -> None:
    rng, wrong = np.random.default_rng(8), 0
    for _ in range(200):
        scans = [measured(np.exp(1.6 + rng.normal(0, 0.15) + rng.normal(0, 0.3, 40))) for _ in range(12)]
        found = compare_sets(scans[:6], scans[6:])
        assert found.clustered
        wrong += found.p_value < 0.05
    assert wrong / 200 < 0.09


def test_sets_that_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="scale"):
        compare_sets(measured([3.0, 4.0]), measured([3.0, 4.0], scaled=False))
    with pytest.raises(ValueError, match="two particles"):
        compare_sets(measured([3.0, 4.0]), measured([5.0]))
    same = compare_sets(measured([3.0, 3.0]), measured([3.0, 3.0]), "area")
    assert (same.difference, same.p_value) == (0.0, 1.0)


def test_details_reach_the_summary() -> None:
    rng = np.random.default_rng(9)
    entries = summarise(in_clusters(rng), detailed=True).to_dict()
    assert entries["nearest_neighbours"]["clark_evans_index"] < 1
    assert entries["height_with_diameter"] is None
    scan = measured(rng.lognormal(1.6, 0.3, 60), rng.uniform(0, 200, 60), rng.uniform(0, 100, 60))
    entries = summarise(scan, detailed=True).to_dict()
    assert entries["height_with_diameter"]["pearson"] == pytest.approx(1)
    assert entries["law"]["name"] in {"normal", "lognormal"}
    json.dumps(entries, allow_nan=False)
    assert "law" not in summarise(scan).to_dict()
