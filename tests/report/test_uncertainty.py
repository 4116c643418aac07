"""The budget of uncertainty as a reader of the report sees it."""

from particlesnn.report.uncertainty import budget_section, budget_table
from particlesnn.statistics import Budget, Component


def budget(figure: str = "mean_diameter", unit: str = "nm", value: float = 8.0, sampling: float = 0.02) -> Budget:
    parts = (
        Component("detection", None, "not known of contours drawn or corrected by hand"),
        Component("border", 0.01, "on simulated scans", bias=-0.004),
        Component("pixel", 0.001, "formula", counted=False),
        Component("scale", 0.03, "given"),
        Component("sampling", sampling, "from 100 particles", freedom=99 if sampling < 1 else 1),
    )
    return Budget(figure, unit, value, parts)


def test_a_line_a_cause_and_the_sums_below() -> None:
    table = budget_table({"mean_diameter": budget()})
    assert table is not None
    assert table.figures == (("Mean diameter", "8.00 nm"),)
    told = {line.cause: line for line in table.lines}
    assert list(told) == [
        "Detection", "Border", "Pixel", "Scale", "Sampling", "All together", "95 % interval", "Without the operator",
    ]  # fmt: skip
    assert told["Detection"].cells == ("not known",)
    assert (told["Scale"].cells, told["Pixel"].cells) == (("3.0 %",), ("(0.10 %)",))
    assert told["All together"].cells == ("3.7 % = 0.30 nm",)
    assert told["95 % interval"].cells[0].endswith("nm")
    words = " ".join(table.remarks)
    assert "mean diameter border -0.4 %" in words
    assert "detection" in words


def test_figures_stand_side_by_side_each_in_its_unit() -> None:
    both = {
        "mean_diameter": budget(),
        "density": Budget("density", "per_nm2", 0.002, (Component("sampling", 0.1, ""),)),
        "coverage": Budget("coverage", "", 0.25, (Component("sampling", 0.1, ""),)),
    }
    table = budget_table(both)
    assert table is not None
    assert table.figures[1:] == (("Density", "2000 per µm²"), ("Coverage", "25.0 %"))
    scale = next(line for line in table.lines if line.cause == "Scale")
    assert scale.cells == ("3.0 %", "—", "—")


def test_an_interval_that_begins_at_nothing_is_remarked_on() -> None:
    table = budget_table({"mean_diameter": budget(sampling=2.0)})
    assert table is not None
    assert any("begins at 0" in remark for remark in table.remarks)


def test_nothing_measured_has_no_table() -> None:
    assert budget_table({}) is None


def test_the_report_has_it_as_a_part_on_page_and_paper() -> None:
    section = budget_section({"mean_diameter": budget()})
    assert section is not None
    assert section.heading == "Budget of uncertainty"
    assert section.columns == ("Cause", "Mean diameter, 8.00 nm", "How it was obtained")
    assert all(len(row) == len(section.columns) for row in section.rows)
    assert budget_section({}) is None


def test_a_line_names_each_source_once() -> None:
    both = {
        "mean_diameter": Budget("mean_diameter", "nm", 8.0, (Component("sampling", 0.1, "from 42 particles"),)),
        "density": Budget("density", "per_nm2", 0.002, (Component("sampling", 0.1, "2 scans"),)),
        "coverage": Budget("coverage", "", 0.25, (Component("sampling", 0.1, "2 scans"),)),
    }
    table = budget_table(both)
    assert table is not None
    assert table.lines[0].how == "from 42 particles; 2 scans"
