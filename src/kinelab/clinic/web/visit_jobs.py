"""The work on a visit as it goes on: each job with its step, its share, and a way to call it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from kinelab.clinic.web.layout import Visitor
from kinelab.clinic.web.pieces import attempt
from kinelab.clinic.work.queue import OPEN_STATES, cancel, jobs_of
from kinelab.errors import KinelabError

_EVERY_S = 1.0
_WORDS = {"analyse": "Analysis", "rebuild": "New version of the report", "export": "Export"}
_STATES = {"done": "good", "failed": "bad", "cancelled": "", "queued": "", "running": "warn"}
_SHOWN_ENDED = 3


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
                with ui.row().classes("kc-row"):
                    ui.label(_WORDS.get(job["kind"], job["kind"])).classes("kv-job-kind")
                    ui.label(job["state"]).classes("kc-chip").props(f'data-kind="{_STATES[job["state"]]}"')
                    ui.label(job["message"]).classes("kc-note")
                    ui.element("div").classes("kc-space")
                    if job["state"] in OPEN_STATES and self._visitor.may("record"):
                        ui.button("Call off", on_click=lambda one=job: self._cancel(one["id"])).props(
                            "flat dense no-caps"
                        )
                if job["state"] == "running":
                    share = round(100 * job["progress"])
                    ui.element("progress").classes("kv-progress").props(
                        f'max=100 value={share} aria-label="share of this step"'
                    )

    async def _cancel(self, job_id: str) -> None:
        def act() -> dict[str, Any]:
            actor = self._visitor.actor()
            with self._visitor.database.writing() as db:
                return cancel(db, actor, job_id)

        await attempt(act)
        self.refresh()
