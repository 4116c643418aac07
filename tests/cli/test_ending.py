"""How the program's process ends: at once, with its exit code and all that it said."""

import subprocess
import sys
from pathlib import Path

import pytest


def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "particlesnn", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [(["--version"], 0, "particlesnn"), (["info", "no such file.txt"], 1, "no such file"), (["detect"], 2, "--help")],
)
def test_the_exit_code_and_the_last_word_get_out(arguments: list[str], code: int, said: str) -> None:
    end = ended(*arguments)
    assert end.returncode == code
    assert said in end.stdout + end.stderr
    assert "Traceback" not in end.stderr


def test_a_long_answer_into_a_pipe_is_whole(tmp_path: Path) -> None:
    files = [tmp_path / f"{number:03d}.txt" for number in range(300)]
    for file in files:
        file.write_text("1 2\n3 4\n")
    lines = ended("info", *map(str, files)).stdout
    assert all(file.name in lines for file in files)


def test_an_unforeseen_error_keeps_its_traceback_and_code_under_debug() -> None:
    script = "import particlesnn.cli.main as m; m.main = lambda: 1 / 0; m.run()"
    end = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert end.returncode == 1
    assert "ZeroDivisionError" in end.stderr
