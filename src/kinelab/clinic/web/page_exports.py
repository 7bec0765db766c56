"""Tables for research: asked for, watched while a worker makes them, fetched."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from kinelab.clinic.accounts.logins import actor_again
from kinelab.clinic.exporting import asking, keeping
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import Export, Job
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.pieces import attempt, cell, row, table, when
from kinelab.clinic.work import queue

_LOOK_EVERY_S = 1.0
_DATES = {
    "none": "no dates",
    "year": "the year only",
    "shift": "days, moved by a number of days of each person's own",
}
_ABOUT = (
    "Measures, strides and mean curves of the newest signed result of every visit of those patients who"
    " agreed to research, under new pseudonyms. No codes of this clinic, no free text, no pictures leave."
)


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/research")
    async def research(request: Request) -> None:
        with frame(database, request, "Research") as visitor:
            if visitor.may("export_research"):
                await _Research(visitor).show()
            else:
                ui.label("Clinicians and researchers export tables for research.").classes("kc-said")


class _Research:
    """The page in one browser window."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.database = visitor.database
        self.job_id = ""
        self.rows = ui.refreshable(self._rows)

    async def show(self) -> None:
        """Build the page."""
        ui.label("Tables for research").classes("kc-h1")
        ui.label(_ABOUT).classes("kc-note")
        with ui.card().classes("kc-card"):
            self.dates = ui.select(_DATES, value="year", label="Dates of visits").props("dense outlined")
            self.suppress = ui.checkbox("Leave out what makes a person stand out", value=True)
            self.licence = ui.textarea("Licence: who may use these tables, and for what").props(
                'dense outlined maxlength="2000" autogrow'
            )
            with ui.row().classes("kc-row"):
                self.button = ui.button("Make tables", on_click=self._ask).props("unelevated no-caps")
                self.said = ui.label("").classes("kc-note").props('aria-live="polite"')
        self.timer = ui.timer(_LOOK_EVERY_S, self._look, active=False)
        await self.rows()

    async def _ask(self) -> None:
        asked = asking.ResearchAsked(
            dates=self.dates.value, suppress=bool(self.suppress.value), licence=self.licence.value or ""
        )
        job = await attempt(lambda: self._asked(asked))
        if job is not None:
            self.job_id = job.id
            self.button.disable()
            self.said.text = "waits for a worker"
            self.timer.activate()

    def _asked(self, asked: asking.ResearchAsked) -> Job:
        with self.database.writing() as db:
            return asking.ask_research(db, self.visitor.actor(), asked)

    async def _look(self) -> None:
        job = await attempt(self._job)
        self.said.text = "" if job is None else str(job["message"])
        if job is None or job["state"] not in queue.OPEN_STATES:
            self.timer.deactivate()
            self.button.enable()
            self.rows.refresh()

    def _job(self) -> dict[str, object] | None:
        actor = actor_again(self.database, self.visitor.first.login_id, by_hand=False)
        if actor is None:
            return None
        with self.database.reading() as db:
            return queue.job_of(db, actor, self.job_id)

    async def _rows(self) -> None:
        found = await attempt(self._exports)
        if not found:
            ui.label("None was made yet.").classes("kc-note")
            return
        with table(("Made (UTC)", "Content (SHA-256)", "")):
            for each in found:
                with row():
                    cell(when(each.made_at))
                    cell(each.sha256[:16])
                    with cell():
                        ui.link("Fetch", f"/api/v1/exports/{each.id}/file").props("download")

    def _exports(self) -> list[Export]:
        with self.database.reading() as db:
            return keeping.research_exports(db, self.visitor.actor())
