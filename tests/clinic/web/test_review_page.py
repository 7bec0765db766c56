"""The review page, end to end: a real server with a real worker, a real browser, what the API then tells."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from kinelab.files.c3d_writer import write_c3d

from .handling import ENVELOPE, GREY, drag, healthy_columns, left_of, stored
from .served import PASSWORD, Caller, Served, Visit, make_people

expect.set_options(timeout=20_000)  # ms; a busy computer is no failure
CORRECTIONS = "**/corrections"


@dataclass(frozen=True)
class Clinic:
    """A running clinic, two clinicians who see the same patient, and a folder for recordings."""

    address: str
    patient: str
    anna: Caller
    bert: Caller
    film: Path
    markers: Path

    def corrections(self, visit: str) -> list[dict[str, Any]]:
        return [row["correction"] for row in self.anna.get(f"/visits/{visit}/review")["corrections"]]


@dataclass(frozen=True)
class Walked:
    """A visit of markers without a film that several tests correct, one after the other; each takes back."""

    clinic: Clinic
    visit: str
    start: int  # corrections that were there before

    def machine(self) -> dict[str, Any]:
        machine: dict[str, Any] = self.clinic.anna.get(f"/visits/{self.visit}/review")["review"]
        return machine

    def corrections(self) -> list[dict[str, Any]]:
        """This test's own."""
        return self.clinic.corrections(self.visit)[self.start :]

    def take_back(self) -> None:
        said = self.corrections()
        for n in range(len(said) - 1, -1, -1):
            undo = {"kind": "undo", "number": self.start + n + 1}
            after = self.start + 2 * len(said) - 1 - n
            self.clinic.anna.post(f"/visits/{self.visit}/corrections", after_number=after, correction=undo)


@pytest.fixture(scope="module")
def clinic(
    walk: object, walk_folder: Path, walker: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("review")
    write_c3d(walker.marker_walk().markers, folder / "walk.c3d", None)
    with contextlib.ExitStack() as stack:
        server = Served(folder / "clinic")
        stack.callback(server.stop)
        accounts = (("anna", "clinician"), ("bert", "clinician"), ("cora", "assistant"))
        ids = make_people(server.address, *accounts)
        anna, bert = (Caller(server.address, name) for name in ("anna", "bert"))
        stack.callback(anna.close)
        stack.callback(bert.close)
        patient = anna.post("/patients", code="P-0001", height_m=1.76)["id"]
        for name in ("bert", "cora"):
            anna.post(f"/patients/{patient}/team", user=ids[name])
        film = walk_folder / "session" / "video.mp4"
        yield Clinic(server.address, patient, anna, bert, film, folder / "walk.c3d")
    assert server.errors == ""


@pytest.fixture(scope="module")
def filmed(clinic: Clinic) -> str:
    """A visit with a film, analysed by the network that ships."""
    return clinic.anna.analysed(clinic.patient, clinic.film, pose="gait20", detect_every=5)


@pytest.fixture(scope="module")
def markers(clinic: Clinic) -> str:
    """A visit of virtual markers, analysed."""
    return clinic.anna.analysed(clinic.patient, clinic.markers)


@pytest.fixture
def walked(clinic: Clinic, markers: str) -> Iterator[Walked]:
    made = Walked(clinic, markers, len(clinic.corrections(markers)))
    yield made
    made.take_back()


@pytest.fixture
def reader(see: Any) -> Any:
    """`reader("anna", visit)`: the review as this person sees it."""

    def opened(name: str, visit: str) -> Page:
        page: Page = see(name, f"/visits/{visit}/review")
        page.wait_for_selector("body[data-ready]")
        return page

    return opened


def test_an_event_is_dragged_to_a_frame_and_the_measures_follow(
    clinic: Clinic, reader: Any, filmed: str
) -> None:
    page = reader("anna", filmed)
    machine = clinic.anna.get(f"/visits/{filmed}/review")["review"]
    event = next(one for one in machine["events"] if one["side"] == "left" and one["kind"] == "ic")
    handle = page.locator(f"[data-event={event['id']}]")
    drag(page, handle, 15)
    stored(page)
    told = clinic.corrections(filmed)
    assert [one["kind"] for one in told] == ["move_event"]
    assert told[0]["event"] == event["id"]
    assert told[0]["time_s"] > event["time_s"]
    frame = told[0]["time_s"] * machine["rate_hz"]
    assert frame == pytest.approx(round(frame), abs=1e-6)  # the reader judges frames
    expect(page.locator(f"[data-ghost={event['id']}]")).to_be_visible()
    expect(handle).to_have_attribute(
        "aria-label", f"left contact at {told[0]['time_s']:.3f} s, sd 12 ms, corrected by anna"
    )
    expect(page.locator("[data-quantity=stride_time_s] .kr-now[data-changed=true]")).not_to_have_count(0)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator(f"[data-ghost={event['id']}]")).to_be_visible()
    page.keyboard.press("u")  # undo is an entry as well
    stored(page)
    expect(page.locator(f"[data-ghost={event['id']}]")).to_have_count(0)
    assert clinic.corrections(filmed)[1:] == [{"kind": "undo", "number": 1}]


