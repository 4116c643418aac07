import base64
import datetime
import hashlib
import html
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from particlesnn.core import QUANTITIES, OutputError, ParticleMap, Scan
from particlesnn.report import ImageEntry, Provenance, Section, write_report
from particlesnn.report.pictures import draw_overlay
from particlesnn.statistics import summarise_jointly

PROVENANCE = Provenance("1.2.3", "dense-x", "score at least 0.50", date=datetime.date(2026, 1, 5))


class Reader(HTMLParser):
    """Collects elements and text, and sees that every element is closed."""

    VOID = frozenset({"meta", "img", "br", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            self.inline.append((self.open[-1], data))
        else:
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def entries(bumps, measured):
    scan, particles = bumps
    return [
        ImageEntry("one.stp", scan, particles, measured([4.0, 5.0, 6.0])),
        ImageEntry("empty.stp", scan, ParticleMap(scan.shape_px), measured([])),
        ImageEntry("<b>\"&amp;'</b><script>alert(1)</script>.stp", error="It <i>ends</i> & breaks."),
    ]


def written(path, entries, **rest):
    joint = summarise_jointly([entry.measurements for entry in entries if entry.measurements is not None])
    write_report(path, entries, joint, PROVENANCE, **rest)
    return Reader(path.read_text(encoding="utf-8"))


def test_page_is_well_formed_and_says_the_essentials(tmp_path, entries):
    page = written(tmp_path / "report.html", entries, title="Pt on HOPG <fresh>")
    for words in ("Pt on HOPG <fresh>", "5 January 2026", "1.2.3", "dense-x", "score at least 0.50", "5.0 ± 0.6 nm"):
        assert words in page.text, words
    for words in ("10.3390/nano10071285", "quarter of its height", "standard error", "no particles found"):
        assert words in page.text, words
    assert all(quantity.meaning in page.text for quantity in QUANTITIES)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_names_and_reasons_are_shown_but_never_obeyed(tmp_path, entries):
    page = written(tmp_path / "report.html", entries)
    assert entries[2].name in page.text
    assert "It <i>ends</i> & breaks." in page.text
    assert page.all("script") == [{"type": "application/json", "id": "data"}, {}]
    assert not page.all("b")
    assert not page.all("i")


def test_nothing_is_fetched_from_elsewhere(tmp_path, entries):
    page = written(tmp_path / "report.html", entries)
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert not page.all("link")
    outside = {a["href"] for a in page.all("a") if not a["href"].startswith("#")}
    assert outside == {"https://doi.org/10.3390/nano10071285"}
    assert all(image["href"].startswith("data:image/jpeg") for image in page.all("image") if "href" in image)
    assert all(use["href"].startswith("#") for use in page.all("use"))
    whole = (tmp_path / "report.html").read_text(encoding="utf-8")
    for word in ("@import", "url(", "eval(", "fetch(", "innerHTML"):
        assert word not in whole


def test_the_policy_lets_in_what_the_page_brings_and_nothing_else(tmp_path, entries):
    page = written(tmp_path / "report.html", entries)
    (policy,) = (meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    (style,) = (text for kind, text in page.inline if kind == "style")
    script = page.inline[-1][1]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'"
    )
    handlers = [name for _, attributes in page.elements for name in attributes if name == "style" or name[:2] == "on"]
    assert handlers == []


def test_the_page_says_how_large_it_is(tmp_path, entries):
    page = written(tmp_path / "report.html", entries)
    size = (tmp_path / "report.html").stat().st_size
    stated = re.search(r"all it shows: ([\d.]+) (kB|MB)", page.text)
    assert float(stated[1]) * {"kB": 1e3, "MB": 1e6}[stated[2]] == pytest.approx(size, rel=0.05)


def test_the_command_to_repeat_stands_as_it_is_typed(tmp_path, entries):
    command = "particlesnn detect 'a  b/скан <1>.stp' -o out"
    write_report(tmp_path / "report.html", entries, [], Provenance("1.2.3", command=command))
    whole = (tmp_path / "report.html").read_text(encoding="utf-8")
    (typed,) = re.findall("<pre>(.*)</pre>", whole)
    assert html.unescape(typed) == command


def test_a_further_section_is_shown(tmp_path, entries):
    chart = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    budget = Section(
        "Budget", ("Of <all> parts.",), ("part", "share"), (("tip", "5 %"),), ("Not all.",), chart, "a pie"
    )
    page = written(tmp_path / "report.html", entries, sections=[budget])
    assert "Of <all> parts." in page.text
    assert "5 %" in page.text
    assert "Not all." in page.text
    assert [image["alt"] for image in page.all("img")][-1] == "a pie"


def test_links_lead_to_the_overlays(tmp_path, entries):
    page = written(tmp_path / "report.html", entries)
    targets = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(targets)) == len(targets)
    assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= set(targets)
    assert len(page.all("figure")) == 2


def embedded(page):
    sources = [image["href"] for image in page.all("image") if "href" in image]
    return [Image.open(BytesIO(base64.b64decode(source.split(",")[1]))) for source in sources]


def test_overlay_at_hand_is_used(tmp_path, bumps, measured):
    green = BytesIO()
    Image.new("RGB", (300, 200), "#00ff00").save(green, "PNG")
    file = tmp_path / "two.overlay.png"
    draw_overlay(file, *bumps)
    entries = [
        ImageEntry("one", measurements=measured([5.0]), overlay_png=green.getvalue()),
        ImageEntry("two", measurements=measured([5.0]), overlay_png=file),
    ]
    one, two = embedded(written(tmp_path / "report.html", entries))
    assert np.allclose(np.asarray(one)[100, 150], (0, 255, 0), atol=3)
    assert two.size == (384, 256)


def test_fifty_scans_can_be_mailed(tmp_path, measured):
    noise = np.random.default_rng(0).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    file = tmp_path / "noise.png"
    Image.fromarray(noise).save(file, compress_level=0)
    entries = [ImageEntry(f"{i}.stp", measurements=measured([5.0]), overlay_png=file) for i in range(50)]
    written(tmp_path / "report.html", entries)
    assert (tmp_path / "report.html").stat().st_size < 15e6


def test_report_of_failures_alone(tmp_path):
    page = written(
        tmp_path / "report.html", [ImageEntry("a.stp", error="Broken."), ImageEntry("b.stp", error="Empty.")]
    )
    assert "No image could be measured." in page.text
    assert "Empty." in page.text


def test_report_of_nothing(tmp_path):
    assert "No image could be measured." in written(tmp_path / "report.html", []).text


def test_scans_with_and_without_scale_stand_apart(tmp_path, bumps, measured):
    scan, particles = bumps
    bare = Scan(scan.values)
    entries = [
        ImageEntry("a", scan, particles, measured([5.0, 6.0, 7.0])),
        ImageEntry("b", bare, particles, measured([50.0, 60.0], scaled=False, heights=False)),
    ]
    page = written(tmp_path / "report.html", entries)
    assert sum(image["src"].startswith("data:image/svg") for image in page.all("img")) == 2
    assert re.search(r"55 ± 5 px", page.text)
    assert re.search(r"6.0 ± 0.6 nm", page.text)


def test_given_contours_are_not_credited_to_the_network(tmp_path, entries):
    joint = summarise_jointly([entry.measurements for entry in entries if entry.measurements is not None])
    write_report(tmp_path / "report.html", entries, joint, Provenance("1.2.3"))
    assert "contours were given" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_missing_folder_is_one_clear_error(tmp_path, entries):
    with pytest.raises(OutputError, match="cannot be written"):
        written(tmp_path / "no" / "report.html", entries)


@pytest.mark.parametrize("content", [None, b"no picture"])
def test_unreadable_overlay_is_one_clear_error(tmp_path, measured, content):
    file = tmp_path / "one.overlay.png"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(OutputError, match="overlay of one"):
        written(tmp_path / "report.html", [ImageEntry("one", measurements=measured([5.0]), overlay_png=file)])
    assert not (tmp_path / "report.html").exists()
