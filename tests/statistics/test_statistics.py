"""Statistics against numpy, scipy and arithmetic; empty input is an answer, not an accident."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from particlesnn.core import QUANTITIES, Measurements, ParticleMap
from particlesnn.statistics import count_by_rule, fit_lognormal, histogram, summarise, summarise_jointly


def measured(
    diameters: list[float], x: list[float] | None = None, *, scaled: bool = True, size: tuple[float, float] = (100, 200)
) -> Measurements:
    d = np.array(diameters, dtype=float)
    columns = {quantity.name: np.full(len(d), 1.0) for quantity in QUANTITIES}
    columns |= {"diameter": d, "area": np.pi / 4 * d**2, "y": np.full(len(d), size[0] / 2)}
    columns["x"] = np.array(x if x is not None else [size[1] / 2] * len(d), dtype=float)
    return Measurements(tuple(range(1, len(d) + 1)), columns, scaled, True, np.zeros(len(d), dtype=bool), size)


def test_one_scan_by_hand() -> None:
    summary = summarise(measured([2, 4, 6]))
    spread = summary.spreads["diameter"]
    assert (summary.count, summary.images, summary.area) == (3, 1, 20_000)
    assert summary.density == pytest.approx(3 / 20_000)
    assert summary.density_error == pytest.approx(np.sqrt(3) / 20_000)
    assert summary.coverage == pytest.approx(np.pi / 4 * (4 + 16 + 36) / 20_000)
    assert summary.sauter_diameter == pytest.approx((8 + 64 + 216) / (4 + 16 + 36))
    assert (spread.mean, spread.sd, spread.median) == pytest.approx((4, 2, 4))
    assert spread.standard_error == pytest.approx(2 / np.sqrt(3))
    high = stats.t.interval(0.95, 2, 4, 2 / np.sqrt(3))[1]
    assert spread.confidence_95 == pytest.approx((0.0, high))  # it would begin at -0.97: cut at 0


def test_many_scans_are_pooled_and_empty_ones_count_with_their_area() -> None:
    joint = summarise([measured([2, 4]), measured([]), measured([9])])
    assert (joint.images, joint.count, joint.area) == (3, 3, 60_000)
    assert joint.spreads["diameter"].mean == pytest.approx(5)
    assert joint.density == pytest.approx(3 / 60_000)


@pytest.mark.parametrize("diameters", [[], [3.0]])
def test_few_particles_give_no_error_bars(diameters: list[float]) -> None:
    summary = summarise(measured(diameters))
    spread = summary.spreads["diameter"]
    assert spread.sd is None
    assert spread.standard_error is None
    assert spread.mean == (3.0 if diameters else None)
    assert summary.coverage == pytest.approx(np.pi / 4 * sum(d**2 for d in diameters) / 20_000)
    json.dumps(summary.to_dict(), allow_nan=False)


def test_units_stand_in_every_name() -> None:
    assert "density_per_um2" in summarise(measured([1, 2])).to_dict()
    unscaled = summarise(measured([1, 2], scaled=False)).to_dict()
    assert {"diameter_px", "area_px2", "density_per_px2"} <= set(unscaled)
    assert not any("_nm" in name for name in unscaled if "height" not in name and "volume" not in name)


def test_nanometres_and_pixels_are_never_mixed() -> None:
    scans = [measured([1, 2]), measured([30], scaled=False), measured([3])]
    with pytest.raises(ValueError, match="summarise_jointly"):
        summarise(scans)
    scaled, unscaled = summarise_jointly(scans)
    assert (scaled.count, unscaled.count) == (3, 1)
    assert summarise_jointly([]) == ()
    with pytest.raises(ValueError, match="no scan"):
        summarise([])


def test_particles_near_the_border_are_left_out_with_their_strip() -> None:
    scan = measured([10, 10, 10], x=[4, 100, 197])
    counted = count_by_rule(scan, "exclude")
    assert counted.included.tolist() == [False, True, False]
    assert counted.area == pytest.approx(90 * 190)
    summary = summarise(scan, border="exclude")
    assert (summary.count, summary.left_out) == (1, 2)
    assert count_by_rule(scan, "keep").area == 20_000


def test_excluding_the_border_keeps_the_density_of_a_random_field() -> None:
    rng = np.random.default_rng(0)
    scan = measured([8.0] * 4000, x=list(rng.uniform(0, 200, 4000)))
    scan.columns["y"][:] = rng.uniform(0, 100, 4000)  # type: ignore[index]
    density = summarise(scan, border="exclude").density
    assert density == pytest.approx(4000 / 20_000, rel=0.03)


def test_particles_larger_than_the_scan_are_all_kept() -> None:
    assert summarise(measured([500, 400]), border="exclude").count == 2


@given(arrays(float, st.integers(2, 60), elements=st.floats(0.1, 1e4)))
def test_spread_agrees_with_numpy(values: np.ndarray) -> None:
    spread = summarise(measured(list(values))).spreads["diameter"]
    assert spread.mean == pytest.approx(values.mean())
    assert spread.sd == pytest.approx(values.std(ddof=1), abs=1e-9)
    assert spread.median == pytest.approx(np.median(values))
    assert spread.minimum == values.min()
    assert spread.maximum == values.max()


def test_values_that_are_missing_are_left_out() -> None:
    scan = measured([1, 2, 3])
    scan.columns["height_max"][1] = np.nan  # type: ignore[index]
    assert summarise(scan).spreads["height_max"].count == 2


@given(arrays(float, st.integers(0, 200), elements=st.floats(0, 1e5)))
def test_a_histogram_loses_nobody(values: np.ndarray) -> None:
    bins = histogram(values)
    assert bins.counts.sum() == len(values)
    assert len(bins.edges) == len(bins.counts) + 1
    assert len(bins.counts) <= 90


def test_bins_are_round() -> None:
    bins = histogram(np.random.default_rng(0).lognormal(1.6, 0.3, 500))
    width = bins.edges[1] - bins.edges[0]
    mantissa = width / 10 ** np.floor(np.log10(width) + 1e-9)
    assert np.isclose(mantissa, [1, 2, 2.5, 5]).any()
    assert np.allclose(bins.edges / width, np.round(bins.edges / width))
    assert 8 < len(bins.counts) < 40


def test_the_lognormal_fit_finds_its_parameters() -> None:
    sizes = np.random.default_rng(1).lognormal(1.5, 0.3, 4000)
    fit = fit_lognormal(sizes)
    assert fit is not None
    assert fit.mu == pytest.approx(1.5, abs=4 * fit.mu_error)
    assert fit.sigma == pytest.approx(0.3, abs=4 * fit.sigma_error)
    assert fit.geometric_mean == pytest.approx(stats.gmean(sizes))
    grid = np.linspace(0.5, 20, 50)
    np.testing.assert_allclose(fit.density(grid), stats.lognorm.pdf(grid, fit.sigma, scale=np.exp(fit.mu)))


@pytest.mark.parametrize("values", [[], [1.0, 2.0], [3.0] * 10, [0.0, -1.0, np.nan]])
def test_too_little_for_a_lognormal(values: list[float]) -> None:
    assert fit_lognormal(values) is None


def test_the_error_of_a_density_of_several_scans_is_that_from_scan_to_scan() -> None:
    crowded, sparse = measured([3.0] * 100), measured([3.0] * 10)
    joint = summarise([crowded, sparse, crowded, sparse])
    # Half of the scans hold 100, half 10: the error of the mean of four is 45 * sqrt(4 / 3) / 2 a scan.
    assert joint.density_error == pytest.approx(45 * np.sqrt(4 / 3) / 2 / 20_000)
    alike = summarise([crowded] * 4)
    assert alike.density_error == pytest.approx(np.sqrt(400) / 80_000)  # never less than by chance


def test_where_nothing_is_found_no_error_is_claimed() -> None:
    empty = summarise(measured([]), maps=ParticleMap((100, 200)))
    assert (empty.density, empty.coverage) == (0.0, 0.0)
    assert empty.density_error is None
    assert empty.coverage_95 is None
    assert empty.density_95[1] > 0


def test_a_scan_that_dwarfs_the_others_divides_by_nothing() -> None:
    with np.errstate(all="raise"):
        joint = summarise([measured([5.0]), measured([5e12], size=(1e14, 2e14))], detailed=True)
    assert np.isfinite(joint.density_error)
