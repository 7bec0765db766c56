"""A clinic that exports: what is done to a visit until it may leave, and how its leaving is asked for."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from tests.clinic.desk import Desk
from tests.clinic.reviewed import Reviewed

from kinelab.clinic import audit
from kinelab.clinic.actor import Role
from kinelab.clinic.review.signing import sign_checked
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.tables import AuditRow, Export, Job, Result
from kinelab.clinic.work.worker import Worker

on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@dataclass
class Clinic:
    """A clinic that exports: asked over the API, done by its worker."""

    desk: Desk
    settings: Settings

    def work(self, job: dict[str, Any]) -> Job:
        Worker(self.desk.database, self.settings).run(once=True)
        with self.desk.database.reading() as db:
            return db.get_one(Job, job["id"])

    def refused(self, result: Result, **asked: Any) -> str:
        answer = self.desk.post("clinician", f"/results/{result.id}/exports", json=asked)
        assert answer.status_code == 409, answer.text
        return str(answer.json()["problem"])

    def export(self, result: Result, **asked: Any) -> Job:
        """An export that must succeed."""
        answer = self.desk.post("clinician", f"/results/{result.id}/exports", json=asked)
        assert answer.status_code == 202, answer.text
        job = self.work(answer.json())
        assert job.state == "done", job.message
        return job

    def taken_over(self) -> Job:
        """The newest job, whose worker is gone, when another has done it."""
        stop = threading.Event()
        other = Worker(self.desk.database, self.settings, stop, lease_s=1.0)
        thread = threading.Thread(target=other.run)
        thread.start()
        try:
            until = time.monotonic() + 120
            while (job := self._newest()).state == "running":
                assert time.monotonic() < until, "nobody took it over"
                time.sleep(0.1)
            return job
        finally:
            stop.set()
            thread.join()

    def _newest(self) -> Job:
        with self.desk.database.reading() as db:
            return db.scalars(select(Job).order_by(Job.created_at.desc()).limit(1)).one()

    def exports(self) -> list[Export]:
        """All that left, in its order."""
        with self.desk.database.reading() as db:
            return list(db.scalars(select(Export).order_by(Export.made_at)))

    def file(self, export: Export, role: Role = "clinician") -> bytes:
        answer = self.desk.get(role, f"/exports/{export.id}/file")
        assert answer.status_code == 200, answer.text
        assert hashlib.sha256(answer.content).hexdigest() == export.sha256
        return answer.content

    def noted(self) -> list[dict[str, Any]]:
        """What the audit says of exports; its chain holds."""
        with self.desk.database.reading() as db:
            assert audit.verify(db).problem == ""
            rows = db.scalars(
                select(AuditRow).where(AuditRow.action == "export").order_by(AuditRow.seq)
            ).all()
            asked = db.scalars(select(AuditRow).where(AuditRow.action == "ask_export")).all()
        assert len(asked) == len(rows)
        return [json.loads(row.detail) for row in rows]


def signed(visit: Reviewed) -> Result:
    """Look at everything, have the report made anew, sign it."""
    visit.confirm_everything()
    return sign_newest(visit, visit.rebuild())


def sign_newest(visit: Reviewed, result: Result) -> Result:
    visit.open()
    sign_checked(visit.database, visit.clinician, result.id, "final")
    return visit.newest()


def amend(visit: Reviewed) -> Result:
    """Move an initial contact by 30 ms; the report made anew, not signed."""
    event = visit.review["events"][3]
    visit.correct({"kind": "move_event", "event": "e3", "time_s": event["time_s"] + 0.03})
    return visit.rebuild()
