"""The other commands from the outside."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn.files import open_scan, read_annotations, read_coco, to_grey8
from tests.cli.conftest import Call


@pytest.fixture(scope="module")
def simulated(call: Call, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "set"
    assert call("simulate", "-n", 2, "-o", folder, "--seed", 5, "--like", "easy").code == 0
    return folder


def test_simulate_writes_scans_and_their_truth(call: Call, simulated: Path, tmp_path: Path) -> None:
    assert sorted(path.name for path in simulated.glob("*.txt")) == ["easy-00005.txt", "easy-00006.txt"]
    truth = read_coco(simulated / "annotations.coco.json")
    assert [len(each) for each in truth] == [120, 120]
    assert open_scan(simulated / "easy-00005.txt").size_nm == pytest.approx((204.8, 204.8))
    assert call("simulate", "-o", simulated).code == 1
    assert call("simulate", "-n", 1, "-o", tmp_path / "again", "--seed", 6, "--like", "easy").code == 0
    np.testing.assert_array_equal(
        open_scan(tmp_path / "again" / "easy-00006.txt").values, open_scan(simulated / "easy-00006.txt").values
    )


def test_detect_then_evaluate_is_the_whole_circle(call: Call, simulated: Path, tmp_path: Path) -> None:
    assert call("detect", *sorted(simulated.glob("*.txt")), "-o", tmp_path / "out").code == 0
    truth, prediction = simulated / "annotations.coco.json", tmp_path / "out" / "annotations.coco.json"
    done = call("evaluate", truth, prediction, "-o", tmp_path / "figures.json")
    assert done.code == 0
    total = json.loads((tmp_path / "figures.json").read_text())["total"]
    assert total["precision"] > 0.9
    assert total["recall"] > 0.9
    assert total["f1_iou50"] > 0.9
    assert f"{total['precision']:.3f}" in done.out


def test_measuring_the_truth_gives_its_sizes(call: Call, simulated: Path, tmp_path: Path) -> None:
    truth = simulated / "annotations.coco.json"
    done = call("measure", truth, *sorted(simulated.glob("*.txt")), "-o", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    joint = json.loads((tmp_path / "out" / "summary.json").read_text())["joint"]
    areas = [particle.contour.area_px * 0.4**2 for each in read_coco(truth) for particle in each.particles]
    assert joint["particles"] == len(areas)
    assert joint["area_nm2"]["mean"] == pytest.approx(sum(areas) / len(areas), rel=1e-3)
    assert joint["counted_area_nm2"] == pytest.approx(2 * 204.8**2)
    assert joint["coverage"] == pytest.approx(sum(areas) / (2 * 204.8**2), rel=1e-3)


def test_a_metal_adds_atoms_to_table_and_summary(call: Call, simulated: Path, tmp_path: Path) -> None:
    truth = simulated / "annotations.coco.json"
    files = sorted(simulated.glob("*.txt"))
    assert call("measure", truth, *files, "-o", tmp_path / "out", "--metal", "Pt", "--shape", "hemisphere").code == 0
    with (tmp_path / "out" / "particles.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    metal = summary["metal"]
    assert (metal["name"], metal["shape"], metal["particles"]) == ("Pt", "hemisphere", len(rows))
    assert summary["settings"]["metal"] == "Pt"
    assert sum(float(row["atoms"]) for row in rows) == pytest.approx(metal["atoms"], rel=1e-4)
    for row in rows[:3]:
        assert float(row["dispersion"]) == pytest.approx(1.133 / float(row["diameter_nm"]), rel=1e-3)
    assert metal["exposed_area_per_scanned_area"] == pytest.approx(2 * summary["joint"]["coverage"], rel=1e-3)
    assert 0 < metal["dispersion_standard_error"] < 0.1 * metal["dispersion"]


def test_a_metal_without_a_scale_is_one_sentence(call: Call, simulated: Path, tmp_path: Path) -> None:
    scan = next(iter(sorted(simulated.glob("*.txt"))))
    assert call("convert", scan, tmp_path / "easy-00005.png", "--palette", "grey").code == 0
    truth, out = simulated / "annotations.coco.json", tmp_path / "out"
    done = call("measure", truth, tmp_path / "easy-00005.png", "-o", out, "--metal", "Pt")
    assert done.code == 1
    assert sum("--metal needs a scale" in line for line in done.err.splitlines()) == 1
    grey = call(
        "measure", truth, tmp_path / "easy-00005.png", "-o", out, "--overwrite", "--metal", "Pt", "--pixel-size", 1
    )
    assert "use --shape hemisphere" in grey.err


def test_measuring_takes_imagej_contours_of_the_scan(call: Call, simulated: Path, tmp_path: Path) -> None:
    assert call("simulate", "-o", tmp_path / "set", "--like", "easy", "--seed", 5).code == 0
    assert call("convert", tmp_path / "set" / "annotations.coco.json", tmp_path / "rois.zip").code == 0
    done = call("measure", tmp_path / "rois.zip", simulated / "easy-00005.txt", "-o", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["joint"]["particles"] == 120


def test_corrected_contours_are_measured_from_their_folder(call: Call, simulated: Path, tmp_path: Path) -> None:
    files = sorted(simulated.glob("*.txt"))
    assert call("detect", *files, "-o", tmp_path / "found").code == 0
    corrected = tmp_path / "found" / "easy-00006.labelme.json"
    content = json.loads(corrected.read_text())
    content["shapes"] = content["shapes"][:7]
    corrected.write_text(json.dumps(content))
    assert call("measure", tmp_path / "found", *files, "-o", tmp_path / "out").code == 0
    counts = [len(each) for each in read_coco(tmp_path / "out" / "annotations.coco.json")]
    assert counts[0] > 100
    assert counts[1] == 7
    lost = call("measure", tmp_path / "out", files[0], tmp_path / "missing.txt", "-o", tmp_path / "again")
    assert lost.code == 1
    assert "missing.txt" in lost.err


def test_measuring_never_removes_the_contours_it_is_given(call: Call, simulated: Path, tmp_path: Path) -> None:
    scan = simulated / "easy-00006.txt"
    assert call("detect", scan, "-o", tmp_path / "out").code == 0
    contours = tmp_path / "out" / "easy-00006.labelme.json"
    before = contours.read_bytes()
    for given in (tmp_path / "out", contours):
        done = call("measure", given, scan, "-o", tmp_path / "out", "--overwrite")
        assert done.code == 2
        assert "give another DIR" in done.err
        assert contours.read_bytes() == before


def test_measuring_contours_of_another_scan_is_one_sentence(
    call: Call, simulated: Path, scans: Path, tmp_path: Path
) -> None:
    done = call("measure", simulated / "annotations.coco.json", scans / "a.txt", "-o", tmp_path / "out")
    assert done.code == 1
    assert "paired by name" in done.err


@pytest.mark.parametrize("kind", ["truth.labelme.json", "truth.via.json", "truth.zip", "truth.png"])
def test_contours_go_from_program_to_program_and_back(call: Call, tmp_path: Path, kind: str) -> None:
    assert call("simulate", "-o", tmp_path / "set", "--like", "easy").code == 0
    coco = tmp_path / "set" / "annotations.coco.json"
    assert call("convert", coco, tmp_path / kind).code == 0
    extra = ["--size", 512, 512] if kind.endswith(".zip") else []
    assert call("convert", tmp_path / kind, tmp_path / "back.coco.json", "--to", "coco", *extra).code == 0
    (before,), (after,) = read_coco(coco), read_annotations(tmp_path / "back.coco.json")
    assert len(after) == len(before)
    areas = [sum(particle.contour.area_px for particle in each.particles) for each in (before, after)]
    assert areas[1] == pytest.approx(areas[0], rel=0.02)
    assert call("convert", coco, tmp_path / kind).code == 1  # never overwritten silently


def test_a_scan_becomes_the_picture_of_equation_1(call: Call, scans: Path, tmp_path: Path) -> None:
    assert call("convert", scans / "a.txt", tmp_path / "a.png", "--palette", "grey").code == 0
    with Image.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), to_grey8(open_scan(scans / "a.txt").values))
    assert call("convert", scans / "a.txt", tmp_path / "julio.png", "--palette", "julio").code == 0
    with Image.open(tmp_path / "julio.png") as picture:
        assert picture.mode == "RGB"


def test_the_name_of_out_tells_contours_from_pictures(call: Call, scans: Path, tmp_path: Path) -> None:
    Image.fromarray(np.eye(40, dtype=np.uint8).repeat(3, axis=1)).save(tmp_path / "labels.png")
    assert call("convert", tmp_path / "labels.png", tmp_path / "l.labelme.json").code == 0
    (drawn,) = read_annotations(tmp_path / "l.labelme.json")
    assert drawn.shape_px == (40, 120)
    assert call("convert", tmp_path / "l.labelme.json", tmp_path / "again.png").code == 0
    refused = call("convert", scans / "a.txt", tmp_path / "a.labelme.json")
    assert "no contour file of a known kind" in refused.err


def test_a_scan_that_cannot_be_read_is_not_taken_for_contours(call: Call, tmp_path: Path) -> None:
    (tmp_path / "scan.di").write_bytes(b"\\*File list\r\n")
    done = call("convert", tmp_path / "scan.di", tmp_path / "scan.png")
    assert done.code == 1
    assert "Bruker NanoScope files are not read here" in done.err


def test_evaluating_the_truth_against_itself_is_perfect(call: Call, simulated: Path, tmp_path: Path) -> None:
    truth, figures = simulated / "annotations.coco.json", tmp_path / "figures.json"
    done = call("evaluate", truth, truth, "-o", figures)
    assert (done.code, done.err) == (0, "")
    total = json.loads(figures.read_text())["total"]
    assert {total[name] for name in ("precision", "recall", "f1_iou75", "map_bbox", "map_mask", "size_accuracy")} == {1}
    few = call("evaluate", truth, truth, "--max-dets", 50)
    assert "give --max-dets 120 to count all" in few.err
    assert call("evaluate", truth, truth, "-o", figures).code == 1  # never overwritten silently
    assert call("evaluate", truth, truth, "-o", figures, "--overwrite").code == 0


def test_evaluating_contours_without_a_size_says_how_to_give_it(call: Call, tmp_path: Path) -> None:
    assert call("simulate", "-o", tmp_path / "set", "--like", "easy").code == 0
    assert call("convert", tmp_path / "set" / "annotations.coco.json", tmp_path / "rois.zip").code == 0
    done = call("evaluate", tmp_path / "rois.zip", tmp_path / "rois.zip")
    assert "particlesnn convert --size W H" in done.err


def test_info_says_what_a_file_holds(call: Call, scans: Path) -> None:
    done = call("info", scans / "a.txt", scans / "picture.png")
    assert done.code == 0
    assert "192 x 192 px, 76.8 x 76.8 nm" in done.out
    assert "no scale" in done.out
    entries = json.loads(call("info", scans / "a.txt", "--json").out)
    assert entries[0]["width_px"] == 192
    assert entries[0]["unit"] == "nm"


def test_info_of_what_is_no_scan(call: Call, scans: Path, tmp_path: Path) -> None:
    (tmp_path / "prose.txt").write_text("no scan at all")
    done = call("info", tmp_path / "prose.txt", scans / "a.txt")
    assert done.code == 1
    assert "192 x 192" in done.out
    assert len(done.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "missing.json", "missing.json"),
        ("convert", "missing.json", "out.coco.json"),
        ("train", "missing.toml"),
        ("export", "missing.pt", "-o", "out.onnx"),
        ("quantise", "missing.onnx", "-o", "out.onnx"),
        ("measure", "missing.json", "missing.txt", "-o", "out"),
    ],
)
def test_a_missing_file_is_one_sentence(call: Call, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = call(*(tmp_path / part if "." in part or part == "out" else part for part in arguments))
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1
    assert "missing" in done.err


def test_a_folder_that_is_not_there_is_told_before_the_work(call: Call, simulated: Path, tmp_path: Path) -> None:
    truth, target = simulated / "annotations.coco.json", tmp_path / "nowhere" / "out.coco.json"
    for arguments in (
        ("evaluate", truth, truth, "-o", target),
        ("convert", truth, target),
        ("export", tmp_path / "missing.pt", "-o", target),
        ("quantise", tmp_path / "missing.onnx", "-o", target),
    ):
        done = call(*arguments)
        assert done.code == 1, arguments
        assert "there is no folder" in done.err
        assert len(done.err.strip().splitlines()) == 1
        assert not done.out


def test_help_names_every_command(call: Call) -> None:
    done = call("--help")
    assert done.code == 0
    for command in ("detect", "measure", "evaluate", "simulate", "convert", "info", "train", "export", "quantise"):
        assert command in done.out
        assert call(command, "--help").code == 0


def test_scans_simulated_before_keep_their_truth(call: Call, tmp_path: Path) -> None:
    assert call("simulate", "-n", 2, "-o", tmp_path, "--like", "easy").code == 0
    (tmp_path / "easy-00000.txt").unlink()
    assert call("simulate", "-n", 1, "-o", tmp_path, "--like", "easy", "--seed", 5, "--overwrite").code == 0
    assert {each.source for each in read_coco(tmp_path / "annotations.coco.json")} == {
        "easy-00001.txt",
        "easy-00005.txt",
    }
    assert call("simulate", "-n", 1, "-o", tmp_path, "--like", "easy", "--seed", 5, "--overwrite").code == 0
    assert len(read_coco(tmp_path / "annotations.coco.json")) == 2


def test_a_size_of_nothing_is_wrong_usage(call: Call, tmp_path: Path) -> None:
    done = call("convert", tmp_path / "x.zip", tmp_path / "y.labelme.json", "--size", 0, -5)
    assert done.code == 2
    assert "--size" in done.err
