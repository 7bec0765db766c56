"""The labelling page, end to end: the real command line, a real browser, the real files."""

from __future__ import annotations

import io
import json
import re
import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from kinelab.keypoints.projects.labels import Labels, State, labels_path, load_labels, save_labels
from kinelab.keypoints.projects.project import load_project, save_project

from .conftest import FRAMES, LANDMARKS, SIZE_PX, WHITE_PX, make_project
from .server import CHROMIUM, OwnBrowser, Server, Visit

pytestmark = pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"no browser at {CHROMIUM}")
expect.set_options(timeout=20_000)  # ms; a busy computer is no failure
VIDEOS = ("place", "zoom", "copy", "same", "named", "tabs", "blind", "full", "broken", "killed")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_project(tmp_path_factory.mktemp("browser") / "runners", VIDEOS)
    broken = labels_path(folder, "anna", "broken")
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    return folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Server]:
    server = Server(project, "--rater", "anna")
    yield server
    assert server.stop() == ""
    assert not (project / ".nicegui").exists()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    visit = Visit(browser)
    yield visit
    visit.context.close()
    assert visit.outside == []
    assert visit.faults == []


def stored(folder: Path, video: str, rater: str = "anna") -> Labels:
    return load_labels(folder, load_project(folder), rater, video)


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_attribute("data-word", "saved")


