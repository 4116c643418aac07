"""What the report says of the tip."""

from dataclasses import replace

from particlesnn.core import TipFigures
from particlesnn.pipeline import AnalysisSettings, analyse_particles
from particlesnn.report import tip_section
from particlesnn.simulation import simulate


def test_a_line_a_scan_and_why_a_tip_could_not_be_told() -> None:
    scan, truth = simulate("easy", 3)
    measured = analyse_particles(scan, truth, AnalysisSettings(tip="radius=2nm")).measurements
    refused = replace(measured, tip=TipFigures("blind", refusal="too flat"))
    section = tip_section([("a.txt", measured), ("b.txt", refused)])
    assert section is not None
    told, other = section.rows
    assert told[:2] == ("a.txt", "given")
    assert float(told[6]) < float(told[5])  # smaller without the broadening
    assert other[-1] == "too flat"


def test_nothing_is_said_where_no_tip_was_asked_for() -> None:
    scan, truth = simulate("easy", 3)
    assert tip_section([("a.txt", analyse_particles(scan, truth, AnalysisSettings()).measurements)]) is None
