"""One clinician's whole way in a browser: log in, hand in a film, analyse, review, sign, export.

KINELAB_SCREENSHOTS=FOLDER keeps a picture of each step.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from kinelab.clinic import audit
from kinelab.clinic.opening import open_house
from kinelab.clinic.store.tables import AuditRow

from .served import PASSWORD, Caller, Served, Visit, make_people

WORK_MS = 300_000  # an analysis on a busy computer
expect.set_options(timeout=30_000)


@dataclass
class Camera:
    """Keeps a picture of each step where the environment names a folder."""

    page: Page
    n: int = 0

    def keep(self, name: str) -> None:
        folder = os.environ.get("KINELAB_SCREENSHOTS")
        self.n += 1
        if folder:
            self.page.screenshot(path=Path(folder) / f"{self.n:02d}-{name}.png")


def test_log_in_upload_analyse_review_sign_export(
    browser: Browser, walk: object, walk_folder: Path, tmp_path: Path, store_url: str | None
) -> None:
    data = tmp_path / "clinic"
    with Served(data, store_url) as server:
        make_people(server.address, ("anna", "clinician"))
        person = Visit(browser)
        page = person.log_in(server.address, "anna")
        camera = Camera(page)
        visit = new_visit(page, camera)
        hand_in_and_analyse(page, walk_folder / "session" / "video.mp4", camera)
        review(page, camera)
        settle_and_sign(page, camera)
        bundle = export(page, camera)
        assert (person.outside, person.faults) == ([], [])
        person.context.close()
        anna = Caller(server.address, "anna")
        told = anna.get(f"/visits/{visit}/review")
        anna.close()
    assert server.errors == ""
    assert (told["version"], told["state"], told["built_corrections"]) == (2, "final", told["n_corrections"])
    assert [one["user"] for one in told["signatures"]] == ["anna"]
    kinds = {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}
    assert kinds["DiagnosticReport"]["status"] == "final"
    assert "Provenance" in kinds
    check_audit(data, store_url)


def new_visit(page: Page, camera: Camera) -> str:
    expect(page.get_by_text("No patients yet.")).to_be_visible()
    camera.keep("patients")
    page.get_by_role("button", name="New patient").click()
    page.get_by_label("Code", exact=True).fill("P-0042")
    page.get_by_role("button", name="Make").click()
    page.wait_for_url("**/patients/*")
    camera.keep("patient")
    page.get_by_role("button", name="New visit").click()
    page.get_by_label("Title", exact=True).fill("first visit")
    page.get_by_role("button", name="Make").click()
    page.wait_for_url("**/visits/*")
    return page.url.rsplit("/", 1)[1]


def hand_in_and_analyse(page: Page, film: Path, camera: Camera) -> None:
    page.locator("#kv-files").set_input_files(film)
    expect(page.locator("#kv-sent")).to_contain_text("handed in")
    page.get_by_label("Body height, m").fill("1.76")
    camera.keep("handed-in")
    page.get_by_role("button", name="Analyse", exact=True).click()
    expect(page.get_by_text("version 1")).to_be_visible(timeout=WORK_MS)
    camera.keep("result")


def review(page: Page, camera: Camera) -> None:
    """Drag an event, leave a stride out."""
    page.get_by_role("link", name="Review").click()
    page.wait_for_selector("body[data-ready]")
    camera.keep("review")
    contact = page.locator(".kr-event[data-side=left][data-kind=ic]").nth(1)
    before = contact.get_attribute("aria-label")
    box = box_of(contact)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 9)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 12, box["y"] + 9, steps=5)
    camera.keep("dragging")
    page.mouse.up()
    stored(page)
    assert contact.get_attribute("aria-label") != before
    page.locator(".kr-stride[data-side=right]").last.click()
    page.get_by_label("starting or slowing down").check()
    camera.keep("reason")
    page.get_by_role("button", name="Leave it out").click()
    stored(page)
    expect(page.locator(".kr-stride[aria-pressed=false]")).to_have_count(1)
    expect(page.locator(".kr-now[data-changed=true]")).not_to_have_count(0)
    camera.keep("corrected")


def settle_and_sign(page: Page, camera: Camera) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    for _ in range(40):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("c")
    stored(page)
    page.get_by_role("tab", name="To review").click()
    confirm = page.locator(".kr-need[data-open=true]").get_by_role("button", name="confirm")
    while confirm.count():
        confirm.first.click()
        stored(page)
    page.get_by_role("button", name="Make the report new").click()
    state = page.locator(".kr-report .kc-chip")
    expect(state).to_have_text("Version 2: preliminary", timeout=WORK_MS)
    page.get_by_role("button", name="Sign").click()
    page.get_by_label("your password").fill(PASSWORD)
    camera.keep("signing")
    page.keyboard.press("Enter")
    expect(state).to_have_text("Version 2: final")
    camera.keep("final")


def export(page: Page, camera: Camera) -> dict[str, object]:
    """The FHIR bundle as a file."""
    page.get_by_role("link", name="‹ Visit").click()
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    camera.keep("export")
    dialog.get_by_role("button", name="Export").click()
    link = page.get_by_role("link", name="download")
    expect(link).to_be_visible(timeout=WORK_MS)
    camera.keep("exported")
    with page.expect_download() as download:
        link.click()
    found: dict[str, object] = json.loads(Path(download.value.path()).read_text())
    return found


def check_audit(data: Path, store_url: str | None) -> None:
    """The chain holds, and tells of every step."""
    house = open_house(data, store_url)
    with house.database.reading() as db:
        verdict = audit.verify(db)
        acts = {(row.action, row.object_kind) for row in db.query(AuditRow)}
    house.database.close()
    assert verdict.problem == ""
    assert {("create", "patient"), ("correct", "visit"), ("sign", "result")} <= acts


def stored(page: Page) -> None:
    expect(page.locator(".kr-saved")).to_have_attribute("data-word", "saved")
    expect(page.locator(".kr-measures")).not_to_have_attribute("data-waiting", "")


def box_of(handle: Locator) -> FloatRect:
    box = handle.bounding_box()
    assert box is not None
    return box
