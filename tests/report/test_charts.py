import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import QUANTITIES, OutputError
from particlesnn.report.charts import draw_histogram, render_histogram

DIAMETER = next(quantity for quantity in QUANTITIES if quantity.name == "diameter")
SIZES = np.random.default_rng(0).lognormal(np.log(5.0), 0.25, 377)


def bars(svg: bytes) -> int:
    """Count the filled bars of a chart (the sample in the legend is one more)."""
    return len(re.findall(rb"fill: #e3b17c", svg)) - 1


@pytest.mark.parametrize(
    ("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF"), (".PNG", b"\x89PNG")]
)
def test_suffix_chooses_the_kind_of_file(tmp_path: Path, suffix, magic):
    target = tmp_path / f"histogram{suffix}"
    draw_histogram(target, SIZES, DIAMETER, "nm")
    assert target.read_bytes().startswith(magic)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["histogram", "histogram.jpg", "histogram.svg.bak"])
def test_other_suffixes_are_refused_by_name(tmp_path, name):
    with pytest.raises(OutputError, match=re.escape(name)):
        draw_histogram(tmp_path / name, SIZES, DIAMETER, "nm")
    assert not list(tmp_path.iterdir())


def test_bars_hold_every_particle_once():
    """The histogram of the statistics is drawn as it is: as many bars as it has bins."""
    from particlesnn.statistics import histogram

    assert bars(render_histogram(SIZES, DIAMETER, "nm", "svg")) == len(histogram(SIZES).counts)


def curves(svg: bytes) -> int:
    return len(re.findall(rb"stroke: #c22d0d", svg))


def test_lognormal_curve_needs_particles_enough():
    assert curves(render_histogram(SIZES, DIAMETER, "nm", "svg")) == 2, "a curve and its sample in the legend"
    assert curves(render_histogram(SIZES[:10], DIAMETER, "nm", "svg")) == 0


def test_no_lognormal_curve_for_values_that_may_be_negative():
    assert curves(render_histogram(SIZES - 4.0, DIAMETER, "nm", "svg")) == 0


def test_cumulative_curve_is_drawn_on_request():
    colour = rb"stroke: #1f5f8b"
    assert not re.search(colour, render_histogram(SIZES, DIAMETER, "nm", "svg"))
    assert re.search(colour, render_histogram(SIZES, DIAMETER, "nm", "svg", cumulative=True))


@pytest.mark.parametrize(
    "values",
    [
        [],
        [np.nan],
        [5.2],
        [3.0] * 40,
        [4.1, 5.2],
        [0.0],
        [-1.0, 1.0],
        [1e-4, 2e-4, 5e-4],
        [1e7, 3e7],
        [1.0] * 50 + [900.0],
    ],
    ids=str,
)
@pytest.mark.parametrize("cumulative", [False, True])
def test_odd_samples_are_drawn(tmp_path, values, cumulative):
    draw_histogram(tmp_path / "a.png", values, DIAMETER, "nm", cumulative=cumulative)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (1120, 760)


def test_no_particles_gives_no_bars():
    assert b"#e3b17c" not in render_histogram([], DIAMETER, "nm", "svg")


def test_nan_is_left_out():
    with_gaps = np.concatenate([SIZES, [np.nan, np.inf]])
    assert bars(render_histogram(with_gaps, DIAMETER, "nm", "svg")) == bars(
        render_histogram(SIZES, DIAMETER, "nm", "svg")
    )


def test_title_is_taken_letter_by_letter(tmp_path):
    draw_histogram(tmp_path / "a.png", SIZES, DIAMETER, "nm", title="sample_$1$_{x^ & co")
    assert (tmp_path / "a.png").exists()
