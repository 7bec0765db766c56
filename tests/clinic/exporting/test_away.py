"""A server that is away: its report waits, is tried again, and arrives once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.clinic.reviewed import Reviewed
from tests.live_servers import free_port

from kinelab.clinic.clock import Clock
from kinelab.clinic.settings import FILE
from kinelab.clinic.store.tables import Job, Result
from kinelab.exchange.document import Identity

from .clinic_of_tests import Clinic, on_sqlite, signed
from .gate import Gate, gate
from .test_live import Records, instances

pytestmark = on_sqlite


def ask(clinic: Clinic, result: Result, **asked: Any) -> Job:
    answer = clinic.desk.post("clinician", f"/results/{result.id}/exports", json=asked)
    assert answer.status_code == 202, answer.text
    return clinic.work(answer.json())


def again(clinic: Clinic, job: Job) -> Job:
    answer = clinic.desk.post("clinician", f"/jobs/{job.id}/again")
    assert answer.status_code == 202, answer.text
    return clinic.work(answer.json())


class TestRecordSystem:
    @pytest.fixture
    def door(self, fhir_server: str) -> Iterator[Gate]:
        with gate(fhir_server.removesuffix("/fhir")) as made:
            yield made

    @pytest.fixture
    def exchange(self, door: Gate) -> dict[str, tuple[str, str]]:
        return {"records": ("fhir", f"{door.url}/fhir")}

    def test_a_report_waits_until_the_server_is_back_and_arrives_once(
        self, clinic: Clinic, reviewed: Reviewed, door: Gate, fhir_server: str, a_patient: Any
    ) -> None:
        records = Records(fhir_server, Identity(reviewed.visit_id, a_patient.code))
        result, database = signed(reviewed), clinic.desk.database
        settings = database.folder / FILE
        right = settings.read_text()
        settings.write_text(right.replace(door.url, f"http://127.0.0.1:{free_port()}"))
        job = ask(clinic, result, kind="fhir", server="records")
        assert (job.state, job.put_off, job.attempts) == ("queued", 1, 0)
        assert "Connection refused" in job.message
        said = clinic.desk.get("clinician", f"/jobs/{job.id}").json()
        assert said["not_before"] is not None
        # Asked for a second time before that, it is the same work.
        assert clinic.work(said).put_off == 1

        settings.write_text(right)
        door.state = "swallows"
        database.clock = Clock(lambda: datetime.now(UTC) + timedelta(minutes=2))
        job = clinic.work(said)
        assert (job.state, job.put_off, door.changes) == ("queued", 2, 1)
        assert "cannot be reached (Server disconnected" in job.message

        door.state = "open"
        assert clinic.desk.post("assistant", f"/jobs/{job.id}/again").status_code == 403
        job = again(clinic, job)
        assert (job.state, job.put_off) == ("done", 2), job.message
        assert job.message.startswith("sent: ")
        assert records.report()["status"] == "final"
        assert len(records.held("DiagnosticReport")) == 1
        assert len(records.report()["result"]) == len(records.held("Observation")) > len(records.values())
        assert [one.destination for one in clinic.exports()] == ["records"]
        answer = clinic.desk.post("clinician", f"/jobs/{job.id}/again")
        assert answer.status_code == 409
        assert "again is for exports that wait, failed, were called off" in answer.json()["problem"]


class TestArchive:
    @pytest.fixture
    def door(self, orthanc: str) -> Iterator[Gate]:
        with gate(orthanc) as made:
            yield made

    @pytest.fixture
    def exchange(self, door: Gate) -> dict[str, tuple[str, str]]:
        return {"archive": ("orthanc", door.url)}

    def test_a_document_whose_storing_was_not_answered_is_kept_once(
        self, clinic: Clinic, reviewed: Reviewed, door: Gate, orthanc: str, a_patient: Any
    ) -> None:
        study = f"2.25.{Identity(reviewed.visit_id, a_patient.code).uuid.int}"
        door.state = "swallows"
        job = ask(clinic, signed(reviewed), kind="dicom", server="archive")
        assert (job.state, door.changes, len(instances(orthanc, study))) == ("queued", 1, 1)
        door.state = "open"
        job = again(clinic, job)
        assert job.state == "done", job.message
        assert (door.changes, len(instances(orthanc, study))) == (2, 1)
