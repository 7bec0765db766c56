"""The work on a visit as it goes on: each job with its step, its share, and a way to call it off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from nicegui import ui
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor
from kinelab.clinic.exporting.asking import ask_again
from kinelab.clinic.settings import read_settings
from kinelab.clinic.web.layout import Visitor
from kinelab.clinic.web.pieces import attempt, when
from kinelab.clinic.work.later import PAUSES_MIN
from kinelab.clinic.work.queue import OPEN_STATES, cancel, jobs_of
from kinelab.errors import KinelabError

_EVERY_S = 1.0
_WORDS = {"analyse": "Analysis", "rebuild": "New version of the report", "export": "Export"}
_STATES = {
    "done": "good", "failed": "bad", "cancelled": "", "queued": "", "running": "warn", "put off": "warn",
}  # fmt: skip
_AGAIN = ("put off", "failed", "cancelled")
_SHOWN_ENDED = 2


class JobList:
    """Looks once a second while something is under way; `on_end` is called when a job has ended."""

    def __init__(self, visitor: Visitor, visit_id: str, on_end: Callable[[], None]) -> None:
        self._visitor, self._visit_id, self._on_end = visitor, visit_id, on_end
        self._jobs: list[dict[str, Any]] = []
        self._list = ui.refreshable(self._rows)
        self._timer: ui.timer | None = None

    def show(self) -> None:
        """Build it."""
        self._jobs = self._read()
        self._list()
        self._timer = ui.timer(_EVERY_S, self._look, active=self._is_busy())

    def refresh(self) -> None:
        """Something was asked for."""
        self._jobs = self._read()
        self._list.refresh()
        if self._timer is not None:
            self._timer.active = self._is_busy()

    def _look(self) -> None:
        before = {job["id"] for job in self._jobs if job["state"] in OPEN_STATES}
        now = self._read()
        if now != self._jobs:
            self._jobs = now
            self._list.refresh()
        if before & {job["id"] for job in now if job["state"] not in OPEN_STATES}:
            self._on_end()
        if self._timer is not None:
            self._timer.active = self._is_busy()

    def _is_busy(self) -> bool:
        return any(job["state"] in OPEN_STATES for job in self._jobs)

    def _read(self) -> list[dict[str, Any]]:
        try:
            actor = self._visitor.actor(by_hand=False)
            with self._visitor.database.reading() as db:
                found = jobs_of(db, actor, self._visit_id)
        except KinelabError:
            # The login has ended, or the database is away for a moment: what stands here stays.
            return self._jobs
        ended = [job for job in found if job["state"] not in OPEN_STATES]
        return [job for job in found if job["state"] in OPEN_STATES] + ended[:_SHOWN_ENDED]

    def _rows(self) -> None:
        if not self._jobs:
            return
        ui.label("Work").classes("kc-h2")
        for job in self._jobs:
            with ui.element("div").classes("kc-card kv-job"):
                self._row(job)

    def _row(self, job: dict[str, Any]) -> None:
        state = "put off" if job["not_before"] else job["state"]
        with ui.row().classes("kc-row"):
            ui.label(_WORDS.get(job["kind"], job["kind"])).classes("kv-job-kind")
            ui.label(state).classes("kc-chip").props(f'data-kind="{_STATES[state]}"')
            if job["not_before"]:
                ui.label(_next_try(job))
            elif state == "done":
                ui.label(job["message"]).classes("kc-note")
            ui.element("div").classes("kc-space")
            if job["kind"] == "export" and state in _AGAIN and self._visitor.may("share"):
                self._button("Try now" if job["not_before"] else "Again", self._again, job)
            if job["state"] in OPEN_STATES and self._visitor.may("record"):
                self._button("Call off", cancel, job)
        if state != "done":
            ui.label(job["message"]).classes("kc-note")
        if job["state"] == "running":
            share = round(100 * job["progress"])
            ui.element("progress").classes("kv-progress").props(
                f'max=100 value={share} aria-label="share of this step"'
            )

    def _again(self, db: Session, actor: Actor, job_id: str) -> object:
        return ask_again(db, actor, read_settings(self._visitor.database.folder), job_id)

    def _button(self, label: str, act: Callable[[Session, Actor, str], object], job: dict[str, Any]) -> None:
        def done() -> bool:
            actor = self._visitor.actor()
            with self._visitor.database.writing() as db:
                act(db, actor, job["id"])
            return True

        async def pressed() -> None:
            await attempt(done)
            self.refresh()

        ui.button(label, on_click=pressed).props("flat dense no-caps")


def _next_try(job: dict[str, Any]) -> str:
    at = when(datetime.fromisoformat(job["not_before"]))
    return f"will be tried again at {at} UTC (try {job['put_off'] + 1} of {len(PAUSES_MIN) + 1})"