def click_px(page: Page, x: float, y: float) -> None:
    """Click the place of the picture, which is fitted to the stage."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    scale = min(box["width"] / SIZE_PX[0], box["height"] / SIZE_PX[1])
    left = box["x"] + (box["width"] - SIZE_PX[0] * scale) / 2
    top = box["y"] + (box["height"] - SIZE_PX[1] * scale) / 2
    page.mouse.click(left + (x + 0.5) * scale, top + (y + 0.5) * scale)


def states(page: Page) -> list[str | None]:
    rows = page.locator("#landmarks button")
    return [rows.nth(i).get_attribute("data-state") for i in range(rows.count())]


def test_place_undo_redo_occluded_absent_nudge_reload(server: Server, visit: Visit, project: Path) -> None:
    page = visit.open(f"{server.address}&video=place")
    click_px(page, 100, 50)
    click_px(page, 30, 200)
    assert page.locator("#stage").get_attribute("data-chosen") == "right_knee"  # went on by itself
    saved(page)
    labels = stored(project, "place")
    assert labels.frame.tolist() == [FRAMES[0]]
    np.testing.assert_allclose(labels.position_px[0, :2], [[100, 50], [30, 200]], atol=0.25)
    page.keyboard.press("Control+z")
    expect(page.locator("[data-landmark]")).to_have_count(1)
    page.keyboard.press("Control+y")
    expect(page.locator("[data-landmark]")).to_have_count(2)
    page.keyboard.press("p")
    page.keyboard.press("o")
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.keyboard.press("n")
    page.keyboard.press("x")
    saved(page)
    assert states(page) == ["visible", "occluded", "absent"]
    moved = stored(project, "place").position_px[0, 1] - labels.position_px[0, 1]
    np.testing.assert_allclose(moved, [1, 0.25], atol=0.0015)
    page.reload()
    page.wait_for_selector("#stage[data-frame]")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#place")).to_contain_text("frame 3 ")
    assert states(page) == ["visible", "occluded", "absent"]
    page.keyboard.press("Control+z")  # undo outlives a reload
    expect(page.locator("[data-landmark]")).to_have_count(2)
    expect(page.locator("#landmarks [data-name=right_knee]")).to_have_attribute("data-state", "unlabelled")


def test_a_pixel_is_read_where_it_is_drawn(server: Server, visit: Visit, project: Path) -> None:
    # The screen is the judge: the white pixel is sought in a screenshot, after zoom and drag.
    page = visit.open(f"{server.address}&video=zoom")
    page.mouse.move(350, 200)
    for _ in range(4):
        page.mouse.wheel(0, -200)
    page.mouse.down(button="right")
    page.mouse.move(470, 280, steps=4)
    page.mouse.up(button="right")
    page.mouse.move(40, 60)
    page.wait_for_timeout(150)
    shown = np.asarray(Image.open(io.BytesIO(page.locator("#stage").screenshot())).convert("L"))
    rows, columns = np.nonzero(shown[40:-40] > 240)
    size = np.ptp(columns) + 1
    assert 8 < size < 40  # one image pixel, zoomed in
    box = page.locator("#stage").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + columns.mean() + 0.5, box["y"] + 40 + rows.mean() + 0.5)
    saved(page)
    np.testing.assert_allclose(stored(project, "zoom").position_px[0, 0], WHITE_PX, atol=1.5 / size)
    mark = page.locator("[data-landmark=nose] .halo").bounding_box()
    assert mark is not None
    centre = mark["x"] + mark["width"] / 2 - box["x"]
    assert centre == pytest.approx(columns.mean() + 0.5, abs=1.5)
    page.keyboard.press("f")
    page.wait_for_timeout(150)  # drawn at the next picture of the screen
    mark = page.locator("[data-landmark=nose] .halo").bounding_box()
    assert mark is not None


def test_copy_proposal_and_the_next_frame(server: Server, visit: Visit, project: Path) -> None:
    page = visit.open(f"{server.address}&video=copy")
    for place in ((50, 50), (60, 150), (90, 150)):
        click_px(page, *place)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#place")).to_contain_text("frame 40 ")
    page.keyboard.press("c")
    expect(page.locator("[data-landmark]")).to_have_count(3)
    page.keyboard.press(" ")
    page.keyboard.press("g")
    expect(page.locator("[data-ghost]")).to_have_count(3)
    click_px(page, 52, 55)  # correct one, accept one, then the rest
    page.keyboard.press("a")
    expect(page.locator("[data-ghost]")).to_have_count(1)
    page.keyboard.press("g")
    expect(page.locator("[data-landmark]")).to_have_count(3)
    expect(page.locator("#strip .done")).to_have_text("3 of 3 complete")
    saved(page)
    labels = stored(project, "copy")
    assert labels.complete.all()
    np.testing.assert_array_equal(labels.position_px[1], labels.position_px[0])
    np.testing.assert_allclose(labels.position_px[2, 0], [52, 55], atol=0.25)
    np.testing.assert_array_equal(labels.position_px[2, 1:], labels.position_px[0, 1:])


def test_the_later_of_two_tabs_is_told_and_both_show_the_same(server: Server, visit: Visit) -> None:
    one = visit.open(f"{server.address}&video=same")
    two = visit.open(f"{server.address}&video=same")
    expect(two.locator(".kl-banner")).to_contain_text("open in another window too")
    expect(one.locator(".kl-banner")).not_to_contain_text("another window")
    click_px(two, 50, 50)
    expect(one.locator("[data-landmark=nose]")).to_have_count(1)
    one.keyboard.press("n")
    click_px(one, 60, 150)
    expect(two.locator("[data-landmark=left_knee]")).to_have_count(1)


def test_two_browsers_never_overwrite_each_other_unseen(
    server: Server, browser: Browser, visit: Visit, project: Path
) -> None:
    other = Visit(browser)
    one = visit.open(f"{server.address}&video=tabs")
    two = other.open(f"{server.address}&video=tabs")
    click_px(two, 50, 50)
    saved(two)
    other.context.close()
    click_px(one, 200, 200)
    expect(one.locator(".kl-banner")).to_contain_text("changed in another window")
    expect(one.locator(".kl-banner")).to_contain_text("nose in frame 3")
    np.testing.assert_allclose(stored(project, "tabs").position_px[0, 0], [50, 50], atol=0.25)
    one.get_by_role("button", name="Store mine too").click()
    saved(one)
    np.testing.assert_allclose(stored(project, "tabs").position_px[0, 0], [200, 200], atol=0.25)


def test_a_full_disk_is_said_and_nothing_is_lost(server: Server, visit: Visit, project: Path) -> None:
    page = visit.open(f"{server.address}&video=full")
    click_px(page, 50, 50)
    saved(page)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
    try:
        click_px(page, 60, 150)
        click_px(page, 90, 150)
        expect(page.locator(".kl-banner")).to_contain_text("the disk is full")
        expect(page.locator("#saved")).to_have_text("Not saved: 2")
        assert len(json.loads(labels_path(project, "anna", "full").read_text())["frames"]["3"]) == 1
    finally:
        limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
    saved(page)
    expect(page.locator(".kl-banner")).to_be_hidden()
    assert stored(project, "full").complete.all()


def test_a_corrupt_label_file_is_named(server: Server, visit: Visit) -> None:
    page = visit.context.new_page()
    page.goto(f"{server.address}&video=broken")
    expect(page.locator(".kl-banner")).to_contain_text("nothing was changed, mend it or take it away")


def test_a_landmark_added_meanwhile_is_said_and_shown(server: Server, visit: Visit, project: Path) -> None:
    page = visit.open(f"{server.address}&video=named")
    about = load_project(project)
    save_project(replace(about, landmarks=(*about.landmarks, "left_heel")), project)
    try:
        click_px(page, 200, 70)
        expect(page.locator(".kl-banner")).to_contain_text("landmarks were changed meanwhile")
        page.get_by_role("button", name="Show them").click()
        expect(page.locator("#landmarks button")).to_have_count(4)
    finally:
        save_project(about, project)


def test_keys_and_agreement_dialogs(server: Server, visit: Visit, project: Path) -> None:
    k = len(LANDMARKS)
    everywhere = np.tile([100.0, 50.0], (len(FRAMES), k, 1))
    seen = np.full((len(FRAMES), k), State.VISIBLE, np.uint8)
    save_labels(Labels("blind", "berta", LANDMARKS, np.array(FRAMES), everywhere, seen), project)
    page = visit.open(f"{server.address}&video=blind")
    page.keyboard.press("?")
    expect(page.locator(".kl-keys")).to_be_visible()
    page.keyboard.press("x")  # not while the dialog is open
    page.keyboard.press("Escape")
    expect(page.locator(".q-dialog")).to_have_count(0)
    assert states(page) == ["unlabelled"] * 3
    page.keyboard.press("r")
    expect(page.locator(".kl-banner")).to_contain_text("once your own are complete")
    assert page.locator("[data-other]").count() == 0
    page.get_by_role("button", name="Agreement").click()
    expect(page.locator(".kl-wide")).to_contain_text("Shown once your own labels are complete")


def test_a_killed_server_loses_nothing_that_was_saved_or_done_meanwhile(
    browser: Browser, tmp_path: Path
) -> None:
    folder = make_project(tmp_path / "runners", ("side",))
    visit = Visit(browser)
    server = Server(folder, "--rater", "anna")
    page = visit.open(server.address)
    for place in ((50, 50), (60, 150), (90, 150)):
        click_px(page, *place)
    saved(page)
    server.kill()
    assert stored(folder, "side").complete.all()
    page.keyboard.press("Control+z")  # noticed, kept and sent again
    expect(page.locator("#saved")).to_have_text("Not saved: 1")
    page.keyboard.press("ArrowRight")
    click_px(page, 70, 70)
    expect(page.locator("#saved")).to_have_text("Not saved: 2")
    expect(page.locator(".kl-banner")).to_contain_text("start `kinelab label` again")
    server = Server(folder, "--rater", "anna", "--port", server.port, "--show-others")
    other = visit.open(server.address)  # as the browser does at the start; the first page goes on by itself
    expect(page.locator("#saved")).to_have_attribute("data-word", "saved")
    labels = stored(folder, "side")
    assert labels.frame.tolist() == list(FRAMES[:2])
    np.testing.assert_allclose(labels.position_px[1, 0], [70, 70], atol=0.25)
    _agreement_table(other, folder, labels)
    visit.context.close()
    assert server.stop() == ""
    assert visit.outside == []


def test_a_killed_browser_loses_nothing_that_was_saved(
    server: Server, playwright: Playwright, visit: Visit, project: Path, tmp_path: Path
) -> None:
    own = OwnBrowser(playwright, tmp_path / "profile")
    try:
        page = Visit(own.browser).open(f"{server.address}&video=killed")
        click_px(page, 50, 50)
        click_px(page, 60, 150)
        saved(page)
        click_px(page, 90, 150)  # nobody waits until this one is said to be saved
    finally:
        own.kill()
    labels = stored(project, "killed")
    assert labels.frame.tolist() == [FRAMES[0]]
    np.testing.assert_allclose(labels.position_px[0, :2], [[50, 50], [60, 150]], atol=0.25)
    again = visit.open(f"{server.address}&video=killed")  # another browser, which remembers nothing
    again.keyboard.press("ArrowLeft")
    expect(again.locator("#place")).to_contain_text(f"frame {FRAMES[0]} ")
    assert states(again)[:2] == ["visible", "visible"]
    expect(again.locator(".kl-banner")).to_be_hidden()  # the killed one is no second window
    again.keyboard.press("p")
    click_px(again, 70, 170)
    saved(again)
    assert stored(project, "killed").complete[0] == (states(again)[2] == "visible")


def _agreement_table(page: Page, folder: Path, labels: Labels) -> None:
    shifted = labels.position_px + np.array([3.0, 4.0])
    save_labels(Labels("side", "berta", LANDMARKS, labels.frame, shifted, labels.state), folder)
    page.get_by_role("button", name="Agreement").click()
    row = page.locator(".kl-table tr", has_text=re.compile("^nose"))
    expect(row).to_contain_text("5.00")  # px
    expect(row).to_contain_text("10.00")  # mm, at 2 mm a pixel
