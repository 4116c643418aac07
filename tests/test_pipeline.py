"""The page: one call from a file to numbers, and what may be chosen."""

from pathlib import Path

import numpy as np
import pytest

import particlesnn
from particlesnn import AnalysisSettings, ParticleMap, ParticlesNNError, Scan
from particlesnn.files import write_wsxm_ascii
from particlesnn.pipeline import analyse_particles
from particlesnn.statistics import count_by_rule


@pytest.fixture(scope="module")
def simulated() -> tuple[Scan, ParticleMap]:
    return particlesnn.simulate("easy", 4)


def test_one_call_from_a_file_to_numbers(simulated: tuple[Scan, ParticleMap], tmp_path: Path) -> None:
    scan, truth = simulated
    write_wsxm_ascii(tmp_path / "scan.txt", scan)
    analysis = particlesnn.analyse(tmp_path / "scan.txt")
    assert analysis.summary.count == pytest.approx(len(truth), abs=4)
    assert len(analysis.particles) == len(analysis.measurements) == analysis.summary.count
    exact = analyse_particles(scan, truth, AnalysisSettings()).summary
    assert analysis.summary.spreads["diameter"].mean == pytest.approx(exact.spreads["diameter"].mean, rel=0.05)
    assert analysis.summary.coverage == pytest.approx(exact.coverage, rel=0.08)


def test_filters_keep_particles_and_numbers_together(simulated: tuple[Scan, ParticleMap]) -> None:
    scan, truth = simulated
    everything = analyse_particles(scan, truth, AnalysisSettings())
    diameters = everything.measurements.columns["diameter"]
    low, high = np.quantile(diameters, (0.3, 0.7))
    middle = analyse_particles(scan, truth, AnalysisSettings(min_diameter=low, max_diameter=high))
    kept = middle.measurements.columns["diameter"]
    assert (
        len(middle.particles) == len(kept) == middle.summary.count == ((diameters >= low) & (diameters <= high)).sum()
    )
    assert tuple(each.id for each in middle.particles.particles) == middle.measurements.ids
    # Neighbours that are filtered out were still known as no substrate.
    chosen = np.isin(everything.measurements.ids, middle.measurements.ids)
    np.testing.assert_array_equal(
        middle.measurements.columns["height_max"], everything.measurements.columns["height_max"][chosen]
    )


def test_the_user_s_pixel_size_rules(simulated: tuple[Scan, ParticleMap]) -> None:
    scan, _ = simulated
    small = Scan(scan.values[:96, :96], "nm", scan.pixel_nm)
    as_filed, doubled = (
        particlesnn.analyse(small, AnalysisSettings(pixel_size_nm=size)).summary for size in (None, 0.8)
    )
    assert doubled.count == as_filed.count > 0
    assert doubled.area == pytest.approx(4 * as_filed.area)


def test_atoms_are_counted_when_a_metal_is_named(simulated: tuple[Scan, ParticleMap]) -> None:
    scan, truth = simulated
    assert analyse_particles(scan, truth, AnalysisSettings()).metal is None
    kept, inner = (
        analyse_particles(scan, truth, AnalysisSettings(metal="Pd", border=rule)) for rule in ("keep", "exclude")
    )
    assert kept.metal is not None
    assert inner.metal is not None
    assert kept.metal.particles == len(truth) > inner.metal.particles == inner.summary.count
    assert (kept.metal.area, inner.metal.area) == (kept.summary.area, inner.summary.area)
    assert 0 < kept.metal.dispersion < 1
    with pytest.raises(ParticlesNNError, match="--metal needs a scale"):
        particlesnn.analyse(Scan(scan.values, "nm"), AnalysisSettings(metal="Pd"))


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"refine": "magic"}, "none, gaussian or gaussian-single"),
        ({"metal": "Xx"}, "not known; name one of Pt"),
        ({"metal": "Pt", "shape": "cube"}, "a cap or a hemisphere"),
        ({"border": "drop"}, "kept, excluded or weighted"),
        ({"bins": 0}, "1 to 10000 bins"),
        ({"bins": 10**9}, "1 to 10000 bins"),
        ({"pixel_size_nm": 1e300}, "between 1e-6 and 1e9 nm"),
        ({"pixel_size_nm": 0.0}, "positive"),
        ({"min_diameter": 5.0, "max_diameter": 2.0}, "exchange"),
        ({"max_diameter": float("nan")}, "positive"),
    ],
)
def test_choices_that_make_no_sense(choice: dict, message: str) -> None:
    with pytest.raises(ParticlesNNError, match=message):
        AnalysisSettings(**choice)


def test_refined_contours_are_what_is_measured(simulated: tuple[Scan, ParticleMap]) -> None:
    scan, _ = simulated
    small = Scan(scan.values[:160, :160], "nm", scan.pixel_nm)
    plain, refined = (particlesnn.analyse(small, AnalysisSettings(refine=how)) for how in ("none", "gaussian"))
    assert {each.origin for each in plain.particles.particles} == {"network"}
    assert "refined" in {each.origin for each in refined.particles.particles}
    assert refined.summary.count == plain.summary.count
    first = refined.particles.particles[0]
    area = first.contour.area_px * scan.pixel_nm[0] * scan.pixel_nm[1]
    assert refined.measurements.columns["area"][0] == pytest.approx(area)


def test_the_package_lists_its_verbs() -> None:
    for name in particlesnn.__all__:
        assert getattr(particlesnn, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'analyze'"):
        particlesnn.analyze  # noqa: B018


def test_metal_counts_by_the_weights_of_the_statistics(simulated: tuple[Scan, ParticleMap]) -> None:
    scan, truth = simulated
    analysis = analyse_particles(scan, truth, AnalysisSettings(metal="Pd", shape="hemisphere", border="weighted"))
    weights = count_by_rule(analysis.measurements, "weighted", truth).weights
    assert analysis.metal is not None
    expected = float(weights @ (np.pi / 2 * analysis.measurements.columns["diameter"] ** 2))
    assert analysis.metal.exposed_area == pytest.approx(expected)
