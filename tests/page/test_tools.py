"""Each tool with the mouse, on a scan of its own."""

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.page.test_page import SIZE_PX, count, drag, link, place, settle, wait_for_count

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def alone(running: Any, scan_file: Path) -> Any:
    """Somebody whose only scan has a scale from the file."""
    from tests.service.visitor import Visitor

    visitor = Visitor(running)
    visitor.upload((scan_file.name, scan_file.read_bytes()))
    visitor.wait()
    return visitor


@pytest.fixture
def page(open_page: Open, alone: Any) -> Iterator[Any]:
    page = open_page(link(alone))
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    page.wait_for_timeout(600)  # the scan is fitted into the window
    first = count(page)
    yield page
    page.keyboard.press("Escape")
    for _ in range(6):
        if page.get_by_role("button", name="Undo").is_disabled():
            break
        page.keyboard.press("Control+z")
        settle(page)
    wait_for_count(page, first)


def contours(alone: Any) -> dict[int, np.ndarray]:
    scan = alone.view()["scans"][0]["id"]
    view = alone.ask("GET", f"/scans/{scan}/particles").json()
    inner = [each for each in view["particles"] if 4 < np.min(each["contour"]) < np.max(each["contour"]) < SIZE_PX - 5]
    return {each["id"]: np.array(each["contour"]) for each in inner}


def around(outline: np.ndarray, by: float) -> np.ndarray:
    middle = outline.mean(axis=0)
    return middle + (outline - middle) * by


def stroke(page: Any, points: np.ndarray) -> None:
    page.mouse.move(*place(page, *points[0]))
    page.mouse.down()
    for point in [*points[1:], points[0]]:
        page.mouse.move(*place(page, *point))
    page.mouse.up()


def test_lasso_delete_and_one_click_that_brings_it_back(page: Any, alone: Any) -> None:
    first = count(page)
    number, outline = next(iter(contours(alone).items()))
    page.keyboard.press("l")
    stroke(page, around(outline, 1.3))
    page.locator(".card h3", has_text=f"№ {number}").wait_for()
    page.get_by_role("button", name="Delete", exact=True).first.click()
    wait_for_count(page, first - 1)
    settle(page)
    page.keyboard.press("a")
    for by in ("surface", "network"):
        page.get_by_label("Who proposes the contour").select_option(by)
        page.mouse.click(*place(page, *outline.mean(axis=0)))
        wait_for_count(page, first)
        settle(page)
        drawn = set(contours(alone)) - {number}
        new = contours(alone)[max(drawn)]
        assert np.ptp(new, axis=0) == pytest.approx(np.ptp(outline, axis=0), rel=0.3)
        page.keyboard.press("Control+z")
        wait_for_count(page, first - 1)
        settle(page)


def test_a_vertex_is_drawn_to_another_place(page: Any, alone: Any) -> None:
    number, outline = next(iter(contours(alone).items()))
    page.mouse.click(*place(page, *outline.mean(axis=0)))
    page.locator(".card h3", has_text=f"№ {number}").wait_for()
    page.keyboard.press("e")
    page.wait_for_timeout(300)
    target = outline[0] + (outline[0] - outline.mean(axis=0)) * 0.6
    drag(page, tuple(outline[0]), tuple(target))
    settle(page)
    moved = contours(alone)[number]
    assert min(math.dist(point, target) for point in moved) < 0.6
    assert count(page) == len(
        alone.ask("GET", f"/scans/{alone.view()['scans'][0]['id']}/particles").json()["particles"]
    )


def test_an_outline_is_drawn_in_one_stroke_and_merged_with_what_it_touches(page: Any, alone: Any) -> None:
    first = count(page)
    number, outline = next(iter(contours(alone).items()))
    page.keyboard.press("d")
    right = outline + np.array([np.ptp(outline[:, 0]) * 0.7, 0])
    stroke(page, right)
    wait_for_count(page, first + 1)
    settle(page)
    page.keyboard.press("Escape")
    left_end = outline[outline[:, 0].argmin()] * [0.7, 1] + outline.mean(axis=0) * [0.3, 0]
    page.mouse.click(*place(page, *left_end))
    page.keyboard.down("Shift")
    right_end = right[right[:, 0].argmax()] * [0.8, 1] + right.mean(axis=0) * [0.2, 0]
    page.mouse.click(*place(page, *right_end))
    page.keyboard.up("Shift")
    page.get_by_text("2 particles selected").wait_for()
    page.keyboard.press("g")
    wait_for_count(page, first)
    settle(page)
    assert np.ptp(contours(alone)[number][:, 0]) > 1.4 * np.ptp(outline[:, 0])


def test_a_line_is_measured_in_nm_and_a_box_counts_what_is_inside(page: Any, alone: Any) -> None:
    dy, dx = alone.view()["scans"][0]["scale"]["pixel_nm"]
    page.keyboard.press("m")
    drag(page, (20, 30), (80, 70))
    told = page.locator("output.chip").inner_text()
    assert float(re.match(r"[\d.]+", told)[0]) == pytest.approx(math.hypot(60 * dx, 40 * dy), rel=0.02)
    assert float(re.search(r"([\d.]+) px", told)[1]) == pytest.approx(math.hypot(60, 40), rel=0.02)
    first = count(page)
    page.keyboard.press("r")
    drag(page, (-0.5, -0.5), (64, 127.5))
    page.get_by_text(re.compile(r"^\d+ of \d+ particles shown$")).wait_for()
    scan = alone.view()["scans"][0]["id"]
    all_of_them = alone.ask("GET", f"/scans/{scan}/particles").json()["particles"]
    middles = np.array([np.mean(each["contour"], axis=0) for each in all_of_them])
    assert abs(count(page) - int((middles[:, 0] < 64).sum())) <= 1 < first
    page.get_by_role("button", name="Show all").click()


def test_a_scale_is_drawn_over_a_burnt_in_bar(page: Any, alone: Any) -> None:
    page.get_by_role("button", name=re.compile("^Scale:")).click()
    page.get_by_role("button", name="Draw over a burnt-in scale bar").click()
    drag(page, (14, 100), (64, 100))
    page.get_by_text(re.compile(r"Your line is (49|50)[.\d]* px long")).wait_for()
    page.get_by_role("spinbutton", name="Length written at the bar").fill("0.1")
    page.get_by_label("Unit").select_option("um")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile(r"^Scale: (2|1\.9\d*|2\.0\d*) nm.px · drawn$")).wait_for()
    scan = alone.view()["scans"][0]
    assert scan["scale"]["source"] == "drawn"
    assert scan["scale"]["pixel_nm"] == pytest.approx([2, 2], rel=0.02)
    page.get_by_role("button", name=re.compile("^Scale:")).click()
    page.get_by_role("button", name="Back to what the file says").click()
    page.get_by_role("button", name=re.compile("from the file")).wait_for()


def test_filters_go_along_into_the_export(page: Any) -> None:
    first = count(page)
    page.get_by_role("tab", name="Filter").click()
    page.get_by_label("Wholly inside").check()
    shown = int(page.get_by_test_id("shown").inner_text())
    assert shown < first
    page.get_by_role("tab", name="Sizes").click()
    page.locator(".interval").wait_for()  # the interval is worked out for what is shown
    page.get_by_role("button", name="Export").click()
    page.get_by_label("Only what the filter shows: Wholly inside").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="particles.csv", exact=True).click()
    assert len(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()) == shown + 1
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show all").click()
