"""The documents say what is so: quantities, options and links."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from particlesnn.cli.main import COMMANDS, group

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTEXT.md", "CHANGELOG.md"))])
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")


def missing_targets(page: Path, text: str) -> list[str]:
    """List the relative links of a page that lead nowhere: no such file, or no such heading in it."""
    missing = []
    for link in _LINK.findall(_CODE.sub("", text)):
        if _ELSEWHERE.match(link):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(_text(target))):
            missing.append(link)
    return missing


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """Give the anchors that GitHub and MkDocs make of plain headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.lower())) for heading in headings}


def sections(text: str) -> dict[str, str]:
    """Split a page by its headings of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return {heading.strip(): body for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def options(command: click.Command) -> Iterator[str]:
    """Name every option of a command and of those below it, long and short."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from options(below)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield from parameter.opts


def undocumented(command: click.Command, text: str) -> list[str]:
    """List the options of a command that a text does not name."""
    return [name for name in options(command) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]


def test_the_page_of_quantities_is_current() -> None:
    render = runpy.run_path(str(DOCS / "make_quantities.py"))["render"]
    written = _text(DOCS / "quantities.md")
    assert written == render(), "run: python docs/make_quantities.py"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    page = sections(_text(DOCS / "command-line.md"))
    assert name in page, f"docs/command-line.md has no heading '## {name}'"
    with click.Context(group) as context:
        command = group.get_command(context, name)
    assert command is not None
    assert undocumented(command, page[name]) == []


def test_no_heading_names_a_command_that_is_not_there() -> None:
    assert set(sections(_text(DOCS / "command-line.md"))) == set(COMMANDS)


def test_the_guard_of_options_bites() -> None:
    command = click.Command("try", params=[click.Option(["-o", "--output"]), click.Option(["--max-dets"])])
    assert undocumented(command, "`-o`, `--output-all DIR` and `--max-dets N`") == ["--output"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert missing_targets(page, _text(page)) == []


def test_the_guard_of_links_bites() -> None:
    text = "[a](nowhere.md) [b](formats.md#contours) [c](formats.md#no-such) [d](https://doi.org/1) `[e](code.md)`"
    assert missing_targets(DOCS / "index.md", text) == ["nowhere.md", "formats.md#no-such"]


def test_every_decision_is_in_the_menu() -> None:
    menu = _text(ROOT / "mkdocs.yml")
    pages = [str(page.relative_to(DOCS)) for page in sorted(DOCS.rglob("*.md"))]
    assert [page for page in pages if not menu.count(f": {page}\n")] == []