def test_steps_by_keys_are_one_correction(walked: Walked, reader: Any) -> None:
    page = reader("anna", walked.visit)
    machine = walked.machine()
    page.keyboard.press(".")
    page.keyboard.press(".")
    event = machine["events"][1]
    page.wait_for_function("id => document.activeElement.dataset.event === id", arg=event["id"])
    page.keyboard.down("Alt")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.up("Alt")
    expect(page.locator(".kr-entry[data-waiting=false]")).to_have_count(walked.start + 1)
    stored(page)
    (told,) = walked.corrections()
    first = (
        np.floor(event["time_s"] * machine["rate_hz"] + 1e-6) + 1
    )  # the first frame after the machine's place
    assert told["time_s"] * machine["rate_hz"] == pytest.approx(first + 2, abs=1e-6)


def test_events_are_added_confirmed_and_removed_by_keys(walked: Walked, reader: Any) -> None:
    page = reader("anna", walked.visit)
    first = walked.machine()["events"][0]
    page.keyboard.press(".")
    page.keyboard.press("Enter")
    page.keyboard.press("Delete")
    page.get_by_label("told twice").check()
    page.get_by_role("button", name="Remove it").click()
    stored(page)
    expect(page.locator(f"[data-event={first['id']}]")).to_have_count(0)
    expect(page.locator(f"[data-ghost={first['id']}]")).to_be_visible()
    key = {"left": {"ic": "1", "to": "2"}, "right": {"ic": "3", "to": "4"}}[first["side"]][first["kind"]]
    page.keyboard.press(key)
    stored(page)
    expect(page.locator(f"[data-event=a{walked.start + 3}]")).to_have_attribute("data-kind", first["kind"])
    told = walked.corrections()
    assert [one["kind"] for one in told] == ["confirm_event", "remove_event", "add_event"]
    assert told[1]["reason"] == "told twice"


def test_a_stride_is_left_out_with_a_reason_and_taken_in_again(walked: Walked, reader: Any) -> None:
    page = reader("anna", walked.visit)
    bar = page.locator(".kr-stride").first
    bar.click()
    words = "<img src=x onerror=alert(1)> tired"  # what people write is text
    page.get_by_label("other reason").fill(words)
    page.keyboard.press("Enter")
    stored(page)
    expect(bar).to_have_attribute("aria-pressed", "false")
    expect(bar).to_contain_text("tired")
    assert page.locator("img[src=x]").count() == 0
    assert walked.corrections()[0]["reason"] == words
    bar.click()
    stored(page)
    expect(bar).to_have_attribute("aria-pressed", "true")
    assert [one["kind"] for one in walked.corrections()] == ["exclude_stride", "include_stride"]


