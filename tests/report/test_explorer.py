"""The data that the script of the page works with."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest

from particlesnn.core import Particle, ParticleMap, Scan
from particlesnn.report import ImageEntry
from particlesnn.report.contents import contents_of
from particlesnn.report.entry import Provenance
from particlesnn.report.explorer import explorer_json
from particlesnn.statistics import summarise_jointly


def explored(entries, **rule):
    joint = summarise_jointly([each.measurements for each in entries if each.measurements is not None], **rule)
    contents = contents_of(entries, joint, Provenance("1"), title="t", bins=None, sections=())
    text = explorer_json(entries, joint, contents.figures, [group.chart.bars for group in contents.groups])
    return json.loads(text), contents, text


@pytest.fixture
def entry(bumps, measured):
    return ImageEntry("one.stp", *bumps, measured([4.0, 5.0, 6.0], at_border=1))


def test_numbers_are_those_of_the_measurements(entry):
    data, contents, _ = explored([entry])
    (scan,), (kind,) = data["scans"], data["kinds"]
    assert [column["name"] for column in kind["columns"]][:3] == ["diameter", "height", "area"]
    assert [column["unit"] for column in kind["columns"]][:3] == ["nm", "nm", "nm²"]
    assert scan["values"][0] == [4.0, 5.0, 6.0]
    assert scan["values"][1] == [1.0, 1.25, 1.5]
    assert scan["scores"] == [0.9] * 3
    assert scan["border"] == [1, 0, 0]
    assert (scan["figure"], scan["name"]) == ("image-1", "one.stp")
    width, height = scan["size"]
    assert scan["scale"] * width == pytest.approx(entry.measurements.size_scan[1])
    assert width / height == pytest.approx(1.5, rel=1e-3)
    assert contents.figures[0].nm_per_unit == scan["scale"]


def test_each_particle_has_its_outline_in_the_figure(entry):
    data, contents, _ = explored([entry])
    found = [
        int(number) for ids in re.findall(r'data-ids="([\d ]+)"', contents.figures[0].svg) for number in ids.split()
    ]
    assert found == data["scans"][0]["ids"]
    paths = "".join(re.findall(r' d="([^"]+)"', contents.figures[0].svg))
    assert paths.count("M") == paths.count("z") == len(found)


@pytest.mark.parametrize("border", ["keep", "weighted"])
def test_a_bar_asks_for_as_many_particles_as_it_counts(bumps, measured, border):
    rng = np.random.default_rng(1)
    # Many values lie on the very edges of bins.
    entries = [
        ImageEntry(str(k), *bumps, measured(np.round(rng.lognormal(1.5, 0.3, 300), 1), at_border=20)) for k in (1, 2)
    ]
    data, contents, _ = explored(entries, border=border)
    bars = contents.groups[0].chart.bars
    bins = np.concatenate([scan["bins"] for scan in data["scans"]])
    assert [(bins == k).sum() for k in range(len(bars))] == [bar.count for bar in bars]
    assert (bins >= 0).sum() == (600 if border == "keep" else 560)
    assert all(0 < a.left < a.right <= b.left + 1e-9 < 1 for a, b in pairwise(bars))


def test_no_name_ends_the_script(bumps, measured):
    name = "</script><script>alert(1)</script><!--\u2028.stp"
    data, _, text = explored([ImageEntry(name, *bumps, measured([4.0, 5.0, 6.0]))])
    assert "<" not in text
    assert data["scans"][0]["name"] == name


def test_what_is_unknown_is_null_and_empty_scans_have_empty_lists(bumps, measured):
    scan, particles = bumps
    drawn = ParticleMap(scan.shape_px, tuple(Particle(p.contour, origin="human") for p in particles.particles))
    unknown = measured([4.0, np.nan, 6.0], scaled=False, heights=False)
    entries = [
        ImageEntry("drawn", Scan(scan.values), drawn, unknown),
        ImageEntry("empty", scan, ParticleMap(scan.shape_px), measured([])),
        ImageEntry("failed", error="Broken."),
    ]
    data, _, _ = explored(entries)
    by_name = {scan["name"]: scan for scan in data["scans"]}
    assert set(by_name) == {"drawn", "empty"}
    assert by_name["drawn"]["values"][0] == [4.0, None, 6.0]
    assert by_name["drawn"]["scores"] == [None] * 3
    assert by_name["drawn"]["scale"] is None
    assert by_name["empty"]["ids"] == by_name["empty"]["bins"] == []
    assert data["kinds"][by_name["drawn"]["kind"]]["columns"][0]["unit"] == "px"
