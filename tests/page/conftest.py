"""A running service, a real browser, and small scans; skipped where there is no browser or the page is not built."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def scan_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.service.visitor import ready_scan

    return ready_scan(tmp_path_factory.mktemp("upload"), "palladium.txt")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    if not (ROOT / "src" / "particlesnn" / "service" / "static" / "index.html").is_file():
        pytest.skip("the page is not built: make page")
    from particlesnn.service import ServiceSettings
    from tests.service.visitor import GENEROUS, serving

    with serving(ServiceSettings(data=tmp_path_factory.mktemp("service"), **GENEROUS)) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all tests of this folder."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian's package: chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=_CHROMIUM, args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Any, running: Any) -> Iterator[Callable[..., Any]]:
    """Open a page in a window of its own; it fails the test when a script of it does."""
    contexts, errors = [], []

    def opened(address: str = "/", **look: Any) -> Any:
        size = {"width": 1400, "height": 900}
        context = browser.new_context(**{"viewport": size, "base_url": running.url, **look})
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(error))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture(scope="module")
def owner(running: Any, scan_file: Path) -> Any:
    """Somebody whose two scans are recognised."""
    from tests.service.visitor import Visitor

    visitor = Visitor(running)
    visitor.upload((scan_file.name, scan_file.read_bytes()), ("again.txt", scan_file.read_bytes()))
    visitor.wait()
    return visitor


@pytest.fixture
def faults() -> Callable[[Any], list[str]]:
    """What axe finds serious or critical on a page."""
    if not AXE.is_file():
        pytest.skip("axe-core is not there: make page")
    script = AXE.read_text(encoding="utf-8")

    def found(page: Any) -> list[str]:
        page.evaluate(script)
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{fault['id']}: {fault['nodes'][0]['html'][:200]}"
            for fault in result["violations"]
            if fault["impact"] in ("serious", "critical")
        ]

    return found
