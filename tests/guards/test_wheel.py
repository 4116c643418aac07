"""What is installed from a wheel carries the page of the web service, or is not made at all."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hatchling", reason="hatchling is not installed")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hook(tmp_path: Path) -> Any:
    spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PageIsBuilt(str(tmp_path), {}, None, None, str(tmp_path / "dist"), "wheel")


def test_without_the_page_no_wheel_is_made(hook: Any, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit):
        hook.initialize("standard", {})
    assert "run 'make page' first" in "".join(capsys.readouterr())
    hook.initialize("editable", {})
    page = tmp_path / "src" / "particlesnn" / "service" / "static" / "index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    hook.initialize("standard", {})
