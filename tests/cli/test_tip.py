"""The option --tip from the outside."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Call


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_diameters_with_and_without_the_tip(call: Call, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = [scans / "a.txt", scans / "none.txt", scans / "picture.png"]
    done = call("detect", *files, "-o", out, "--tip", "radius=2nm,angle=20", "--also", "xlsx")
    assert done.code == 1
    assert "picture.png is a picture of grey levels, not of heights" in done.err
    rows = table(out / "particles.csv")
    for row in rows:
        assert 0 < float(row["diameter_reconstructed_nm"]) <= float(row["diameter_nm"])
        parts = float(row["area_certain_nm2"]) + float(row["area_uncertain_nm2"])
        assert parts == pytest.approx(float(row["area_nm2"]), rel=1e-4)
        assert float(row["tip_radius_nm"]) == 2
    images = {row["image"]: row for row in table(out / "images.csv")}
    assert images["a.txt"]["tip"] == "given"
    assert 0 < float(images["a.txt"]["uncertain_share"]) < 1
    assert 0 < float(images["a.txt"]["mean_diameter_reconstructed_nm"]) < float(images["a.txt"]["mean_diameter_nm"])
    summary = json.loads((out / "summary.json").read_text())
    assert summary["settings"]["tip"] == "radius=2nm,angle=20"
    assert [tip["radius_nm"] for tip in summary["tips"]] == [2.0, 2.0]
    assert summary["joint"]["diameter_reconstructed_nm"]["mean"] < summary["joint"]["diameter_nm"]["mean"]
    with Image.open(out / "a.tip.png") as picture:
        assert min(picture.size) > 300
    again = (out / "particles.csv").read_text(), (out / "images.csv").read_text()
    (out / "particles.csv").unlink()
    assert call("detect", *files, "-o", out, "--tip", "radius=2nm,angle=20", "--resume").code == 1
    assert ((out / "particles.csv").read_text(), (out / "images.csv").read_text()) == again
    assert call("detect", scans / "b.txt", "-o", out, "--overwrite").code == 0
    assert not list(out.glob("*.tip.png"))
    assert "diameter_reconstructed_nm" not in table(out / "particles.csv")[0]


def test_a_blind_tip_and_a_scan_that_cannot_tell(call: Call, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "first"
    assert call("detect", scans / "a.txt", scans / "none.txt", "-o", out).code == 0
    done = call("measure", out, scans / "a.txt", scans / "none.txt", "-o", tmp_path / "out", "--tip", "blind")
    assert done.code == 0
    assert "The tip could not be taken off on 1 scan" in done.out
    images = {row["image"]: row for row in table(tmp_path / "out" / "images.csv")}
    assert images["a.txt"]["tip"] == images["none.txt"]["tip"] == "blind"
    assert float(images["a.txt"]["tip_radius_nm"]) > 0
    assert float(images["a.txt"]["tip_threshold_nm"]) > 0
    assert "none.txt" in images["none.txt"]["tip_refusal"]
    assert not images["none.txt"]["tip_radius_nm"]
    assert {path.name for path in (tmp_path / "out").glob("*.tip.png")} == {"a.tip.png"}


def test_a_tip_that_is_none_is_wrong_usage(call: Call, tmp_path: Path) -> None:
    done = call("detect", "x.txt", "-o", tmp_path / "out", "--tip", "sharp")
    assert done.code == 2
    assert "a tip is none, blind, radius=5nm, or radius=5nm,angle=20, not 'sharp'" in done.err
