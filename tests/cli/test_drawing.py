"""The process that draws: the same pictures, the same sentences, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from particlesnn.cli.batch import Job
from particlesnn.cli.drawing import drawing_process
from particlesnn.cli.main import sentence_of
from particlesnn.cli.records import overlay_drawn, overlay_of
from particlesnn.core import Contour, OutputError, Particle, ParticleMap, Scan
from particlesnn.report import draw_overlay, late

SCAN = Scan(np.random.default_rng(1).normal(size=(40, 50)), pixel_nm=(0.5, 0.5))
MAP = ParticleMap(SCAN.shape_px, (Particle(Contour(np.array([(5.0, 5.0), (20.0, 6.0), (12.0, 30.0)]))),))


def test_it_draws_the_same_and_says_the_same(tmp_path: Path) -> None:
    draw_overlay(tmp_path / "here.png", SCAN, MAP)
    with drawing_process() as drawing:
        drawing.submit(late.draw_overlay, tmp_path / "there.png", SCAN, MAP).result()
        assert (tmp_path / "there.png").read_bytes() == (tmp_path / "here.png").read_bytes()
        with pytest.raises(OutputError, match="cannot be written"):
            drawing.submit(late.draw_overlay, tmp_path / "nowhere" / "a.png", SCAN, MAP).result()
        with pytest.raises(BrokenProcessPool) as ended:
            drawing.submit(os._exit, 9).result()  # as the kernel ends a process that wants too much memory
        assert "the process that draws was ended" in sentence_of(ended.value)


def test_a_scan_that_cannot_be_measured_leaves_no_overlay(tmp_path: Path) -> None:
    job = Job("a.txt", "a.txt", "a")
    with ThreadPoolExecutor(1) as drawing:
        with overlay_drawn(tmp_path, job, SCAN, MAP, drawing):
            pass
        assert overlay_of(tmp_path, "a").exists()
        with pytest.raises(ZeroDivisionError), overlay_drawn(tmp_path, job, SCAN, MAP, drawing):
            raise ZeroDivisionError
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_it_does_not_outlive_a_main_process_that_is_killed() -> None:
    script = (
        "import os, time\n"
        "from particlesnn.cli.drawing import drawing_process\n"
        "with drawing_process() as drawing:\n"
        "    print(drawing.submit(os.getpid).result(), flush=True)\n"
        "    time.sleep(100)\n"
    )
    running = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    child = int(running.stdout.readline())
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    deadline = time.monotonic() + 60
    while _lives(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # Where nobody collects orphans, as in a container, one that has ended keeps its number.
    stat = Path(f"/proc/{process}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
