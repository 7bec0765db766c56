"""Real worn sensors all the way: handed in, analysed by the worker, an event dragged, signed, sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.clinic.reviewed import Reviewed

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import MeasureRow, Visit
from kinelab.clinic.uploads import service
from kinelab.clinic.uploads.looking import MAPPING, SENSORS, Looked
from kinelab.exchange.document import Identity

from .clinic_of_tests import Clinic, on_sqlite, sign_newest
from .test_live import Records

pytestmark = [on_sqlite, pytest.mark.shared]


@pytest.fixture
def exchange(fhir_server: str) -> dict[str, tuple[str, str]]:
    return {"records": ("fhir", fhir_server)}


@pytest.fixture
def worn(shared_data: Path) -> Path:
    """Eight Xsens logs and OpenSense's XML of names (Apache-2.0)."""
    return shared_data / "imu" / "opensense_example"


@pytest.fixture
def visit(clinic: Clinic, people: dict[Role, Actor], a_patient: Any, tmp_path: Path) -> Reviewed:
    asked = {"visited_on": "2026-03-01", "title": "worn sensors"}
    made = clinic.desk.post("clinician", f"/patients/{a_patient.id}/visits", json=asked).json()["id"]
    return Reviewed(clinic.desk.database, people, made, tmp_path)


@pytest.fixture
def hand_in(visit: Reviewed, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Hand files in without looking at each (that has tests of its own); their ids."""

    def give(*paths: Path) -> list[str]:
        return [_kept(visit.database, visit, path, monkeypatch) for path in paths]

    return give


def _kept(database: Database, visit: Reviewed, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    kind, media = (MAPPING, "application/xml") if path.suffix == ".xml" else (SENSORS, "text/plain")
    monkeypatch.setattr(service, "probe", lambda *_: Looked(kind, path.suffix, media, {}))
    with FileStore(database.folder).receiving() as incoming:
        incoming.write(path.read_bytes())
        return str(service.finish(database, visit.clinician, visit.visit_id, path.name, incoming)["id"])


def _analyse(clinic: Clinic, visit: Reviewed, uploads: list[str] | None = None) -> Any:
    answer = clinic.desk.post("clinician", f"/visits/{visit.visit_id}/analyse", json={"uploads": uploads})
    assert answer.status_code == 202, answer.text
    return clinic.work(answer.json())


def test_what_does_not_belong_together_is_told_and_left_out_the_rest_goes_to_the_end(
    clinic: Clinic, visit: Reviewed, hand_in: Any, worn: Path, shared_data: Path, tmp_path: Path,
    fhir_server: str, a_patient: Any,
) -> None:  # fmt: skip
    logs = sorted(worn.glob("MT_*.txt"))
    names = hand_in(worn / "myIMUMappings.xml")
    right = names + hand_in(*logs)
    (other,) = hand_in(shared_data / "imu" / "gaitmap" / "imu_sample.csv")
    again = tmp_path / logs[0].name.replace("009-001", "010-001")
    again.write_text("".join(logs[0].read_text().splitlines(keepends=True)[:600]))
    (second,) = hand_in(again)

    job = _analyse(clinic, visit, [*right, other])
    assert job.state == "failed"
    assert job.message.startswith("imu_sample.csv: not of the make of the other 8 files")
    job = _analyse(clinic, visit, [*right, second])
    assert job.state == "failed"
    assert "two sensors are on one segment: MT_012005D6_009-001_00B421E6 (foot_l), MT_" in job.message
    assert "if these are two recordings, give one at a time" in job.message

    job = _analyse(clinic, visit, right)
    assert job.state == "done", job.message
    told = clinic.desk.get("clinician", f"/visits/{visit.visit_id}/review").json()
    assert told["review"]["kind"] == "sensors"
    assert {angle["name"] for angle in told["review"]["angles"]} >= {"knee_angle_r", "ankle_angle_l"}
    (tmp_path / "review.json").write_text(json.dumps(told["review"]))
    moved = next(e for e in visit.review["events"] if e["kind"] == "ic" and e["time_s"] > 8)
    visit.correct({"kind": "move_event", "event": moved["id"], "time_s": moved["time_s"] + 0.03})
    visit.confirm_everything()
    asked = clinic.desk.post("clinician", f"/visits/{visit.visit_id}/rebuild")
    assert clinic.work(asked.json()).state == "done"
    result = sign_newest(visit, visit.newest())
    assert (result.version, result.state) == (2, "final")
    assert clinic.export(result, kind="fhir", server="records").message.startswith("sent: ")
    records = Records(fhir_server, Identity(visit.visit_id, a_patient.code))
    with visit.database.reading() as db:
        measures = db.query(MeasureRow).filter(MeasureRow.result_id == result.id).all()
        assert not db.get_one(Visit, visit.visit_id).synthetic
    times = [one.value for one in measures if one.quantity == "stride_time_s"]
    assert len(times) >= 2
    assert all(0.9 < time_s < 1.6 for time_s in times)
    assert len(records.values()) == len(measures)
    assert records.report()["status"] == "final"
