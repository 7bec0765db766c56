"""Routes of follow-up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Mdc95, MeasureRow, Patient, Result, Visit


@pytest.fixture
def worse(desk: Any, a_patient: Any) -> str:
    """The id of a patient of the clinician who walks more slowly than at the baseline."""
    by = desk.people["clinician"].user_id
    with desk.database.writing() as db:
        now = clock_of(db).now()
        db.add(Mdc95(quantity="speed_mps", side="both", unit="m/s", value=0.1, source="study", set_at=now))
        for i, speed in enumerate((1.1, 1.12, 1.08, 0.9, 0.92)):
            visit = Visit(patient_id=a_patient.id, visited_on=date(2026, 1, 5) + timedelta(weeks=4 * i),
                          created_by=by, created_at=now)  # fmt: skip
            db.add(visit)
            db.flush()
            result = Result(visit_id=visit.id, patient_id=a_patient.id, version=1, state="final",
                            report_sha256="0" * 64, created_at=now)  # fmt: skip
            db.add(result)
            db.flush()
            db.add(
                MeasureRow(result_id=result.id, patient_id=a_patient.id, quantity="speed_mps", side="both",
                           value=speed, unit="m/s", n=20, sd=0.05)
            )  # fmt: skip
        db.flush()
        refresh_patient(db, a_patient.id)
    patient_id: str = a_patient.id
    return patient_id


def test_a_timeline_and_what_can_be_followed(desk: Any, worse: str) -> None:
    lines = desk.get("clinician", f"/patients/{worse}/measures")
    assert lines.status_code == 200
    assert [(one["quantity"], one["state"], one["followed"]) for one in lines.json()] == [
        ("speed_mps", "alert", True)
    ]
    found = desk.get("clinician", f"/patients/{worse}/timeline?quantity=speed_mps").json()
    assert [point["state"] for point in found["points"]] == ["baseline"] * 3 + ["watch", "alert"]
    assert found["alerts"][0]["kind"] == "worse"


def test_the_figure(desk: Any, worse: str) -> None:
    answer = desk.get("assistant", f"/patients/{worse}/timeline.svg?quantity=speed_mps&side=both")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.text.startswith("<svg")
    assert "Walking speed" in answer.text


def test_an_alert_from_the_list_to_its_acknowledgement(desk: Any, worse: str) -> None:
    (alert,) = desk.get("clinician", f"/patients/{worse}/alerts").json()
    assert alert["facts"]["change"] == pytest.approx(-0.18)
    path = f"/alerts/{alert['id']}/acknowledge"
    assert desk.post("assistant", path, json={"note": "x"}).status_code == 403
    assert desk.post("clinician", path, json={"note": " "}).json()["kind"] == "InputError"
    done = desk.post("clinician", path, json={"note": "New shoes."})
    assert (done.status_code, done.json()["acknowledged_by"]) == (200, "clinician_1")
    assert desk.post("clinician", path, json={"note": "again"}).status_code == 409
    assert desk.get("clinician", f"/patients/{worse}/alerts").json() == []
    assert len(desk.get("clinician", f"/patients/{worse}/alerts?open_only=false").json()) == 1


def test_a_quiet_period_from_its_beginning_to_its_end(desk: Any, worse: str) -> None:
    until = (date.today() + timedelta(days=20)).isoformat()
    new = {"quantity": "speed_mps", "until": until, "reason": "cast"}
    made = desk.post("clinician", f"/patients/{worse}/quiet", json=new)
    assert made.status_code == 201
    assert [one["until"] for one in desk.get("clinician", f"/patients/{worse}/quiet").json()] == [until]
    (alert,) = desk.get("clinician", f"/patients/{worse}/alerts").json()
    assert alert["facts"]["hushed"] is True
    assert desk.ask("clinician", "DELETE", f"/quiet/{made.json()['id']}").status_code == 200
    assert desk.get("clinician", f"/patients/{worse}/quiet").json() == []


@pytest.mark.parametrize(
    "wrong",
    [{"quantity": "sped"}, {"quantity": "<b>"}, {"until": "2020-01-01"}, {"reason": ""}, {"more": 1}],
    ids=str,
)
def test_a_quiet_period_that_cannot_be(desk: Any, worse: str, wrong: dict[str, object]) -> None:
    until = (date.today() + timedelta(days=20)).isoformat()
    new = {"quantity": "speed_mps", "until": until, "reason": "cast", **wrong}
    answer = desk.post("clinician", f"/patients/{worse}/quiet", json=new)
    assert (answer.status_code, answer.json()["kind"]) == (422, "InputError")


def test_the_next_visit(desk: Any, worse: str) -> None:
    on = (date.today() - timedelta(days=2)).isoformat()
    assert desk.ask("clinician", "PUT", f"/patients/{worse}/next-visit", json={"on": on}).status_code == 204
    (line,) = desk.get("clinician", "/patients").json()["rows"]
    assert f"The visit planned for {on} is overdue." in line["reason"]


def test_the_list_has_urgency_and_reason(desk: Any, worse: str) -> None:
    with desk.database.writing() as db:
        db.execute(update(Patient).values(code="P-7"))
    (line,) = desk.get("clinician", "/patients?search=p-7").json()["rows"]
    assert line["open_alerts"] == 1
    assert line["reason"].startswith("Walking speed: worse, 0.92 m/s against 1.10 m/s of the baseline")


def test_nobody_and_others_get_nothing(desk: Any, worse: str) -> None:
    for path in (
        "measures",
        "timeline?quantity=speed_mps",
        "timeline.svg?quantity=speed_mps",
        "alerts",
        "quiet",
    ):
        assert desk.get(None, f"/patients/{worse}/{path}").status_code == 401
        assert desk.get("researcher", f"/patients/{worse}/{path}").status_code == 403
        assert desk.get("clinician", f"/patients/{'0' * 32}/{path}").status_code == 404
