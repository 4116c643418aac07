"""The report as PDF."""

import datetime
import re
import shutil
import subprocess
from io import BytesIO
from types import SimpleNamespace

import pytest
import typst
from PIL import Image

from particlesnn.core import OutputError
from particlesnn.report import ImageEntry, Provenance, Section, write_pdf
from particlesnn.statistics import summarise_jointly

DATE = datetime.date(2026, 1, 5)
COMMAND = "particlesnn detect 'a/скан.stp' -o out --also pdf"
needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler) is not installed")


@pytest.fixture
def write(tmp_path, bumps, measured):
    def run(name="скан.stp", **rest):
        entries = [
            ImageEntry(name, *bumps, measured([4.0, 5.0, 6.0])),
            ImageEntry("broken.stp", error="It ends * early & _late_ #here $x$."),
        ]
        joint = summarise_jointly([entries[0].measurements])
        provenance = Provenance("1.2.3", "dense-x", "score at least 0.50", command=COMMAND, date=DATE)
        return write_pdf(tmp_path / "report.pdf", entries, joint, provenance, **rest), tmp_path / "report.pdf"

    return run


def text_of(path):
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return re.sub(r"\s+", " ", done.stdout.decode("utf-8"))


def picture(form):
    content = BytesIO()
    Image.new("RGB", (40, 20), "#b35410").save(content, form)
    return content.getvalue()


@pytest.mark.parametrize("content", [picture("PNG"), picture("JPEG"), b'<svg xmlns="http://www.w3.org/2000/svg"/>'])
def test_a_section_takes_any_kind_of_picture(write, content):
    _, path = write(sections=[Section("Tip", picture=content, alt="a tip")])
    assert path.read_bytes().startswith(b"%PDF-")


@needs_pdftotext
def test_paper_says_what_the_page_says(write):
    missing, path = write(
        title="Pt on HOPG #strong[x]", sections=[Section("Budget", ("By part.",), ("a",), (("seven",),))]
    )
    text = text_of(path)
    assert missing == ""
    for words in ("Pt on HOPG #strong[x]", "5 January 2026", "recognised by the network dense-x", "5.0 ± 0.6 nm"):
        assert words in text, words
    for words in ("скан.stp", "It ends * early & _late_ #here $x$.", "By part.", "seven", "10.3390/nano10071285"):
        assert words in text, words
    assert COMMAND in text


def test_the_same_results_make_the_same_file(write):
    _, path = write()
    first = path.read_bytes()
    write()
    assert first.startswith(b"%PDF-")
    assert path.read_bytes() == first


@needs_pdftotext
def test_a_letter_without_a_font_is_a_code_and_is_told(write, monkeypatch):
    monkeypatch.setattr(typst, "Fonts", lambda **_: SimpleNamespace(fonts=list))
    missing, path = write(name="漢\udcff\x01.stp")
    assert missing == "漢"
    text = text_of(path)
    assert "[U+6F22][U+DCFF][U+0001].stp" in text
    assert "No font on this machine has [U+6F22]" in text


def test_paper_of_nothing(tmp_path):
    write_pdf(tmp_path / "report.pdf", [], [], Provenance("1", date=DATE))
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_missing_folder_is_one_clear_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        write_pdf(tmp_path / "no" / "report.pdf", [], [], Provenance("1"))