def test_what_cannot_be_is_taken_back_with_the_reason(walked: Walked, reader: Any) -> None:
    page = reader("anna", walked.visit)
    events = walked.machine()["events"]
    event = next(one for one in events if one["side"] == "left" and one["kind"] == "ic")
    handle = page.locator(f"[data-event={event['id']}]")
    before = handle.get_attribute("aria-label")
    drag(page, handle, 420)  # past the next foot-off
    expect(page.get_by_role("alert")).to_contain_text("breaks the order of steps")
    expect(page.get_by_role("alert")).to_contain_text("was taken back")
    expect(handle).to_have_attribute("aria-label", before or "")
    assert walked.corrections() == []


def test_two_readers_at_once_lose_nothing(walked: Walked, reader: Any) -> None:
    anna, bert = reader("anna", walked.visit), reader("bert", walked.visit)
    bert.route("**/corrections?*", lambda route: route.abort())  # he does not learn of it before he drags
    drag(anna, anna.locator(".kr-event[data-kind=ic]").nth(1), 12)
    stored(anna)
    drag(bert, bert.locator(".kr-event[data-kind=ic]").nth(2), 12)
    expect(bert.get_by_role("alert")).to_contain_text("While you worked: anna moved")
    assert len(walked.corrections()) == 1
    expect(bert.locator(".kr-event[data-other]")).to_have_count(1)
    bert.get_by_role("button", name="Store mine too").click()
    stored(bert)
    assert [one["kind"] for one in walked.corrections()] == ["move_event", "move_event"]
    expect(anna.locator(".kr-event[data-other]")).to_have_count(1)  # she sees his by herself
    anna.get_by_role("tab", name="History").click()
    theirs = anna.locator(".kr-entry[data-mine=false][data-gone=false]")
    expect(theirs.locator(".kr-by")).to_have_text("bert")
    assert theirs.get_by_role("button", name="undo").count() == 0


def test_a_change_without_an_answer_is_kept_and_repeated(walked: Walked, reader: Any) -> None:
    page = reader("anna", walked.visit)
    page.route(CORRECTIONS, lambda route: route.abort())
    drag(page, page.locator(".kr-event[data-kind=ic]").nth(1), 12)
    expect(page.locator(".kr-saved")).to_have_text("Not saved: 1")
    assert walked.corrections() == []
    page.once("dialog", lambda dialog: dialog.accept())  # the browser asks whether to leave
    page.unroute(CORRECTIONS)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    stored(page)
    assert [one["kind"] for one in walked.corrections()] == ["move_event"]


def test_a_change_whose_answer_is_lost_is_stored_once(walked: Walked, reader: Any) -> None:
    page = reader("anna", walked.visit)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route(CORRECTIONS, lose)
    drag(page, page.locator(".kr-event[data-kind=ic]").nth(1), 12)
    expect(page.locator(".kr-entry")).to_have_count(walked.start + 1)
    stored(page)
    assert lost == [201]
    assert len(walked.corrections()) == 1
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_frame_that_is_told_is_the_frame_that_is_shown(clinic: Clinic, reader: Any, filmed: str) -> None:
    # The film itself is the judge: what the browser shows is nearest to the frame of that number.
    page = reader("anna", filmed)
    said = clinic.anna.get(f"/visits/{filmed}/review")
    path = f"/results/{said['machine_result_id']}/files/{said['review']['video']['file']}"
    with av.open(io.BytesIO(clinic.anna.client.get(path).content)) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    for keys, frame in (
        (("ArrowRight",) * 3, 3),
        (("Shift+ArrowRight",) * 4, 43),
        (("ArrowLeft",), 42),
        (("End",), len(frames) - 1),
    ):
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator(".kr-film")).to_have_attribute("data-frame", str(frame))
        expect(page.locator(".kr-film")).to_have_attribute("data-shown", str(frame))
        shown = np.array(page.evaluate(GREY), float)
        near = range(max(0, frame - 2), min(len(frames), frame + 3))
        apart = {
            k: np.abs(
                frames[k][::8, ::8] - shown[: frames[k][::8, ::8].size].reshape(frames[k][::8, ::8].shape)
            ).mean()
            for k in near
        }
        assert min(apart, key=lambda k: apart[k]) == frame


