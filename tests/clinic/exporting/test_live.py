"""A clinic's exports to real servers: what was signed arrives, once, and an amendment takes its place."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.clinic.reviewed import Reviewed
from tests.live_servers import TOKEN

from kinelab.clinic.review.signing import sign_checked
from kinelab.clinic.store.tables import MeasureRow, Result
from kinelab.clinic.work import worker as worker_module
from kinelab.exchange import systems
from kinelab.exchange.dicom import extracted_pdf
from kinelab.exchange.document import Identity

from .clinic_of_tests import Clinic, amend, on_sqlite, sign_newest, signed

_HALF_A_DIGIT = {"m/s": 5e-5, "m": 5e-5, "s": 5e-5, "1": 5e-5}  # others are sent with two decimals


@dataclass
class Records:
    """What the record system holds of one visit."""

    url: str
    identity: Identity

    def ask(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def held(self, kind: str) -> list[dict[str, Any]]:
        found = self.ask(f"{kind}?_tag={systems.DOCUMENTS}|{self.identity.uuid}&_count=1000")
        return [entry["resource"] for entry in found.get("entry", [])]

    def report(self) -> dict[str, Any]:
        (report,) = self.held("DiagnosticReport")
        return report

    def values(self) -> dict[str, dict[str, Any]]:
        """Observations of measures by their own identifier, none twice."""
        found = [one for one in self.held("Observation") if "valueQuantity" in one]
        by_id = {one["identifier"][0]["value"]: one for one in found}
        assert len(by_id) == len(found)
        return by_id


@pytest.fixture
def records(fhir_server: str, reviewed: Reviewed, a_patient: Any) -> Records:
    return Records(fhir_server, Identity(reviewed.visit_id, a_patient.code))


def check_numbers(records: Records, visit: Reviewed, result: Result) -> int:
    """Every measure of the result is on the server with its value, unit, n and state; how many there are."""
    with visit.database.reading() as db:
        rows = db.scalars(select(MeasureRow).where(MeasureRow.result_id == result.id)).all()
    held = records.values()
    assert len(held) == len(rows)
    for row in rows:
        one = held[str(records.identity.part(f"{row.quantity} {row.side}"))]
        step = _HALF_A_DIGIT.get(row.unit, 5e-3) * (1 + 1e-9)
        assert one["valueQuantity"]["value"] == pytest.approx(row.value, rel=0, abs=step), row.quantity
        assert one["valueQuantity"]["unit"] == row.unit
        assert one["component"][0]["valueInteger"] == row.n
        assert one["status"] == result.state
    return len(rows)


def activities(records: Records) -> list[str]:
    return sorted(act["activity"]["coding"][0]["code"] for act in records.held("Provenance"))


class TestRecordSystem:
    """FHIR, to Medplum's router, repository and validator."""

    @pytest.fixture
    def exchange(self, fhir_server: str) -> dict[str, tuple[str, str]]:
        return {"records": ("fhir", fhir_server)}

    def test_what_was_signed_arrives_and_an_amendment_takes_its_place(
        self, clinic: Clinic, reviewed: Reviewed, records: Records, a_patient: Any
    ) -> None:
        ask = {"kind": "fhir", "server": "records"}
        assert "is not signed yet" in clinic.refused(reviewed.newest(), **ask)
        assert (clinic.exports(), records.held("DiagnosticReport")) == ([], [])
        first = signed(reviewed)
        assert clinic.export(first, **ask).message.endswith("read back, equal")
        report = records.report()
        assert (report["status"], report["subject"]["identifier"]["value"]) == ("final", a_patient.code)
        n = check_numbers(records, reviewed, first)
        assert n > 10
        everything = len(records.held("Observation"))
        assert len(report["result"]) == everything > n
        n_corrections = len(reviewed.corrections())
        assert activities(records) == ["CREATE", "LA", *["UPDATE"] * n_corrections]
        remote = f"DiagnosticReport/{report['id']}/_history/{report['meta']['versionId']}"
        assert [one.remote_id for one in clinic.exports()] == [remote]

        # Asked for again, nothing is there twice.
        message = clinic.export(first, **ask).message
        assert message.startswith("sent: 0 new, 0 updated, "), message
        assert (records.report(), len(records.held("Observation"))) == (report, everything)

        second = amend(reviewed)
        assert "is not signed yet" in clinic.refused(second, **ask)
        second = sign_newest(reviewed, second)
        assert (second.state, second.version) == ("amended", first.version + 1)
        assert "newer version" in clinic.refused(first, **ask)
        clinic.export(second, **ask)
        now = records.report()
        assert (now["id"], now["status"]) == (report["id"], "amended")
        assert now["meta"]["versionId"] != report["meta"]["versionId"]
        assert check_numbers(records, reviewed, second) == n
        assert len(records.held("Observation")) == everything
        assert activities(records) == ["CREATE"] * 2 + ["LA"] * 2 + ["UPDATE"] * (n_corrections + 1)
        # What was final stays readable as it was.
        assert records.ask(remote)["status"] == "final"
        rows = clinic.exports()
        assert [row.destination for row in rows] == ["records"] * 3
        assert [row.result_id for row in rows] == [first.id, first.id, second.id]
        assert [note["sha256"] for note in clinic.noted()] == [row.sha256 for row in rows]

    @on_sqlite
    def test_a_preliminary_report_goes_only_when_asked_for_and_becomes_final_there(
        self, clinic: Clinic, reviewed: Reviewed, records: Records
    ) -> None:
        ask = {"kind": "fhir", "server": "records"}
        reviewed.confirm_everything()
        result = reviewed.rebuild()
        first_reader = reviewed.another("dr_b")
        reviewed.open(first_reader)
        sign_checked(reviewed.database, first_reader, result.id, "read")
        n_corrections = len(reviewed.corrections())
        clinic.export(result, **ask, preliminary=True)
        before = records.report()
        assert before["status"] == "preliminary"
        check_numbers(records, reviewed, result)
        # One person has read it; nobody has released it.
        assert activities(records) == ["AU", "CREATE", *["UPDATE"] * n_corrections]
        clinic.export(sign_newest(reviewed, result), **ask)
        after = records.report()
        assert (after["id"], after["status"]) == (before["id"], "final")
        assert check_numbers(records, reviewed, reviewed.newest()) == len(records.values())
        assert activities(records) == ["AU", "CREATE", "LA", *["UPDATE"] * n_corrections]

    @on_sqlite
    def test_a_worker_that_dies_between_sending_and_noting_has_nothing_sent_twice(
        self, clinic: Clinic, reviewed: Reviewed, records: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        result = signed(reviewed)
        with monkeypatch.context() as patch:
            patch.setattr(worker_module, "publish_export", _dies)
            with pytest.raises(RuntimeError, match="killed"):
                clinic.export(result, kind="fhir", server="records")
        report, n = records.report(), len(records.held("Observation"))
        assert (report["status"], clinic.exports()) == ("final", [])
        job = clinic.taken_over()
        assert (job.state, job.attempts) == ("done", 2)
        assert job.message.startswith("sent: 0 new, 0 updated, ")
        assert (records.report(), len(records.held("Observation"))) == (report, n)
        assert [one.result_id for one in clinic.exports()] == [result.id]

    @on_sqlite
    def test_the_pdf_goes_along_when_asked_for_and_is_the_signed_one(
        self, clinic: Clinic, reviewed: Reviewed, records: Records, tmp_path: Path
    ) -> None:
        clinic.export(signed(reviewed), kind="fhir", server="records", with_pdf=True)
        (form,) = records.report()["presentedForm"]
        pdf = base64.b64decode(form["data"])
        assert (form["contentType"], form["size"]) == ("application/pdf", len(pdf))
        check_signed(pdf, tmp_path)


def _dies(*_: object) -> None:
    raise RuntimeError("killed")


def check_signed(pdf: bytes, folder: Path) -> None:
    """The pages tell who released the report, and nowhere that nobody has."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    path = folder / "came.pdf"
    path.write_bytes(pdf)
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    words = " ".join(text.split())
    assert "Reviewed and released: clinician_1, 20" in words
    assert "Not reviewed yet" not in words


@on_sqlite
class TestArchive:
    """DICOM, to Debian's Orthanc, by both ways that it takes documents."""

    @pytest.fixture(params=["orthanc", "dicomweb"])
    def exchange(self, request: pytest.FixtureRequest) -> dict[str, tuple[str, str]]:
        return {"archive": (request.param, request.getfixturevalue(request.param))}

    def test_the_signed_pdf_is_kept_byte_for_byte_and_each_version_once(
        self, clinic: Clinic, reviewed: Reviewed, orthanc: str, tmp_path: Path, a_patient: Any
    ) -> None:
        ask = {"kind": "dicom", "server": "archive"}
        study = f"2.25.{Identity(reviewed.visit_id, a_patient.code).uuid.int}"
        assert "is not signed yet" in clinic.refused(reviewed.newest(), **ask)
        assert instances(orthanc, study) == []
        first = signed(reviewed)
        for _ in range(2):
            clinic.export(first, **ask)
        (held,) = instances(orthanc, study)
        assert held["MainDicomTags"]["InstanceNumber"] == str(first.version)
        stored, again = clinic.exports()
        assert stored.remote_id == again.remote_id == held["MainDicomTags"]["SOPInstanceUID"]
        content = clinic.file(stored)
        pdf = archive(orthanc, f"/instances/{held['ID']}/pdf").content
        assert pdf == extracted_pdf(content)
        assert pdf.startswith(b"%PDF-")
        assert archive(orthanc, f"/instances/{held['ID']}/file").content == content
        check_signed(pdf, tmp_path)
        tags = archive(orthanc, f"/instances/{held['ID']}/simplified-tags").json()
        assert (tags["PatientID"], tags["PatientName"], tags["VerificationFlag"]) == (
            a_patient.code, "", "VERIFIED",
        )  # fmt: skip

        second = sign_newest(reviewed, amend(reviewed))
        clinic.export(second, **ask)
        versions = [int(one["MainDicomTags"]["InstanceNumber"]) for one in instances(orthanc, study)]
        assert sorted(versions) == [first.version, second.version]
        rows = clinic.exports()
        assert [(row.kind, row.destination, row.result_id) for row in rows] == [
            ("dicom", "archive", one.id) for one in (first, first, second)
        ]
        assert [note["sha256"] for note in clinic.noted()] == [row.sha256 for row in rows]


def archive(url: str, path: str, **query: Any) -> httpx.Response:
    who = httpx.BasicAuth("tests", TOKEN)
    answer = httpx.post(url + path, json=query, auth=who) if query else httpx.get(url + path, auth=who)
    assert answer.status_code == 200, answer.text
    return answer


def instances(url: str, study: str) -> list[dict[str, Any]]:
    """What Orthanc holds of a study."""
    found = archive(url, "/tools/find", Level="Instance", Query={"StudyInstanceUID": study}, Expand=True)
    rows: list[dict[str, Any]] = found.json()
    return rows
