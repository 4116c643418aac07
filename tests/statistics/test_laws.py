"""The law that sizes follow: found where there are particles enough, left open where there are not."""

import numpy as np
import pytest
from scipy import stats

from particlesnn.statistics import LognormalMixture, choose_law, fit_lognormal, fit_mixture, fit_normal


def two_kinds(rng: np.random.Generator, count: int) -> np.ndarray:
    large = rng.random(count) < 0.3
    return np.where(large, rng.lognormal(2.5, 0.2, count), rng.lognormal(1.6, 0.25, count))


def test_two_kinds_are_found_with_their_shares() -> None:
    fit = fit_mixture(two_kinds(np.random.default_rng(0), 3000))
    assert fit is not None
    assert fit.shares == pytest.approx((0.7, 0.3), abs=0.03)
    assert [part.mu for part in fit.parts] == pytest.approx([1.6, 2.5], abs=0.03)
    assert [part.sigma for part in fit.parts] == pytest.approx([0.25, 0.2], abs=0.03)


@pytest.mark.parametrize("fit", [fit_normal, fit_lognormal, fit_mixture])
def test_a_density_is_the_slope_of_its_cumulative(fit) -> None:
    law = fit(two_kinds(np.random.default_rng(1), 400))
    grid = np.linspace(0.5, 40, 20_001)
    slope = np.gradient(law.cumulative(grid), grid)
    np.testing.assert_allclose(slope[1:-1], law.density(grid)[1:-1], atol=1e-5)
    assert law.cumulative(200.0) == pytest.approx(1.0)


def share_chosen(draw, name: str, sets: int = 40) -> float:
    return float(np.mean([choose_law(draw(), test=False).law.name == name for _ in range(sets)]))


def test_the_right_law_is_chosen() -> None:
    rng = np.random.default_rng(2)
    assert share_chosen(lambda: rng.lognormal(1.6, 0.3, 300), "lognormal") > 0.9
    assert share_chosen(lambda: rng.normal(8, 1.2, 500), "normal") > 0.9
    assert share_chosen(lambda: two_kinds(rng, 300), "two lognormals") > 0.9


def test_few_or_narrow_sizes_leave_it_open() -> None:
    rng = np.random.default_rng(3)
    assert choose_law(rng.lognormal(1.6, 0.3, 19)) is None
    assert choose_law([4.0] * 40) is None
    narrow = choose_law(rng.lognormal(1.6, 0.03, 40))
    assert narrow is not None
    assert (narrow.law.name, narrow.decided) == ("lognormal", False)


def test_the_bic_is_that_of_scipy_s_likelihood() -> None:
    sizes = np.random.default_rng(4).lognormal(1.6, 0.3, 60)
    choice = choose_law(sizes)
    assert choice is not None
    likelihood = stats.norm.logpdf(sizes, sizes.mean(), sizes.std()).sum()
    assert choice.bic["normal"] == pytest.approx(2 * np.log(60) - 2 * likelihood)


def test_anderson_and_darling_agree_with_scipy() -> None:
    sizes = np.sort(np.random.default_rng(5).lognormal(1.6, 0.3, 80))
    choice = choose_law(sizes)
    assert choice is not None
    z = (np.log(sizes) - choice.law.mu) / choice.law.sigma
    i = np.arange(1, 81)
    by_hand = -80 - np.mean((2 * i - 1) * (stats.norm.logcdf(z) + stats.norm.logsf(z[::-1])))
    assert choice.anderson_darling == pytest.approx(by_hand)


def test_p_values_are_even_where_the_law_is_true_and_small_where_it_is_not() -> None:
    rng = np.random.default_rng(6)
    true = [choose_law(rng.lognormal(1.6, 0.3, 45)).p_value for _ in range(300)]
    assert stats.kstest(true, "uniform").pvalue > 0.001
    flat = [choose_law(rng.uniform(1, 20, 49)).p_value for _ in range(40)]
    assert np.median(flat) < 0.15
    assert np.median([choose_law(np.tile(rng.uniform(4, 9, 7), 7)).p_value for _ in range(20)]) < 0.05


def test_p_values_of_two_kinds_are_simulated_with_a_seed() -> None:
    sizes = two_kinds(np.random.default_rng(7), 300)
    first, second = choose_law(sizes), choose_law(sizes)
    assert first == second
    assert first is not None
    assert first.p_value is not None
    assert isinstance(first.law, LognormalMixture)
    assert first.p_value > 0.01
