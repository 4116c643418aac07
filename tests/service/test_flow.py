"""What a microscopist does: upload, look, correct, take away."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn import analyse
from particlesnn.core import Scan
from particlesnn.files import read_coco, read_labelme, write_wsxm_ascii
from tests.adatoms import adatoms
from tests.service.visitor import Visitor


@pytest.fixture
def scan(owner: Visitor) -> str:
    return str(owner.view()["scans"][0]["id"])


def particles(owner: Visitor, scan: str) -> tuple[dict, str]:
    answer = owner.ask("GET", f"/scans/{scan}/particles")
    assert answer.status_code == 200
    return answer.json(), answer.headers["etag"]


def column(view: dict, name: str) -> dict[int, float]:
    values = next(each["values"] for each in view["measured"]["columns"] if each["name"] == name)
    return dict(zip(view["measured"]["ids"], values, strict=True))


def test_the_numbers_are_those_of_the_command_line(owner: Visitor, scan: str, scan_file: Path) -> None:
    analysis = analyse(scan_file)
    view, _ = particles(owner, scan)
    assert len(view["particles"]) == len(analysis.particles)
    assert sorted(column(view, "diameter").values()) == pytest.approx(
        sorted(analysis.measurements.columns["diameter"]), rel=1e-5
    )
    summary = owner.view()["summary"]
    assert summary["particles"] == len(analysis.particles)
    assert summary["diameter_nm"]["mean"] == pytest.approx(analysis.summary.spreads["diameter"].mean)


@pytest.mark.parametrize("by", ["network", "surface"])
def test_one_click_proposes_the_contour_that_was_deleted(owner: Visitor, scan: str, by: str) -> None:
    view, _ = particles(owner, scan)
    alone = dict(zip(view["measured"]["ids"], view["measured"]["touches_particle"], strict=True))
    inner = next(
        each
        for each in view["particles"]
        if each["origin"] == "network"
        and not alone[each["id"]]
        and 5 < np.min(each["contour"]) < np.max(each["contour"]) < 122
    )
    at = np.mean(inner["contour"], axis=0).tolist()
    answer = owner.ask("POST", f"/scans/{scan}/propose", json={"at": at, "by": by})
    assert answer.status_code == 200, answer.text
    assert np.ptp(answer.json()["contour"], axis=0) == pytest.approx(np.ptp(inner["contour"], axis=0), rel=0.25)
    nowhere = owner.ask("POST", f"/scans/{scan}/propose", json={"at": [-500, 3], "by": by})
    assert nowhere.status_code == 422


def test_an_edit_changes_page_api_and_table_alike_and_can_be_undone(owner: Visitor, scan: str) -> None:
    view, etag = particles(owner, scan)
    before = column(view, "diameter")
    gone = view["particles"][0]["id"]
    edited = owner.ask(
        "POST", f"/scans/{scan}/particles/edits", etag=etag, json={"edits": [{"do": "remove", "ids": [gone]}]}
    )
    assert edited.status_code == 200
    assert edited.json()["removed"] == [gone]
    assert edited.json()["changed"] == []
    left, etag = particles(owner, scan)
    assert [each["id"] for each in left["particles"]] == [number for number in before if number != gone]
    summary = owner.view()["summary"]
    mean = np.mean([value for number, value in before.items() if number != gone])
    assert summary["particles"] == len(before) - 1
    assert summary["diameter_nm"]["mean"] == pytest.approx(mean, rel=1e-5)
    table = owner.ask("GET", f"/sets/{owner.id}/export/particles.csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert np.mean([float(row["diameter_nm"]) for row in rows]) == pytest.approx(mean, rel=1e-5)

    undone = owner.ask("POST", f"/scans/{scan}/undo", etag=etag)
    assert undone.status_code == 200
    assert undone.headers["etag"] not in (etag, view["etag"])
    assert column(undone.json(), "diameter") == before
    redone = owner.ask("POST", f"/scans/{scan}/redo", etag=undone.headers["etag"])
    assert len(redone.json()["particles"]) == len(before) - 1
    owner.ask("POST", f"/scans/{scan}/undo", etag=redone.headers["etag"])


def test_split_merge_move_and_add_are_one_revision(owner: Visitor, scan: str) -> None:
    view, etag = particles(owner, scan)
    first, second = view["particles"][0], view["particles"][1]
    middle = np.mean(first["contour"], axis=0)
    line = [(middle - [50, 0]).tolist(), (middle + np.array([50, 0])).tolist()]
    square = [[60, 60], [70, 60], [70, 70], [60, 70]]
    edits = [
        {"do": "split", "id": first["id"], "line": line},
        {"do": "move", "id": second["id"], "contour": square},
        {"do": "add", "contour": [[2, 2], [8, 2], [8, 8]]},
    ]
    edited = owner.ask("POST", f"/scans/{scan}/particles/edits", etag=etag, json={"edits": edits})
    assert edited.status_code == 200, edited.text
    changed = {each["id"]: each for each in edited.json()["changed"]}
    assert len(changed) == 4
    assert {each["origin"] for each in changed.values()} == {"human"}
    assert changed[second["id"]]["contour"] == square
    assert {each["score"] for each in changed.values()} == {None}
    area_before = column(view, "area")[first["id"]]
    parts = sorted(set(changed) - {second["id"]})
    areas = column(edited.json(), "area")
    other = next(number for number in parts if number != first["id"] and areas[number] < area_before)
    both = owner.ask(
        "POST",
        f"/scans/{scan}/particles/edits",
        etag=edited.headers["etag"],
        json={"edits": [{"do": "merge", "ids": [first["id"], other]}]},
    )
    assert column(both.json(), "area")[first["id"]] == pytest.approx(area_before, rel=1e-3)
    assert both.json()["removed"] == [other]
    history = owner.ask("GET", f"/scans/{scan}/history").json()
    assert [each["what"] for each in history][-2:] == ["split, move, add", "merge"]


def test_two_tabs_do_not_overwrite_each_other(owner: Visitor, scan: str) -> None:
    view, etag = particles(owner, scan)
    path = f"/scans/{scan}/particles"
    assert owner.ask("PUT", path, json={"particles": []}).status_code == 428
    mine = owner.ask("PUT", path, etag=etag, json={"particles": view["particles"][1:]})
    assert mine.status_code == 200
    theirs = owner.ask("PUT", path, etag=etag, json={"particles": view["particles"][2:]})
    assert theirs.status_code == 412
    assert "another tab" in theirs.json()["detail"]
    now, etag = particles(owner, scan)
    assert len(now["particles"]) == len(view["particles"]) - 1
    assert now["particles"][0]["score"] == view["particles"][1]["score"]
    assert owner.ask("POST", f"/scans/{scan}/undo", etag=etag).status_code == 200


def test_an_edit_whose_answer_got_lost_is_not_carried_out_twice(owner: Visitor, scan: str) -> None:
    view, etag = particles(owner, scan)
    path, headers = f"/api/scans/{scan}/particles/edits", {**owner.headers, "If-Match": etag, "X-Edit-Id": "mine-1"}
    body = {"edits": [{"do": "add", "contour": [[2, 2], [8, 2], [8, 8]]}]}
    first = owner.http.post(path, json=body, headers=headers)
    again = owner.http.post(path, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.headers["etag"] == again.headers["etag"] == again.json()["etag"]
    assert len(again.json()["changed"]) == len(view["particles"]) + 1
    other = owner.http.post(path, json=body, headers=headers | {"X-Edit-Id": "mine-2"})
    assert other.status_code == 412
    assert owner.ask("POST", f"/scans/{scan}/undo", etag=first.headers["etag"]).status_code == 200


def test_a_failed_edit_changes_nothing(owner: Visitor, scan: str) -> None:
    view, etag = particles(owner, scan)
    edits = [{"do": "remove", "ids": [view["particles"][0]["id"]]}, {"do": "merge", "ids": [99998, 99999]}]
    refused = owner.ask("POST", f"/scans/{scan}/particles/edits", etag=etag, json={"edits": edits})
    assert refused.status_code == 422
    assert "99998" in refused.json()["detail"]
    assert particles(owner, scan) == (view, etag)


def test_a_scale_measures_anew_and_says_where_it_came_from(owner: Visitor, scan: str) -> None:
    view, _ = particles(owner, scan)
    dy, dx = view["scale"]["pixel_nm"]
    wanted = {"scale": {"pixel_nm": [2 * dy, 2 * dx], "source": "drawn"}}
    changed = owner.ask("PATCH", f"/scans/{scan}", json=wanted)
    assert changed.status_code == 200, changed.text
    assert changed.json()["scale"] == {
        "pixel_nm": [2 * dy, 2 * dx],
        "source": "drawn",
        "file_pixel_nm": [dy, dx],
    }
    twice, _ = particles(owner, scan)
    for number, diameter in column(view, "diameter").items():
        assert column(twice, "diameter")[number] == pytest.approx(2 * diameter, rel=1e-4)
    images = owner.ask("GET", f"/sets/{owner.id}/export/images.csv").text
    assert next(csv.DictReader(io.StringIO(images)))["scale_from"] == "user"
    undone = owner.ask("POST", f"/scans/{scan}/undo", etag=twice["etag"])
    if undone.status_code == 200:  # undo concerns the contours; the scale stays
        assert undone.json()["scale"]["source"] == "drawn"
        owner.ask("POST", f"/scans/{scan}/redo", etag=undone.headers["etag"])
    assert owner.ask("PATCH", f"/scans/{scan}", json={"scale": "file"}).json()["scale"]["source"] == "file"


def test_atoms_by_a_wrong_scale_become_particles_by_the_right_one(owner: Visitor, tmp_path: Path) -> None:
    visitor = Visitor(owner.running)
    write_wsxm_ascii(tmp_path / "colloids.txt", Scan(adatoms(128), "nm", (0.06, 0.06)))
    visitor.upload(("colloids.txt", (tmp_path / "colloids.txt").read_bytes()))
    (scan,) = visitor.wait()["scans"]
    view, _ = particles(visitor, scan["id"])
    assert (scan["particles"], view["particles"]) == (0, [])
    assert view["atoms"] > 80
    wanted = {"scale": {"pixel_nm": 60.0, "source": "typed"}}
    assert visitor.ask("PATCH", f"/scans/{scan['id']}", json=wanted).status_code == 200
    (scan,) = visitor.wait()["scans"]
    again, _ = particles(visitor, scan["id"])
    assert (len(again["particles"]), again["atoms"]) == (view["atoms"], 0)
    assert again["scale"]["source"] == "typed"


def test_every_export_can_be_taken_away(owner: Visitor, scan: str) -> None:
    view, _ = particles(owner, scan)
    for name in owner.ask("GET", "/about").json()["exports"]:
        answer = owner.ask("GET", f"/sets/{owner.id}/export/{name}", params={"border": "exclude", "bins": 7})
        assert answer.status_code == 200, (name, answer.text)
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
        content = answer.content
        if name.endswith(".zip"):
            assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        elif name.endswith(".json"):
            assert json.loads(content)
        elif name.endswith(".png"):
            assert Image.open(io.BytesIO(content)).size[0] > 100
        else:
            assert len(content) > 200
    coco = owner.ask("GET", f"/sets/{owner.id}/export/coco.json").json()
    assert len(coco["annotations"]) == len(view["particles"])


def test_the_dataset_is_heights_pictures_and_coco(owner: Visitor, scan_file: Path, tmp_path: Path) -> None:
    content = owner.ask("GET", f"/sets/{owner.id}/export/dataset.zip").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    (found,) = read_coco(tmp_path / "annotations.coco.json")
    with Image.open(tmp_path / found.source) as picture:
        assert picture.format == "BMP"
        assert picture.size == found.shape_px[::-1]
    heights = analyse(tmp_path / "heights" / f"{scan_file.stem}.txt").scan
    assert heights.values == pytest.approx(analyse(scan_file).scan.values, abs=1e-6)


def test_contours_corrected_elsewhere_come_back(owner: Visitor, scan: str, tmp_path: Path) -> None:
    before, _ = particles(owner, scan)
    archive = owner.ask("GET", f"/sets/{owner.id}/export/labelme.zip").content
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        packed.extractall(tmp_path)
        (name,) = packed.namelist()
    labelme = json.loads((tmp_path / name).read_text())
    assert len(read_labelme(tmp_path / name)) == len(before["particles"])
    labelme["shapes"] = labelme["shapes"][:-2]
    files = [("files", (name, json.dumps(labelme).encode())), ("files", ("other.json", b'{"shapes": 3}'))]
    answer = owner.ask("POST", f"/sets/{owner.id}/contours", files=files)
    assert answer.status_code == 200, answer.text
    good, bad = answer.json()
    assert (good["scan"], good["particles"], good["error"]) == (scan, len(before["particles"]) - 2, None)
    assert bad["error"].startswith("other.json")
    packed_again = owner.ask("POST", f"/sets/{owner.id}/contours", files=[("files", ("all.zip", archive))])
    assert packed_again.json()[0]["particles"] == len(before["particles"])


def test_every_kind_of_contours_finds_its_scan_also_among_namesakes(visitor: Visitor, scan_file: Path) -> None:
    content = scan_file.read_bytes()
    visitor.upload(("same.txt", content), ("same.txt", content), ("other.txt", content))
    scans = [scan["id"] for scan in visitor.wait()["scans"]]
    for name in ("labelme.zip", "imagej.zip", "labels.zip", "coco.json", "via.json"):
        answer = visitor.ask("GET", f"/sets/{visitor.id}/export/{name}")
        back = visitor.ask("POST", f"/sets/{visitor.id}/contours", files=[("files", (name, answer.content))])
        assert {each["scan"]: each["error"] for each in back.json()} == dict.fromkeys(scans), (name, back.text)


def test_pictures_show_the_scan_pixel_by_pixel(owner: Visitor, scan: str) -> None:
    grey = owner.ask("GET", f"/scans/{scan}/picture.png", params={"palette": "grey", "level": "false"})
    picture = np.asarray(Image.open(io.BytesIO(grey.content)))
    assert picture.shape == (128, 128, 3)
    assert grey.headers["content-type"] == "image/png"
    again = owner.http.get(
        f"/api/scans/{scan}/picture.png?palette=grey&level=false",
        headers={**owner.headers, "If-None-Match": grey.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")
    small = owner.ask("GET", f"/scans/{scan}/picture.png", params={"level": "false", "palette": "grey", "within": 50})
    thumb = np.asarray(Image.open(io.BytesIO(small.content)))
    assert thumb.shape[:2] == (43, 43)
    assert thumb.mean() == pytest.approx(picture.mean(), rel=0.25)
    negative = owner.ask("GET", f"/scans/{scan}/picture.png", params={"palette": "negative", "level": "false"})
    assert np.asarray(Image.open(io.BytesIO(negative.content))).astype(int) + picture == pytest.approx(255, abs=1)
    wrong = owner.ask("GET", f"/scans/{scan}/picture.png", params={"low": 60, "high": 40})
    assert wrong.status_code == 422


def test_statistics_and_comparison_of_chosen_scans(owner: Visitor, scan: str) -> None:
    (group,) = owner.ask("GET", f"/sets/{owner.id}/statistics", params={"scan": scan, "bins": 5}).json()["groups"]
    view, _ = particles(owner, scan)
    assert sum(group["histogram"]["counts"]) == len(view["particles"])
    assert len(group["histogram"]["edges"]) == 6
    assert owner.ask("GET", f"/sets/{owner.id}/statistics", params={"quantity": "beauty"}).status_code == 422
    assert owner.ask("GET", f"/sets/{owner.id}/statistics", params={"scan": "no"}).status_code == 404
    side = {"set": owner.id, "key": owner.key, "scans": [scan]}
    same = owner.ask("POST", "/compare", json={"first": side, "second": side, "quantity": "height_max"})
    assert same.status_code == 200, same.text
    assert (same.json()["difference"], same.json()["unit"]) == (0.0, "nm")


def test_what_filters_leave_out_is_in_no_statistics_and_in_no_export(owner: Visitor, scan: str) -> None:
    view, _ = particles(owner, scan)
    scores = {each["id"]: each["score"] for each in view["particles"]}
    heights, touching = (
        column(view, "height_max"),
        dict(zip(view["measured"]["ids"], view["measured"]["touches_border"], strict=True)),
    )
    in_order = sorted(heights.values())
    least, most = in_order[2] * (1 - 1e-5), in_order[-2] * (1 + 1e-5)  # six digits come over the wire
    score = sorted(each for each in scores.values() if each is not None)[1]
    for filters, kept in (
        ({"min_height": least, "max_height": most}, [number for number in heights if least <= heights[number] <= most]),
        ({"min_score": score + 1e-9}, [number for number, each in scores.items() if each is None or each > score]),
        ({"at_border": "inside"}, [number for number in heights if not touching[number]]),
        ({"at_border": "touching"}, [number for number in heights if touching[number]]),
    ):
        assert 0 < len(kept) < len(heights)
        (group,) = owner.ask("GET", f"/sets/{owner.id}/statistics", params={"scan": scan, **filters}).json()["groups"]
        assert group["summary"]["particles"] == len(kept)
        table = owner.ask("GET", f"/sets/{owner.id}/export/particles.csv", params={"scan": scan, **filters}).text
        assert [int(row["particle"]) for row in csv.DictReader(io.StringIO(table))] == kept
    told = owner.ask("GET", f"/sets/{owner.id}/export/summary.json", params={"min_score": 0.5, "at_border": "inside"})
    assert "only scores from 0.5, particles wholly inside" in told.json()["reproduce"]["command"]


def test_heights_are_not_asked_of_a_picture(visitor: Visitor) -> None:
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64)).astype(np.uint8)).save(content, "PNG")
    visitor.upload(("grey.png", content.getvalue()))
    visitor.wait()
    refused = visitor.ask("GET", f"/sets/{visitor.id}/statistics", params={"min_height": 1})
    assert (refused.status_code, "grey.png has no heights" in refused.json()["detail"]) == (422, True)


def test_recognised_anew_the_corrections_can_be_brought_back(owner: Visitor, scan: str) -> None:
    _, etag = particles(owner, scan)
    assert owner.ask("PUT", f"/scans/{scan}/particles", etag=etag, json={"particles": []}).status_code == 200
    assert owner.view()["summary"]["particles"] == 0
    assert owner.ask("POST", f"/scans/{scan}/recognise").status_code == 202
    owner.wait()
    anew, etag = particles(owner, scan)
    assert len(anew["particles"]) > 0
    undone = owner.ask("POST", f"/scans/{scan}/undo", etag=etag)
    assert undone.json()["particles"] == []


def test_examples_come_by_one_call_and_deleting_stops_the_work(visitor: Visitor) -> None:
    made = visitor.running.stranger().post("/api/examples")
    assert made.status_code == 201
    assert [scan["name"].rsplit(".")[1] for scan in made.json()["scans"]] == ["txt", "gwy", "png"]
    assert made.json()["scans"][1]["waiting"] in (0, 1)
    gone = visitor.http.delete(f"/api/sets/{made.json()['id']}", headers={"X-Set-Key": made.json()["key"]})
    assert gone.status_code == 204
    assert visitor.running.service.ledger.queue() == []
