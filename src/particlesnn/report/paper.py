"""The report on paper: a PDF to print and to lay beside an article.

Typst sets it: one library without others, permissively licensed, that breaks tables over pages, keeps contours as
lines, and embeds each font it needs.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.ft2font import FT2Font

from particlesnn.core import OutputError
from particlesnn.core.writing import write_whole
from particlesnn.report.contents import Contents, contents_of
from particlesnn.report.embedding import media_type
from particlesnn.report.entry import ImageEntry, Provenance, Section
from particlesnn.statistics import Summary

_OURS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
"""DejaVu, which matplotlib brings: Latin, Greek, Cyrillic and signs are there on any machine."""

_TALL = 1.25
"""A scan so much higher than wide is set by its height."""


def check_pdf() -> None:
    """See to it that a PDF can be written.

    Raises
    ------
    OutputError
        When the library that sets it is not installed.
    """
    try:
        import typst  # noqa: F401
    except ImportError as error:
        raise OutputError(
            "PDF needs the library typst; install it with: pip install 'particlesnn[pdf]', or print "
            "report.html from a browser"
        ) from error


def write_pdf(
    path: Path,
    entries: Sequence[ImageEntry],
    joint: Sequence[Summary],
    provenance: Provenance,
    *,
    title: str = "Particle size report",
    bins: int | None = None,
    sections: Sequence[Section] = (),
) -> str:
    """Write the report as a PDF of A4 pages, with the same words and numbers as `write_report`.

    Contours, histogram and scale bars are lines, sharp at any size. Fonts are embedded. A letter that no font of this
    machine has is written as its code point, such as [U+6F22], and the paper says so.

    Parameters
    ----------
    path
        The PDF file; an older one is replaced.
    entries, joint, provenance, title, bins, sections
        As of `write_report`.

    Returns
    -------
    The letters that no font has, each once; "" when all could be written.

    Raises
    ------
    OutputError
        When the library is missing, the file cannot be written, or a picture cannot be read.
    """
    check_pdf()
    import typst  # late: an extra

    contents = contents_of(entries, joint, provenance, title=title, bins=bins, sections=sections)
    data = _data(contents, provenance)
    missing = _without_font(_letters(data))
    if missing:
        codes = " ".join(_code(letter) for letter in missing)
        data["warnings"].append(
            f"No font on this machine has {codes}; install one, such as Noto Sans CJK, and make the report again."
        )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _lay_out(folder, contents)
        (folder / "data.json").write_text(json.dumps(_printable(data, frozenset(missing))), encoding="utf-8")
        content = typst.compile(folder / "paper.typ", root=folder, font_paths=[_OURS])
    assert isinstance(content, bytes)
    write_whole(path, content)
    return missing


def _lay_out(folder: Path, contents: Contents) -> None:
    """Put the template and the pictures where it looks for them."""
    template = (files("particlesnn.report") / "templates" / "paper.typ").read_text(encoding="utf-8")
    (folder / "paper.typ").write_text(template, encoding="utf-8")
    for number, group in enumerate(contents.groups):
        (folder / f"chart-{number}.svg").write_bytes(group.chart.svg)
    for figure in contents.figures:
        (folder / f"{figure.anchor}.svg").write_text(figure.svg, encoding="utf-8")
    for number, section in enumerate(contents.sections):
        if section.picture is not None:
            (folder / _picture_name(number, section)).write_bytes(section.picture)


def _picture_name(number: int, section: Section) -> str:
    return f"section-{number}.{media_type(section.picture or b'').partition('/')[2].removesuffix('+xml')}"


def _data(contents: Contents, provenance: Provenance) -> dict[str, Any]:
    """Gather what the template prints: texts and lists of texts."""
    day = provenance.date
    return {
        "title": contents.title,
        "date": [day.year, day.month, day.day],
        "byline": contents.byline,
        "signature": contents.signature,
        "abstract": [contents.method[0].text],
        "warnings": list(contents.warnings),
        "groups": [
            {
                "heading": group.heading,
                "tiles": [{"label": t.label, "value": t.value, "note": t.note} for t in group.tiles],
                "chart": f"chart-{number}.svg",
                "alt": group.chart.alt,
                "figures": [[f.name, f.value, f.interval, f.meaning] for f in group.figures],
                "remarks": group.remarks,
            }
            for number, group in enumerate(contents.groups)
        ],
        "sections": [
            {
                "heading": section.heading,
                "paragraphs": section.paragraphs,
                "columns": section.columns,
                "rows": section.rows,
                "notes": section.notes,
                "picture": None if section.picture is None else _picture_name(number, section),
                "alt": section.alt,
            }
            for number, section in enumerate(contents.sections)
        ],
        "headings": contents.headings,
        "rows": [{"name": row.name, "note": row.note, "kind": row.kind, "cells": row.cells} for row in contents.rows],
        "colours": contents.colours,
        "pictures": [
            {
                "file": f"{figure.anchor}.svg",
                "name": figure.name,
                "caption": figure.caption,
                "alt": f"Overlay of {figure.name}",
                "tall": figure.plane.size[0] > _TALL * figure.plane.size[1],
            }
            for figure in contents.figures
        ],
        "method": [{"heading": p.heading, "text": p.text, "command": p.command} for p in contents.method],
        "definitions": [[d.name, d.symbol, d.unit, d.meaning, d.source] for d in contents.definitions],
    }


def _letters(data: object) -> set[str]:
    """Collect every printable character of the texts."""
    if isinstance(data, str):
        return {letter for letter in data if letter.isprintable()}
    parts = data.values() if isinstance(data, Mapping) else data if isinstance(data, list | tuple) else ()
    return set().union(*(_letters(part) for part in parts))


def _without_font(letters: set[str]) -> str:
    """Find the letters that neither our fonts nor those of this machine have."""
    import typst

    left = {letter for letter in letters if ord(letter) > 0x7F}
    own = [_OURS / "DejaVuSans.ttf", _OURS / "DejaVuSansMono.ttf"]
    # Only what our fonts lack is looked for in those of the machine, of which there may be hundreds.
    for path in own:
        left -= _covered(path, left)
    if left:
        found = {font.path for font in typst.Fonts(include_embedded_fonts=False).fonts() if font.path}
        for name in sorted(found):
            left -= _covered(Path(name), left)
            if not left:
                break
    return "".join(sorted(left))


def _covered(path: Path, letters: set[str]) -> set[str]:
    try:
        known = FT2Font(str(path)).get_charmap()
    except (OSError, RuntimeError):  # a font of the machine that is damaged, or of a kind that cannot be read
        return set()
    return {letter for letter in letters if ord(letter) in known}


def _printable(data: Any, missing: frozenset[str]) -> Any:
    """Write what cannot be printed (no font, control characters, halves of a character in a file's name) as a code."""
    if isinstance(data, str):
        return "".join(each if each.isprintable() and each not in missing else _code(each) for each in data)
    if isinstance(data, Mapping):
        return {key: _printable(value, missing) for key, value in data.items()}
    return [_printable(value, missing) for value in data] if isinstance(data, list | tuple) else data


def _code(letter: str) -> str:
    return f"[U+{ord(letter):04X}]"
