"""The server as a process of its own: killed and started again, watched, used by the client."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the web service is not installed: pip install 'particlesnn[serve]'")

from particlesnn import Client, ParticlesNNError
from particlesnn.client import ConflictError
from particlesnn.core import OutputError
from particlesnn.files import read_coco
from particlesnn.service import ServiceSettings, run_service
from particlesnn.service.database import Database
from tests.service.visitor import Running, Visitor, ready_scan


@contextmanager
def server(data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "particlesnn", "serve", "--port", str(port), "--data", str(data)]
    with (data.parent / "log.txt").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            for _ in range(600):
                assert process.poll() is None, (data.parent / "log.txt").read_text()
                with pytest.MonkeyPatch.context(), socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_killed_during_recognition_nothing_is_lost(tmp_path: Path) -> None:
    port, data = free_port(), tmp_path / "data"
    scans = [ready_scan(tmp_path, f"{seed}.txt", seed, 6) for seed in range(3)]
    with server(data, port) as process:
        client = Client(f"http://127.0.0.1:{port}", name="kept")
        ids = client.upload(*scans)
        for _ in range(600):
            states = [scan["state"] for scan in client.overview()["scans"]]
            if "running" in states:
                break
            time.sleep(0.05)
        assert "running" in states
        process.kill()
        process.wait()
    with server(data, port):
        view = client.wait(120)
        assert [scan["id"] for scan in view["scans"]] == ids
        assert [scan["state"] for scan in view["scans"]] == ["done"] * 3
        second = subprocess.run(
            [sys.executable, "-m", "particlesnn", "serve", "--port", str(free_port()), "--data", str(data)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (second.returncode, "another service" in second.stderr) == (1, True)
        assert "Traceback" not in second.stderr
        with pytest.raises(OutputError, match="--port"):
            run_service(ServiceSettings(data=tmp_path / "other"), "127.0.0.1", port)
        client.close()
    log = (tmp_path / "log.txt").read_text()
    assert client.key not in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("nonsense", "check --database"),
        ("mysql+nodriver://user:secret@127.0.0.1/x", "cannot be opened"),
        ("sqlite:////nowhere/at/all.sqlite", "unable to open"),
    ],
)
def test_a_database_that_cannot_be_used_is_told(url: str, word: str) -> None:
    with pytest.raises(OutputError, match=word) as caught:
        Database(url)
    assert "secret" not in str(caught.value)


def test_events_tell_each_change_until_the_set_is_gone(running: Running, visitor: Visitor, scan_file: Path) -> None:
    told = []
    with visitor.http.stream("GET", f"/api/sets/{visitor.id}/events", headers=visitor.headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        event = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            if not line.startswith("data: "):
                continue
            if event == "gone":
                break
            scans = json.loads(line.removeprefix("data: "))["scans"]
            told.append([(scan["state"], scan["stage"]) for scan in scans])
            if not scans and len(told) == 1:
                visitor.upload((scan_file.name, scan_file.read_bytes()))
            if scans and scans[0]["state"] == "done":
                visitor.ask("DELETE", f"/sets/{visitor.id}")
    assert event == "gone"
    assert told[0] == []
    assert ("running", "recognising") in [scan for view in told for scan in view]
    assert told[-1] == [("done", "")]
    assert running.service.hub._listeners == {}


def test_the_client_goes_the_whole_way(running: Running, scan_file: Path, tmp_path: Path) -> None:
    with Client(running.url, name="by hand") as client:
        (scan,) = client.upload(scan_file)
        client.wait(120)
        found = client.particles(scan)
        assert len(found.columns["diameter"]) == len(found.particles) > 0
        assert found.units["diameter"] == "nm"
        fewer = client.put_particles(scan, found.particles.particles[1:], found.etag)
        assert len(fewer.particles) == len(found.particles) - 1
        with pytest.raises(ConflictError, match="load them anew"):
            client.edit(scan, [{"do": "remove", "ids": [2]}], found.etag)
        client.set_scale(scan, 3.0)
        assert client.particles(scan).columns["area"][0] == pytest.approx(
            9 * fewer.particles.particles[0].contour.area_px, rel=1e-5
        )
        coco = client.export("coco.json", tmp_path / "coco.json")
        assert len(read_coco(coco)[0]) == len(fewer.particles)
        (group,) = client.statistics(border="exclude")
        assert group["summary"]["border"] == "exclude"
        reader = Client(running.url, client.set_id, client.share())
        with pytest.raises(ParticlesNNError, match="reading only"):
            reader.delete()
        reader.close()
        with pytest.raises(ParticlesNNError, match="no such set"):
            Client(running.url, client.set_id, "wrong")
        client.delete()
        with pytest.raises(ParticlesNNError, match="no such set"):
            client.overview()
    with pytest.raises(ParticlesNNError, match="cannot be reached"):
        Client("http://127.0.0.1:1")


def test_only_corrected_scans_of_consenting_sets_are_collected(
    running: Running, scan_file: Path, tmp_path: Path
) -> None:
    from particlesnn.service import collect_consented

    with Client(running.url) as yes, Client(running.url) as no:
        for client in (yes, no):
            scans = client.upload(scan_file, scan_file)
            client.wait(120)
            found = client.particles(scans[0])
            client.edit(scans[0], [{"do": "remove", "ids": [found.particles.particles[0].id]}], found.etag)
        answer = running.stranger().patch(
            f"/api/sets/{yes.set_id}", json={"consent": True}, headers={"X-Set-Key": yes.key}
        )
        assert answer.json()["consent"] is True
        assert collect_consented(running.service.settings, tmp_path / "out") == 1
        (kept,) = read_coco(tmp_path / "out" / "annotations.coco.json")
        assert len(kept) == len(found.particles) - 1
        assert kept.source == "pictures/scan-00001.bmp"
        with pytest.raises(ParticlesNNError, match="holds files already"):
            collect_consented(running.service.settings, tmp_path / "out")
        yes.delete()
        no.delete()
