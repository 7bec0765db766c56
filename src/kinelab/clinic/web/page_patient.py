"""One patient: what changed, the measures over time, the visits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from fastapi import Request
from nicegui import events, ui

from kinelab.clinic.monitoring import alerts, timeline
from kinelab.clinic.monitoring.overview import VisitLine, visit_lines
from kinelab.clinic.monitoring.standing import level
from kinelab.clinic.patients import read_patient
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import Patient
from kinelab.clinic.web import patient_dialogs
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.pieces import attempt, cell, row, table
from kinelab.core.measures import MeasureSide
from kinelab.reports.printing import label, number
from kinelab.reports.words_follow_up import TIMELINE_CAPTION, value_words

_STATES = {"final": "good", "amended": "good", "preliminary": "warn"}
_KINDS = {"worse": "bad", "improved": "good", "changed": "warn"}
_POINTS = {"alert": "bad", "watch": "warn", "quiet": "warn", "preliminary": "warn"}


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/patients/{patient_id}")
    async def patient(request: Request, patient_id: str) -> None:
        with frame(database, request, "Patient") as visitor:
            await _Page(visitor, patient_id).show()


@dataclass(frozen=True)
class _Known:
    """What the page shows of the patient."""

    patient: Patient
    visits: list[VisitLine]
    lines: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    quiet: list[dict[str, Any]]


class _Page:
    """One patient in one browser window."""

    def __init__(self, visitor: Visitor, patient_id: str) -> None:
        self.visitor, self.patient_id = visitor, patient_id
        self.line: tuple[str, MeasureSide] | None = None
        self.parts = ui.refreshable(self._parts)
        self.course = ui.refreshable(self._course)

    async def show(self) -> None:
        """Build the page."""
        await self.parts()

    def _again(self, _: Any = None) -> None:
        self.parts.refresh()

    def _read(self) -> _Known:
        actor = self.visitor.actor()
        with self.visitor.database.writing() as db:
            return _Known(
                read_patient(db, actor, self.patient_id),
                visit_lines(db, actor, self.patient_id),
                timeline.followed(db, actor, self.patient_id),
                alerts.alerts_of(db, actor, self.patient_id, open_only=False),
                alerts.quiet_of(db, actor, self.patient_id),
            )

    async def _parts(self) -> None:
        known = await attempt(self._read)
        if known is None:
            ui.label("No such patient among yours.").classes("kc-said").props('data-kind="bad"')
            return
        ui.page_title(f"{known.patient.code} - kinelab")
        self._head(known.patient)
        ui.label("Alerts").classes("kc-h2")
        self._alerts(known)
        ui.label("Over time").classes("kc-h2")
        await self._over_time(known.lines)
        ui.label("Visits").classes("kc-h2")
        _visits(known.visits)

    def _head(self, patient: Patient) -> None:
        with ui.row().classes("kc-row"):
            ui.label(patient.code).classes("kc-h1")
            facts = (
                f"born {patient.birth_year}" if patient.birth_year else "",
                patient.sex or "",
                f"{patient.height_m:.2f} m" if patient.height_m else "",
                f"affected: {patient.affected_side}" if patient.affected_side else "",
            )
            ui.label(", ".join(fact for fact in facts if fact)).classes("kc-note")
            ui.element("div").classes("kc-space")
            if self.visitor.may("record"):
                ui.button(
                    "Plan next visit",
                    on_click=lambda: patient_dialogs.plan_next_visit(
                        self.visitor, self.patient_id, patient.next_visit_on, self._again
                    ),
                ).props("flat no-caps")
                ui.button(
                    "New visit", on_click=lambda: patient_dialogs.new_visit(self.visitor, self.patient_id)
                ).props("unelevated no-caps")
        if patient.next_visit_on:
            ui.label(f"Next visit planned for {patient.next_visit_on}.").classes("kc-note")
        if patient.reason:
            kind = {"urgent": "bad", "soon": "warn"}.get(level(patient.urgency), "")
            ui.label(patient.reason).classes("kc-said").props(f'data-kind="{kind}"')

    def _alerts(self, known: _Known) -> None:
        for alert in known.alerts:
            self._alert(alert)
        waiting = [one for one in known.alerts if _waits(one)]
        if len(waiting) > 1 and self.visitor.may("acknowledge"):
            ui.button(
                f"Acknowledge all {len(waiting)}",
                on_click=lambda: patient_dialogs.acknowledge(self.visitor, waiting, self._again),
            ).props("flat no-caps")
        for period in known.quiet:
            with ui.row().classes("kc-row"):
                until = f"{label(period['quantity'])} is kept quiet until {period['until']}"
                ui.label(f"{until} ({period['set_by']}: {period['reason']}).").classes("kc-note")
                if self.visitor.may("acknowledge"):
                    ui.button(
                        "End",
                        on_click=lambda one=period: patient_dialogs.end_quiet(
                            self.visitor, one["id"], self._again
                        ),
                    ).props("flat dense no-caps")
        if not known.alerts:
            ui.label("None.").classes("kc-note")

    def _alert(self, alert: dict[str, Any]) -> None:
        with ui.element("div").classes("kc-card").style("display: flex; gap: 12px; align-items: center"):
            ui.label(alert["kind"]).classes("kc-chip").props(f'data-kind="{_KINDS[alert["kind"]]}"')
            with ui.element("div").style("flex: 1"):
                ui.label(alert["text"])
                if alert["acknowledged_at"]:
                    who = f"{alert['acknowledged_by']}, {alert['acknowledged_at'][:10]}"
                    ui.label(f"Acknowledged by {who}: {alert['note']}").classes("kc-note")
            if alert["facts"]["hushed"] and not alert["acknowledged_at"]:
                ui.label("kept quiet").classes("kc-chip").style("white-space: nowrap")
            elif _waits(alert) and self.visitor.may("acknowledge"):
                ui.button(
                    "Acknowledge",
                    on_click=lambda: patient_dialogs.acknowledge(self.visitor, [alert], self._again),
                ).props("outline no-caps")

    async def _over_time(self, lines: list[dict[str, Any]]) -> None:
        if not lines:
            ui.label("No results yet.").classes("kc-note")
            return
        options = {f"{one['quantity']}|{one['side']}": _option(one) for one in lines}
        if self.line is None or "|".join(self.line) not in options:
            self.line = (lines[0]["quantity"], lines[0]["side"])
        with ui.row().classes("kc-row").style("margin-bottom: 8px"):
            chosen = "|".join(self.line)
            ui.select(options, value=chosen, on_change=self._choose, with_input=True).props(
                'dense outlined aria-label="measure"'
            ).style("min-width: 420px")
            if self.visitor.may("acknowledge"):
                ui.button("Keep quiet", on_click=self._keep_quiet).props("flat no-caps")
        await self.course()

    def _keep_quiet(self) -> None:
        assert self.line is not None
        patient_dialogs.keep_quiet(self.visitor, self.patient_id, self.line[0], self._again)

    def _choose(self, event: events.ValueChangeEventArguments[Any]) -> None:
        if event.value:
            quantity, side = str(event.value).split("|")
            self.line = (quantity, cast(MeasureSide, side))
            self.course.refresh()

    def _line(self) -> dict[str, Any]:
        assert self.line is not None
        actor = self.visitor.actor()
        with self.visitor.database.writing() as db:
            return timeline.timeline(db, actor, self.patient_id, *self.line)

    async def _course(self) -> None:
        found = await attempt(self._line)
        if found is None:
            return
        asked = urlencode({"quantity": found["quantity"], "side": found["side"]})
        with ui.element("div").classes("kc-card"):
            source = f"/api/v1/patients/{self.patient_id}/timeline.svg?{asked}"
            picture = ui.element("img").props(f'src="{source}" alt="timeline; its values are below"')
            picture.style("width: 100%; max-width: 900px")
            ui.label(found["words"])
            if not found["followed"]:
                ui.label("This measure raises no alerts; the figure says what would.").classes("kc-note")
            ui.label(TIMELINE_CAPTION).classes("kc-note")
            with ui.expansion("Values").classes("w-full"):
                _points(found)


def _waits(alert: dict[str, Any]) -> bool:
    return not alert["acknowledged_at"] and not alert["facts"]["hushed"]


def _option(one: dict[str, Any]) -> str:
    mark = f" [{one['state']}]" if one["state"] in _POINTS else ""
    return f"{one['label']}: {value_words(one['value'], one['unit'])}{mark}"


def _points(found: dict[str, Any]) -> None:
    with table(("Visit", f"Value, {found['unit']}", "Held against", "n", "Version", "State")):
        for point in reversed(found["points"]):
            reference = point["reference"]
            with row():
                with cell():
                    ui.link(point["visited_on"], f"/visits/{point['visit_id']}")
                cell(number(point["value"], found["unit"]))
                cell("" if reference is None else number(reference, found["unit"]))
                cell(str(point["n"]))
                cell(str(point["version"]))
                cell(point["state"], kind=_POINTS.get(point["state"], ""))


def _visits(visits: list[VisitLine]) -> None:
    if not visits:
        ui.label("No visits yet.").classes("kc-note")
        return
    with table(("Day", "Title", "Result")):
        for visit in visits:
            with row():
                with cell():
                    ui.link(str(visit.visited_on), f"/visits/{visit.id}")
                cell(visit.title + (" (synthetic)" if visit.synthetic else ""))
                text = f"{visit.state}, version {visit.version}" if visit.state else "no result"
                cell(text, kind=_STATES.get(visit.state, ""))
