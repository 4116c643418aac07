"""Many scans side by side: what one does to the others."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
import pytest

from particlesnn.cli.batch import Worker, jobs_for, run_batch
from particlesnn.core import Measurements, ParticleMap, ScanFormatError
from particlesnn.results import Analysed, Job


def work(job: Job) -> Analysed:
    """Do what the name of the scan says."""
    if job.scan == "dies":
        os._exit(9)  # as the kernel ends a process that wants too much memory
    if job.scan == "broken":
        raise ScanFormatError("broken: it is cut off.")
    if job.scan == "unforeseen":
        raise ZeroDivisionError("division by zero")
    nothing = Measurements((), {}, True, True, np.zeros(0, dtype=np.bool_), (1.0, 1.0))
    return ParticleMap((1, 1), (), job.scan), nothing


def start() -> Worker:
    return work


def beating() -> Worker:
    """Write the time into a file of its own, again and again, for as long as the process lives."""

    def work(job: Job) -> Analysed:
        for _ in range(600):
            Path(job.scan).write_text(str(time.time()), encoding="utf-8")
            time.sleep(0.1)
        raise AssertionError("nobody ended this process")

    return work


@pytest.mark.parametrize("processes", [1, 2])
def test_each_scan_bears_its_own_fault(processes: int, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = run_batch(jobs_for(["good", "broken", "unforeseen", "fine"]), start, processes)
    assert [outcome.name for outcome in outcomes] == ["good", "broken", "unforeseen", "fine"]
    assert [outcome.analysed is not None for outcome in outcomes] == [True, False, False, True]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert sum("unexpected ZeroDivisionError" in line for line in said) == 1
    with pytest.raises(ZeroDivisionError):
        run_batch(jobs_for(["unforeseen"]), start, 1, debug=True)


def test_a_process_that_dies_takes_no_other_scan_with_it() -> None:
    outcomes = run_batch(jobs_for(["one", "dies", "two", "three"]), start, 2)
    assert [outcome.analysed is not None for outcome in outcomes] == [True, False, True, True]
    assert "memory" in str(outcomes[1].error)


@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended otherwise there")
def test_no_process_outlives_a_run_that_is_killed(tmp_path: Path) -> None:
    code = (
        "from tests.cli.test_batch import beating, jobs_for, run_batch; import sys;"
        "\nif __name__ == '__main__': run_batch(jobs_for(sys.argv[1:]), beating, 2)"
    )
    (tmp_path / "run.py").write_text(code, encoding="utf-8")
    beats = [tmp_path / "one", tmp_path / "two"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    running = subprocess.Popen(
        [sys.executable, tmp_path / "run.py", *beats], env=environment, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not all(beat.exists() for beat in beats):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.kill()
    running.wait()
    deadline = time.monotonic() + 30
    while any(time.time() - beat.stat().st_mtime < 2 for beat in beats):
        assert time.monotonic() < deadline, "a process goes on without its parent"
        time.sleep(0.1)


def test_stems_are_never_shared() -> None:
    jobs = jobs_for(["monday/a.txt", "tuesday/a.txt", "a-2.txt", "A.png", "b.txt"])
    assert [job.stem for job in jobs] == ["a", "a-2", "a-2-2", "A-3", "b"]
    assert [job.name for job in jobs] == ["monday/a.txt", "tuesday/a.txt", "a-2.txt", "A.png", "b.txt"]


def test_a_scan_given_twice_is_not_counted_twice() -> None:
    with pytest.raises(click.UsageError, match="given twice"):
        jobs_for(["a.txt", "b.txt", str(Path("a.txt").absolute())])
    with pytest.raises(click.UsageError, match="given twice"):
        jobs_for(["a.txt", "folder/../a.txt"])


def test_a_link_to_a_scan_is_that_scan(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    try:
        (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    except OSError:
        pytest.skip("links cannot be made here")
    with pytest.raises(click.UsageError, match="given twice"):
        jobs_for([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")])


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(jobs: int, scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    many = [tmp_path / f"scan{number}.txt" for number in range(10)]
    for path in many:
        path.write_bytes((scans / "a.txt").read_bytes())
    command = [sys.executable, "-m", "particlesnn", "detect", *many, "-o", out, "--jobs", str(jobs)]
    running = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs the tests in the background has Ctrl-C ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while not list(out.glob(".particlesnn/*.npz")):  # the last that is written of a scan
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 1
    assert [line for line in said.splitlines() if line] == [
        "particlesnn: stopped; what was finished is kept, and --resume goes on"
    ]
    done = [out / f"{record.stem}.labelme.json" for record in out.glob(".particlesnn/*.npz")]
    assert 0 < len(done) < len(many)
    assert not (out / "particles.csv").exists()
    before = {path: path.stat().st_mtime_ns for path in done}
    again = subprocess.run([*command[:-2], "--resume"], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert len(list(out.glob("*.labelme.json"))) == len(many)
    assert {path: path.stat().st_mtime_ns for path in done} == before