def test_a_landmark_is_dragged_and_hidden(clinic: Clinic, reader: Any, filmed: str) -> None:
    page = reader("anna", filmed)
    said = clinic.anna.get(f"/visits/{filmed}/review")
    files = f"/results/{said['machine_result_id']}/files/"
    marks = clinic.anna.get(files + said["review"]["landmarks"]["file"])
    k, frame = marks["names"].index("right_knee"), 30
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".kr-film")).to_have_attribute("data-shown", str(frame))
    box = page.locator(".kr-film video").bounding_box()
    assert box is not None
    scale = box["width"] / said["review"]["video"]["width_px"]
    x, y = (
        box["x"] + (marks["x_px"][frame][k] + 0.5) * scale,
        box["y"] + (marks["y_px"][frame][k] + 0.5) * scale,
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y - 10, steps=4)
    page.mouse.up()
    stored(page)
    moved = clinic.corrections(filmed)[-1]
    assert (moved["kind"], moved["frame"]) == ("move_landmark", frame)
    k = marks["names"].index(moved["landmark"])  # the one that lies nearest to the press
    assert moved["x_px"] - marks["x_px"][frame][k] == pytest.approx(20 / scale, abs=0.2)
    assert moved["y_px"] - marks["y_px"][frame][k] == pytest.approx(-10 / scale, abs=0.2)
    page.keyboard.press("Delete")
    stored(page)
    assert clinic.corrections(filmed)[-1] == {
        "kind": "hide_landmark",
        "frame": frame,
        "landmark": moved["landmark"],
    }


def test_open_points_block_the_signature_until_they_are_settled(reader: Any, filmed: str) -> None:
    page = reader("anna", filmed)
    page.get_by_role("button", name="Sign").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It cannot be signed yet.")
    assert dialog.locator("input").count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    for _ in range(40):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("c")  # every stride was looked at
    stored(page)
    while (confirm := page.locator(".kr-need[data-open=true]").get_by_role("button", name="confirm")).count():
        confirm.first.click()
        stored(page)
    page.get_by_role("button", name="Make the report new").click()
    expect(page.locator(".kr-report .kc-chip")).to_have_text("Version 2: preliminary", timeout=90_000)
    expect(page.get_by_role("button", name="Make the report new")).to_be_disabled()
    page.get_by_role("button", name="Sign").click()
    page.get_by_label("your password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Not signed")
    page.get_by_role("button", name="Understood").click()
    page.get_by_role("button", name="Sign").click()
    page.get_by_label("your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".kr-report .kc-chip")).to_have_text("Version 2: final")
    drag(page, page.locator(".kr-event[data-kind=ic]").nth(1), 12)
    expect(page.locator(".kr-report")).to_contain_text("an amendment begins")


def test_without_a_film_the_curves_have_the_room(walked: Walked, reader: Any) -> None:
    page = reader("anna", walked.visit)
    expect(page.locator(".kr-page")).to_have_class("kr-page kr-no-film")
    assert page.locator("video").count() == 0
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".kr-place")).to_have_text("10   0.100 s")
    page.keyboard.press(" ")
    expect(page.locator(".kr-place")).to_contain_text("4.990 s")
    expect(page.get_by_role("button", name="play (Space)")).to_be_visible()


def test_who_may_not_sign_is_offered_none_and_strangers_see_nothing(
    clinic: Clinic, markers: str, reader: Any, see: Any
) -> None:
    page = reader("cora", markers)  # an assistant
    expect(page.get_by_role("button", name="Sign")).to_be_hidden()
    expect(page.get_by_role("button", name="Make the report new")).to_be_visible()
    own = clinic.bert.post("/patients", code="P-0002", height_m=1.7)["id"]
    his = clinic.bert.post(f"/patients/{own}/visits", visited_on="2026-11-20")["id"]
    page = see("anna", f"/visits/{his}/review")
    expect(page.get_by_role("alert")).to_contain_text("This review cannot be shown")


