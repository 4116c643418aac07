"""Weighted means, percentiles and mode against scipy and arithmetic."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from particlesnn.statistics import histogram, summarise
from particlesnn.statistics.sample import Sample
from particlesnn.statistics.sizes import describe_sizes, mode_of
from tests.statistics.scans import measured


def test_a_lognormal_law_gives_its_known_moments() -> None:
    mu, sigma, count = 1.6, 0.3, 200_000
    sizes = describe_sizes(Sample.of(np.random.default_rng(0).lognormal(mu, sigma, count)))
    assert sizes is not None
    # Hatch and Choate: every weighted mean of a lognormal law is exp(mu + k sigma^2).
    for estimate, k in ((sizes.number_mean, 0.5), (sizes.sauter, 2.5), (sizes.brouckere, 3.5), (sizes.d50, 0.0)):
        assert estimate.value == pytest.approx(np.exp(mu + k * sigma**2), rel=0.005)
    assert sizes.polydispersity.value == pytest.approx(np.expm1(sigma**2), rel=0.02)
    assert sizes.span.value == pytest.approx(2 * np.sinh(1.28155 * sigma), rel=0.01)
    assert sizes.mode == pytest.approx(np.exp(mu - sigma**2), rel=0.03)


def test_by_hand() -> None:
    sizes = describe_sizes(Sample.of([2.0, 4.0, 6.0]))
    assert sizes is not None
    assert sizes.number_mean.value == 4
    assert sizes.sauter.value == pytest.approx(288 / 56)
    assert sizes.brouckere.value == pytest.approx((16 + 256 + 1296) / 288)
    assert sizes.polydispersity.value == pytest.approx((8 / 3) / 16)
    assert (sizes.d10.value, sizes.d50.value, sizes.d90.value) == pytest.approx((2.4, 4, 5.6))


@given(arrays(float, st.integers(1, 50), elements=st.floats(0.1, 1e3)))
def test_equal_weights_give_the_quantiles_of_numpy(values: np.ndarray) -> None:
    shares = (0.0, 0.1, 0.25, 0.5, 0.9, 1.0)
    np.testing.assert_allclose(Sample.of(values).quantiles(shares), np.quantile(values, shares), rtol=1e-9)


def test_a_weight_counts_as_so_many_particles() -> None:
    rng = np.random.default_rng(1)
    values, times = rng.lognormal(1.5, 0.3, 3000), rng.integers(1, 5, 3000)
    weighted = describe_sizes(Sample(values, times.astype(float), np.zeros(3000, dtype=np.int64)))
    repeated = describe_sizes(Sample.of(np.repeat(values, times)))
    assert weighted is not None
    assert repeated is not None
    for name in ("number_mean", "sauter", "brouckere", "d10", "d50", "d90", "span", "polydispersity"):
        assert getattr(weighted, name).value == pytest.approx(getattr(repeated, name).value, rel=2e-3), name


def test_scans_may_count_alike() -> None:
    scans = [measured([4.0] * 30), measured([8.0] * 10)]
    assert summarise(scans).spreads["diameter"].mean == pytest.approx(5)
    alike = summarise(scans, equal="scans")
    assert alike.spreads["diameter"].mean == pytest.approx(6)
    assert alike.density == summarise(scans).density
    assert alike.to_dict()["counts_alike"] == "scans"


@pytest.mark.parametrize("diameters", [[], [3.0], [3.0, 3.0], [3.0] * 30, [2.0, 5.0], [2.0, 3.0, 5.0, 7.0]])
def test_a_detailed_summary_of_few_or_equal_particles_is_plain_json(diameters: list[float]) -> None:
    text = json.dumps(summarise(measured(diameters), detailed=True).to_dict(), allow_nan=False)
    assert ("area_weighted_mean_d32_nm" in text) == bool(diameters)


def test_the_mode_is_the_higher_of_two_tops() -> None:
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(5, 0.5, 300), rng.normal(10, 0.5, 700)])
    assert mode_of(Sample.of(values)) == pytest.approx(10, abs=0.5)
    assert mode_of(Sample.of([4.0] * 9)) is None


def test_bins_as_the_user_wants_them() -> None:
    values = np.random.default_rng(3).lognormal(1.5, 0.3, 200)
    ten = histogram(values, 10)
    assert len(ten.counts) == 10
    assert ten.counts.sum() == 200
    assert (ten.edges[0], ten.edges[-1]) == (values.min(), values.max())
    some = histogram(values, [2.0, 4.0, 8.0])
    assert some.counts.tolist() == [((values >= 2) & (values < 4)).sum(), ((values >= 4) & (values <= 8)).sum()]
    assert histogram([5.0, 5.0], 4).counts.sum() == 2
    assert len(histogram([], 4).counts) == 0
    for wrong in (0, [1.0], [3.0, 2.0]):
        with pytest.raises(ValueError, match=r"bin|edges"):
            histogram(values, wrong)
