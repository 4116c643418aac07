import numpy as np
import pytest

from particlesnn.report import ImageEntry
from particlesnn.report.distribution import figures_of, remarks_of
from particlesnn.report.entry import Provenance
from particlesnn.report.method import method_of
from particlesnn.report.view import tiles_of, warnings_of
from particlesnn.statistics import summarise, summarise_jointly


def strewn(measured, count=120, **rest):
    rng = np.random.default_rng(0)
    one = measured(rng.lognormal(1.0, 0.3, count), **rest)
    one.columns["x"][:], one.columns["y"][:] = rng.uniform(0, 100, (2, count))
    one.columns["height_max"][:] += rng.normal(0, 0.1, count)
    return one


def test_each_figure_has_its_unit_and_its_interval(measured):
    lines = {line.name: line for line in figures_of(summarise(strewn(measured), detailed=True))}
    assert lines["D50"].value.endswith(" nm")
    assert " to " in lines["Mean by volume, d₄₃"].interval
    assert lines["Mode"].interval == ""
    assert not lines["Span"].value.endswith("nm")
    unscaled = figures_of(summarise(strewn(measured, scaled=False, heights=False), detailed=True))
    assert not any("nm" in line.value + line.interval for line in unscaled)


def test_what_was_found_is_said_in_words(measured):
    remarks = dict(remarks_of(summarise(strewn(measured), detailed=True)))
    assert remarks["Law"].startswith(("lognormal: ", "normal: "))
    assert "Anderson-Darling" in remarks["Law"]
    assert "Clark-Evans R = " in remarks["Spatial"]
    assert "as by chance" in remarks["Spatial"]
    assert "Pearson 0." in remarks["Height with diameter"]


def test_two_kinds_are_named_with_their_shares(measured):
    rng = np.random.default_rng(1)
    both = np.concatenate([rng.lognormal(1.0, 0.15, 150), rng.lognormal(2.2, 0.15, 50)])
    remarks = dict(remarks_of(summarise(measured(both), detailed=True)))
    assert remarks["Law"].startswith("two lognormals: 75 % at 2.69, 25 % at ")


@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_particles_make_short_sentences(measured, count):
    summary = summarise(strewn(measured, count), detailed=True)
    assert len(figures_of(summary)) == (9 if count else 0)
    assert all(sentence.endswith(".") for _, sentence in remarks_of(summary))
    assert remarks_of(summarise(strewn(measured, count))) == []


def test_the_page_says_where_its_error_bars_come_from(measured):
    scans = [strewn(measured, 30), strewn(measured, 40)]
    joint = summarise_jointly(scans, border="weighted")
    (mean,) = [tile for tile in tiles_of(joint[0]) if tile.label.startswith("Mean diameter")]
    assert mean.note.endswith("from 2 images")
    assert "from image to image" in " ".join(warnings_of([ImageEntry("a", measurements=each) for each in scans], joint))
    text = " ".join(paragraph.text for paragraph in method_of(Provenance("1"), joint))
    assert "jackknife" in text
    assert "wholly inside" in text
    alone = " ".join(paragraph.text for paragraph in method_of(Provenance("1"), summarise_jointly(scans[:1])))
    assert "jackknife" not in alone
