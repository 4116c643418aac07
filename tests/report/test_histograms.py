import re

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import QUANTITIES, OutputError
from particlesnn.report.histograms import _edges, draw_histograms
from particlesnn.statistics.sample import Sample

DIAMETER = next(quantity for quantity in QUANTITIES if quantity.name == "diameter")
TRUTH = np.random.default_rng(0).lognormal(np.log(5.0), 0.25, 377)


def words(path) -> str:
    """Read the texts of an SVG chart, which are written as comments beside their outlines."""
    return " | ".join(re.findall("<!-- (.*?) -->", path.read_text(encoding="utf-8")))


def test_the_key_names_each_method_with_its_number_and_mean(tmp_path):
    draw_histograms(tmp_path / "x.svg", {"truth": TRUTH, "network": TRUTH[:200], "flooding": []}, DIAMETER, "nm")
    said = words(tmp_path / "x.svg")
    assert "truth: N = 377" in said
    assert "network: N = 200" in said
    assert "flooding: none found" in said
    assert "Diameter d (nm)" in said


def test_another_method_s_giants_do_not_squeeze_the_rest_and_are_named(tmp_path):
    flooded = np.concatenate([TRUTH[:50], [300.0, 400.0], [np.nan]])
    edges = _edges([TRUTH, flooded[:-1]])
    assert edges is not None
    assert TRUTH.max() <= edges[-1] < 2 * TRUTH.max()
    draw_histograms(tmp_path / "x.svg", {"truth": TRUTH, "flooding": flooded}, DIAMETER, "nm")
    assert "flooding: N = 52" in words(tmp_path / "x.svg")
    assert ", 2 above" in words(tmp_path / "x.svg")


@pytest.mark.parametrize("first", [[5.0], [5.0, 5.0], [5.0, 5.0 + 1e-15], [0.001, 1000.0], list(TRUTH)])
@pytest.mark.parametrize("second", [[], [5.0], [0.1, 0.2], [1e4]])
def test_bins_hold_all_of_the_first_method(first, second):
    edges = _edges([np.array(first), np.array(second)])
    assert edges is not None
    assert edges[0] <= min(first)
    assert max(first) < edges[-1]
    assert 2 <= len(edges) < 200


def test_without_particles_the_chart_says_so(tmp_path):
    for values in ({}, {"network": [], "flooding": [np.nan]}):
        draw_histograms(tmp_path / "x.svg", values, DIAMETER, "px")
        assert "no particles found" in words(tmp_path / "x.svg")
    draw_histograms(tmp_path / "x.png", {}, DIAMETER, "px")
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size[0] > 1000
    with pytest.raises(OutputError, match=re.escape("x.gif")):
        draw_histograms(tmp_path / "x.gif", {}, DIAMETER, "px")


def test_the_error_in_the_key_is_from_scan_to_scan(tmp_path):
    values = np.concatenate([np.full(50, 4.0), np.full(50, 6.0)])
    sample = Sample(values, np.ones(100), np.repeat([0, 1], 50))
    draw_histograms(tmp_path / "x.svg", {"network": sample}, DIAMETER, "nm")
    assert "N = 100, mean 5.0 ± 1.0 nm" in words(tmp_path / "x.svg")
