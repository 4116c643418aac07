"""Names, lengths and the public face."""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "particlesnn"
SOURCES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN = {"util", "utils", "misc", "common", "helper", "helpers", "base"}
LONGEST = 400
INVENTORY = Path(__file__).with_name("public_names.json")
FOREIGN_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users|tmp/bash_jobs)/\w")
TEXT = {".py", ".md", ".toml", ".cff", ".yml", ".yaml", ".txt", ".j2", ".html", ".json"}


def bad_name(path: Path) -> bool:
    return bool(FORBIDDEN & {part.removesuffix(".py").strip("_") for part in path.parts})


def public_names() -> dict[str, list[str]]:
    """Read what each room's ``__all__`` lists, without importing anything."""
    names = {}
    for path in sorted(PACKAGE.rglob("__init__.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                room = ".".join(path.relative_to(PACKAGE.parent).parent.parts)
                names[room] = sorted(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_is_a_drawer(path: Path) -> None:
    assert not bad_name(path.relative_to(PACKAGE))


def test_the_name_guard_bites() -> None:
    assert bad_name(Path("core/utils.py"))
    assert bad_name(Path("helpers/scan.py"))
    assert not bad_name(Path("core/scan.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_public_names_change_only_on_purpose() -> None:
    """To change them on purpose, edit public_names.json; the names of each room, sorted."""
    assert public_names() == json.loads(INVENTORY.read_text(encoding="utf-8"))


def test_every_room_says_what_it_exports() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    silent = {room for room in rooms if f"particlesnn.{room}" not in public_names()}
    assert silent <= {"cli"}


def test_no_path_of_a_developer_s_machine() -> None:
    folders = [ROOT / name for name in ("src", "docs", "configs", "benchmarks", "examples", "tests")]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in TEXT]
    files += [path for path in ROOT.iterdir() if path.suffix in TEXT or path.name == "Makefile"]
    own = Path(__file__).resolve()
    found = [
        str(path.relative_to(ROOT))
        for path in files
        if path.resolve() != own and FOREIGN_PATH.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert found == []


def test_the_path_guard_bites() -> None:
    assert FOREIGN_PATH.search("open('/home/somebody/scan.stp')")
    assert not FOREIGN_PATH.search("see docs/home/index.md")
