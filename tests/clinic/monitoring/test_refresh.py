"""Alerts and standing follow results, signatures and amendments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from kinelab.clinic import audit
from kinelab.clinic.monitoring.refresh import refresh_due
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Alert, AuditRow, Patient, Quiet, Result


def _alerts(database: Database) -> list[Alert]:
    with database.reading() as db:
        return list(db.scalars(select(Alert)))


def test_two_signed_visits_beyond_raise_one_alert(ward: Any) -> None:
    visits = ward.walk([1.1, 1.12, 1.08, 0.9])
    assert _alerts(ward.database) == []
    assert ward.patient().reason == "Watch: Walking speed."
    visits += ward.walk([0.92], first=4)
    (alert,) = _alerts(ward.database)
    assert (alert.visit_id, alert.direction) == (visits[4], "regression")
    assert alert.text == (
        "Walking speed: worse, 0.92 m/s against 1.10 m/s of the baseline, smaller by 0.18 m/s, more than"
        " 0.10 m/s in 2 of the last 2 visits."
    )
    assert alert.facts["mdc_source"] == "two days"
    patient = ward.patient()
    assert patient.reason == alert.text
    assert 7000 < patient.urgency < 7400
    ward.walk([0.91], first=5)
    assert len(_alerts(ward.database)) == 1


def test_preliminary_results_raise_nothing_and_wait_for_a_signature(ward: Any) -> None:
    ward.walk([1.1, 1.12, 1.08])
    ward.walk([0.9, 0.92], first=3, state="preliminary")
    assert _alerts(ward.database) == []
    assert ward.patient().reason.startswith("2 results wait for a signature since ")


def test_an_unsigned_warning_comes_before_a_signature(ward: Any) -> None:
    with ward.database.writing() as db:
        told = [("warning", "Only 1 stride of the left foot could be measured."), ("info", "Walked.")]
        ward.visit(db, 0, {("speed_mps", "both"): 1.0}, state="preliminary", findings=told)
    patient = ward.patient()
    assert patient.reason.startswith("Unsigned warning: Only 1 stride of the left foot could be measured.")
    assert "A result waits for a signature" in patient.reason


def test_an_amendment_that_undoes_the_change_takes_the_alert_back(ward: Any) -> None:
    visits = ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    with ward.database.writing() as db:
        first = db.scalars(select(Result).where(Result.visit_id == visits[4])).one()
        first.state = "superseded"
        ward.result(db, visits[4], {("speed_mps", "both"): 1.11}, version=2, state="amended")
    assert _alerts(ward.database) == []
    with ward.database.reading() as db:
        row = db.scalars(select(AuditRow).where(AuditRow.action == "withdraw")).one()
        assert '"direction":"regression"' in row.detail
        assert audit.verify(db).problem == ""


def test_a_newer_preliminary_version_does_not_replace_the_signed_one(ward: Any) -> None:
    visits = ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    with ward.database.writing() as db:
        ward.result(db, visits[4], {("speed_mps", "both"): 1.11}, version=2, state="preliminary")
    assert len(_alerts(ward.database)) == 1


def test_the_patient_s_version_stays_for_people(ward: Any) -> None:
    before = ward.patient().version
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    assert ward.patient().version == before


def test_angles_have_timelines_and_raise_no_alerts(ward: Any) -> None:
    with ward.database.writing() as db:
        for i, knee in enumerate([50.0, 50.5, 51.0, 70.0, 70.0]):
            ward.visit(db, i, {("knee_rom_deg", "left"): knee})
    assert _alerts(ward.database) == []


def test_what_changes_by_the_day_alone_is_found_when_it_is_due(ward: Any) -> None:
    ward.walk([1.1])
    with ward.database.writing() as db:
        today = clock_of(db).now().date()
        patient = db.get_one(Patient, ward.patient_id)
        patient.next_visit_on = today - timedelta(days=1)
        patient.recheck_on = today
    with ward.database.writing() as db:
        assert refresh_due(db) == 1
        assert refresh_due(db) == 0
    patient = ward.patient()
    assert patient.reason.endswith("is overdue.")
    assert patient.recheck_on is None


def test_a_quiet_period_tells_when_to_look_again(ward: Any) -> None:
    with ward.database.writing() as db:
        now = clock_of(db).now()
        until = now.date() + timedelta(days=30)
        db.add(
            Quiet(patient_id=ward.patient_id, quantity="speed_mps", until=until, set_by=ward.by, set_at=now)
        )
    ward.walk([1.1])
    assert ward.patient().recheck_on == until
