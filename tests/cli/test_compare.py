"""The network against flooding and watershed, from the outside."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from particlesnn.files import open_scan, read_annotations, write_coco, write_wsxm_ascii
from particlesnn.recognition import Recognizer
from tests.cli.conftest import Call

FILES = {"comparison.csv", "comparison.json", "comparison.png"}
METHODS = ["network", "flooding", "watershed"]


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.fixture(scope="module")
def simulated(call: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "set"
    assert call("simulate", "-n", 1, "-o", folder, "--seed", 5, "--like", "medium").code == 0
    return folder


def test_a_row_for_each_method_on_each_scan_and_on_all(call: Call, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = call("compare", scans / "a.txt", scans / "none.txt", "-o", out)
    assert (done.code, done.err) == (0, "")
    assert written(out) == FILES | {"a.compare.png", "none.compare.png"}
    rows = table(out / "comparison.csv")
    assert [(row["image"], row["method"]) for row in rows] == [
        (name, method) for name in ("a.txt", "none.txt", "all scans") for method in METHODS
    ]
    for method in METHODS:
        counts = [int(row["particles"]) for row in rows if row["method"] == method]
        assert counts[2] == counts[0] + counts[1]
    assert 20 <= int(rows[0]["particles"]) <= 30
    assert "precision" not in rows[0]
    for column in ("mean_diameter_nm", "standard_error_nm", "sd_diameter_nm", "coverage"):
        assert float(rows[0][column]) > 0
    data = json.loads((out / "comparison.json").read_text())
    assert [row["particles"] for row in data["joint"]] == [int(row["particles"]) for row in rows[-3:]]
    assert (data["images"], data["failed"], data["settings"]["model"]) == (2, [], "dense")
    assert all(name in done.out for name in (*METHODS, "comparison.csv"))
    with Image.open(out / "a.compare.png") as picture:
        assert picture.width > 3 * 700


def test_the_folder_of_simulated_scans_is_a_truth_too(call: Call, simulated: Path, tmp_path: Path) -> None:
    done = call("compare", simulated / "medium-00005.txt", "-o", tmp_path / "out", "--truth", simulated)
    assert (done.code, done.err) == (0, "")
    truth = next(row for row in table(tmp_path / "out" / "comparison.csv") if row["method"] == "truth")
    assert int(truth["particles"]) == len(read_annotations(simulated / "annotations.coco.json")[0])


def test_with_a_truth_the_methods_are_judged_by_it(call: Call, simulated: Path, tmp_path: Path) -> None:
    truth = simulated / "annotations.coco.json"
    scan = simulated / "medium-00005.txt"
    done = call("compare", scan, "-o", tmp_path / "out", "--truth", truth)
    assert done.code == 0
    rows = {row["method"]: row for row in table(tmp_path / "out" / "comparison.csv")[4:]}
    assert list(rows) == ["truth", *METHODS]
    assert int(rows["truth"]["particles"]) == len(read_annotations(truth)[0])
    assert rows["truth"]["precision"] == ""
    f1 = {method: float(rows[method]["f1_iou50"]) for method in METHODS}
    assert f1["network"] > f1["watershed"] > f1["flooding"]
    assert float(rows["network"]["size_accuracy"]) > 0.95
    # One number, whichever command says it.
    found = Recognizer.load("dense").recognise(open_scan(scan))
    write_coco(tmp_path / "found.coco.json", [found], [scan.name])
    assert call("evaluate", truth, tmp_path / "found.coco.json", "-o", tmp_path / "e.json").code == 0
    total = json.loads((tmp_path / "e.json").read_text())["total"]
    for name in ("precision", "recall", "f1_iou50"):
        assert float(rows["network"][name]) == pytest.approx(total[name], abs=0.01)
    assert "truth" in done.out
    assert "recall" in done.out


def test_one_broken_scan_keeps_its_row_and_takes_no_other_with_it(call: Call, scans: Path, tmp_path: Path) -> None:
    (tmp_path / "prose.txt").write_text("It rained.\n")
    done = call("compare", tmp_path / "prose.txt", scans / "a.txt", tmp_path / "missing.gwy", "-o", tmp_path / "out")
    assert done.code == 1
    sentences = done.err.strip().splitlines()
    assert len(sentences) == 3
    assert "2 of 3 scans failed" in sentences[2]
    rows = table(tmp_path / "out" / "comparison.csv")
    assert [row["status"] for row in rows] == ["failed", "done", "done", "done", "failed", "done", "done", "done"]
    assert "prose.txt" in rows[0]["error"]
    assert [entry["image"] for entry in json.loads((tmp_path / "out" / "comparison.json").read_text())["failed"]] == [
        "prose.txt",
        "missing.gwy",
    ]
    assert written(tmp_path / "out") == FILES | {"a.compare.png"}


def test_a_scan_without_truth_fails_alone(call: Call, simulated: Path, scans: Path, tmp_path: Path) -> None:
    scan = simulated / "medium-00005.txt"
    truth = simulated / "annotations.coco.json"
    done = call("compare", scan, scans / "a.txt", "-o", tmp_path / "out", "--truth", truth)
    assert done.code == 1
    assert "paired by name" in done.err
    assert [row["status"] for row in table(tmp_path / "out" / "comparison.csv")] == ["done"] * 4 + ["failed"] + [
        "done"
    ] * 4


def test_when_all_fail_the_files_are_there(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"")
    assert call("compare", tmp_path / "x.txt", "-o", tmp_path / "out").code == 1
    assert written(tmp_path / "out") == FILES
    assert json.loads((tmp_path / "out" / "comparison.json").read_text())["joint"] == []


def test_nanometres_and_pixels_are_never_mixed(call: Call, scans: Path, tmp_path: Path) -> None:
    shutil.copy(scans / "a.txt", tmp_path / "a.txt")
    assert call("convert", tmp_path / "a.txt", tmp_path / "grey.png", "--palette", "grey").code == 0
    done = call("compare", tmp_path / "a.txt", tmp_path / "grey.png", "-o", tmp_path / "out")
    assert done.code == 0
    joint = [row for row in table(tmp_path / "out" / "comparison.csv") if row["image"] == "all scans"]
    assert [bool(row["mean_diameter_nm"]) for row in joint] == [True] * 3 + [False] * 3
    assert [bool(row["mean_diameter_px"]) for row in joint] == [False] * 3 + [True] * 3
    assert "mean nm" in done.out
    assert "mean px" in done.out


def test_results_are_never_overwritten_silently(call: Call, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("compare", scans / "a.txt", "-o", out).code == 0
    (out / "mine.compare.png").write_text("precious")
    before = (out / "comparison.csv").read_bytes()
    refused = call("compare", scans / "none.txt", "-o", out)
    assert refused.code == 1
    assert "--overwrite" in refused.err
    assert "--resume" not in refused.err
    assert (out / "comparison.csv").read_bytes() == before
    assert call("compare", scans / "none.txt", "-o", out, "--overwrite").code == 0
    assert written(out) == FILES | {"none.compare.png", "mine.compare.png"}
    assert call("detect", scans / "none.txt", "-o", out, "--overwrite").code == 0
    assert not written(out) & {*FILES, "none.compare.png"}
    assert (out / "mine.compare.png").read_text() == "precious"


def test_files_of_nobody_s_run_are_never_lost(call: Call, simulated: Path, scans: Path, tmp_path: Path) -> None:
    (tmp_path / "a.compare.png").write_text("precious")
    assert call("compare", scans / "a.txt", "-o", tmp_path, "--overwrite").code == 1
    assert (tmp_path / "a.compare.png").read_text() == "precious"
    scan, truth = simulated / "medium-00005.txt", simulated / "annotations.coco.json"
    done = call("compare", scan, "-o", simulated, "--truth", truth, "--overwrite")
    assert done.code == 2
    assert "might be lost" in done.err
    assert truth.exists()


def test_dark_particles_are_found_when_the_baselines_are_told(call: Call, scans: Path, tmp_path: Path) -> None:
    scan = open_scan(scans / "a.txt")
    write_wsxm_ascii(tmp_path / "dark.txt", replace(scan, values=-scan.values))
    assert call("compare", tmp_path / "dark.txt", "-o", tmp_path / "told", "--dark").code == 0
    told = {row["method"]: int(row["particles"]) for row in table(tmp_path / "told" / "comparison.csv")[:3]}
    assert min(told["flooding"], told["watershed"]) >= 15
    assert json.loads((tmp_path / "told" / "comparison.json").read_text())["settings"]["dark"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["compare", "-o", "out"], 2, "SCAN"),
        (["compare", "x.txt"], 2, "--output"),
        (["compare", "x.txt", "-o", "out", "--pixel-size", "0"], 2, "positive"),
        (["compare", "x.txt", "-o", "out", "--model", "fancy"], 1, "no model 'fancy'"),
        (["compare", "x.txt", "-o", "out", "--truth", "nowhere.json"], 1, "nowhere.json"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call(*arguments)
    assert done.code == code
    assert said in done.err
    assert not (tmp_path / "out").exists()
