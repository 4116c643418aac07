"""Fetching from a server on this machine, which may break off, know no ranges, or send something else."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest

from particlesnn.cli.main import main
from particlesnn.core import OutputError, WeightsError
from particlesnn.weights import PUBLISHED, cache_folder, fetch, find

CONTENT = bytes(range(256)) * 16384  # 4 MiB
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """What the server does, and what it was asked."""

    address: str = ""
    breaks_after: int | None = None
    knows_ranges: bool = True
    content: bytes = CONTENT
    ranges: list[str | None] = field(default_factory=list)

    def of(self, digits: str) -> str:
        return f"{self.address}/net_coco_20200101-{digits}.pth"


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            state.ranges.append(asked)
            if self.path.startswith("/gone"):
                self.send_error(404)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and state.knows_ranges else 0
            if start >= len(state.content):
                self.send_error(416)
                return
            rest = state.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest if state.breaks_after is None else rest[: state.breaks_after])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        state.address = f"http://127.0.0.1:{http.server_port}"
        yield state
        http.shutdown()


def test_a_file_arrives_whole_and_is_fetched_once(server: Server, tmp_path: Path) -> None:
    weights, seen = find(server.of(DIGEST[:8])), []
    path = fetch(weights, tmp_path / "cache", progress=lambda *counts: seen.append(counts))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert fetch(weights, tmp_path / "cache") == path
    assert len(server.ranges) == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_was_cut_off_goes_on(server: Server, tmp_path: Path) -> None:
    weights = find(server.of(DIGEST[:8]))
    server.breaks_after = 3 << 20
    with pytest.raises(WeightsError, match="run the same command again"):
        fetch(weights, tmp_path)
    (part,) = tmp_path.iterdir()
    kept = part.stat().st_size
    assert kept >= 2 << 20
    server.breaks_after = None
    assert fetch(weights, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={kept}-"]


def test_a_server_without_ranges_sends_all_again(server: Server, tmp_path: Path) -> None:
    weights = find(server.of(DIGEST[:8]))
    (tmp_path / f"{weights.file_name}.part").write_bytes(CONTENT[:1000])
    server.knows_ranges = False
    assert fetch(weights, tmp_path).read_bytes() == CONTENT


def test_all_had_arrived_already(server: Server, tmp_path: Path) -> None:
    weights = find(server.of(DIGEST[:8]))
    (tmp_path / f"{weights.file_name}.part").write_bytes(CONTENT)
    assert fetch(weights, tmp_path).read_bytes() == CONTENT


def test_another_file_is_not_kept(server: Server, tmp_path: Path) -> None:
    weights = find(server.of(DIGEST[:8]))
    server.content = CONTENT[::-1]
    with pytest.raises(WeightsError, match=f"not {DIGEST[:8]}, and was deleted"):
        fetch(weights, tmp_path)
    assert list(tmp_path.iterdir()) == []
    damaged = tmp_path / weights.file_name
    damaged.write_bytes(b"half")
    with pytest.raises(WeightsError, match="was deleted"):
        fetch(weights, tmp_path)


def test_the_whole_checksum_may_be_given(server: Server, tmp_path: Path) -> None:
    plain = find(f"{server.address}/net.pth")
    with pytest.raises(WeightsError, match="--sha256"):
        fetch(plain, tmp_path)
    with pytest.raises(WeightsError, match="was deleted"):
        fetch(plain, tmp_path, sha256="0" * 64)
    assert fetch(plain, tmp_path, sha256=DIGEST.upper()).read_bytes() == CONTENT


def test_servers_that_refuse_or_are_not_there(server: Server, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="404"):
        fetch(find(f"{server.address}/gone-{DIGEST[:8]}.pth"), tmp_path)
    with pytest.raises(WeightsError, match="could not be fetched"):
        fetch(find(f"http://127.0.0.1:9/net-{DIGEST[:8]}.pth"), tmp_path)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError, match="cache cannot be used"):
        fetch(find(server.of(DIGEST[:8])), tmp_path / "file")


def test_the_catalogue_is_as_published() -> None:
    assert len({weights.name for weights in PUBLISHED}) == len(PUBLISHED)
    for weights in PUBLISHED:
        assert weights.address.startswith("https://")
        assert len(weights.sha256_start) == 8
        assert find(weights.name) == weights
    with pytest.raises(WeightsError, match="known are"):
        find("resnet")
    with pytest.raises(WeightsError, match="names no file"):
        find("https://example.org/")


def test_from_the_command_line(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["particlesnn", "weights", *arguments])
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err, pytest.raises(SystemExit) as end:
            main()
        return int(str(end.value.code)), out.getvalue(), err.getvalue()

    code, out, _ = call("fetch", server.of(DIGEST[:8]), "-o", str(tmp_path))
    assert (code, out.split()[-1]) == (0, DIGEST)
    code, out, err = call("fetch", "nothing")
    assert (code, out) == (1, "")
    assert "there are no published weights 'nothing'" in err
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code, out, _ = call("list")
    assert code == 0
    assert all(weights.name in out and weights.address in out for weights in PUBLISHED)
    assert "(fetched)" not in out
    cache_folder().mkdir(parents=True)
    (cache_folder() / PUBLISHED[0].file_name).touch()
    assert call("list")[1].count("(fetched)") == 1
