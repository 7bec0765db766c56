"""Patients with everything that a route can be about, made anew for every single request of a matrix."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore, Kept, note
from kinelab.clinic.store.tables import (
    Alert,
    CareTeam,
    Export,
    Job,
    MeasureRow,
    Patient,
    Quiet,
    Result,
    Upload,
    User,
    Visit,
    new_id,
)

DAY = date(2026, 3, 4)
FACTS = {
    "value": 1.0, "reference": 1.2, "limit": 0.1, "unit": "m/s", "change": -0.2, "beyond": 2, "of": 3,
    "stands": True, "hushed": False, "latest": 1.0, "through": "2026-03-04T00:00:00+00:00",
    "mdc_source": "own scatter",
}  # fmt: skip


class World:
    """A store, the people in it, and the files of one real run, kept once."""

    def __init__(self, database: Database, people: dict[Role, Actor], run: Path) -> None:
        self.database, self.people = database, people
        store = FileStore(database.folder)
        self.files: dict[str, Kept] = {
            path.relative_to(run).as_posix(): store.put(path)
            for path in sorted(run.rglob("*"))
            if path.is_file()
        }
        with database.writing() as db:
            for kept in self.files.values():
                note(db, kept, "application/octet-stream")

    def patient(self, team: tuple[Role, ...]) -> dict[str, str]:
        """A patient in the care of `team`, and the ids of one of everything of the patient's."""
        with self.database.writing() as db:
            return _ids(db, self.people, team, {name: one.sha256 for name, one in self.files.items()})


def _ids(
    db: Session, people: dict[Role, Actor], team: tuple[Role, ...], files: dict[str, str]
) -> dict[str, str]:
    now, by = clock_of(db).now(), people["clinician"].user_id
    patient = Patient(code=f"W-{new_id()[:10]}", created_by=by, created_at=now, research_consent=True)
    member = User(name=f"m-{new_id()[:10]}", role="assistant", created_at=now)
    db.add_all([patient, member])
    db.flush()
    for user_id in (*(people[role].user_id for role in team), *((member.id,) if team else ())):
        db.add(CareTeam(user_id=user_id, patient_id=patient.id, granted_by=by, granted_at=now))
    visit = Visit(patient_id=patient.id, visited_on=DAY, created_by=by, created_at=now, synthetic=True)
    db.add(visit)
    db.flush()
    done = Job(
        key=f"w:{visit.id}#1", kind="analyse", visit_id=visit.id, asked_by=by, state="done", created_at=now,
        ended_at=now,
    )  # fmt: skip
    waiting = Job(
        key=f"w:{visit.id}:export#1", kind="export", visit_id=visit.id, asked_by=by, created_at=now,
    )  # fmt: skip
    db.add_all([done, waiting])
    db.flush()
    result = Result(
        visit_id=visit.id, patient_id=patient.id, version=1, job_id=done.id, files=files,
        report_sha256=files["report.html"], created_at=now,
    )  # fmt: skip
    upload = Upload(
        visit_id=visit.id, sha256=files["report.json"], name="walk.c3d", kind="c3d", uploaded_by=by,
        uploaded_at=now,
    )  # fmt: skip
    alert = Alert(
        patient_id=patient.id, visit_id=visit.id, quantity="speed_mps", side="both", direction="regression",
        text="slower", facts=FACTS, raised_at=now,
    )  # fmt: skip
    quiet = Quiet(
        patient_id=patient.id, quantity="cadence_spm", until=date(2099, 1, 1), reason="cast", set_by=by,
        set_at=now,
    )  # fmt: skip
    db.add_all([result, upload, alert, quiet])
    db.flush()
    waiting.what = {
        "kind": "fhir", "result": result.id, "server": None, "preliminary": True, "with_pdf": False,
    }  # fmt: skip
    export = Export(
        kind="fhir", patient_id=patient.id, result_id=result.id, sha256=files["report.json"], asked_by=by,
        made_at=now,
    )  # fmt: skip
    measure = MeasureRow(
        result_id=result.id, patient_id=patient.id, quantity="speed_mps", side="both", value=1.0, unit="m/s",
        n=9, sd=0.05, mdc95=0.1,
    )  # fmt: skip
    db.add_all([export, measure])
    db.flush()
    return {
        "patient_id": patient.id, "visit_id": visit.id, "upload_id": upload.id, "job_id": waiting.id,
        "result_id": result.id, "name": "report.html", "export_id": export.id, "alert_id": alert.id,
        "quiet_id": quiet.id, "user_id": member.id,
    }  # fmt: skip
