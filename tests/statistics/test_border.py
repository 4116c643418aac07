"""Which border rule is free of bias: shown on discs strewn over more than the scan."""

import numpy as np
import pytest
from scipy import stats

from particlesnn.core import Contour, Particle, ParticleMap
from particlesnn.statistics import count_by_rule, summarise
from particlesnn.statistics.intervals import estimate_mean
from particlesnn.statistics.pooling import pool
from tests.statistics.scans import drawn, measured, strewn

DENSITY, MU, SIGMA = 0.004, np.log(10.0), 0.4
TRUE_MEAN = float(np.exp(MU + SIGMA**2 / 2))
SIDES = (90.0, 120.0)


@pytest.fixture(scope="module")
def fields() -> list:
    rng = np.random.default_rng(11)
    return [strewn(rng, DENSITY, SIDES, MU, SIGMA) for _ in range(500)]


def deviations(fields: list, border: str) -> tuple[float, float]:
    """Mean diameter and density, each as standard errors from the truth."""
    pooled = pool(fields, border)
    diameter = estimate_mean(pooled.samples["diameter"])
    densities = pooled.numbers / pooled.areas
    error = diameter.standard_error or np.nan
    return (diameter.value - TRUE_MEAN) / error, (densities.mean() - DENSITY) / stats.sem(densities)


def test_weights_are_free_of_bias(fields: list) -> None:
    size, density = deviations(fields, "weighted")
    assert abs(size) < 3
    assert abs(density) < 3


def test_keeping_all_is_not(fields: list) -> None:
    size, density = deviations(fields, "keep")
    assert size < -5
    assert density > 20


def test_leaving_out_those_that_touch_is_not(fields: list) -> None:
    inside = [field.subset(~field.touches_border) for field in fields]
    size, density = deviations(inside, "keep")
    assert size < -5
    assert density < -20


def test_weighted_quantiles_are_those_of_the_law(fields: list) -> None:
    sizes = summarise(fields, border="weighted").sizes
    assert sizes is not None
    for estimate, share in ((sizes.d10, 0.1), (sizes.d50, 0.5), (sizes.d90, 0.9)):
        assert estimate.value == pytest.approx(stats.lognorm.ppf(share, SIGMA, scale=np.exp(MU)), rel=0.02)
    assert sizes.sauter.value == pytest.approx(np.exp(MU + 2.5 * SIGMA**2), rel=0.02)


def test_a_weight_by_hand() -> None:
    scan = measured([20.0, 30.0], x=[50, 195], touches=[False, True])
    counted = count_by_rule(scan, "weighted")
    assert counted.included.tolist() == [True, False]
    assert counted.weights == pytest.approx([100 * 200 / (80 * 180), 0])
    summary = summarise(scan, border="weighted")
    assert (summary.count, summary.left_out) == (1, 1)
    assert summary.density == pytest.approx(1 / (80 * 180))


def test_contours_give_the_true_width_and_height() -> None:
    scan = measured([20.0], size=(100.0, 200.0))
    counted = count_by_rule(scan, "weighted", drawn(scan, (100, 100)))
    # One pixel along the border, 1 nm high and 2 nm wide, counts as touching.
    assert counted.weights == pytest.approx([100 * 200 / ((98 - 20) * (196 - 20))], rel=1e-3)
    with pytest.raises(ValueError, match="not those"):
        count_by_rule(scan, "weighted", drawn(measured([3.0, 4.0]), (100, 100)))


def test_a_scan_where_nothing_lies_inside() -> None:
    summary = summarise(measured([300.0], touches=[True]), border="weighted")
    assert (summary.count, summary.density) == (0, 0.0)


def test_no_such_rule() -> None:
    with pytest.raises(ValueError, match="none of these"):
        count_by_rule(measured([3.0]), "drop")  # type: ignore[arg-type]


def test_coverage_counts_what_overlaps_once() -> None:
    scan = measured([20.0, 20.0, 10.0], x=[50, 60, 150], y=[50, 50, 50])
    summary = summarise(scan, maps=drawn(scan, (200, 400)))
    lens = 2 * 100 * np.arccos(0.5) - 5 * np.sqrt(400 - 100)
    assert summary.overlap == pytest.approx(lens / 20_000, rel=1e-3)
    assert summary.coverage == pytest.approx((225 * np.pi - lens) / 20_000, rel=1e-3)
    assert summarise(scan).coverage == pytest.approx(225 * np.pi / 20_000)
    assert summarise(scan).overlap is None


def test_coverage_ends_at_the_border_whatever_the_rule() -> None:
    scan = measured([40.0], x=[0.0], touches=[True])
    for border in ("keep", "exclude", "weighted"):
        summary = summarise(scan, border=border, maps=drawn(scan, (100, 200)))
        assert summary.coverage == pytest.approx(np.pi * 400 / 2 / 20_000, rel=1e-3)


def test_a_contour_that_crosses_itself_and_an_empty_scan() -> None:
    scan = measured([10.0])
    crossed = drawn(scan, (100, 200), points=4)
    points = crossed.particles[0].contour.points_px[[0, 2, 1, 3]]
    bent = ParticleMap((100, 200), (Particle(Contour(points)),))
    assert summarise(scan, maps=bent).coverage is not None
    assert summarise(measured([]), maps=ParticleMap((100, 200))).coverage == 0
