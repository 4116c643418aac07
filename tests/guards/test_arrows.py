"""The arrows of the house: which room may import which. See docs/design.md."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "particlesnn"
ROOMS = {
    "core": set(),
    "network": set(),
    "weights": {"core"},
    "files": {"core"},
    "surface": {"core"},
    "recognition": {"core"},
    "refinement": {"core"},
    "measurement": {"core"},
    "statistics": {"core"},
    "chemistry": {"core"},
    "baselines": {"core"},
    "simulation": {"core"},
    "pipeline": {"core", "files", "recognition", "refinement", "measurement", "statistics", "chemistry", "surface"},
    "report": {"core", "statistics"},
    "evaluation": {"core", "files", "recognition", "measurement", "statistics"},
    "training": {"core", "network", "weights", "recognition", "files", "simulation", "evaluation"},
    "results": {"core", "files", "measurement", "statistics", "chemistry", "pipeline", "report"},
    "editing": {"core"},
    "service": {
        "core",
        "files",
        "recognition",
        "measurement",
        "editing",
        "statistics",
        "pipeline",
        "report",
        "results",
    },
    "client": {"core"},
}
FREE = {"cli", "__init__", "__main__"}
HEAVY = {
    "torch": {"network", "training"},
    "onnx": {"training"},
    "onnxruntime": {"recognition", "training"},  # training quantises with its tools
    "openvino": {"recognition"},
    "matplotlib": {"report", "training"},  # training prints with its fonts
    "fastapi": {"service"},
    "starlette": {"service"},
    "uvicorn": {"service"},
    "sqlalchemy": {"service"},
    "alembic": {"service"},
    "obstore": {"service"},
    "httpx2": {"client", "weights"},
    "click": {"cli"},
}


def imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the full names of all modules that a syntax tree imports, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield ".".join([*package.split(".")[: -node.level + 1 or None], node.module or ""])
            elif node.module == "particlesnn":
                yield from (f"particlesnn.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def faults(room: str, source: str) -> list[str]:
    """Name each import that a file of this room must not have."""
    found = []
    for name in imported(ast.parse(source), f"particlesnn.{room}"):
        parts = name.split(".")
        if parts[0] == "particlesnn" and len(parts) > 1 and room not in FREE:
            target = parts[1]
            if target != room and target not in ROOMS[room] and not target.startswith("__"):
                found.append(f"{room} imports {name}")
        if parts[0] in HEAVY and room not in HEAVY[parts[0]]:
            found.append(f"{room} imports {parts[0]}")
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_arrow_runs_the_wrong_way(path: Path) -> None:
    assert faults(room_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("measurement", "from particlesnn.recognition import Recognizer"),
        ("core", "import particlesnn.files.open_scan"),
        ("recognition", "def late():\n    import torch"),
        ("files", "from matplotlib.figure import Figure"),
        ("statistics", "from particlesnn import report"),
        ("pipeline", "from fastapi import FastAPI"),
    ],
)
def test_the_guard_bites(room: str, source: str) -> None:
    assert faults(room, source)


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("measurement", "from particlesnn.core import Scan"),
        ("training", "import torch"),
        ("cli", "from particlesnn.training import train"),
        ("files", "import numpy as np"),
    ],
)
def test_the_guard_lets_pass_what_is_right(room: str, source: str) -> None:
    assert faults(room, source) == []


def test_every_room_is_on_the_plan() -> None:
    rooms = {room_of(path) for path in PACKAGE.rglob("*.py")}
    assert rooms <= set(ROOMS) | FREE


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, particlesnn, particlesnn.cli.main;"
        "print([name for name in ('torch', 'matplotlib', 'onnxruntime', 'scipy', 'skimage') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
