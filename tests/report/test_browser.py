"""The script of the page at work, in a browser without a window."""

import re
import shutil
import subprocess

import pytest

from particlesnn.report import ImageEntry, Provenance, write_report
from particlesnn.statistics import summarise_jointly

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed, so the page's script is not run")
def test_an_address_with_a_particle_selects_it_in_table_and_picture(tmp_path, bumps, measured):
    entries = [ImageEntry("<i>one</i>.stp", *bumps, measured([4.0, 5.0, 6.0]))]
    write_report(
        tmp_path / "report.html", entries, summarise_jointly([entries[0].measurements]), Provenance("1", "dense")
    )
    address = f"{(tmp_path / 'report.html').as_uri()}#particle-1-2"
    done = subprocess.run(
        [BROWSER, *QUIET, f"--user-data-dir={tmp_path / 'user'}", "--virtual-time-budget=3000", "--dump-dom", address],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    page = done.stdout
    rows = re.findall(r'<tr data-g="(\d+)"[^>]*aria-selected="(true|false)"', page)
    assert rows == [("0", "false"), ("1", "true"), ("2", "false")]
    assert "3 of 3 particles shown, 1 selected. Particle 2 of &lt;i&gt;one&lt;/i&gt;.stp: diameter 5.00 nm" in page
    assert re.search(r'<svg id="stage"[^>]*viewBox="[\d. -]+"', page)
    assert 'aria-label="1 particle, 4.0 to' in page
