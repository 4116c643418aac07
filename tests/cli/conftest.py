"""A way to call the command line as a user does, and files to call it with."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from particlesnn.cli.main import main
from particlesnn.files import write_wsxm_ascii
from particlesnn.simulation import TIERS, simulate


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str


Call = Callable[..., Finished]


@pytest.fixture(scope="session")
def call() -> Call:
    """Call the command line, drawing and all, inside this process: quick, and a warning is an error."""

    @contextmanager
    def drawing_here() -> Iterator[Executor]:
        with ThreadPoolExecutor(1) as pool:
            yield pool

    def run(*arguments: object) -> Finished:
        out, err, code = io.StringIO(), io.StringIO(), None
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["particlesnn", *map(str, arguments)])
            patch.setattr("particlesnn.cli.drawing.drawing_process", drawing_here)
            try:
                main()
            except SystemExit as end:
                code = end.code
        assert isinstance(code, int)
        return Finished(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def shell() -> Call:
    """Call it as a user does: in a process of its own."""

    def run(*arguments: object) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "particlesnn", *map(str, arguments)], capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of good scans: two with particles, an empty one, and a picture without scale."""
    folder = tmp_path_factory.mktemp("scans")
    for name, tier, particles, seed in (("a", "easy", 25, 1), ("b", "medium", 30, 2), ("none", "empty", 0, 3)):
        settings = TIERS[tier]
        settings = replace(settings, scene=replace(settings.scene, size_px=192, particles=particles))
        scan, _ = simulate(settings, seed)
        write_wsxm_ascii(folder / f"{name}.txt", scan)
    grey = np.round(255 * (scan.values - scan.values.min()) / np.ptp(scan.values)).astype(np.uint8)
    Image.fromarray(grey).save(folder / "picture.png")
    return folder
