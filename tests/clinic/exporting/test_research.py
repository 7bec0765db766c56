"""Tables for research, from handing in to the archive that a researcher fetches."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.clinic.reviewed import Reviewed

from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import Export, MeasureRow, Patient, Result
from kinelab.files.opensim_files import write_trc

from .clinic_of_tests import Clinic, on_sqlite, sign_newest

Rows = list[tuple[str, str, float]]  # quantity, side, value


@on_sqlite
def test_research_gets_those_who_agreed_under_other_names(
    clinic: Clinic, walker: Any, tmp_path: Path
) -> None:
    """Three people, handed in, analysed, corrected and signed; the third has not agreed."""
    folders = {}
    for seed, (code, agreed) in enumerate({"P-ANNA": True, "P-BERT": True, "P-CARL": False}.items(), start=1):
        film = tmp_path / f"{code} of 4 March.trc"
        write_trc(walker.marker_walk(seed).markers, film, 100.0, synthetic=True)
        folders[code] = signed_markers(clinic, code, film, agreed=agreed, folder=tmp_path / code)
    people, measures, everything = research(clinic)
    for secret in ("P-ANNA", "P-BERT", "P-CARL", "4 March", "2026-03-04", "clinician_1", "ask the family"):
        assert secret.encode() not in everything
    for result in folders.values():
        for own in (result.id, result.visit_id, result.patient_id, *result.files.values()):
            assert own.encode() not in everything
    assert len(people) == 2
    told = {code: measures_of(clinic, result) for code, result in folders.items()}
    assert told["P-CARL"] not in measures.values()
    assert sorted(measures.values()) == sorted([told["P-ANNA"], told["P-BERT"]])

    # Who takes the consent back between the asking and the making is not in it; the other keeps the name.
    job = clinic.desk.post("researcher", "/research-exports", json={}).json()
    with clinic.desk.database.writing() as db:
        db.get_one(Patient, folders["P-BERT"].patient_id).research_consent = False
    assert clinic.work(job).message.startswith("1 people, 1 sessions")
    (anna,) = (name for name, rows in measures.items() if rows == told["P-ANNA"])
    assert tables_of(clinic, clinic.exports()[-1])[0] == [anna]
    assert [row.patient_id for row in clinic.exports()] == [None, None]
    assert [note["kind"] for note in clinic.noted()] == ["research", "research"]


def signed_markers(clinic: Clinic, code: str, recording: Path, *, agreed: bool, folder: Path) -> Result:
    """A new patient's visit, all of it as people do it; its signed result."""
    desk, database = clinic.desk, clinic.desk.database

    def post(path: str, **more: Any) -> dict[str, Any]:
        answer = desk.post("clinician", path, **more)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    patient = post("/patients", json={"code": code, "research_consent": agreed, "height_m": 1.7})["id"]
    visit = post(f"/patients/{patient}/visits", json={"visited_on": "2026-03-04", "synthetic": True})["id"]
    post(f"/visits/{visit}/uploads", params={"name": recording.name}, content=recording.read_bytes())
    job = clinic.work(post(f"/visits/{visit}/analyse", json={}))
    assert job.state == "done", job.message
    reviewed = Reviewed(database, dict(desk.people), visit, folder)
    folder.mkdir()
    machine = reviewed.newest().files["review.json"]
    shutil.copy(FileStore(database.folder).path(machine, "review.json"), folder / "review.json")
    reviewed.confirm_everything()
    reviewed.correct({"kind": "note", "text": "ask the family"})
    job = clinic.work(post(f"/visits/{visit}/rebuild"))
    assert job.state == "done", job.message
    return sign_newest(reviewed, reviewed.newest())


def measures_of(clinic: Clinic, result: Result) -> Rows:
    with clinic.desk.database.reading() as db:
        rows = db.scalars(select(MeasureRow).where(MeasureRow.result_id == result.id)).all()
        return sorted((row.quantity, row.side, row.value) for row in rows)


def research(clinic: Clinic) -> tuple[list[str], dict[str, Rows], bytes]:
    """People, the measures of each, and every byte of the tables that a researcher asks for."""
    answer = clinic.desk.post("researcher", "/research-exports", json={"dates": "year"})
    assert answer.status_code == 202, answer.text
    job = clinic.work(answer.json())
    assert job.message.startswith("2 people, 2 sessions"), job.message
    return tables_of(clinic, clinic.exports()[-1])


def tables_of(clinic: Clinic, export: Export) -> tuple[list[str], dict[str, Rows], bytes]:
    with zipfile.ZipFile(io.BytesIO(clinic.file(export, "researcher"))) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        people, rows = (
            list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8")))
            for name in ("people.csv", "measures.csv")
        )
    measures: dict[str, Rows] = {}
    for row in rows:
        found = (row["quantity"], row["side"], float(row["value"]))
        measures.setdefault(row["person"], []).append(found)
    return [row["person"] for row in people], {one: sorted(own) for one, own in measures.items()}, everything
