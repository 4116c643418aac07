import numpy as np
import pytest

from particlesnn.core import ParticleMap, Scan
from particlesnn.evaluation.paper_sizes import table_4, table_5
from particlesnn.evaluation.paper_tables import (
    FoundOnScan,
    PaperTable,
    Row,
    TriedModel,
    TruthScan,
    table_1,
    table_2,
    table_3,
)
from particlesnn.measurement import measure
from tests.labelled import CENTRES, SIDE, truth

SCAN = Scan(np.random.default_rng(0).normal(size=(SIDE, SIDE)), "nm", (0.5, 0.5))
NOTHING = ParticleMap((SIDE, SIDE))


def known(name: str, true: ParticleMap, number: int | None = None) -> TruthScan:
    return TruthScan(name, number, true, {"truth": measure(SCAN, true), "flooding": measure(SCAN, NOTHING)})


def found(predicted: ParticleMap, fitted: ParticleMap = NOTHING) -> FoundOnScan:
    return FoundOnScan(predicted, fitted, {"predicted": measure(SCAN, predicted), "fitted": measure(SCAN, fitted)})


def row(table: PaperTable, **wanted: object) -> Row:
    (chosen,) = [each for each in table.rows if all(each.get(key) == value for key, value in wanted.items())]
    return chosen


SCANS = [known("1.txt", truth(), 1), known("bare.txt", NOTHING), known("failed.txt", truth())]
HALF = ParticleMap((SIDE, SIDE), truth().particles[: len(CENTRES) // 2])
MODEL = TriedModel(
    "x101-3x-rough", {"1.txt": found(truth(5.0), HALF), "bare.txt": found(NOTHING)}, {"failed.txt": "it was cut off"}
)


def test_a_network_fills_the_rows_of_both_its_contours() -> None:
    table = table_1(SCANS, [MODEL])
    assert row(table, number=3)["recall"] == 1.0
    fitted = row(table, number=4)
    assert (fitted["recall"], fitted["recall_paper"], fitted["contours"]) == (0.5, 0.51, "fitted")
    assert fitted["remark"] == "on 2 of 3 scans"
    assert fitted["map_bbox"] == pytest.approx(51 / 101)
    assert len(table.rows) == 6


def test_each_row_without_a_figure_says_why() -> None:
    counts = table_2(SCANS, [MODEL])
    assert row(counts, image="bare.txt")["remark"] == "nothing predicted, no true particles"
    assert row(counts, image="failed.txt")["remark"] == "it was cut off"
    assert row(counts, image="1.txt")["fn_paper"] == 111
    assert "tp" not in row(counts, image="paper 2")
    assert row(table_3(SCANS, [MODEL]), image="all")["fitted"] == 6
    sizes = table_4(SCANS, [MODEL])
    assert row(sizes, image="bare.txt")["remark"] == "no true particles, nothing predicted, no fit succeeded"
    assert row(sizes, image="1.txt")["predicted_accuracy"] == pytest.approx(5 / 7, rel=1e-6)
    assert row(sizes, image="1.txt")["fitted_accuracy_paper"] == 0.96
    methods = table_5(SCANS, [MODEL])
    assert row(methods, image="1.txt", method="flooding")["remark"] == "too few particles for an error"
    assert row(methods, image="failed.txt", method="x101-3x-rough")["remark"] == "it was cut off"
    assert row(methods, image="1.txt", method="truth")["mean_paper"] == 5.19


def test_without_a_scan_nothing_is_claimed() -> None:
    assert row(table_1([], [MODEL]), number=3)["remark"] == "no test scan could be read"
    assert row(table_1(SCANS, [TriedModel("x101-3x-rough", {})]), number=3)["remark"] == "failed on every scan"
    assert row(table_1([SCANS[1]], [MODEL]), number=3)["remark"] == "no true particles"
