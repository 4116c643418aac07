"""Further files beside the results, and all that is needed to repeat a run."""

import csv
import hashlib
import json
import sys
from pathlib import Path

import openpyxl
import pytest
from pyarrow import parquet

from particlesnn.files import read_annotations, read_labelme
from tests.cli.conftest import Call

ALL = [
    word for form in ("comma", "xlsx", "parquet", "pdf", "imagej", "labels", "via", "svg") for word in ("--also", form)
]
OF_ALL = {"particles-comma.csv", "particles.xlsx", "particles.parquet", "report.pdf"}


@pytest.fixture(scope="module")
def out(call: Call, scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("also")
    (folder / "скан.txt").write_bytes((scans / "a.txt").read_bytes())
    (folder / "broken.txt").write_bytes(b"")
    given = (folder / "скан.txt", folder / "broken.txt", scans / "none.txt")
    assert call("detect", *given, "-o", folder / "out", *ALL).code == 1
    return folder / "out"


def rows(out: Path, name: str) -> list[dict[str, str]]:
    with (out / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_all_of_it_is_there_and_says_the_same(out: Path) -> None:
    names = {path.name for path in out.iterdir()}
    assert names >= OF_ALL
    for stem in ("скан", "none"):
        assert names >= {f"{stem}{end}" for end in (".rois.zip", ".labels.tif", ".via.json", ".overlay.svg")}
    assert not [name for name in names if name.startswith("broken")]
    found, count = rows(out, "particles.csv"), len(read_labelme(out / "скан.labelme.json"))
    assert 20 <= count <= len(found)
    assert parquet.read_metadata(out / "particles.parquet").num_rows == len(found)
    for end in (".rois.zip", ".labels.tif", ".via.json"):
        (back,) = read_annotations(out / f"скан{end}", shape_px=(256, 256))
        assert len(back) == count, end
    book = openpyxl.load_workbook(out / "particles.xlsx", read_only=True)
    assert book.sheetnames == ["particles", "images", "statistics", "columns", "how it was made"]
    statistics = dict(list(book["statistics"].iter_rows(values_only=True))[1:])
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert statistics["diameter_nm / mean"] == pytest.approx(summary["joint"]["diameter_nm"]["mean"])
    assert statistics["diameter_nm / confidence_95 / from"] == pytest.approx(
        summary["joint"]["diameter_nm"]["confidence_95"][0]
    )


def test_a_result_tells_how_to_repeat_it(out: Path) -> None:
    images = {row["image"]: row for row in rows(out, "images.csv")}
    scan = out.parent / "скан.txt"
    assert images["скан.txt"]["sha256"] == hashlib.sha256(scan.read_bytes()).hexdigest()
    assert (images["скан.txt"]["scale_from"], images["broken.txt"]["scale_from"]) == ("file", "")
    command = json.loads((out / "summary.json").read_text(encoding="utf-8"))["reproduce"]["command"]
    assert command.startswith("particlesnn detect ")
    assert "--also xlsx" in command
    assert "To repeat this" in (out / "report.html").read_text(encoding="utf-8")


def test_resume_may_ask_for_more_and_overwrite_clears_it(call: Call, scans: Path, tmp_path: Path) -> None:
    run = ("detect", scans / "a.txt", "-o", tmp_path / "out")
    assert call(*run).code == 0
    assert call(*run, "--resume", "--also", "svg", "--also", "xlsx").code == 0
    assert (tmp_path / "out" / "a.overlay.svg").exists()
    assert call(*run, "--overwrite").code == 0
    assert not (tmp_path / "out" / "a.overlay.svg").exists()
    assert not (tmp_path / "out" / "particles.xlsx").exists()


@pytest.mark.parametrize(
    ("library", "form", "extra"), [("pyarrow", "parquet", "tables"), ("typst", "pdf", "pdf")], ids=["parquet", "pdf"]
)
def test_a_missing_library_is_said_before_any_work(
    call: Call, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, form: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    done = call("detect", scans / "a.txt", "-o", tmp_path / "out", "--also", form)
    assert done.code == 1
    assert f"pip install 'particlesnn[{extra}]'" in done.err
    assert not (tmp_path / "out").exists()


def test_every_column_is_explained(call: Call, scans: Path, tmp_path: Path) -> None:
    more = ("--refine", "gaussian", "--metal", "Pt", "--also", "xlsx")
    assert call("detect", scans / "a.txt", "-o", tmp_path / "out", *more).code == 0
    book = openpyxl.load_workbook(tmp_path / "out" / "particles.xlsx", read_only=True)
    (columns, *_) = book["particles"].iter_rows(values_only=True)
    explained = {row[0]: row for row in list(book["columns"].iter_rows(values_only=True))[1:]}
    assert list(explained) == list(columns)
    assert {"atoms", "dispersion", "predicted_length_nm", "score", "touches_border"} <= set(explained)
    assert explained["predicted_length_nm"][2] == "nm"
    assert "before it was refined" in explained["predicted_length_nm"][3]
    assert all(row[3] for row in explained.values())


def test_the_budget_of_uncertainty_stands_in_all_results(call: Call, scans: Path, tmp_path: Path) -> None:
    given = ("detect", scans / "a.txt", scans / "none.txt", "-o", tmp_path / "out", "--scale-uncertainty", "7")
    assert call(*given).code == 0
    told = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["uncertainty"]
    budget = told["joint"]["mean_diameter"]
    parts = {part["cause"]: part for part in budget["components"]}
    assert list(parts) == ["detection", "border", "pixel", "scale", "operator", "sampling"]
    assert parts["scale"]["relative"] == pytest.approx(0.07)
    assert parts["scale"]["standard_uncertainty_nm"] == pytest.approx(0.07 * budget["value_nm"])
    assert budget["unknown"] == []  # the shipped weights were measured
    low, high = budget["combined"]["confidence_95_nm"]
    assert low < budget["value_nm"] < high
    assert set(told["joint"]) == {"mean_diameter", "density", "coverage", "mean_height_max"}
    assert [image["image"] for image in told["images"]] == ["a.txt", "none.txt"]
    assert list(told["images"][1]) == ["image"]  # nothing there to be unsure of
    row = next(row for row in rows(tmp_path / "out", "images.csv") if row["image"] == "a.txt")
    own = told["images"][0]["mean_diameter"]["combined"]["standard_uncertainty_nm"]
    assert float(row["combined_uncertainty_nm"]) == pytest.approx(own, rel=1e-4)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Budget of uncertainty" in page
    assert page.count("7.0 %") >= 2  # the scale, of diameter and of height
    assert "14 %" in page  # and twice in the density
    assert call(*given[:-1], "120", "--overwrite").code == 2
