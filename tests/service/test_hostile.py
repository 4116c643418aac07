"""Uploads that mean harm, or nothing at all: each gets a clear answer, and the service goes on."""

import io
import json
import struct
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.service.visitor import Visitor


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def lying(archive: bytes, true: int, said: int) -> bytes:
    """Let a zip say that its file is small."""
    return archive.replace(struct.pack("<I", true), struct.pack("<I", said))


def test_broken_and_hostile_files_fail_with_a_sentence(visitor: Visitor, scan_file: Path) -> None:
    good = scan_file.read_bytes()
    large = io.BytesIO()
    Image.fromarray(np.zeros((4_200, 4_200), dtype=np.uint8)).save(large, "PNG")
    picture = large.getvalue()
    noise = np.random.default_rng(1).bytes(20_000)
    files = {
        "huge.png": png_header(60_000, 60_000),
        "large.png": picture,
        "truncated.txt": good[: len(good) // 2],
        "random.bin": noise,
        "random.sxm": b":NANONIS_VERSION:\n2\n" + noise,
        "random.gwy": b"GWYP" + noise,
        "empty.txt": b"",
        "../../../etc/passwd": good,
        "..\\..\\windows\\scan.txt": good,
        '<img src=x onerror="alert(1)">.txt': noise,
        "line\r\nX-Injected: 1.txt": noise,
    }
    answer = visitor.upload(*files.items())
    assert answer.status_code == 202
    accepted = {each["name"]: each for each in answer.json()}
    assert accepted["empty.txt"]["id"] is None
    assert "empty" in accepted["empty.txt"]["error"]
    scans = {scan["name"]: scan for scan in visitor.wait()["scans"]}
    assert "passwd" in scans
    assert "scan.txt" in scans
    assert all(scans[name]["state"] == "done" for name in ("passwd", "scan.txt"))
    for name, scan in scans.items():
        if scan["state"] == "failed":
            assert scan["error"].startswith(f"{name}: "), scan
            assert len(scan["error"]) > len(name) + 20
            assert "/tmp" not in scan["error"]
            assert "unexpected" not in scan["error"], scan
    assert "larger than any picture" in scans["huge.png"]["error"]
    assert "million" in scans["large.png"]["error"]
    assert len(scans) == 10
    names = {path.name for path in visitor.running.service.settings.data.rglob("*")}
    assert not names & {"passwd", "scan.txt", "random.bin"}


def test_a_name_is_text_wherever_it_is_shown(visitor: Visitor, scan_file: Path) -> None:
    name = "<script>alert(1)<script>.txt"
    visitor.upload((name, scan_file.read_bytes()), ("=1+1.txt", scan_file.read_bytes()))
    scans = visitor.wait()["scans"]
    assert [scan["name"] for scan in scans] == [name, "=1+1.txt"]
    page = visitor.ask("GET", f"/sets/{visitor.id}/export/report.html").text
    assert "<script>alert" not in page
    table = visitor.ask("GET", f"/sets/{visitor.id}/export/images.csv").text
    assert "\n=" not in table
    packed = visitor.ask("GET", f"/sets/{visitor.id}/export/labelme.zip").content
    assert all(
        set(each) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
        for each in zipfile.ZipFile(io.BytesIO(packed)).namelist()
    )


def test_zips_are_opened_and_bombs_are_not(visitor: Visitor, scan_file: Path) -> None:
    good = scan_file.read_bytes()
    bomb = zipped({"zeros.txt": b"0" * 50_000_000})
    small_bomb = zipped({"zeros.txt": b"0" * 8_000_000})
    nested = zipped({"inner.zip": bomb, "scan.txt": good})
    climbing = zipped({"../../climbing.txt": good, "__MACOSX/._x": b"x", ".DS_Store": b"x"})
    answer = visitor.upload(
        ("bomb.zip", bomb),
        ("liar.zip", lying(small_bomb, 8_000_000, 100)),
        ("large.zip", small_bomb),
        ("nested.zip", nested),
        ("climbing.zip", climbing),
        ("broken.zip", nested[:200]),
        ("many.zip", zipped({f"{number}.txt": b"x" for number in range(1000)})),
        ("nothing.zip", zipped({})),
    )
    assert answer.status_code == 202, answer.text
    files = {each["name"]: each for each in answer.json()}
    for name in ("bomb.zip", "liar.zip", "zeros.txt", "broken.zip", "many.zip", "nothing.zip"):
        assert files[name]["id"] is None, name
        assert len(files[name]["error"]) > 25
    assert "holds more than" in files["bomb.zip"]["error"]
    assert "1000 files" in files["many.zip"]["error"]
    scans = {scan["name"]: scan["state"] for scan in visitor.wait()["scans"]}
    assert scans == {"inner.zip": "failed", "scan.txt": "done", "climbing.txt": "done"}


def test_too_many_files_and_too_large_ones_are_refused_whole(visitor: Visitor) -> None:
    many = visitor.upload(*[(f"{number}.txt", b"1 2 3") for number in range(300)])
    assert many.status_code == 413
    assert "20 scans" in many.json()["detail"]
    full = visitor.upload(*[(f"{number}.txt", b"1 2 3") for number in range(21)])
    assert full.status_code == 413
    assert "20 scans" in full.json()["detail"]
    large = visitor.upload(("large.bin", b"0" * 13_000_000))
    assert large.status_code == 413
    assert "larger" in large.json()["detail"]
    pieces = (b"x" * 1_000_000 for _ in range(14))
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    unannounced = visitor.http.post(
        f"/api/sets/{visitor.id}/scans", content=pieces, headers={**visitor.headers, **kind}
    )
    assert unannounced.status_code in (400, 413)
    one = visitor.upload(("large.bin", b"0" * 5_000_000))
    assert one.json()[0]["id"] is None
    assert "MB" in one.json()[0]["error"]
    assert visitor.view()["scans"] == []


def test_uploads_that_come_at_once_do_not_overfill_a_set(visitor: Visitor) -> None:
    """Each of them finds room for itself when it looks; only one may find it when it is put in."""
    service = visitor.running.service
    most = service.settings.max_scans
    together = Barrier(3)
    used_by = service.ledger.used_by

    def both_look_first(set_id: str) -> tuple[int, int]:
        answer = used_by(set_id)
        with suppress(BrokenBarrierError):
            together.wait(5)
        return answer

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor() as pool:
        patch.setattr(service.ledger, "used_by", both_look_first)
        files = [(f"{number}.txt", b"1 2 3") for number in range(most - 5)]
        answers = [pool.submit(visitor.upload, *files) for _ in range(3)]
        statuses = sorted(answer.result().status_code for answer in answers)
    assert statuses == [202, 413, 413]
    assert len(visitor.view()["scans"]) == most - 5
    kept = {name.split("/")[2] for name in service.store.names(f"sets/{visitor.id}")}
    assert kept == {scan["id"] for scan in visitor.view()["scans"]}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"particles": [{"contour": [[0, 0], [1, 1]]}]}, "at least 3"),
        ({"particles": [{"contour": [[0, 0], [1, 1], [2, 2]]}]}, "no area"),
        ({"particles": [{"contour": [[-90, -90], [-80, -90], [-80, -80]]}]}, "outside"),
        ({"particles": [{"contour": [[0, 0], [5, 0], [5, 5]], "id": 1}] * 2}, "once"),
        ({"particles": [{"contour": [[0, 0], [1e300, 0], [5, 5]]}]}, "less than"),
        ({"particles": [{"contour": [[0, 0], [5, 0], [5, 5]], "score": 2}]}, "less than"),
        ({"particles": [{"contour": [[0, 0], [5, 0], [5, 5]]}] * 501}, "more than the 500"),
        ({"particles": [], "more": 1}, "not permitted"),
    ],
)
def test_senseless_contours_are_told(owner: Visitor, body: dict[str, Any], word: str) -> None:
    scan = owner.view()["scans"][0]
    answer = owner.ask("PUT", f"/scans/{scan['id']}/particles", etag=scan["etag"], json=body)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]
    assert owner.view()["scans"][0]["etag"] == scan["etag"]


@pytest.mark.parametrize(
    "text", ["", "[", "NaN", '{"particles": [{"contour": [[NaN, 0], [1, 1], [2, 0]]}]}', "[" * 100_000]
)
def test_broken_json_is_told(owner: Visitor, text: str) -> None:
    scan = owner.view()["scans"][0]
    headers = {**owner.headers, "If-Match": scan["etag"], "Content-Type": "application/json"}
    answer = owner.http.put(f"/api/scans/{scan['id']}/particles", content=text, headers=headers)
    assert answer.status_code in (400, 422)
    assert isinstance(json.loads(answer.text)["detail"], str)
