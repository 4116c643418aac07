"""What the page does when the service goes away, many files come at once, or contours are dropped as a zip."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Open = Callable[..., Any]


def link(owner: Any) -> str:
    return f"/s/{owner.id}#{owner.key}"


def count(page: Any) -> int:
    return int(page.get_by_test_id("count").inner_text())


def ready(page: Any) -> int:
    page.locator("[data-testid=count]:not(:text-is('0'))").wait_for()
    return count(page)


def drop(page: Any, files: list[tuple[str, bytes]]) -> None:
    """Drop files anywhere on the page, as from a file manager."""
    content = [[name, list(data)] for name, data in files]
    page.evaluate(
        """files => {
          const carried = new DataTransfer();
          for (const [name, bytes] of files) carried.items.add(new File([new Uint8Array(bytes)], name));
          dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
        }""",
        content,
    )


def test_many_scans_dropped_at_once_are_all_recognised(open_page: Open, scan_file: Path) -> None:
    page = open_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if request.url.endswith("/scans") else None)
    drop(page, [(f"{number:02d}.txt", scan_file.read_bytes()) for number in range(9)])
    page.get_by_text("9 scans", exact=True).wait_for(timeout=120_000)
    assert page.locator(".rail li").count() == 9
    assert page.get_by_text(re.compile(r"^\d+ particles$")).count() == 9
    assert len(requests) == 2


def test_what_is_too_much_or_too_large_is_told_before_it_is_sent(open_page: Open) -> None:
    page = open_page()
    page.wait_for_load_state("networkidle")
    drop(page, [(f"{number}.txt", b"1 2") for number in range(300)])
    page.locator(".notice", has_text="300 files are more than").wait_for()
    page.evaluate(
        """() => {
          const carried = new DataTransfer();
          carried.items.add(new File([new Uint8Array(70e6)], "large.txt"));
          dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
        }"""
    )
    page.locator(".notice", has_text="large.txt: its 70 MB are more than the 67.1 MB").wait_for()
    assert page.url.endswith("/")


def test_refused_files_are_told_and_the_first_that_can_be_read_is_shown(open_page: Open, scan_file: Path) -> None:
    page = open_page()
    drop(page, [(f"empty-{number}.txt", b"") for number in range(7)])
    page.locator(".notice", has_text="empty-1.txt: it is empty").wait_for()
    page.locator(".notice", has_text="2 more files were refused").wait_for()
    drop(page, [("broken.stp", b"WSxM file copyright Nanotec Electronica"), ("good.txt", scan_file.read_bytes())])
    page.get_by_text("2 scans", exact=True).wait_for()
    address = re.sub(r"\?[^#]*", "", page.url)
    page.close()
    again = open_page(address)
    ready(again)
    again.get_by_role("heading", name="good.txt").wait_for()


def test_an_answer_that_is_older_than_an_event_is_not_shown(open_page: Open, scan_file: Path) -> None:
    """What the page asked for after an upload arrives only when an event has told that the scan is done."""
    page = open_page()
    page.wait_for_load_state("networkidle")
    late: list[tuple[Any, Any]] = []

    def hold(route: Any) -> Any:
        if route.request.method != "GET":
            return route.fallback()
        answer = route.fetch()
        if answer.json()["scans"]:
            return late.append((route, answer))
        return route.fulfill(response=answer)

    page.route(re.compile(r"/api/sets/[\w-]+$"), hold)
    drop(page, [("late.txt", scan_file.read_bytes())])
    found = ready(page)
    (route, answer), *_ = late
    waiting = [scan | {"state": "queued", "etag": None} for scan in answer.json()["scans"]]
    with page.expect_response(route.request.url):
        route.fulfill(response=answer, json=answer.json() | {"scans": waiting})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert count(page) == found


def test_events_are_heard_again_after_an_answer_that_was_none(open_page: Open, owner: Any) -> None:
    """A proxy answers 502 while the service is being started; browsers do not try again after that."""
    page = open_page()
    page.route("**/events", lambda route: route.fulfill(status=502), times=1)
    page.goto(link(owner))
    page.get_by_text("reconnecting…").wait_for()
    page.get_by_text("reconnecting…").wait_for(state="detached")
    owner.ask("PATCH", f"/sets/{owner.id}", json={"name": "renamed meanwhile"})
    page.wait_for_function("() => document.title.startsWith('renamed meanwhile')")


def test_an_edit_that_did_not_get_through_is_sent_again_by_itself(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    first = ready(page)
    page.route("**/particles/edits", lambda route: route.abort(), times=1)
    page.locator(".map").focus()
    page.keyboard.press("n")
    page.keyboard.press("Delete")
    page.get_by_text("The server does not answer.").wait_for()
    page.get_by_text("saved", exact=True).wait_for()
    scan = owner.view()["scans"][0]["id"]
    assert len(owner.ask("GET", f"/scans/{scan}/particles").json()["particles"]) == first - 1


def test_an_edit_whose_answer_got_lost_is_not_made_twice(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    first = ready(page)
    page.wait_for_timeout(500)

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/particles/edits", lose_the_answer, times=1)
    page.locator(".map").focus()
    page.keyboard.press("n")
    page.keyboard.press("x")
    page.get_by_text("The server does not answer.").wait_for()
    page.locator(f"[data-testid=count]:text-is('{first + 1}')").wait_for()
    page.get_by_text("saved", exact=True).wait_for()
    assert page.get_by_text("Somebody else").count() == 0
    page.locator(".map").focus()
    page.keyboard.press("Control+z")
    page.locator(f"[data-testid=count]:text-is('{first}')").wait_for()


def test_a_picture_that_did_not_come_is_asked_for_again(open_page: Open, owner: Any) -> None:
    page = open_page()
    page.route("**/picture.png*", lambda route: route.abort(), times=3)
    page.goto(link(owner))
    for image in page.locator(".rail img").all():
        image.wait_for()
    page.wait_for_function("() => [...document.querySelectorAll('.rail img')].every(each => each.naturalWidth > 0)")
    page.wait_for_function(
        """() => {
          const canvas = document.querySelector(".map canvas");
          if (!canvas) return false;
          const [red] = canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
          return red > 20;
        }"""
    )


def test_contours_are_told_from_scans_also_in_a_zip(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    ready(page)
    archive = zipfile.ZipFile(io.BytesIO(owner.ask("GET", f"/sets/{owner.id}/export/labelme.zip").content))
    fewer = io.BytesIO()
    with zipfile.ZipFile(fewer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in archive.namelist():
            drawn = json.loads(archive.read(name))
            packed.writestr(name, json.dumps(drawn | {"shapes": drawn["shapes"][:3]}))
    drop(page, [("corrected.zip", fewer.getvalue())])
    page.locator(".notice", has_text="Contours of 2 scans were taken over").wait_for()
    page.locator("[data-testid=count]:text-is('3')").wait_for()
    assert page.locator(".notice", has_text="another tab").count() == 0
    page.keyboard.press("Control+z")
    page.locator("[data-testid=count]:not(:text-is('3'))").wait_for()


def wait_until_saved(running: Any, address: str, states: int) -> None:
    """Wait for the service to have so many states of a scan's contours; the page's address names scan and key."""
    scan = parse_qs(urlsplit(address).query)["scan"][0]
    stranger = running.stranger(headers={"X-Set-Key": urlsplit(address).fragment})
    for _ in range(600):
        if len(stranger.get(f"/api/scans/{scan}/history").json()) >= states:
            return
        time.sleep(0.1)
    raise AssertionError("what was changed is not saved")


def test_closed_in_the_middle_nothing_is_lost(open_page: Open, running: Any, scan_file: Path) -> None:
    page = open_page()
    drop(page, [(f"{number}.txt", scan_file.read_bytes()) for number in range(2)])
    page.get_by_text(re.compile("of 2 scans done")).wait_for()
    address = page.url
    page.close()
    back = open_page(address)
    back.get_by_text("2 scans", exact=True).wait_for()
    first = ready(back)
    back.locator(".map").focus()
    back.keyboard.press("n")
    back.keyboard.press("Delete")
    back.locator(f"[data-testid=count]:text-is('{first - 1}')").wait_for()
    back_address = back.url
    back.context.close()  # the edit is on its way
    wait_until_saved(running, back_address, 2)
    again = open_page(address)
    ready(again)
    assert count(again) == first - 1


def test_the_owner_chooses_the_day_and_consents(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    ready(page)
    before = owner.view()
    page.get_by_role("button", name="Share").click()
    page.get_by_label("Keep it for").select_option("7")
    page.get_by_text(re.compile("Kept until")).wait_for()
    tick = page.get_by_role("checkbox", name=re.compile("Corrected contours may train"))
    assert not tick.is_checked()
    tick.check()
    page.wait_for_timeout(500)
    after = owner.view()
    assert after["expires"] < before["expires"]
    assert (before["consent"], after["consent"]) == (False, True)
    page.reload()
    page.get_by_role("button", name="Share").click()
    assert tick.is_checked()
    tick.uncheck()
    page.wait_for_timeout(500)
    assert owner.view()["consent"] is False


def test_every_tool_works_from_the_keyboard(open_page: Open, owner: Any) -> None:
    page = open_page(link(owner))
    first = ready(page)
    page.wait_for_timeout(500)
    page.locator(".map").focus()

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    press("d", "Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "Enter")
    page.locator(f"[data-testid=count]:text-is('{first + 1}')").wait_for()
    page.get_by_text("saved", exact=True).wait_for()
    drawn = page.locator(".card h3").inner_text()
    assert "by hand" in drawn
    area = page.locator(".card dl").inner_text()
    press("e", "Shift+ArrowDown", "Shift+ArrowDown", "Enter")
    page.wait_for_function("was => document.querySelector('.card dl').innerText !== was", arg=area)
    press("r", "Enter", "ArrowUp", "ArrowLeft", "ArrowLeft", "Enter")
    page.get_by_text(re.compile(r"^\d+ of \d+ particles shown$")).wait_for()
    assert count(page) < first
    page.get_by_role("button", name="Show all").click()
    page.locator(".map").focus()
    press("Control+z", "Control+z")
    page.locator(f"[data-testid=count]:text-is('{first}')").wait_for()


def test_on_a_tablet_and_with_all_dialogs_open_axe_finds_nothing_serious(
    open_page: Open, owner: Any, faults: Callable[[Any], list[str]]
) -> None:
    for size in ({"width": 768, "height": 1024}, {"width": 600, "height": 900}):
        page = open_page(link(owner), viewport=size, has_touch=True)
        ready(page)
        assert faults(page) == []
        for name in ("Export", "Share", "Settings and keys"):
            page.get_by_role("button", name=name).click()
            page.get_by_role("dialog").wait_for()
            assert faults(page) == [], (size, name)
            page.keyboard.press("Escape")
        page.get_by_role("button", name="Palette and contrast").click()
        page.get_by_label("Darkest at").wait_for()
        assert faults(page) == []
        page.keyboard.press("Escape")
        assert page.get_by_label("Darkest at").count() == 0
        page.get_by_role("tab", name="Filter").click()
        assert faults(page) == []
        page.get_by_role("button", name="Compare", exact=True).click()
        page.get_by_text("Each scan by itself").wait_for()
        assert faults(page) == []


def test_what_one_tab_changes_the_other_shows(open_page: Open, owner: Any) -> None:
    here, there = open_page(link(owner)), open_page(link(owner))
    first = ready(here)
    ready(there)
    here.locator(".map").focus()
    here.keyboard.press("n")
    here.keyboard.press("Delete")
    there.locator(f"[data-testid=count]:text-is('{first - 1}')").wait_for()
    there.locator(".notice", has_text="changed in another tab").wait_for()
    there.locator(".map").focus()
    there.keyboard.press("Control+z")
    here.locator(f"[data-testid=count]:text-is('{first}')").wait_for()


def test_in_russian_the_commonest_refusals_are_in_russian(open_page: Open, owner: Any) -> None:
    page = open_page(f"/s/{owner.id}#wrong", locale="ru-RU")
    page.get_by_text("ссылка неполная").wait_for()
    page.get_by_role("main").get_by_role("button").click()
    page.get_by_role("button", name="Попробовать на примерах").click()
    page.get_by_label("Название набора").wait_for()
    assert page.get_by_label("Название набора").input_value() == "Примеры"
