import numpy as np
import pytest

from particlesnn.core import Contour, Particle, ParticleMap, Scan
from particlesnn.report.entry import ImageEntry
from particlesnn.report.view import (
    definitions_of,
    headings_of,
    pooled_diameters,
    rows_of,
    tiles_of,
    warnings_of,
)
from particlesnn.statistics import summarise_jointly


def tiles(summary):
    return {tile.label: tile for tile in tiles_of(summary)}


def test_headline_numbers(measured):
    (joint,) = summarise_jointly([measured([4.0, 5.0, 6.0, 7.0]), measured([])])
    found = tiles(joint)
    assert found["Particles"].value == "4"
    assert found["Particles"].note == "on 2 images"
    # SD of 4, 5, 6, 7 is 1.291, so the standard error is 0.645 and t(0.975, 3) = 3.182 gives 5.5 -/+ 2.05.
    assert found["Mean diameter ± SE"].value == "5.5 ± 0.6 nm"
    assert found["Mean diameter ± SE"].note == "95 % confidence 3.4 to 7.6 nm"
    assert found["Median diameter"].value == "5.50 nm"
    assert found["Standard deviation"].value == "1.29 nm"
    # 4 particles on 2 x 100 x 100 nm2 = 200 per um2: 400 on one of them and 0 on the other.
    assert found["Density ± SE"].value == "200 ± 200 per µm²"
    assert found["Coverage"].value == "0.495 %"
    assert found["Mean height ± SE"].value == "1.38 ± 0.16 nm"


def test_dense_scans_are_counted_per_square_nanometre(measured):
    (joint,) = summarise_jointly([measured([2.0] * 400)])
    assert tiles(joint)["Density ± SE"].value == "0.0400 ± 0.0020 per nm²"


def test_without_scale_and_heights_nothing_speaks_of_nm(measured):
    (joint,) = summarise_jointly([measured([10.0, 12.0], scaled=False, heights=False)])
    assert not any("nm" in f"{tile.value} {tile.note}" for tile in tiles_of(joint))
    assert not any("height" in tile.label.lower() for tile in tiles_of(joint))
    assert not any("nm" in line.unit for line in definitions_of([joint]))


def test_no_particles_give_dashes_and_zeros(measured):
    (joint,) = summarise_jointly([measured([])])
    found = tiles(joint)
    assert (found["Particles"].value, found["Mean diameter ± SE"].value, found["Coverage"].value) == ("0", "—", "0 %")


def test_failed_and_empty_images_keep_their_row(measured):
    entries = [
        ImageEntry("good.stp", measurements=measured([5.0, 6.0])),
        ImageEntry("empty.stp", measurements=measured([])),
        ImageEntry("broken.stp", error="It ends too early."),
    ]
    joint = summarise_jointly([e.measurements for e in entries if e.measurements is not None])
    rows = rows_of(entries, joint, ["image-1", "image-2", ""])
    assert [row.name for row in rows] == ["good.stp", "empty.stp", "broken.stp", "All (2 images)"]
    assert [row.kind for row in rows] == ["", "", "failed", "joint"]
    assert [row.note for row in rows] == ["", "no particles found", "It ends too early.", ""]
    assert [row.cells[1] for row in rows] == ["2", "0", "—", "2"]
    assert {len(row.cells) + 1 for row in rows} == {len(headings_of(joint))}


def test_images_of_two_kinds_carry_their_units(measured):
    entries = [
        ImageEntry("a", measurements=measured([5.0, 6.0])),
        ImageEntry("b", measurements=measured([50.0], scaled=False)),
    ]
    joint = summarise_jointly([e.measurements for e in entries if e.measurements is not None])
    rows = rows_of(entries, joint, ["", ""])
    assert rows[0].cells[2].endswith("nm")
    assert rows[1].cells[2].endswith("px")
    assert "nm" not in " ".join(headings_of(joint))
    assert [len(pooled_diameters(entries, summary)) for summary in joint] == [2, 1]
    assert len(rows) == 4


def test_excluded_particles_are_in_neither_row_nor_chart(measured):
    one = measured([4.0, 4.0, 4.0])
    one.columns["x"][0] = 1.0
    entries = [ImageEntry("a", measurements=one)]
    joint = summarise_jointly([one], border="exclude")
    row = rows_of(entries, joint, [""])[0]
    assert (row.cells[1], row.note) == ("2", "1 at the border left out")
    assert len(pooled_diameters(entries, joint[0])) == 2


def test_two_images_that_differ_much_are_warned_of(measured):
    entries = [ImageEntry("a", measurements=measured([4.0, 5.0])), ImageEntry("b", measurements=measured([9.0, 10.0]))]
    joint = summarise_jointly([entry.measurements for entry in entries])
    limits = joint[0].spreads["diameter"].confidence_95
    assert limits[0] == 0.0  # Student's t of 12.7 reaches far below
    assert limits[1] > 30
    height = joint[0].spreads["height_max"].confidence_95
    assert height[0] < 0  # a hollow has a negative height, so this one is not cut
    assert any("begins at 0" in warning for warning in warnings_of(entries, joint))


def test_warnings_name_what_a_reader_must_know(measured):
    square = Contour(np.array([[1.0, 1.0], [5.0, 1.0], [5.0, 5.0]]))
    unsure = ParticleMap((100, 100), (Particle(square, 0.3), Particle(square, 0.9), Particle(square, None, "human")))
    entries = [
        ImageEntry("scaled.stp", particles=unsure, measurements=measured([5.0, 5.0, 5.0], at_border=2)),
        ImageEntry("bare.png", measurements=measured([5.0], scaled=False)),
        ImageEntry("broken.stp", scan=Scan(np.zeros((4, 4))), error="No."),
    ]
    joint = summarise_jointly([e.measurements for e in entries if e.measurements is not None])
    text = "\n".join(warnings_of(entries, joint))
    assert "1 image could not be measured: broken.stp." in text
    assert "scale is unknown: bare.png." in text
    assert "2 of 4 particles touch the border" in text
    assert "1 of 2 contours have a score below 0.5" in text


def test_nothing_to_warn_of(measured):
    entries = [ImageEntry("a.stp", measurements=measured([5.0, 6.0]))]
    assert warnings_of(entries, summarise_jointly([entries[0].measurements])) == []


@pytest.mark.parametrize("count", [6, 60])
def test_long_lists_of_names_are_cut(count):
    entries = [ImageEntry(f"{i}.stp", error="No.") for i in range(count)]
    assert warnings_of(entries, [])[0].endswith(f"4.stp and {count - 5} more.")
