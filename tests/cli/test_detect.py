"""The main job from the outside: files in, files and exit codes out."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import Scan
from particlesnn.files import read_coco, read_labelme, write_wsxm_ascii
from tests.adatoms import adatoms
from tests.cli.conftest import Call
from tests.double_tip import double_tip_scan

JOINT = {"particles.csv", "images.csv", "summary.json", "annotations.coco.json", "histogram.png", "report.html"}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_batch_gives_exactly_the_promised_files(call: Call, scans: Path, tmp_path: Path) -> None:
    done = call("detect", scans / "a.txt", scans / "b.txt", scans / "none.txt", "-o", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    written = {path.name for path in (tmp_path / "out").iterdir() if not path.name.startswith(".")}
    singles = {f"{stem}.{kind}" for stem in ("a", "b", "none") for kind in ("labelme.json", "overlay.png")}
    assert written == JOINT | singles
    rows = table(tmp_path / "out" / "particles.csv")
    images = table(tmp_path / "out" / "images.csv")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [row["image"] for row in images] == ["a.txt", "b.txt", "none.txt"]
    assert [row["status"] for row in images] == ["done"] * 3
    # One number, wherever it is read.
    count = sum(int(row["particles"]) for row in images)
    assert len(rows) == count == summary["joint"]["particles"]
    assert count == sum(len(each) for each in read_coco(tmp_path / "out" / "annotations.coco.json"))
    info = json.loads((tmp_path / "out" / "annotations.coco.json").read_text(encoding="utf-8"))["info"]
    assert info["weights"] == "dense"
    assert summary["engine"].startswith("ONNX Runtime")
    assert summary["engine"] in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "particlesnn detect" in info["reproduce"]["command"]
    assert len(read_labelme(tmp_path / "out" / "a.labelme.json")) == int(images[0]["particles"])
    assert 20 <= int(images[0]["particles"]) <= 30
    assert int(images[2]["particles"]) <= 2
    assert str(count) in done.out
    for column in ("score", "x_nm", "y_nm", "diameter_nm", "area_nm2", "feret_max_nm", "height_max_nm", "volume_nm3"):
        assert float(rows[0][column]) > 0, column
    assert summary["joint"]["diameter_nm"]["mean"] == pytest.approx(
        sum(float(row["diameter_nm"]) for row in rows) / len(rows), rel=1e-4
    )
    for picture in (tmp_path / "out").glob("*.png"):
        with Image.open(picture) as opened:
            assert min(opened.size) > 100
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "none.txt" in page
    assert "http-equiv" in page
    assert '<div class="chart">\n<img src="data:image/svg' in page


def test_what_is_broken_takes_nothing_with_it(shell: Call, scans: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "empty.txt").write_bytes(b"")
    (bad / "prose.txt").write_text("The scan was taken on a Tuesday.\nIt rained.\n")
    (bad / "cut.png").write_bytes((scans / "picture.png").read_bytes()[:300])
    (bad / "folder.stp").mkdir()
    names = ["empty.txt", "prose.txt", "cut.png", "folder.stp", "missing.gwy"]
    done = shell("detect", scans / "a.txt", *(bad / name for name in names), scans / "b.txt", "-o", tmp_path / "out")
    assert done.code == 1
    sentences = done.err.strip().splitlines()
    for name in names:
        assert sum(name in line for line in sentences) == 1, name
    assert len(sentences) == len(names) + 1  # and one that counts them
    images = {row["image"]: row for row in table(tmp_path / "out" / "images.csv")}
    assert [row["status"] for row in images.values()] == ["done", *["failed"] * 5, "done"]
    assert all(images[name]["error"] for name in names)
    assert int(images["a.txt"]["particles"]) > 15
    assert (tmp_path / "out" / "b.overlay.png").exists()
    assert "prose.txt" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not list((tmp_path / "out").glob("*.part"))


def test_when_all_fail_the_tables_are_there(call: Call, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"")
    assert call("detect", tmp_path / "x.txt", "-o", tmp_path / "out").code == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} >= JOINT
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["joint"] is None


def test_a_picture_without_scale_is_in_px_until_it_is_given_one(call: Call, scans: Path, tmp_path: Path) -> None:
    shutil.copy(scans / "a.txt", tmp_path / "a.txt")
    assert call("convert", tmp_path / "a.txt", tmp_path / "a.png", "--palette", "grey").code == 0
    assert call("detect", tmp_path / "a.png", "-o", tmp_path / "px").code == 0
    assert call("detect", tmp_path / "a.png", "-o", tmp_path / "nm", "--pixel-size", "0.4").code == 0
    in_px, in_nm = (table(tmp_path / kind / "particles.csv") for kind in ("px", "nm"))
    assert not any("_nm" in column for column in in_px[0] if "height" not in column and "volume" not in column)
    assert len(in_px) == len(in_nm) > 15
    for one, other in zip(in_px, in_nm, strict=True):
        assert float(other["diameter_nm"]) == pytest.approx(0.4 * float(one["diameter_px"]), rel=1e-4)


def test_results_are_never_overwritten_silently(call: Call, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("detect", scans / "a.txt", "-o", out).code == 0
    before = (out / "particles.csv").read_bytes()
    again = call("detect", scans / "b.txt", "-o", out)
    assert again.code == 1
    assert "--overwrite" in again.err
    assert (out / "particles.csv").read_bytes() == before
    assert call("detect", scans / "b.txt", "-o", out, "--overwrite").code == 0
    assert not (out / "a.overlay.png").exists()
    (out / "mine.labelme.json").write_text("precious")
    assert call("detect", scans / "b.txt", "-o", out, "--overwrite").code == 0
    assert (out / "mine.labelme.json").read_text() == "precious"
    (tmp_path / "drawn").mkdir()
    (tmp_path / "drawn" / "b.labelme.json").write_text("precious")
    refused = call("detect", scans / "b.txt", "-o", tmp_path / "drawn", "--overwrite")
    assert refused.code == 1
    assert "b.labelme.json is of no earlier run and would be lost" in refused.err
    assert [path.read_text() for path in (tmp_path / "drawn").iterdir()] == ["precious"]
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "thesis.tex").write_text("precious")
    refused = call("detect", scans / "b.txt", "-o", tmp_path / "strange")
    assert refused.code == 1
    assert "--resume" not in refused.err  # there is nothing to resume
    assert call("detect", scans / "b.txt", "-o", tmp_path / "strange", "--overwrite").code == 0
    assert (tmp_path / "strange" / "thesis.tex").read_text() == "precious"


def test_a_broken_off_run_goes_on(call: Call, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = [scans / "a.txt", scans / "b.txt"]
    assert call("detect", *files, "-o", out).code == 0
    whole = (out / "particles.csv").read_text()
    done = json.loads((out / "a.labelme.json").read_text())
    done["shapes"] = done["shapes"][:3]  # as a user corrects them
    (out / "a.labelme.json").write_text(json.dumps(done))
    for name in (*JOINT, "b.labelme.json", "b.overlay.png"):
        (out / name).unlink()
    assert call("detect", *files, "-o", out, "--resume").code == 0
    rows = table(out / "particles.csv")
    assert sum(row["image"] == "a.txt" for row in rows) == 3
    assert [line for line in (out / "particles.csv").read_text().splitlines() if line.startswith("b.txt")] == [
        line for line in whole.splitlines() if line.startswith("b.txt")
    ]
    assert (out / "b.labelme.json").exists()
    refused = call("detect", *files, "-o", out, "--resume", "--border", "exclude")
    assert refused.code == 1
    assert "other settings" in refused.err


def test_a_resumed_run_gives_the_same_to_the_last_digit(call: Call, scans: Path, tmp_path: Path) -> None:
    files = [scans / "a.txt", scans / "none.txt", scans / "b.txt"]
    limits = ["--min-diameter", 4]
    assert call("detect", *files, "-o", tmp_path / "whole", *limits).code == 0
    assert call("detect", files[0], files[1], "-o", tmp_path / "parts", *limits).code == 0
    overlay = tmp_path / "parts" / "a.overlay.png"
    before = overlay.stat().st_mtime_ns
    assert call("detect", *files, "-o", tmp_path / "parts", "--resume", *limits).code == 0
    assert overlay.stat().st_mtime_ns == before
    for name in ("particles.csv", "images.csv"):
        assert (tmp_path / "parts" / name).read_text() == (tmp_path / "whole" / name).read_text(), name
    contents = [json.loads((tmp_path / run / "annotations.coco.json").read_text()) for run in ("parts", "whole")]
    for content in contents:
        del content["info"]  # date and command line
    assert contents[0] == contents[1]


def test_resume_never_takes_one_scan_for_another(call: Call, scans: Path, tmp_path: Path) -> None:
    for folder, source in (("monday", "a.txt"), ("tuesday", "none.txt")):
        (tmp_path / folder).mkdir()
        shutil.copy(scans / source, tmp_path / folder / "scan.txt")
    assert call("detect", tmp_path / "monday" / "scan.txt", "-o", tmp_path / "out").code == 0
    monday = len(table(tmp_path / "out" / "particles.csv"))
    paths = [tmp_path / day / "scan.txt" for day in ("tuesday", "monday")]
    assert call("detect", *paths, "-o", tmp_path / "out", "--resume").code == 0
    counts = [int(row["particles"]) for row in table(tmp_path / "out" / "images.csv")]
    assert counts[1] == monday > counts[0]


def test_a_damaged_record_is_done_again(call: Call, scans: Path, tmp_path: Path) -> None:
    assert call("detect", scans / "a.txt", "-o", tmp_path / "out").code == 0
    before = (tmp_path / "out" / "particles.csv").read_text()
    record = tmp_path / "out" / ".particlesnn" / "a.npz"
    for content in (b"", record.read_bytes()[:200], b"no record"):
        record.write_bytes(content)
        assert call("detect", scans / "a.txt", "-o", tmp_path / "out", "--resume").code == 0
        assert (tmp_path / "out" / "particles.csv").read_text() == before


def test_scans_of_one_name_do_not_overwrite_each_other(call: Call, scans: Path, tmp_path: Path) -> None:
    for folder, source in (("monday", "a.txt"), ("tuesday", "b.txt")):
        (tmp_path / folder).mkdir()
        shutil.copy(scans / source, tmp_path / folder / "scan.txt")
    paths = [tmp_path / "monday" / "scan.txt", tmp_path / "tuesday" / "scan.txt"]
    assert call("detect", *paths, "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "scan.labelme.json").exists()
    assert (tmp_path / "out" / "scan-2.labelme.json").exists()
    assert len({row["image"] for row in table(tmp_path / "out" / "particles.csv")}) == 2


def test_side_by_side_is_the_same_as_one_by_one(call: Call, scans: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    files = [scans / "a.txt", tmp_path / "empty.txt", scans / "b.txt"]
    assert call("detect", *files, "-o", tmp_path / "one").code == 1
    assert call("detect", *files, "-o", tmp_path / "two", "--jobs", "2").code == 1
    for name in ("particles.csv", "images.csv"):
        assert (tmp_path / "one" / name).read_text() == (tmp_path / "two" / name).read_text()


def test_size_filter_and_border_rule(call: Call, scans: Path, tmp_path: Path) -> None:
    assert call("detect", scans / "b.txt", "-o", tmp_path / "all").code == 0
    sizes = sorted(float(row["diameter_nm"]) for row in table(tmp_path / "all" / "particles.csv"))
    middle = (sizes[len(sizes) // 2 - 1] + sizes[len(sizes) // 2]) / 2
    assert call("detect", scans / "b.txt", "-o", tmp_path / "large", "--min-diameter", middle).code == 0
    large = [float(row["diameter_nm"]) for row in table(tmp_path / "large" / "particles.csv")]
    assert sorted(large) == pytest.approx([size for size in sizes if size >= middle])
    assert call("detect", scans / "b.txt", "-o", tmp_path / "inner", "--border", "exclude").code == 0
    joint = json.loads((tmp_path / "inner" / "summary.json").read_text())["joint"]
    whole = json.loads((tmp_path / "all" / "summary.json").read_text())["joint"]
    assert joint["left_out_at_border"] == whole["particles"] - joint["particles"] > 0
    assert call("detect", scans / "b.txt", "-o", tmp_path / "weighted", "--border", "weighted", "--bins", "7").code == 0
    weighted = json.loads((tmp_path / "weighted" / "summary.json").read_text())["joint"]
    assert 0 < weighted["left_out_at_border"] < whole["particles"]
    assert weighted["coverage"] == whole["coverage"]
    assert weighted["distribution"]["number_mean_nm"]["value"] > whole["distribution"]["number_mean_nm"]["value"]
    assert {"law", "nearest_neighbours", "height_with_diameter"} <= set(weighted)
    assert joint["counted_area_nm2"] < whole["counted_area_nm2"]


@pytest.mark.parametrize("how", ["gaussian", "gaussian-single"])
def test_refined_contours_end_to_end(call: Call, scans: Path, tmp_path: Path, how: str) -> None:
    files = [scans / "a.txt", scans / "none.txt"]
    assert call("detect", *files, "-o", tmp_path / "plain").code == 0
    done = call("detect", *files, "-o", tmp_path / "out", "--refine", how)
    assert (done.code, done.err) == (0, "")
    before, rows = (table(tmp_path / folder / "particles.csv") for folder in ("plain", "out"))
    assert {row["origin"] for row in before} == {"network"}
    assert [row["particle"] for row in rows] == [row["particle"] for row in before]
    refined = [row["origin"] == "refined" for row in rows]
    assert sum(refined) > len(rows) / 2
    for old, new, changed in zip(before, rows, refined, strict=True):
        assert (old["area_nm2"] != new["area_nm2"]) == changed
        # The rectangle of a particle that is cut by the border may lie along it, before and after.
        along = new["touches_border"] == "true" and old["angle_deg"] == new["angle_deg"] == "90"
        for side in ("length_nm", "width_nm", "angle_deg"):
            assert old[side] == new[f"predicted_{side}"]
            assert (old[side] != new[side]) == (changed and not (along and side == "angle_deg"))
    assert not any(column.startswith("predicted") for column in before[0])
    assert {each.origin for each in read_labelme(tmp_path / "out" / "a.labelme.json").particles} >= {"refined"}
    assert "Contours were then refined" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    again = (tmp_path / "out" / "particles.csv").read_text()
    (tmp_path / "out" / "particles.csv").unlink()
    assert call("detect", *files, "-o", tmp_path / "out", "--refine", how, "--resume").code == 0
    assert (tmp_path / "out" / "particles.csv").read_text() == again
    assert call("detect", *files, "-o", tmp_path / "out", "--resume").code == 1  # of other settings


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["detect", "x.txt"], "--output"),
        (["detect", "-o", "out"], "SCAN"),
        (["detect", "x.txt", "-o", "out", "--refine", "magic"], "gaussian-single"),
        (["detect", "x.txt", "-o", "out", "--cluster", "tcp://host"], "cannot use a cluster"),
        (["detect", "x.txt", "-o", "out", "--pixel-size", "-1"], "the pixel size must be a positive number, not -1;"),
        (["detect", "x.txt", "-o", "out", "--resume", "--overwrite"], "give one"),
        (["detect", "x.txt", "y.txt", "x.txt", "-o", "out"], "x.txt is given twice"),
        (["detect", "x.txt", "-o", "out", "--min-diameter", "9", "--max-diameter", "3"], "exchange"),
        (["dtect", "x.txt"], "No such command"),
    ],
)
def test_wrong_usage_is_code_2(call: Call, arguments: list[str], said: str) -> None:
    done = call(*arguments)
    assert done.code == 2
    assert said in done.err


def test_a_model_that_is_not_there_is_said_before_anything_is_written(call: Call, scans: Path, tmp_path: Path) -> None:
    done = call("detect", scans / "a.txt", "-o", tmp_path / "out", "--model", "fancy")
    assert done.code == 1
    assert "no model 'fancy'" in done.err
    assert not (tmp_path / "out").exists()


def test_atoms_are_left_out_and_told_and_counted_on_demand(call: Call, tmp_path: Path) -> None:
    heights = adatoms(128)
    picture = np.round(255 * (heights - heights.min()) / np.ptp(heights)).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "silicon.png")
    arguments = ["detect", str(tmp_path / "silicon.png"), "--pixel-size", "0.06", "-o", str(tmp_path / "out")]
    done = call(*arguments)
    assert done.code == 0
    assert "0 particles on 1 scan" in done.out
    assert "--keep-atoms" in done.out
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "stand as the atoms of a surface do, less than 1 nm apart" in report
    resumed = call(*arguments, "--resume")
    assert (resumed.code, "--keep-atoms" in resumed.out) == (0, True)
    kept = call(*arguments, "--overwrite", "--keep-atoms")
    assert kept.code == 0
    assert len(table(tmp_path / "out" / "particles.csv")) > 80
    assert "--keep-atoms" not in kept.out


def test_twins_of_a_double_tip_are_left_out_and_told_and_counted_on_demand(call: Call, tmp_path: Path) -> None:
    scan, truth = double_tip_scan()
    write_wsxm_ascii(tmp_path / "double.txt", scan)
    arguments = ["detect", str(tmp_path / "double.txt"), "-o", str(tmp_path / "out")]
    done = call(*arguments)
    assert done.code == 0
    assert "a double tip shows a second time" in done.out
    once = len(table(tmp_path / "out" / "particles.csv"))
    assert once == pytest.approx(len(truth), rel=0.15)
    assert "what a double tip shows a second time" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    resumed = call(*arguments, "--resume")
    assert (resumed.code, "--keep-twins" in resumed.out) == (0, True)
    kept = call(*arguments, "--overwrite", "--keep-twins")
    assert (kept.code, "--keep-twins" in kept.out) == (0, False)
    assert len(table(tmp_path / "out" / "particles.csv")) > 1.4 * once


def test_scales_that_cannot_be_of_one_sample_are_told(call: Call, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(64, 64))
    for name, pixel_nm in (("fine", 0.001), ("coarse", 1000.0)):
        write_wsxm_ascii(tmp_path / f"{name}.txt", Scan(values, "nm", (pixel_nm, pixel_nm)))
    done = call("detect", tmp_path / "fine.txt", tmp_path / "coarse.txt", "-o", tmp_path / "out")
    assert done.code == 0
    assert "1e+06 times as wide" in done.err
