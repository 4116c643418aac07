"""A running service for all tests of it; recognition is the real one, on scans so small that it takes a second.

What needs the web framework is imported where it is used: without it, the test files skip themselves.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def scan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.service.visitor import ready_scan

    return ready_scan(tmp_path_factory.mktemp("upload"))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from particlesnn.service import ServiceSettings
    from tests.service.visitor import GENEROUS, serving

    settings = ServiceSettings(
        data=tmp_path_factory.mktemp("service"),
        max_file_bytes=4_000_000,
        max_upload_bytes=12_000_000,
        max_scans=20,
        max_particles=500,
        **GENEROUS,
    )
    with serving(settings) as running:
        yield running


@pytest.fixture
def visitor(running: Any) -> Any:
    from tests.service.visitor import Visitor

    return Visitor(running)


@pytest.fixture(scope="module")
def owner(running: Any, scan_file: Path) -> Any:
    """Somebody whose one scan is recognised."""
    from tests.service.visitor import Visitor

    visitor = Visitor(running)
    visitor.upload((scan_file.name, scan_file.read_bytes()))
    view = visitor.wait()
    assert view["scans"][0]["state"] == "done", view
    return visitor
