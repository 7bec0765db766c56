"""The list of patients: who is to be looked at first stands on top, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from fastapi import Request
from nicegui import events, ui
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring.standing import level
from kinelab.clinic.monitoring.triage import Order, PatientLine, PatientPage, patient_list
from kinelab.clinic.patients import NewPatient, create_patient
from kinelab.clinic.store.database import Database
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.patient_dialogs import Ask, dialog
from kinelab.clinic.web.pieces import attempt, cell, row, table

PER_PAGE = 50
_ORDERS: dict[Order, str] = {
    "urgency": "Most urgent first",
    "last_visit": "Last visit first",
    "code": "By code",
}
_CHIPS = {"urgent": ("bad", "look today"), "soon": ("warn", "look soon"), "look": ("", "watch")}
_HEADS = ("", "Patient", "Why", "Alerts", "Last visit", "Born", "Sex")
_ONE_LINE = "white-space: nowrap"


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/")
    async def patients(request: Request) -> None:
        with frame(database, request, "Patients") as visitor:
            await _List(visitor).show()


@dataclass
class _Asked:
    """What the list shows now."""

    search: str = ""
    order: Order = "urgency"
    page: int = 0


class _List:
    """The list in one browser window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.asked = _Asked()
        self.rows = ui.refreshable(self._rows)

    async def show(self) -> None:
        """Build the page."""
        with ui.row().classes("kc-row"):
            ui.label("Patients").classes("kc-h1")
            ui.element("div").classes("kc-space")
            if self.visitor.may("record"):
                ui.button("New patient", on_click=self._new_patient).props("unelevated no-caps")
        if not self.visitor.may("see"):
            ui.label("Your role sees no patients; the ways above lead to what it does.").classes("kc-note")
            return
        with ui.row().classes("kc-row").style("margin: 12px 0"):
            ui.input("Search by code", on_change=self._search).props(
                'dense outlined clearable debounce="250" maxlength="64"'
            )
            ui.select(_ORDERS, value="urgency", on_change=self._order).props(
                'dense outlined aria-label="order"'
            )
        await self.rows()

    async def _rows(self) -> None:
        page = await attempt(self._ask)
        if page is None:
            ui.label("The list could not be read; try again.").classes("kc-said").props('data-kind="bad"')
            return
        if not page.rows:
            ui.label("No patient found." if self.asked.search else "No patients yet.").classes("kc-note")
            return
        with table(_HEADS):
            for line in page.rows:
                _show(line)
        self._turn(page)

    def _ask(self) -> PatientPage:
        actor = self.visitor.actor()
        with self.visitor.database.writing() as db:
            return patient_list(
                db, actor, search=self.asked.search, order=self.asked.order,
                offset=self.asked.page * PER_PAGE, limit=PER_PAGE,
            )  # fmt: skip

    def _turn(self, page: PatientPage) -> None:
        first = self.asked.page * PER_PAGE
        last = first + len(page.rows)
        with ui.row().classes("kc-row").style("margin: 8px 0"):
            back = ui.button("Back", on_click=lambda: self._go(-1)).props("flat dense no-caps")
            back.set_enabled(first > 0)
            ui.label(f"{first + 1} to {last} of {page.total}").classes("kc-note")
            more = ui.button("Next", on_click=lambda: self._go(1)).props("flat dense no-caps")
            more.set_enabled(last < page.total)

    def _go(self, pages: int) -> None:
        self.asked.page = max(self.asked.page + pages, 0)
        self.rows.refresh()

    def _search(self, event: events.ValueChangeEventArguments[Any]) -> None:
        self.asked.search, self.asked.page = str(event.value or "")[:64], 0
        self.rows.refresh()

    def _order(self, event: events.ValueChangeEventArguments[Any]) -> None:
        self.asked.order, self.asked.page = cast(Order, event.value), 0
        self.rows.refresh()

    def _new_patient(self) -> None:
        with dialog("New patient") as shown:
            ui.label("A pseudonym of letters, digits, . _ -; the name stays in your own system.").classes(
                "kc-note"
            )
            code = ui.input("Code").props('dense outlined autofocus maxlength="64"')
            born = ui.number("Year of birth", precision=0).props("dense outlined")

            def act(db: Session, actor: Actor) -> str:
                year = None if born.value is None else int(born.value)
                new = NewPatient(code=code.value or "", birth_year=year)
                return create_patient(db, actor, new).id

            ask = Ask(self.visitor, "Make", lambda patient_id: ui.navigate.to(f"/patients/{patient_id}"), act)
            ask.buttons(shown)


def _show(line: PatientLine) -> None:
    kind, word = _CHIPS.get(level(line.urgency), (None, ""))
    with row():
        cell(word, kind=kind).style(_ONE_LINE)
        with cell().style(_ONE_LINE):
            ui.link(line.code, f"/patients/{line.id}")
        cell(line.reason).style("width: 100%")
        for text in (str(line.open_alerts or ""), str(line.last_visit_on or ""), str(line.birth_year or "")):
            cell(text).style(_ONE_LINE)
        cell(line.sex or "")
