"""The audit, for administrators: who read, changed, exported or was refused what; does the chain hold?"""

from __future__ import annotations

import json
from dataclasses import dataclass

from fastapi import Request
from nicegui import ui

from kinelab.clinic.accounts import audit_reading
from kinelab.clinic.audit import Verdict
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.pieces import attempt, cell, row, table

_PER_PAGE = 100
_EVERYBODY, _EVERYTHING = "", ""


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/audit")
    def audit(request: Request) -> None:
        with frame(database, request, "Audit", wide=True) as visitor:
            if visitor.may("audit"):
                _Audit(visitor).show()
            else:
                ui.label("Administrators read the audit.").classes("kc-said")


@dataclass
class _Asked:
    """What is shown now; `before`: the row above which the page ends."""

    user_id: str = _EVERYBODY
    action: str = _EVERYTHING
    patient: str = ""
    before: int | None = None


class _Audit:
    """The page in one browser window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.database = visitor.database
        self.asked = _Asked()
        with self.database.reading() as db:
            self.names = audit_reading.names(db, visitor.actor())
            self.actions = audit_reading.actions(db, visitor.actor())
        self.rows = ui.refreshable(self._rows)

    def show(self) -> None:
        """Build the page."""
        with ui.row().classes("kc-row"):
            ui.label("Audit").classes("kc-h1")
            ui.element("div").classes("kc-space")
            ui.button("Verify the chain", on_click=self._verify).props("outline no-caps")
        self.verdict = ui.element("div").classes("kc-gap")
        people = {_EVERYBODY: "everybody", **dict(sorted(self.names.items(), key=lambda item: item[1]))}
        acts = {_EVERYTHING: "everything", **{action: action for action in self.actions}}
        with ui.row().classes("kc-row kc-filters"):
            for label, choices, name in (("Who", people, "user_id"), ("What", acts, "action")):
                ui.select(
                    choices,
                    value="",
                    label=label,
                    on_change=lambda event, name=name: self._ask(name, event.value),
                ).props("dense outlined").style("min-width: 160px")
            ui.input("Patient's code", on_change=lambda event: self._ask("patient", event.value or "")).props(
                'dense outlined clearable debounce="300" maxlength="64"'
            )
        self.rows()

    def _ask(self, name: str, value: str) -> None:
        setattr(self.asked, name, value)
        self.asked.before = None
        self.rows.refresh()

    def _rows(self) -> None:
        asked = self.asked
        with self.database.writing() as db:
            actor = self.visitor.actor()
            patient_id = audit_reading.patient_id(db, actor, asked.patient) if asked.patient else ""
            if patient_id is None:
                ui.label("No patient of this code.").classes("kc-note")
                return
            found = audit_reading.rows(
                db, actor, before=asked.before, patient_id=patient_id, user_id=asked.user_id,
                action=asked.action, limit=_PER_PAGE,
            )  # fmt: skip
            codes = audit_reading.codes(db, actor, {each.patient_id for each in found if each.patient_id})
        with table(("Row", "Time (UTC)", "Who", "By", "Act", "Of", "Patient", "More")):
            for each in found:
                self._row(each, codes)
        with ui.row().classes("kc-row"):
            if asked.before is not None:
                ui.button("Newest", on_click=lambda: self._turn(None)).props("flat no-caps")
            if len(found) == _PER_PAGE:
                ui.button("Older", on_click=lambda: self._turn(found[-1].seq)).props("flat no-caps")

    def _turn(self, before: int | None) -> None:
        self.asked.before = before
        self.rows.refresh()

    def _row(self, each: AuditRow, codes: dict[str, str]) -> None:
        of = self.names.get(each.object_id, each.object_id[:8])
        said = ", ".join(f"{name}: {_shown(value)}" for name, value in json.loads(each.detail).items())
        with row():
            cell(str(each.seq)).classes("number")
            cell(f"{each.at:%Y-%m-%d %H:%M:%S}")
            cell(
                self.names.get(each.user_id, "the server" if each.via in ("command", "worker") else "nobody")
            )
            cell(each.via)
            cell(each.action, kind="bad" if each.action in ("refuse", "lock") else "")
            cell(f"{each.object_kind} {of}").props(
                f'title="{each.object_id if each.object_id.isalnum() else ""}"'
            )
            cell(codes.get(each.patient_id or "", ""))
            cell(said)

    async def _verify(self) -> None:
        found = await attempt(self._follow)
        if found is None:
            return
        self.verdict.clear()
        with self.verdict:
            if found.problem:
                ui.label(f"The chain does not hold: {found.problem}.").classes("kc-said").props(
                    'data-kind="bad"'
                )
            else:
                ui.label(
                    f"The chain holds: {found.n_rows} rows. Note its end elsewhere; a later check then finds"
                    " out if rows were cut off:"
                ).classes("kc-said")
                ui.label(f"{found.n_rows}:{found.head}").classes("kc-secret")

    def _follow(self) -> Verdict:
        with self.database.reading() as db:
            return audit_reading.verdict(db, self.visitor.actor())


def _shown(value: object) -> str:
    return " to ".join(str(each) for each in value) if isinstance(value, list) else str(value)
