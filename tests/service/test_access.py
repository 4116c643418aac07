"""Somebody else's set cannot be read, guessed or changed."""

import logging
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the web service is not installed: pip install 'particlesnn[serve]'")
import httpx2

from particlesnn.service import ServiceSettings
from tests.service.visitor import GENEROUS, Running, Visitor, ready_scan, serving


def addresses(owner: Visitor) -> list[tuple[str, str]]:
    scan = owner.view()["scans"][0]["id"]
    return [
        ("GET", f"/sets/{owner.id}"),
        ("PATCH", f"/sets/{owner.id}"),
        ("DELETE", f"/sets/{owner.id}"),
        ("POST", f"/sets/{owner.id}/share"),
        ("POST", f"/sets/{owner.id}/session"),
        ("POST", f"/sets/{owner.id}/scans"),
        ("POST", f"/sets/{owner.id}/contours"),
        ("GET", f"/sets/{owner.id}/events"),
        ("GET", f"/sets/{owner.id}/statistics"),
        ("GET", f"/sets/{owner.id}/export/particles.csv"),
        ("GET", f"/scans/{scan}"),
        ("PATCH", f"/scans/{scan}"),
        ("DELETE", f"/scans/{scan}"),
        ("GET", f"/scans/{scan}/picture.png"),
        ("GET", f"/scans/{scan}/overlay.png"),
        ("GET", f"/scans/{scan}/particles"),
        ("PUT", f"/scans/{scan}/particles"),
        ("POST", f"/scans/{scan}/particles/edits"),
        ("POST", f"/scans/{scan}/undo"),
        ("POST", f"/scans/{scan}/redo"),
        ("POST", f"/scans/{scan}/propose"),
        ("POST", f"/scans/{scan}/recognise"),
        ("GET", f"/scans/{scan}/history"),
    ]


def test_without_the_key_nothing_opens(owner: Visitor, visitor: Visitor) -> None:
    before = owner.view()
    stranger = owner.running.stranger()
    for method, path in addresses(owner):
        body = {"json": {}, "files": None} if "scans" not in path.split("/")[-1:] else {}
        assert stranger.request(method, f"/api{path}", **body).status_code == 401, path
        theirs = visitor.ask(method, path, **body)
        unknown = visitor.ask(method, path.replace(owner.id, "A" * 16), **body)
        assert theirs.status_code == 404, path
        if owner.id in path:
            assert (unknown.status_code, unknown.json()) == (404, theirs.json())
    assert owner.view() == before


def test_every_address_of_a_set_or_scan_is_in_that_list(owner: Visitor) -> None:
    """A new address without a guard would not be seen by the test above."""
    scan = owner.view()["scans"][0]["id"]
    known = {(m, p.replace(owner.id, "{set_id}").replace(scan, "{scan_id}")) for m, p in addresses(owner)}
    known |= {("DELETE", "/sets/{set_id}/share"), ("DELETE", "/sets/{set_id}/session")}
    documented = {
        (method.upper(), path.removeprefix("/api").replace("{name}", "particles.csv"))
        for path, operations in owner.running.app.openapi()["paths"].items()
        for method in operations
        if "{" in path
    }
    assert documented == known


def test_a_key_for_reading_reads_and_changes_nothing(owner: Visitor) -> None:
    reading = owner.ask("POST", f"/sets/{owner.id}/share").json()["key"]
    reader = owner.running.stranger(headers={"X-Set-Key": reading})
    view = reader.get(f"/api/sets/{owner.id}").json()
    assert (view["access"], view["shared"]) == ("reader", True)
    scan = view["scans"][0]["id"]
    assert reader.get(f"/api/scans/{scan}/particles").status_code == 200
    for method, path in addresses(owner):
        if method in ("PUT", "PATCH", "DELETE") or path.endswith(("share", "undo", "redo", "recognise", "edits")):
            more = {"json": {"edits": [{"do": "remove", "ids": [1]}], "particles": []}} if method != "DELETE" else {}
            if method == "PATCH":
                more = {"json": {}}
            if path.endswith("edits"):
                more = {"json": {"edits": [{"do": "remove", "ids": [1]}]}}
            if path.endswith("/particles"):
                more = {"json": {"particles": []}}
            assert reader.request(method, f"/api{path}", **more).status_code == 403, (method, path)
    another = owner.ask("POST", f"/sets/{owner.id}/share").json()["key"]
    assert reader.get(f"/api/sets/{owner.id}").status_code == 404
    owner.ask("DELETE", f"/sets/{owner.id}/share")
    assert reader.get(f"/api/sets/{owner.id}", headers={"X-Set-Key": another}).status_code == 404


