"""The report: one HTML file that holds all it shows, to be read, explored, printed and mailed."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from particlesnn.core.writing import write_whole
from particlesnn.report.contents import contents_of
from particlesnn.report.embedding import data_uri, media_type
from particlesnn.report.entry import ImageEntry, Provenance, Section
from particlesnn.report.explorer import explorer_json
from particlesnn.statistics import Summary


@dataclass(frozen=True)
class Inline:
    """A style sheet or a script inside the page, and the hash by which its security policy lets it in."""

    text: str

    @property
    def policy(self) -> str:
        """A source expression of the Content Security Policy, level 2."""
        digest = hashlib.sha256(self.text.encode("utf-8")).digest()
        return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def write_report(
    path: Path,
    entries: Sequence[ImageEntry],
    joint: Sequence[Summary],
    provenance: Provenance,
    *,
    title: str = "Particle size report",
    bins: int | None = None,
    sections: Sequence[Section] = (),
) -> None:
    """Write one self-contained HTML file; nothing is fetched from elsewhere.

    Its one script links a table of particles with their contours. Without scripts, and in print, all but that table is
    there.

    Parameters
    ----------
    path
        The HTML file; an older one is replaced.
    entries
        The images in the order of the table. Failed and empty ones keep their row; pictures are made smaller the more
        of them there are, so that fifty make under 15 MB.
    joint
        Joint statistics as `particlesnn.statistics.summarise_jointly` gives them; empty when nothing was measured.
    provenance
        Version, weights and settings.
    title
        The headline.
    bins
        Number of bins of the histogram; a round width when None.
    sections
        Further parts, between the distribution and the images.

    Raises
    ------
    OutputError
        When the file cannot be written, or a picture cannot be read.
    """
    contents = contents_of(entries, joint, provenance, title=title, bins=bins, sections=sections)
    data = explorer_json(entries, joint, contents.figures, [group.chart.bars for group in contents.groups])
    style, script = Inline(_text("report.css")), Inline(_text("picture.js") + _text("report.js"))
    page = _environment().get_template("report.html.j2")
    html = page.render(page=contents, data=data, style=style, script=script, explored='"ids":[' in data)
    # Who is to mail the file, or wonders why it opens slowly, finds its size at its end.
    before, _, after = html.rpartition("@@size@@")
    size = _megabytes(len(html.encode("utf-8", errors="replace")))
    write_whole(path, f"{before}{size}{after}".encode("utf-8", errors="replace"))


def _text(name: str) -> str:
    return (files("particlesnn.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("particlesnn.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["uri"] = lambda content: data_uri(content, media_type(content))
    return environment


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
