"""The page as a microscopist meets it, in a real browser."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from particlesnn.files import write_wsxm_ascii
from tests.double_tip import double_tip_scan

Open = Callable[..., Any]
Faults = Callable[[Any], list[str]]
SIZE_PX = 128
ABOVE_PX, BESIDE_PX = 14, 64
"""Room that the page leaves around a scan for its tools, as in web/src/canvas/scanmap.ts."""


def settle(page: Any) -> None:
    """Wait until all edits are saved and counted."""
    page.wait_for_timeout(150)
    page.get_by_text("saved", exact=True).wait_for()


def count(page: Any) -> int:
    return int(page.get_by_test_id("count").inner_text())


def mean(page: Any) -> float:
    return float(page.get_by_test_id("mean").get_attribute("data-value"))


def wait_for_count(page: Any, wanted: int) -> None:
    page.locator(f"[data-testid=count]:text-is('{wanted}')").wait_for()


def place(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a point of the scan is on the screen while the whole scan is shown."""
    box = page.locator(".map").bounding_box()
    zoom = min((box["width"] - 2 * BESIDE_PX) / SIZE_PX, (box["height"] - 2 * ABOVE_PX) / SIZE_PX)
    middle = (SIZE_PX - 1) / 2
    return (
        box["x"] + box["width"] / 2 + (x - middle) * zoom,
        box["y"] + box["height"] / 2 + (y - middle) * zoom,
    )


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*place(page, *start))
    page.mouse.down()
    page.mouse.move(*place(page, *end), steps=6)
    page.mouse.up()


def key_of(page: Any) -> dict[str, str]:
    return {"X-Set-Key": page.url.split("#")[1]}


def numbers(page: Any, running: Any) -> tuple[list[float], list[float]]:
    """Diameters of the one scan by the API and by the table that is exported, both sorted."""
    set_id = re.search(r"/s/([\w-]+)", page.url)[1]
    with httpx2.Client(base_url=running.url, headers=key_of(page), timeout=60) as http:
        scan = http.get(f"/api/sets/{set_id}").json()["scans"][0]["id"]
        view = http.get(f"/api/scans/{scan}/particles").json()
        table = http.get(f"/api/sets/{set_id}/export/particles.csv").text
    column = next(each for each in view["measured"]["columns"] if each["name"] == "diameter")
    rows = list(csv.DictReader(io.StringIO(table)))
    return sorted(column["values"]), sorted(float(row["diameter_nm"]) for row in rows)


def agree(page: Any, running: Any) -> None:
    by_api, by_table = numbers(page, running)
    assert len(by_api) == len(by_table) == count(page)
    assert np.mean(by_api) == pytest.approx(mean(page), rel=1e-6)
    assert np.mean(by_table) == pytest.approx(mean(page), rel=1e-4)


def link(owner: Any) -> str:
    return f"/s/{owner.id}#{owner.key}"


