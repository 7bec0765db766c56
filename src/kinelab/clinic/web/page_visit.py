"""One visit: its recordings, what is to be done with them, how far that is, what came of it."""

from __future__ import annotations

from fastapi import Request
from nicegui import ui

from kinelab.clinic.patients import read_patient
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import said_bytes
from kinelab.clinic.store.tables import Patient, Visit
from kinelab.clinic.uploads.looking import ANGLES, C3D, MAPPING, SENSORS, TRC, VIDEO
from kinelab.clinic.uploads.service import uploads_of
from kinelab.clinic.visits import read_visit
from kinelab.clinic.web.layout import Visitor, frame
from kinelab.clinic.web.pieces import cell, row, table
from kinelab.clinic.web.visit_analysis import AnalysisForm
from kinelab.clinic.web.visit_jobs import JobList
from kinelab.clinic.web.visit_results import ResultView
from kinelab.errors import KinelabError

_KINDS = {
    VIDEO: "video", C3D: "markers (C3D)", TRC: "markers (TRC)", ANGLES: "joint angles",
    SENSORS: "worn sensors", MAPPING: "mapping of sensors",
}  # fmt: skip
_TAKEN = (
    "A video (mp4, mov, mkv, webm, avi), markers (.c3d, .trc), angles (.mot), or the files of worn sensors,"
    " all of them at once. What a file is, is told by its content."
)


def add(database: Database) -> None:
    """Declare the page."""

    @ui.page("/visits/{visit_id}")
    def visit(request: Request, visit_id: str) -> None:
        ui.add_body_html('<script type="module" src="/static/upload.js"></script>')
        ui.add_head_html('<link rel="stylesheet" href="/static/visit.css">')
        with frame(database, request, "Visit") as visitor:
            _Page(visitor, visit_id).show()


class _Page:
    """One visit in one browser window."""

    def __init__(self, visitor: Visitor, visit_id: str) -> None:
        self.visitor, self.visit_id = visitor, visit_id
        self.recordings = ui.refreshable(self._recordings)

    def show(self) -> None:
        """Build the page."""
        try:
            actor = self.visitor.actor()
            with self.visitor.database.writing() as db:
                visit = read_visit(db, actor, self.visit_id)
                patient = read_patient(db, actor, visit.patient_id)
        except KinelabError as error:
            ui.label(str(error)).classes("kc-said").props('data-kind="bad"')
            return
        _head(visit, patient)
        self.results = ResultView(self.visitor, self.visit_id)
        self.jobs = JobList(self.visitor, self.visit_id, on_end=self.results.refresh)
        self.form = AnalysisForm(self.visitor, visit, patient, on_asked=self.jobs.refresh)
        self.results.on_work = self.jobs.refresh
        self.jobs.show()
        self.results.show()
        ui.label("Recordings").classes("kc-h2")
        if self.visitor.may("record"):
            self._drop_zone()
        self.recordings()
        if self.visitor.may("record"):
            self.form.show()

    def _drop_zone(self) -> None:
        """Where files are dropped; static/upload.js sends them to the API, byte by byte."""
        with (
            ui.element("div")
            .classes("kv-drop")
            .props(f'id=kv-drop data-visit="{self.visit_id}" role=group aria-label="hand in recordings"')
        ):
            ui.label("Drop recordings here, or").classes("kv-drop-words")
            ui.element("button").classes("kv-choose").props("type=button id=kv-choose")
            ui.label(_TAKEN).classes("kc-note")
            ui.element("ul").classes("kv-sent").props("id=kv-sent aria-live=polite")
        ui.on("kv-uploaded", self._uploaded)

    def _uploaded(self) -> None:
        self.recordings.refresh()
        self.form.refresh()

    def _recordings(self) -> None:
        try:
            # Before the transaction: who asks may be noted in one of its own.
            actor = self.visitor.actor()
            with self.visitor.database.writing() as db:
                rows = uploads_of(db, actor, self.visit_id)
        except KinelabError as error:
            ui.label(str(error)).classes("kc-said").props('data-kind="bad"')
            return
        if not rows:
            ui.label("No recordings yet.").classes("kc-note")
            return
        with table(("File", "What it is", "Size", "Handed in", "")):
            for upload in rows:
                with row():
                    cell(upload["name"])
                    cell(_KINDS.get(upload["kind"], upload["kind"]))
                    cell(said_bytes(upload["n_bytes"]))
                    cell(upload["uploaded_at"][:16].replace("T", " "))
                    with cell():
                        ui.link("open", f"/api/v1/uploads/{upload['id']}/file", new_tab=True)


def _head(visit: Visit, patient: Patient) -> None:
    ui.page_title(f"{patient.code}, {visit.visited_on} - kinelab")
    with ui.row().classes("kc-row"):
        ui.label(f"Visit of {visit.visited_on:%d %B %Y}").classes("kc-h1")
        if visit.title:
            ui.label(visit.title).classes("kc-note")
        if visit.synthetic:
            ui.label("synthetic").classes("kc-chip").props('data-kind="warn"')
        ui.element("div").classes("kc-space")
        ui.link(f"Patient {patient.code}", f"/patients/{patient.id}")
