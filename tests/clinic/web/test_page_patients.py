"""The list and a patient's page: a real server, a real browser, what the store then holds."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Mdc95, MeasureRow, Result
from kinelab.clinic.store.tables import Visit as VisitRow

from .served import Caller, Served, make_people

expect.set_options(timeout=20_000)  # ms; a busy computer is no failure
_SLOWER = (1.1, 1.12, 1.08, 0.9, 0.92)
HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Clinic:
    """A running clinic, and a clinician's program."""

    address: str
    anna: Caller
    walker: str


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """Sixty patients of anna; one, P-0007, walks more slowly than at the baseline."""
    folder = tmp_path_factory.mktemp("list") / "clinic"
    with contextlib.ExitStack() as stack:
        server = Served(folder, workers=0)
        stack.callback(server.stop)
        ids = make_people(
            server.address, ("anna", "clinician"), ("cora", "assistant"), ("rita", "researcher")
        )
        anna = Caller(server.address, "anna")
        stack.callback(anna.close)
        made = [anna.post("/patients", code=f"P-{i:04d}")["id"] for i in range(60)]
        anna.post(f"/patients/{made[7]}/team", user=ids["cora"])
        _slower(Database(folder), made[7], ids["anna"])
        yield Clinic(server.address, anna, made[7])
    assert server.errors == ""


def _slower(database: Database, patient_id: str, by: str) -> None:
    """Signed results of five visits, as workers and readers leave them."""
    with database.writing() as db:
        now = clock_of(db).now()
        db.add(Mdc95(quantity="speed_mps", side="both", unit="m/s", value=0.1, source="study", set_at=now))
        for i, speed in enumerate(_SLOWER):
            visit = VisitRow(
                patient_id=patient_id, visited_on=date(2026, 1, 5) + timedelta(weeks=4 * i), title=HOSTILE,
                created_by=by, created_at=now,
            )  # fmt: skip
            db.add(visit)
            db.flush()
            result = Result(visit_id=visit.id, patient_id=patient_id, version=1, state="final",
                            report_sha256="0" * 64, created_at=now)  # fmt: skip
            db.add(result)
            db.flush()
            for quantity, value, unit in (("speed_mps", speed, "m/s"), ("knee_rom_deg", 55.0 + i, "deg")):
                db.add(
                    MeasureRow(result_id=result.id, patient_id=patient_id, quantity=quantity, side="both",
                               value=value, unit=unit, n=20, sd=0.05)
                )  # fmt: skip
        db.flush()
        refresh_patient(db, patient_id)
    database.close()


def test_who_is_to_be_looked_at_first_stands_on_top_with_the_reason(see: Any) -> None:
    page = see("anna", "/")
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("look today")
    expect(first).to_contain_text("P-0007")
    expect(first).to_contain_text("Walking speed: worse, 0.92 m/s against 1.10 m/s of the baseline")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page.get_by_text("51 to 60 of 60")).to_be_visible()


def test_search_finds_part_of_a_code(see: Any) -> None:
    page = see("anna", "/")
    page.get_by_label("Search by code").fill("p-000")
    expect(page.locator("tbody tr")).to_have_count(10)
    page.get_by_label("Search by code").fill("%")
    expect(page.get_by_text("No patient found.")).to_be_visible()


def test_a_new_patient_needs_a_pseudonym(clinic: Clinic, see: Any) -> None:
    page = see("anna", "/")
    page.get_by_role("button", name="New patient").click()
    page.get_by_label("Code", exact=True).fill("../x")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_role("alert")).to_contain_text("code: String should match pattern")
    page.get_by_label("Code", exact=True).fill("N-1")
    page.get_by_role("button", name="Make").click()
    page.wait_for_url(re.compile("/patients/[0-9a-f]{32}"))
    assert clinic.anna.get("/patients?search=N-1")["total"] == 1


def test_others_see_their_own_or_none(clinic: Clinic, see: Any) -> None:
    expect(see("cora", "/").locator("tbody tr")).to_have_count(1)
    expect(see("rita", "/").get_by_text("Your role sees no patients")).to_be_visible()
    stranger = see("rita", f"/patients/{clinic.walker}")
    expect(stranger.get_by_text("No such patient among yours.")).to_be_visible()


def test_an_assistant_sees_alerts_and_acknowledges_none(clinic: Clinic, see: Any) -> None:
    page = see("cora", f"/patients/{clinic.walker}")
    expect(page.locator(".kc-card").first).to_contain_text("Walking speed: worse")
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)


def test_titles_are_text(clinic: Clinic, see: Any) -> None:
    page = see("anna", f"/patients/{clinic.walker}")
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_a_course_is_drawn_and_its_alert_acknowledged(clinic: Clinic, see: Any) -> None:
    page = see("anna", f"/patients/{clinic.walker}")
    picture = page.locator("img[alt^=timeline]")
    expect(picture).to_be_visible()
    page.wait_for_function("document.querySelector('img[alt^=timeline]').naturalWidth > 300")
    expect(page.get_by_text("Baseline 1.10 ± 0.02 m/s over visits 1 to 3.")).to_be_visible()

    page.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(dialog.get_by_role("alert")).to_have_text(
        "a note is needed: why, in a few words, for whoever looks next"
    )
    dialog.get_by_label("Note").fill("New shoes.")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("New shoes.")).to_be_visible()
    assert clinic.anna.get(f"/patients/{clinic.walker}/alerts") == []
    assert clinic.anna.get(f"/patients/{clinic.walker}/timeline?quantity=speed_mps")["alerts"][0][
        "acknowledged"
    ]


def test_a_measure_is_kept_quiet_and_a_visit_planned(clinic: Clinic, see: Any) -> None:
    page = see("anna", f"/patients/{clinic.walker}")
    day = (date.today() + timedelta(days=30)).isoformat()
    page.get_by_role("button", name="Keep quiet").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Day").fill(day)
    dialog.get_by_label("Why").fill("cast")
    dialog.get_by_role("button", name="Keep quiet").click()
    expect(page.get_by_text(f"Walking speed is kept quiet until {day} (anna: cast).")).to_be_visible()
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("is kept quiet until")).to_have_count(0)
    page.get_by_role("button", name="Plan next visit").click()
    page.get_by_role("dialog").get_by_label("Day").fill(day)
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_text(f"Next visit planned for {day}.")).to_be_visible()


def test_another_measure_and_its_values(clinic: Clinic, see: Any) -> None:
    page = see("anna", f"/patients/{clinic.walker}")
    page.get_by_label("measure").click()
    page.get_by_role("option", name=re.compile("Knee range of motion")).click()
    expect(page.get_by_text("This measure raises no alerts")).to_be_visible()
    page.get_by_text("Values", exact=True).click()
    expect(page.get_by_role("cell", name="59.0")).to_be_visible()


def test_who_leaves_before_the_answer_leaves_no_word_in_the_log(clinic: Clinic) -> None:
    """What the server wrote is looked at when it has ended, by `clinic`."""
    where = urlsplit(clinic.address)
    cookies = "; ".join(f"{name}={value}" for name, value in clinic.anna.client.cookies.items())
    for path in ("/login", "/favicon.ico"):
        asked = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookies}\r\n\r\n"
        for i in range(30):
            with socket.create_connection((where.hostname, where.port)) as line:
                line.sendall(asked.encode())
                time.sleep(0.001 * i)
    assert clinic.anna.get("/health") == {"status": "ok"}
