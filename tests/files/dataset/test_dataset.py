import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from particlesnn.core import AnnotationError, OutputError
from particlesnn.files import read_coco, to_grey8, write_coco, write_labelme, write_wsxm_ascii
from particlesnn.files.dataset import Finding, gather, is_dataset, parted, read_dataset, write_dataset
from tests.labelled import CENTRES, RADIUS, SIDE, labelled_folder, labelme, scan, truth

SQUARE = [[20, 20], [30, 20], [30, 30], [20, 30]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "labelled")


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A folder of one scan, ``a``, that has no contours yet."""
    (tmp_path / "alone").mkdir()
    write_wsxm_ascii(tmp_path / "alone" / "a.txt", scan())
    return tmp_path / "alone"


def only(findings: tuple[Finding, ...], kind: str) -> Finding:
    (found,) = [finding for finding in findings if finding.kind == kind]
    return found


def test_sets_stand_side_by_side_and_test_scans_never_train(folder: Path) -> None:
    entries, findings = gather(folder)
    data, _ = parted(entries)
    named = {
        (name, part): [each.name for each in data.chosen(name, part)]
        for name in data.set_names
        for part in ("train", "test")
    }
    assert named == {
        ("precise", "train"): ["a", "b"],
        ("precise", "test"): [],
        ("rough", "train"): ["a", "b", "c"],
        ("rough", "test"): [],
        ("test", "train"): [],
        ("test", "test"): ["t"],
    }
    assert [finding.kind for finding in findings] == ["unlabelled"]
    assert findings[0].file.endswith("bare.txt")
    rough, precise = data.chosen("rough", "train")[0], data.chosen("precise", "train")[0]
    assert rough.particles.particles[0].contour.area_px > 1.5 * precise.particles.particles[0].contour.area_px
    assert [entry.name for entry in data.truth()] == ["t"]


def test_a_scan_of_the_folder_test_tests_in_every_set(folder: Path) -> None:
    write_labelme(folder / "rough" / "t.json", truth(1.3 * RADIUS), "t.png")
    data, findings = parted(gather(folder)[0])
    assert [each.name for each in data.chosen("rough", "test")] == ["t"]
    assert only(findings, "in both parts").fault is False
    assert data.truth()[0].set_name == "test"
    assert data.truth("rough")[0].particles.particles[0].contour.area_px > 1.5 * np.pi * RADIUS**2


def test_what_is_written_is_read_and_is_what_others_read(folder: Path, tmp_path: Path) -> None:
    entries, findings = gather(folder)
    data, _ = parted(entries, ["b"])
    out = tmp_path / "set"
    write_dataset(out, data, findings)
    back = read_dataset(out)
    assert {(each.name, each.set_name, each.part) for each in back.entries} == {
        (each.name, each.set_name, each.part) for each in data.entries
    }
    for entry in back.entries:
        assert entry.scan.read_bytes() == (folder / f"{entry.name}.txt").read_bytes()
        with Image.open(out / "images" / f"{entry.name}.png") as picture:
            assert np.array_equal(np.asarray(picture), to_grey8(np.loadtxt(entry.scan, skiprows=5)))
    first = back.chosen("precise", "train")[0].particles.particles[0].contour
    assert first.centroid_px == pytest.approx(CENTRES[0], abs=1e-3)
    assert (out / "train.txt").read_text() == "a\nc\n"
    assert (out / "test.txt").read_text() == "b\nt\n"
    theirs = COCO(str(out / "precise.test.coco.json"))
    assert [image["file_name"] for image in theirs.dataset["images"]] == ["images/b.png"]
    assert len(theirs.getAnnIds()) == len(CENTRES)
    assert "bare.txt" in (out / "checks.csv").read_text()


def test_the_paper_s_own_coco_files_beside_heights_and_bitmaps_are_taken(tmp_path: Path) -> None:
    for name in ("A1", "2"):
        write_wsxm_ascii(tmp_path / f"{name}.TXT", scan())
        Image.fromarray(to_grey8(scan().values)).save(tmp_path / f"{name}.bmp")
    write_coco(tmp_path / "annotations.json", [truth(), truth()], ["a1.bmp", "2.bmp"])
    entries, findings = gather(tmp_path)
    found = [(entry.name, entry.scan.suffix, len(entry.particles)) for entry in entries]
    assert found == [("2", ".TXT", 12), ("A1", ".TXT", 12)]
    assert findings == ()


def test_a_picture_serves_where_there_are_no_heights_and_that_is_said(tmp_path: Path) -> None:
    Image.fromarray(to_grey8(scan().values)).save(tmp_path / "a.bmp")
    write_labelme(tmp_path / "a.json", truth(), "a.bmp")
    entries, findings = gather(tmp_path)
    assert [entry.name for entry in entries] == ["a"]
    assert only(findings, "no heights").fault is False


@pytest.mark.parametrize(
    ("outline", "kind", "said"),
    [
        ([[200, 20], [210, 20], [210, 30]], "outline", "shape 1 lies outside the picture of 96 x 96"),
        ([[90, -20], [120, 5], [120, -20]], "outside", "shape 1 lies outside the picture of 96 x 96"),
        (
            [[20, 50], [40, 70], [40, 45], [20, 70]],
            "self-crossing",
            "shape 1 crosses or touches itself near x 28.9, y 58.9",
        ),
        (
            [[20, 20], [30, 20], [30, 29.5], [20, 30]],
            "duplicate",
            "shape 1 outlines the same particle as shape 0 (98% of",
        ),
        ([[20, 20], [30, 20]], "outline", "shape 1 has 2 different points"),
        ([[5, 5], [6, 6], [7, 7]], "outline", "shape 1 encloses no area"),
        ([[20, 50], [40, 70], [40, 50], [20, 70]], "outline", "shape 1 crosses or retraces itself"),
    ],
)
def test_a_faulty_shape_is_named_and_left_out(alone: Path, outline: list[list[float]], kind: str, said: str) -> None:
    labelme(alone / "a.json", SQUARE, outline)
    (entry,), findings = gather(alone)
    found = only(findings, kind)
    assert found.fault
    assert f"{alone / 'a.json'}" in found.message
    assert said in found.message
    assert found.shape == "shape 1"
    assert len(entry.particles) == 1


def test_a_shape_of_coco_is_named_by_its_id(alone: Path) -> None:
    annotations = [
        {"id": 7, "image_id": 1, "category_id": 1, "segmentation": [[20, 20, 30, 20, 30, 30]]},
        {"id": 9, "image_id": 1, "category_id": 1, "segmentation": [[20, 20, 30, 20, 30, 30]]},
        {"id": 11, "image_id": 1, "category_id": 1, "segmentation": [[200, 20, 230, 20, 230, 30]]},
    ]
    images = [{"id": 1, "file_name": "a.png", "width": SIDE, "height": SIDE}]
    (alone / "all.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    _, findings = gather(alone)
    assert only(findings, "duplicate").shape == "annotation 9"
    assert only(findings, "outline").shape == "annotation 11"


def test_what_reaches_beyond_the_picture_is_cut_there(alone: Path) -> None:
    labelme(alone / "a.json", [[90, 20], [100, 20], [100, 30], [90, 30]])
    (entry,), findings = gather(alone)
    assert only(findings, "beyond").fault is False
    assert "shape 0 reaches 4.0 px beyond" in findings[0].message
    assert entry.particles.particles[0].contour.area_px == pytest.approx(60)


def test_files_that_do_not_belong_together_are_named(folder: Path) -> None:
    labelme(folder / "rough" / "lost.json", SQUARE)
    labelme(folder / "rough" / "c.json", SQUARE, side=128)
    labelme(folder / "precise" / "a.json", SQUARE)
    (folder / "precise" / "broken.json").write_text("{")
    (folder / "precise" / "other.json").write_text("{}")
    (folder / "notes.md").write_text("not a scan\n")
    write_wsxm_ascii(folder / "test" / "b.txt", scan(77))
    write_labelme(folder / "test" / "b.json", truth(), "b.png")
    entries, findings = gather(folder)
    said = {finding.kind: finding.message for finding in findings if finding.fault}
    assert set(said) == {"no scan", "size", "drawn twice", "unreadable", "two scans"}
    assert "lost.*" in said["no scan"]
    assert "128 x 128 px" in said["size"]
    assert "96 x 96 px" in said["size"]
    assert "a.txt" in said["drawn twice"]
    assert "broken.json" in said["unreadable"]
    assert "b.txt" in said["two scans"]
    notes = [Path(finding.file).name for finding in findings if not finding.fault]
    assert sorted(notes) == ["bare.txt", "notes.md", "other.json"]
    assert {(entry.set_name, entry.name) for entry in entries if entry.name == "c"} == set()


def test_pictures_turned_against_the_scan_are_noticed_and_turned_back(alone: Path) -> None:
    turned = [(SIDE - 1 - x, SIDE - 1 - y) for x, y in CENTRES]
    write_labelme(alone / "a.json", truth(centres=turned), "a.png")
    entries, findings = gather(alone)
    assert entries == ()
    assert "--half-turn" in only(findings, "turned").message
    (entry,), findings = gather(alone, half_turn=True)
    assert findings == ()
    assert entry.particles.particles[0].contour.centroid_px == pytest.approx(CENTRES[0])


def test_contours_without_a_shape_are_a_scan_without_particles(alone: Path) -> None:
    labelme(alone / "a.json")
    (entry,), findings = gather(alone)
    assert len(entry.particles) == 0
    assert only(findings, "empty").fault is False


def test_the_share_that_tests_stays_when_scans_are_added(folder: Path) -> None:
    entries, _ = gather(folder)
    few, _ = parted([entry for entry in entries if entry.name != "c"], test_share=0.6)
    more, _ = parted(entries, test_share=0.5)
    tested = {each.name for each in few.entries if each.part == "test"}
    assert "t" in tested
    assert len(tested) == 2
    assert tested - {"c"} <= {each.name for each in more.entries if each.part == "test"} | tested
    with pytest.raises(AnnotationError, match="no labelled scan is called 'z'"):
        parted(entries, ["z"])


def test_without_test_scans_there_is_no_truth(folder: Path) -> None:
    shutil.rmtree(folder / "test")
    data, _ = parted(gather(folder)[0])
    with pytest.raises(AnnotationError, match="no scan of the data is kept to test"):
        data.truth()
    data, _ = parted(gather(folder)[0], ["a"])
    assert data.truth()[0].set_name == "precise"
    with pytest.raises(AnnotationError, match="no set 'fine'"):
        data.truth("fine")


def test_another_data_set_is_replaced_only_on_demand_and_strangers_stay(folder: Path, tmp_path: Path) -> None:
    data, _ = parted(gather(folder)[0])
    out = tmp_path / "set"
    write_dataset(out, data, ())
    (out / "scans" / "mine.txt").write_text("precious")
    with pytest.raises(OutputError, match="--overwrite"):
        write_dataset(out, data, ())
    few, _ = parted([entry for entry in data.entries if entry.name == "t"])
    write_dataset(out, few, (), overwrite=True)
    assert {path.name for path in (out / "scans").iterdir()} == {"t.txt", "mine.txt"}
    assert not (out / "rough.train.coco.json").exists()
    assert [particles.source for particles in read_coco(out / "test.coco.json")] == ["images/t.png"]
    with pytest.raises(OutputError, match="no data set that could be replaced"):
        write_dataset(folder, few, (), overwrite=True)


def test_a_damaged_data_set_is_said(folder: Path, tmp_path: Path) -> None:
    data, _ = parted(gather(folder)[0])
    write_dataset(tmp_path / "set", data, ())
    assert is_dataset(tmp_path / "set")
    manifest = tmp_path / "set" / "dataset.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "scans": {}}))
    with pytest.raises(AnnotationError, match="damaged"):
        read_dataset(tmp_path / "set")
    manifest.write_text("{}")
    with pytest.raises(AnnotationError, match="no data set that this version knows"):
        read_dataset(tmp_path / "set")


def test_a_folder_without_contours_says_what_to_do(alone: Path) -> None:
    with pytest.raises(AnnotationError, match="put the contours beside the scans"):
        gather(alone)
    with pytest.raises(AnnotationError, match="is no folder"):
        gather(alone / "nowhere")