def test_the_cookie_serves_our_own_page_only(running: Running) -> None:
    browser = running.stranger()
    made = browser.post("/api/sets").json()
    path = f"/api/sets/{made['id']}"
    cookie = next(iter(browser.cookies.jar))
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/api", True)
    assert browser.get(path).status_code == 200
    assert browser.patch(path, json={"name": "x"}).status_code == 401
    for headers in (
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert browser.patch(path, json={"name": "x"}, headers=headers).status_code == 401
    for headers in ({"Origin": running.url}, {"Sec-Fetch-Site": "same-origin"}):
        assert browser.patch(path, json={"name": "x"}, headers=headers).status_code == 200
    assert "access-control-allow-origin" not in browser.get(path, headers={"Origin": "http://evil.example"}).headers


def test_a_stranger_is_sent_away_before_anything_is_read(owner: Visitor) -> None:
    """Else anybody could have the service read, keep and parse what nobody with a key would be allowed to send."""
    http = owner.running.stranger()
    scan = owner.view()["scans"][0]["id"]
    form = "multipart/form-data; boundary=x"
    for path, kind, size in (
        (f"sets/{owner.id}/scans", form, 11_000_000),
        (f"sets/{owner.id}/contours", form, 11_000_000),
        (f"scans/{scan}/propose", "application/json", 1_000_000),
    ):
        for key, status in (("", 401), ("wrong", 404)):
            assert begun(http, path, size, {"Content-Type": kind, "X-Set-Key": key}) == status
    reading = owner.ask("POST", f"/sets/{owner.id}/share").json()["key"]
    assert begun(http, f"sets/{owner.id}/scans", 11_000_000, {"Content-Type": form, "X-Set-Key": reading}) == 403
    assert begun(http, "sets", 2_000_000, {"Content-Type": "application/json"}) == 413


def begun(http: httpx2.Client, path: str, size: int, headers: dict[str, str]) -> int:
    """Announce a large body, send nothing of it, and return the status of the answer that comes all the same."""
    url = http.base_url
    connection = HTTPConnection(url.host, url.port, timeout=30)
    connection.request("POST", f"/api/{path}", headers={**headers, "Content-Length": str(size)})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_reader_whose_key_is_taken_back_watches_no_longer(owner: Visitor) -> None:
    reading = owner.ask("POST", f"/sets/{owner.id}/share").json()["key"]
    reader = owner.running.stranger(headers={"X-Set-Key": reading})
    events = []
    with reader.stream("GET", f"/api/sets/{owner.id}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                events.append(line.removeprefix("event: "))
                if events == ["set"]:
                    assert owner.ask("DELETE", f"/sets/{owner.id}/share").status_code == 204
    assert events == ["set", "gone"]


def test_answers_carry_the_headers_that_keep_a_browser_safe(running: Running) -> None:
    for path in ("/", "/api/about", "/api/sets/none"):
        headers = running.stranger().get(path).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert running.stranger().get("/api/about").headers["cache-control"] == "no-store"


@pytest.fixture
def strict(tmp_path: Path) -> Any:
    """A service of its own, with limits that a test can reach."""
    limits = GENEROUS | {
        "sets_per_address": "3/hour",
        "wrong_keys_per_address": "4/minute",
        "changes_per_set": "5/minute",
    }
    settings = ServiceSettings(data=tmp_path / "data", allowed_hosts=("127.0.0.1",), **limits)
    with serving(settings) as running:
        yield running


def test_limits_hold_and_nothing_secret_is_kept_or_logged(strict: Running, caplog: Any, tmp_path: Path) -> None:
    http = strict.stranger()
    caplog.set_level(logging.DEBUG)
    made = http.post("/api/sets").json()
    key, path = made["key"], f"/api/sets/{made['id']}"
    codes = [http.patch(path, json={"name": "x"}, headers={"X-Set-Key": key}).status_code for _ in range(7)]
    assert codes == [200] * 5 + [429] * 2
    codes = [http.get(path, headers={"X-Set-Key": "wrong"}).status_code for _ in range(6)]
    assert codes == [404] * 4 + [429] * 2
    codes = [http.post("/api/sets").status_code for _ in range(4)]
    assert codes == [201, 201, 429, 429]
    refused = http.post("/api/sets")
    assert int(refused.headers["retry-after"]) > 0
    assert http.get("/api/about", headers={"Host": "evil.example"}).status_code == 400
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert key not in "".join(ours)
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    assert made["id"].encode() in kept
    assert key.encode() not in kept


def test_deleting_and_purging_leave_nothing(strict: Running, tmp_path: Path) -> None:
    http = strict.stranger()
    scan = ready_scan(tmp_path)
    made = [http.post("/api/sets", json={"name": f"mark-{number}"}).json() for number in range(2)]
    for one in made:
        headers = {"X-Set-Key": one["key"]}
        files = [("files", ("remarkable-name.txt", scan.read_bytes()))]
        assert http.post(f"/api/sets/{one['id']}/scans", files=files, headers=headers).status_code == 202
    service = strict.service
    objects = tmp_path / "data" / "objects"
    assert any(made[0]["id"] in str(path) for path in objects.rglob("*"))
    http.delete(f"/api/sets/{made[0]['id']}", headers={"X-Set-Key": made[0]["key"]})
    assert not any(made[0]["id"] in str(path) for path in objects.rglob("*"))
    service.ledger.change_set(made[1]["id"], name=None, days=-1, consent=None)
    assert http.get(f"/api/sets/{made[1]['id']}", headers={"X-Set-Key": made[1]["key"]}).status_code == 404
    assert service.purge() == 1
    service.recognisers.close()  # else the scan that was being read is written once more and then removed
    service.purge()
    assert [path for path in objects.rglob("*") if path.is_file()] == []
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("service.sqlite*"))
    assert b"remarkable-name" not in kept
