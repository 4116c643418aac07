"""The budget of uncertainty: by hand, and what a user relies on."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from particlesnn.core import Contour, Measurements, Particle, ParticleMap, Scan
from particlesnn.measurement import measure
from particlesnn.recognition import Recognizer
from particlesnn.recognition.recognizer import shipped_models
from particlesnn.statistics import Budget, Circumstances, Component, measured_errors, measured_weights, summarise
from particlesnn.statistics import uncertainty_budgets as budgets_of

TURN = np.linspace(0, 2 * np.pi, 64, endpoint=False)


def disc(x: float, y: float, radius: float, origin: str = "network") -> Particle:
    points = np.stack([x + radius * np.cos(TURN), y + radius * np.sin(TURN)], axis=1)
    return Particle(Contour(points), origin=origin)  # type: ignore[arg-type]


def scanned(seed: int, factor: float = 1.0, origin: str = "network") -> tuple[Measurements, ParticleMap]:
    rng = np.random.default_rng(seed)
    places = [(20 + 40 * column, 20 + 40 * row) for row in range(5) for column in range(5)]
    discs = tuple(disc(x, y, factor * rng.uniform(8, 12), origin) for x, y in places)
    particles = ParticleMap((200, 200), discs)
    values = rng.normal(0, 0.01, (200, 200))
    for x, y in places:
        rows, columns = np.indices(values.shape)
        values += 3.0 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 50)
    return measure(Scan(values, "nm", (0.5, 0.5)), particles), particles


@pytest.fixture(scope="module")
def weights() -> str:
    return measured_weights()[0]


def part(budget: Budget, cause: str) -> Component:
    return next(each for each in budget.components if each.cause == cause)


def test_squares_add_up_and_the_factor_follows_the_freedom() -> None:
    parts = (
        Component("scale", 0.03, ""),
        Component("sampling", 0.04, "", freedom=1.0),
        Component("pixel", 0.5, "", counted=False),
        Component("border", None, ""),
    )
    budget = Budget("mean_diameter", "nm", 10.0, parts)
    assert budget.total.relative == pytest.approx(0.05)
    assert budget.total.freedom == 2  # 0.05^4 / 0.04^4 = 2.4, rounded down
    assert budget.total.factor == pytest.approx(stats.t.ppf(0.975, budget.total.freedom))
    assert budget.unknown == ("border",)


def test_detection_and_border_that_cancel_are_less_than_either() -> None:
    parts = (Component("detection", 0.02, ""), Component("border", 0.02, ""))
    assert Budget("coverage", "", 0.3, parts, together=-1.0).total.relative == pytest.approx(0.0, abs=1e-9)
    assert Budget("coverage", "", 0.3, parts, together=1.0).total.relative == pytest.approx(0.04)


def test_no_interval_begins_below_nothing() -> None:
    budget = Budget("mean_diameter", "nm", 5.0, (Component("sampling", 0.2, "", freedom=1.0),))
    assert budget.total.interval_95[0] == 0.0
    assert budget.total.interval_95[1] == pytest.approx(5 + 12.706 * 1.0, rel=1e-4)


def test_adding_a_cause_never_narrows_the_interval() -> None:
    chance = Component("sampling", 0.2, "", freedom=1.0)
    alone = Budget("mean_diameter", "nm", 5.0, (chance,)).total
    more = Budget("mean_diameter", "nm", 5.0, (chance, Component("scale", 0.05, ""))).total
    assert more.interval_95[1] > alone.interval_95[1]


def test_hollows_have_heights_below_nothing() -> None:
    low, high = Budget("mean_height_max", "nm", -2.0, (Component("scale", 0.1, ""),)).total.interval_95
    assert (low, high) == pytest.approx((-2.392, -1.608), abs=1e-3)


def test_coverage_is_at_most_all() -> None:
    budget = Budget("coverage", "", 0.8, (Component("sampling", 0.3, ""),))
    assert budget.total.interval_95[1] == 1.0


def test_the_scale_enters_once_twice_or_not_at_all(weights: str) -> None:
    measured, particles = scanned(0)
    found = budgets_of([measured], [particles], Circumstances(weights, scale=0.02))
    assert part(found["mean_diameter"], "scale").relative == pytest.approx(0.02)
    assert part(found["density"], "scale").relative == pytest.approx(0.04)
    assert "scale" not in [each.cause for each in found["coverage"].components]
    assert part(found["mean_height_max"], "scale").relative == pytest.approx(0.02)
    bare = budgets_of([replace(measured, scaled=False)], [particles], Circumstances(weights, scale=0.02))
    assert "scale" not in [each.cause for each in bare["mean_diameter"].components]
    assert bare["mean_diameter"].unit == "px"


def test_sampling_is_the_standard_error_of_the_summary(weights: str) -> None:
    measured, particles = scanned(1)
    summary = summarise(measured, maps=particles)
    budget = budgets_of([measured], [particles], Circumstances(weights))["mean_diameter"]
    mean, error = summary.spreads["diameter"].mean, summary.spreads["diameter"].standard_error
    assert mean is not None
    assert error is not None
    assert part(budget, "sampling").relative == pytest.approx(error / mean)
    assert part(budget, "sampling").freedom == pytest.approx(24, rel=0.01)
    assert budget.total.relative > part(budget, "sampling").relative  # type: ignore[operator]


def test_more_scans_shrink_chance_but_not_the_border(weights: str) -> None:
    several = [scanned(seed) for seed in range(9)]
    one = budgets_of(*zip(*several[:1], strict=True), Circumstances(weights))["mean_diameter"]
    nine = budgets_of(*zip(*several, strict=True), Circumstances(weights))["mean_diameter"]
    assert part(nine, "sampling").relative < 0.7 * part(one, "sampling").relative  # type: ignore[operator]
    errors = measured_errors(weights, "none", "diameter", 20.0)
    assert errors is not None
    assert part(nine, "border").relative == pytest.approx(errors.border.systematic, rel=0.1)
    assert part(one, "border").relative >= part(nine, "border").relative  # type: ignore[operator]


def test_what_is_not_known_is_said() -> None:
    measured, particles = scanned(2, origin="human")
    drawn = budgets_of([measured], [particles])["mean_diameter"]
    assert drawn.unknown == ("detection", "border")
    measured, particles = scanned(2)
    stranger = budgets_of([measured], [particles], Circumstances("0" * 64))["mean_diameter"]
    assert stranger.unknown == ("detection", "border")
    assert "these weights" in part(stranger, "border").how


def test_without_the_operator_less_is_unsure(weights: str) -> None:
    measured, particles = scanned(3)
    budget = budgets_of([measured], [particles], Circumstances(weights))["mean_diameter"]
    with_operator, without = budget.total.relative, budget.same_operator.relative
    assert with_operator**2 - without**2 == pytest.approx(0.05**2 / 2)


def test_an_empty_scan_has_no_budget() -> None:
    measured = measure(Scan(np.zeros((50, 50)), "nm", (1.0, 1.0)), ParticleMap((50, 50)))
    assert budgets_of([measured], [ParticleMap((50, 50))]) == {}


@pytest.mark.parametrize("model", shipped_models())
def test_the_contours_of_all_shipped_weights_were_measured(model: str) -> None:
    """Where this fails: python benchmarks/contour_errors.py measure, which takes a quarter of an hour."""
    assert Recognizer.load(model, threads=1).card.digest in measured_weights()


def test_the_interval_of_coverage_holds_the_truth() -> None:
    """Discs strewn by chance, few and small, so that they hardly overlap."""
    rng, hits = np.random.default_rng(7), 0
    for _ in range(200):
        radii = rng.uniform(4, 6, rng.poisson(40))
        discs = tuple(disc(*rng.uniform(20, 980, 2), radius) for radius in radii)
        particles = ParticleMap((1000, 1000), discs)
        area = np.array([each.contour.area_px for each in discs])
        columns = {"diameter": np.sqrt(4 / np.pi * area), "area": area}
        ids = tuple(each.id for each in particles.particles)
        measured = Measurements(ids, columns, False, False, np.zeros(len(ids), dtype=np.bool_), (1000.0, 1000.0))
        low, high = summarise(measured, maps=particles).coverage_95 or (0.0, 0.0)
        hits += low <= 40 * np.pi * (25 + 1 / 3) / 1e6 <= high
    assert 0.90 <= hits / 200 <= 0.98