def test_from_the_file_to_the_table(open_page: Open, running: Any, scan_file: Path, faults: Faults) -> None:
    page = open_page()
    assert faults(page) == []
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(scan_file)
    page.get_by_test_id("count").wait_for()
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    first = count(page)
    assert first > 5
    agree(page, running)

    # delete one, on the scan
    page.get_by_role("tab", name="Table").click()
    page.locator("[role=grid] [role=row][aria-rowindex='2']").click()
    page.keyboard.press("Delete")
    page.get_by_role("tab", name="Sizes").click()
    wait_for_count(page, first - 1)
    settle(page)
    agree(page, running)

    # split one by a line that goes right through it
    page.keyboard.press("n")
    with httpx2.Client(base_url=running.url, headers=key_of(page)) as http:
        scan = re.search(r"scan=([\w-]+)", page.url)[1]
        particles = http.get(f"/api/scans/{scan}/particles").json()["particles"]
    chosen = int(re.search(r"\d+", page.locator(".card h3").inner_text())[0])
    contour = np.array(next(each["contour"] for each in particles if each["id"] == chosen))
    x, y = contour.mean(axis=0)
    reach = np.ptp(contour[:, 1]) / 2 + 3
    page.keyboard.press("s")
    drag(page, (x, y - reach), (x, y + reach))
    wait_for_count(page, first)
    settle(page)
    agree(page, running)
    after = mean(page)

    # nothing is lost by loading the page again
    page.reload()
    wait_for_count(page, first)
    assert mean(page) == pytest.approx(after)
    assert faults(page) == []

    # take it away
    page.get_by_role("button", name="Export").click()
    assert faults(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="particles.csv", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert len(rows) == first


def test_by_keyboard_only(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    first = count(page)
    page.locator(".map").focus()
    page.keyboard.press("n")
    page.locator(".card h3").wait_for()
    page.keyboard.press("x")
    wait_for_count(page, first + 1)
    settle(page)
    page.keyboard.press("g")  # both halves are selected
    wait_for_count(page, first)
    settle(page)
    page.keyboard.press("Delete")
    wait_for_count(page, first - 1)
    settle(page)
    for _ in range(3):
        page.keyboard.press("Control+z")
        settle(page)
    wait_for_count(page, first)
    page.get_by_role("tab", name="Sizes").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("grid").wait_for()


def test_a_bar_selects_its_particles_and_a_row_shows_in_the_card(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    bars = page.get_by_role("slider", name=re.compile("Histogram"))
    bars.focus()
    page.keyboard.press("Enter")
    told = bars.get_attribute("aria-valuetext")
    page.locator(".card h3").wait_for()
    in_bar = int(re.search(r"(\d+) particles", told)[1])
    page.get_by_role("tab", name="Table").click()
    assert page.locator("[role=row][aria-selected=true]").count() == in_bar
    page.locator("[role=grid] [role=row][aria-rowindex='4']").click()
    number = page.locator("[role=grid] [role=row][aria-rowindex='4'] [role=rowheader]").inner_text()
    assert f"№ {number}" in page.locator(".card").inner_text()


def test_a_filter_counts_live_and_deletes_nothing(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    first = count(page)
    page.get_by_role("tab", name="Filter").click()
    page.get_by_label("Diameter, at least").focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    shown = int(page.get_by_test_id("shown").inner_text())
    assert 0 < shown < first
    page.get_by_role("tab", name="Sizes").click()
    assert count(page) == shown
    page.get_by_role("button", name="Show all").click()
    assert count(page) == first


def test_a_conflict_is_shown_and_nothing_is_lost(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    first = count(page)
    scan = owner.view()["scans"][0]["id"]
    page.locator(".map").focus()
    page.keyboard.press("n")
    mine = int(re.search(r"\d+", page.locator(".card h3").inner_text())[0])

    def somebody_is_quicker(route: Any) -> None:
        view = owner.ask("GET", f"/scans/{scan}/particles")
        theirs = next(each["id"] for each in view.json()["particles"] if each["id"] != mine)
        edits = {"edits": [{"do": "remove", "ids": [theirs]}]}
        owner.ask("POST", f"/scans/{scan}/particles/edits", etag=view.headers["etag"], json=edits)
        route.continue_()

    page.route("**/particles/edits", somebody_is_quicker, times=1)
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Load theirs and apply mine again").click()
    wait_for_count(page, first - 2)
    settle(page)
    left = owner.ask("GET", f"/scans/{scan}/particles").json()["particles"]
    assert len(left) == first - 2
    assert mine not in [each["id"] for each in left]


def test_a_typed_scale_is_told_with_its_source(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    before = page.get_by_test_id("mean").get_attribute("data-value")
    page.get_by_role("button", name=re.compile("^Scale:.*from the file")).click()
    page.get_by_role("spinbutton", name="Side of one pixel").fill("2")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Scale: 2 nm/px · typed").click()
    page.get_by_role("button", name="Back to what the file says").click()
    page.get_by_role("button", name=re.compile("^Scale:.*from the file")).wait_for()
    page.locator(f"[data-testid=mean][data-value='{before}']").wait_for()


def test_scans_are_compared(open_page: Open, owner: Any, faults: Faults) -> None:
    page = open_page(link(owner))
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_label("Side of palladium.txt in the comparison").select_option("first")
    page.get_by_label("Side of again.txt in the comparison").select_option("second")
    page.locator("form").get_by_role("button", name="Compare").click()
    page.get_by_text("B minus A:").wait_for()
    page.get_by_text("Chance alone may explain this difference").wait_for()
    assert faults(page) == []


def test_a_link_for_reading_lets_nobody_change(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link for reading").click()
    shared = page.get_by_role("textbox", name="Link for reading").input_value()
    guest = open_page(shared)
    guest.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    first = count(guest)
    assert guest.get_by_role("button", name="Add scans").count() == 0
    assert guest.get_by_role("button", name="Split by a line").count() == 0
    guest.keyboard.press("n")
    guest.keyboard.press("Delete")
    guest.wait_for_timeout(300)
    assert count(guest) == first


def test_in_russian_and_dark(open_page: Open, owner: Any, faults: Faults) -> None:
    page = open_page(link(owner), locale="ru-RU", color_scheme="dark")
    page.get_by_role("tab", name="Размеры").wait_for()
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    page.keyboard.press("n")
    assert faults(page) == []
    page.get_by_role("tab", name="Таблица").click()
    assert faults(page) == []


def test_what_cannot_be_read_is_told_on_the_page(open_page: Open) -> None:
    page = open_page()
    content = b"WSxM file copyright Nanotec Electronica\nnothing more"
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files({"name": "<b>broken<b>.stp", "mimeType": "text/plain", "buffer": content})
    page.get_by_role("heading", name="could not be read").wait_for()
    assert page.locator("b:text-is('broken')").count() == 0


def test_twins_of_a_double_tip_are_told(open_page: Open, running: Any, tmp_path: Path) -> None:
    from tests.service.visitor import Visitor

    write_wsxm_ascii(tmp_path / "double.txt", double_tip_scan()[0])
    visitor = Visitor(running)
    visitor.upload(("double.txt", (tmp_path / "double.txt").read_bytes()))
    visitor.wait()
    page = open_page(link(visitor))
    page.get_by_text("a double tip shows a second time").wait_for()


def test_a_set_is_deleted_with_one_second_thought(open_page: Open, running: Any) -> None:
    from tests.service.visitor import Visitor

    visitor = Visitor(running)
    page = open_page(link(visitor))
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Delete this set").click()
    page.get_by_role("button", name="Yes, delete it all").click()
    page.get_by_text("The set was deleted").first.wait_for()
    page.get_by_role("button", name="Choose files").wait_for()
    assert visitor.ask("GET", f"/sets/{visitor.id}").status_code == 404
