"""What must hold of the page's sources without any browser."""

import json
import re
from pathlib import Path

from particlesnn.core import QUANTITIES

WEB = Path(__file__).resolve().parents[2] / "web"
LONGEST = 400


def keys(texts: dict, above: str = "") -> set[str]:
    """Names of all texts, without the endings of plurals."""
    found = set()
    for name, text in texts.items():
        found |= keys(text, f"{above}{name}.") if isinstance(text, dict) else {singular(above + name)}
    return found


def singular(key: str) -> str:
    return re.sub(r"_(zero|one|few|many|other)$", "", key)


def texts(language: str) -> dict:
    return json.loads((WEB / "src" / "i18n" / f"{language}.json").read_text(encoding="utf-8"))


def test_both_languages_say_the_same_things() -> None:
    assert keys(texts("en")) == keys(texts("ru"))


def test_whatever_the_page_says_has_a_text() -> None:
    """A key without a text would be shown to visitors as it is."""
    known = keys(texts("en"))
    sources = [path.read_text(encoding="utf-8") for path in WEB.glob("src/**/*") if path.suffix in (".svelte", ".ts")]
    asked = {key for source in sources for key in re.findall(r"""\bt\(\s*["']([\w.]+)["']""", source)}
    assert len(asked) > 100
    assert {key for key in asked if not {key, singular(key)} & known} == set()
    assert {singular(f"quantity.{each.name}") for each in QUANTITIES} - known == set()


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []


def test_no_style_or_script_is_inline() -> None:
    """The content security policy would drop them without a word."""
    inline = re.compile(r"""\sstyle=["{]|\son\w+=["']|\{@html""")
    sources = [*WEB.glob("src/**/*.svelte"), WEB / "index.html"]
    assert [path.name for path in sources if inline.search(path.read_text(encoding="utf-8"))] == []


def test_files_can_be_read_in_one_sitting() -> None:
    files = [path for path in WEB.glob("src/**/*") if path.suffix in (".svelte", ".ts", ".css")]
    own = [path for path in files if path.name != "contract.d.ts"]
    assert [path.name for path in own if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST] == []
