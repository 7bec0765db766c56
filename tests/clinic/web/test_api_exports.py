"""Exports over the API, made by the real worker: nothing unsigned, nothing to unknown servers, all noted."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kinelab.clinic.actor import ROLES
from kinelab.clinic.settings import ExchangeServer, Settings
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import AuditRow, Job, Patient, Result, Signature
from kinelab.clinic.work.worker import Worker

from .conftest import Desk
from .world import World


@pytest.fixture
def settings() -> Settings:
    records = ExchangeServer(name="records", kind="fhir", url="https://127.0.0.1:1/fhir")
    return Settings(host_names=("testserver",), exchange=(records,))


@pytest.fixture
def ids(desk: Desk, reviewed_run: Path) -> dict[str, str]:
    made = World(desk.database, dict(desk.people), reviewed_run).patient(ROLES)
    with desk.database.writing() as db:
        db.get_one(Job, made["job_id"]).state = "cancelled"  # the world's own waits for no worker
    return made


def _sign(desk: Desk, ids: dict[str, str]) -> None:
    with desk.database.writing() as db:
        result = db.get_one(Result, ids["result_id"])
        result.state = "final"
        db.add(
            Signature(
                result_id=result.id, user_id=desk.people["clinician"].user_id, meaning="final",
                report_sha256=result.report_sha256, evidence={}, signed_at=clock_of(db).now(),
            )
        )  # fmt: skip


def _done(desk: Desk, settings: Settings, job: dict[str, Any]) -> Job:
    Worker(desk.database, settings).run(once=True)
    with desk.database.reading() as db:
        return db.get_one(Job, job["id"])


def _asked(desk: Desk, ids: dict[str, str], **asked: Any) -> dict[str, Any]:
    answer = desk.post("clinician", f"/results/{ids['result_id']}/exports", json=asked)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def test_an_unsigned_result_leaves_only_when_asked_for(desk: Desk, ids: dict[str, str]) -> None:
    path = f"/results/{ids['result_id']}/exports"
    answer = desk.post("clinician", path, json={"kind": "fhir"})
    assert answer.status_code == 409
    assert answer.json()["problem"] == (
        "the result is not signed yet; sign it, or ask for a preliminary export"
    )
    assert desk.post("clinician", path, json={"kind": "fhir", "preliminary": True}).status_code == 202


def test_a_result_that_was_replaced_does_not_leave(desk: Desk, ids: dict[str, str]) -> None:
    with desk.database.writing() as db:
        db.get_one(Result, ids["result_id"]).state = "superseded"
    answer = desk.post(
        "clinician", f"/results/{ids['result_id']}/exports", json={"kind": "fhir", "preliminary": True}
    )
    assert answer.status_code == 409
    assert "a newer version has taken this result's place" in answer.json()["problem"]


def test_a_server_that_nobody_set_is_refused(desk: Desk, ids: dict[str, str]) -> None:
    path = f"/results/{ids['result_id']}/exports"
    for asked, said in (
        ({"kind": "fhir", "server": "elsewhere", "preliminary": True}, "there are: records"),
        ({"kind": "dicom", "server": "records", "preliminary": True}, "is one for fhir"),
        ({"kind": "fhir", "server": "https://evil.example/", "preliminary": True}, "server"),
        ({"kind": "fhir", "url": "https://evil.example/", "preliminary": True}, "url: Extra inputs"),
    ):
        answer = desk.post("clinician", path, json=asked)
        assert answer.status_code == 422
        assert said in answer.json()["problem"]
    assert desk.get("clinician", "/exchange-servers").json() == [{"name": "records", "kind": "fhir"}]


def test_a_bundle_is_made_and_fetched(desk: Desk, ids: dict[str, str], settings: Settings) -> None:
    _sign(desk, ids)
    job = _done(desk, settings, _asked(desk, ids, kind="fhir"))
    assert (job.state, job.message) == ("done", "the bundle is ready to be fetched")
    (export, *_) = desk.get("clinician", f"/results/{ids['result_id']}/exports").json()
    answer = desk.get("clinician", f"/exports/{export['id']}/file")
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["content-disposition"].startswith('attachment; filename="fhir-')
    bundle = json.loads(answer.content)
    report = next(
        one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "DiagnosticReport"
    )
    assert report["status"] == "final"
    with desk.database.reading() as db:
        patient = db.get_one(Patient, ids["patient_id"])
        acts = db.scalars(
            select(AuditRow.action).where(AuditRow.patient_id == patient.id).order_by(AuditRow.seq)
        ).all()
    assert patient.code in json.dumps(report["subject"])
    assert [a for a in acts if a in ("ask_export", "export", "fetch")] == ["ask_export", "export", "fetch"]


def test_a_dicom_file_holds_the_report_as_pdf(desk: Desk, ids: dict[str, str], settings: Settings) -> None:
    _sign(desk, ids)
    job = _done(desk, settings, _asked(desk, ids, kind="dicom"))
    assert (job.state, job.message) == ("done", "the DICOM file is ready to be fetched")
    (export, *_) = desk.get("clinician", f"/results/{ids['result_id']}/exports").json()
    content = desk.get("clinician", f"/exports/{export['id']}/file").content
    assert content[128:132] == b"DICM"
    assert b"%PDF-" in content


def test_a_server_that_is_refused_fails_the_work_until_a_person_asks_again(
    desk: Desk, ids: dict[str, str], settings: Settings
) -> None:
    _sign(desk, ids)
    (desk.database.folder / "clinic.toml").write_text(
        '[[exchange]]\nname = "records"\nkind = "fhir"\nurl = "https://127.0.0.1:1/fhir"\n'
    )
    job = _done(desk, settings, _asked(desk, ids, kind="fhir", server="records"))
    assert (job.state, job.put_off, job.not_before) == ("failed", 0, None)
    assert "127.0.0.1" in job.message  # the guard of addresses: this computer is nobody's record system
    again = desk.post("clinician", f"/jobs/{job.id}/again")
    assert (again.status_code, again.json()["state"]) == (202, "queued")
    assert again.json()["id"] != job.id
    assert len(desk.get("clinician", f"/results/{ids['result_id']}/exports").json()) == 1  # the world's own


def test_a_recording_without_a_video_cannot_be_blurred(
    desk: Desk, ids: dict[str, str], settings: Settings
) -> None:
    _sign(desk, ids)
    job = _done(desk, settings, _asked(desk, ids, kind="video"))
    assert job.state == "failed"
    assert "does not come from a video" in job.message


def test_research_gets_pseudonymised_tables_of_those_who_agreed(
    desk: Desk, ids: dict[str, str], settings: Settings
) -> None:
    _sign(desk, ids)
    answer = desk.post("researcher", "/research-exports", json={"dates": "year"})
    assert answer.status_code == 202
    job = _done(desk, settings, answer.json())
    assert job.state == "done", job.message
    assert job.message.startswith("1 people, 1 sessions")
    (export,) = desk.get("researcher", "/research-exports").json()
    answer = desk.get("researcher", f"/exports/{export['id']}/file")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = set(archive.namelist())
        everything = b"".join(archive.read(name) for name in names)
        sessions = list(csv.DictReader(io.TextIOWrapper(archive.open("sessions.csv"), "utf-8")))
    assert {"people.csv", "measures.csv", "strides.csv", "curves.nc", "dictionary.csv"} <= names
    with desk.database.reading() as db:
        code = db.get_one(Patient, ids["patient_id"]).code
    for secret in (code, ids["patient_id"], ids["visit_id"], "walk.c3d"):
        assert secret.encode() not in everything
    assert sessions[0]["recorded"] == "2026"
    # Another's tables are not there for a clinician, nor a patient's bundle for the researcher.
    assert desk.get("clinician", f"/exports/{export['id']}/file").status_code == 404
    assert desk.get("researcher", f"/exports/{ids['export_id']}/file").status_code == 404


def test_without_anybodys_consent_there_are_no_tables(
    desk: Desk, ids: dict[str, str], settings: Settings
) -> None:
    unsigned = desk.post("researcher", "/research-exports", json={})
    assert _done(desk, settings, unsigned.json()).message == (
        "no result of a patient who agreed to research is signed yet"
    )
    with desk.database.writing() as db:
        db.get_one(Patient, ids["patient_id"]).research_consent = False
    answer = desk.post("researcher", "/research-exports", json={})
    assert answer.status_code == 409
    assert answer.json()["problem"] == "no patient has agreed to research yet"
