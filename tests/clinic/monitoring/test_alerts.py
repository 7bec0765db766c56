"""Acknowledgement, quiet periods, and who may."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.monitoring import alerts
from kinelab.clinic.store.database import Database, clock_of
from kinelab.errors import ConflictError, InputError, NotAllowedError, NotFoundError

People = dict[Role, Actor]


def _open(ward: Any, actor: Actor) -> list[dict[str, Any]]:
    with ward.database.writing() as db:
        return alerts.alerts_of(db, actor, ward.patient_id)


def _quiet(ward: Any, db: Session, people: People, until: date, reason: str) -> None:
    alerts.keep_quiet(db, people["clinician"], ward.patient_id, "speed_mps", until, reason)


def test_after_an_acknowledgement_only_a_further_change_alerts(ward: Any, people: People) -> None:
    clinician = people["clinician"]
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    (alert,) = _open(ward, clinician)
    assert (alert["kind"], alert["acknowledged_by"]) == ("worse", "")
    with ward.database.writing() as db:
        done = alerts.acknowledge(db, clinician, alert["id"], "New shoes; seen by the surgeon.")
    assert (done["acknowledged_by"], done["note"]) == ("clinician_1", "New shoes; seen by the surgeon.")
    assert ward.patient().urgency < 1000
    ward.walk([0.9, 0.93], first=5)
    assert _open(ward, clinician) == []
    ward.walk([0.7, 0.72], first=7)
    (further,) = _open(ward, clinician)
    assert "against 0.91 m/s of the value acknowledged" in further["text"]
    with ward.database.writing() as db:
        every = alerts.alerts_of(db, clinician, ward.patient_id, open_only=False)
    assert len(every) == 2


def test_an_acknowledgement_needs_a_note_and_happens_once(ward: Any, people: People) -> None:
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    (alert,) = _open(ward, people["clinician"])
    with pytest.raises(InputError, match="a note is needed"), ward.database.writing() as db:
        alerts.acknowledge(db, people["clinician"], alert["id"], "  ")
    with pytest.raises(InputError, match="2001 characters"), ward.database.writing() as db:
        alerts.acknowledge(db, people["clinician"], alert["id"], "x" * 2001)
    with ward.database.writing() as db:
        alerts.acknowledge(db, people["clinician"], alert["id"], "Seen.")
    with pytest.raises(ConflictError, match="acknowledged at"), ward.database.writing() as db:
        alerts.acknowledge(db, people["clinician"], alert["id"], "Seen.")


def test_who_may(ward: Any, people: People) -> None:
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    (alert,) = _open(ward, people["assistant"])
    with pytest.raises(NotAllowedError, match="assistant"), ward.database.writing() as db:
        alerts.acknowledge(db, people["assistant"], alert["id"], "Seen.")
    for role in ("researcher", "administrator"):
        with pytest.raises(NotAllowedError, match=role), ward.database.writing() as db:
            alerts.alerts_of(db, people[role], ward.patient_id)
    stranger = Actor("f" * 32, "stranger", "clinician")
    with pytest.raises(NotFoundError, match="no such patient"), ward.database.writing() as db:
        alerts.acknowledge(db, stranger, alert["id"], "Seen.")
    with pytest.raises(NotFoundError, match="no such alert"), ward.database.writing() as db:
        alerts.acknowledge(db, people["clinician"], "0" * 32, "Seen.")


def test_quiet_hushes_what_is_open_and_raises_nothing_new(ward: Any, people: People) -> None:
    clinician = people["clinician"]
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    with ward.database.writing() as db:
        until = clock_of(db).now().date() + timedelta(days=60)
        quiet = alerts.keep_quiet(db, clinician, ward.patient_id, "speed_mps", until, "Cast until June.")
    assert ward.patient().urgency < 1000
    assert _open(ward, clinician)[0]["facts"]["hushed"] is True
    with ward.database.writing() as db:
        assert [q["id"] for q in alerts.quiet_of(db, clinician, ward.patient_id)] == [quiet["id"]]
        alerts.end_quiet(db, clinician, quiet["id"])
        assert alerts.quiet_of(db, clinician, ward.patient_id) == []
    assert ward.patient().urgency > 7000


def test_quiet_has_an_end_and_a_reason(ward: Any, people: People, database: Database) -> None:
    with database.writing() as db:
        today = clock_of(db).now().date()
    for days, reason, said in (
        (0, "x", "expected a day from tomorrow"),
        (400, "x", "366 days"),
        (9, "", "note"),
    ):
        with pytest.raises(InputError, match=said), database.writing() as db:
            _quiet(ward, db, people, today + timedelta(days=days), reason)
    with pytest.raises(InputError, match="no quantity 'sped'"), database.writing() as db:
        alerts.keep_quiet(db, people["clinician"], ward.patient_id, "sped", today + timedelta(days=9), "x")
    with pytest.raises(NotFoundError, match="no such quiet period"), database.writing() as db:
        alerts.end_quiet(db, people["clinician"], "0" * 32)


def test_a_planned_visit_is_overdue_after_its_day(ward: Any, people: People) -> None:
    ward.walk([1.1])
    with ward.database.writing() as db:
        today = clock_of(db).now().date()
        alerts.plan_next_visit(db, people["assistant"], ward.patient_id, today)
    assert ward.patient().reason == ""
    assert ward.patient().recheck_on == today + timedelta(days=1)
    with ward.database.writing() as db:
        alerts.plan_next_visit(db, people["assistant"], ward.patient_id, today - timedelta(days=3))
    assert ward.patient().reason == f"The visit planned for {today - timedelta(days=3)} is overdue."
    with ward.database.writing() as db:
        alerts.plan_next_visit(db, people["assistant"], ward.patient_id, None)
    assert ward.patient().reason == ""
    with pytest.raises(InputError, match="is the year right"), ward.database.writing() as db:
        alerts.plan_next_visit(db, people["assistant"], ward.patient_id, date(9999, 12, 31))