def test_a_login_that_ends_takes_the_page_to_log_in_and_back_with_what_was_being_made(
    browser: Browser, clinic: Clinic, walked: Walked
) -> None:
    person = Visit(browser)
    page = person.log_in(clinic.address, "bert")
    review = f"{clinic.address}/visits/{walked.visit}/review"
    page.goto(review)
    page.wait_for_selector("body[data-ready]")
    page.locator(".kr-stride").first.click()
    person.log_out(clinic.address)  # in another window
    expect(page.locator(".kr-said")).to_contain_text("Your login has ended. Finish what you are doing")
    page.get_by_label("other reason").fill("tired")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login?problem=ended&next=*")
    expect(page.locator("#note")).to_contain_text("Your login has ended. Log in again")
    expect(page.locator("#note")).to_contain_text("One correction of bert is kept in this tab")
    assert walked.corrections() == []
    page.get_by_role("textbox", name="Name", exact=True).fill("bert")
    page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(review)
    page.wait_for_selector("body[data-ready]")
    stored(page)
    assert [one["reason"] for one in walked.corrections()] == ["tired"]
    person.log_out(clinic.address)  # and with nothing in the hand it goes by itself
    page.wait_for_url("**/login?problem=ended&next=*")
    assert (person.outside, person.faults) == ([], [])
    person.context.close()


def test_a_page_does_nothing_under_a_login_that_came_later(
    browser: Browser, clinic: Clinic, walked: Walked
) -> None:
    person = Visit(browser)
    person.enter(clinic.address, "anna")
    page = person.page()
    page.goto(f"{clinic.address}/visits/{walked.visit}/review")
    page.wait_for_selector("body[data-ready]")
    person.enter(clinic.address, "bert")  # in another window of the same browser
    page.locator(".kr-stride").first.click()
    page.keyboard.press("Enter")
    expect(page.locator(".kc-who")).to_have_text("bert (clinician)")  # loaded anew
    page.wait_for_selector("body[data-ready]")
    assert walked.corrections() == []
    person.context.close()


def test_the_healthy_lie_under_each_measured_stride_and_follow_a_dragged_contact(
    clinic: Clinic, reader: Any, filmed: str
) -> None:
    page = reader("anna", filmed)
    norm = clinic.anna.get(f"/visits/{filmed}/review")["review"]["norm_bands"]["knee_angle_l"]
    switch = page.get_by_role("button", name="Healthy")
    expect(switch).to_have_attribute("title", re.compile(re.escape(norm["source"])))
    contacts = [page.locator(f".kr-event[data-side={side}][data-kind=ic]") for side in ("left", "right")]
    first, last = min(map(left_of, contacts)), max(left_of(one, -1) for one in contacts)
    start, stop = healthy_columns(page)
    assert start == pytest.approx(first, abs=2)
    assert stop == pytest.approx(last, abs=2)
    handle = min(contacts, key=left_of).first
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 9
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y, steps=4)
    assert healthy_columns(page)[0] == pytest.approx(left_of(handle), abs=2)
    assert left_of(handle) > first + 10
    page.mouse.move(x, y, steps=4)
    page.mouse.up()
    page.keyboard.press("h")
    expect(switch).to_have_attribute("aria-pressed", "false")


def test_a_zoomed_out_curve_keeps_the_least_and_the_largest_of_every_pixel(reader: Any, filmed: str) -> None:
    values = np.random.default_rng(3).normal(size=1001).round(3)
    values[400:420] = np.nan
    page = reader("anna", filmed)
    given = [None if np.isnan(one) else float(one) for one in values]
    for per_px, step in ((0.5, 1), (2.0, 2), (1000.0, 4)):  # fewer than 256 buckets are not kept
        told = page.evaluate(ENVELOPE, [given, per_px])
        assert told["step"] == step
        buckets = [values[i : i + step] for i in range(0, 1001, step)]
        for name, least in (("low", np.fmin), ("high", np.fmax)):
            expected = np.array([least.reduce(one) for one in buckets])
            np.testing.assert_allclose(np.array(told[name], float), expected, atol=1e-6)
