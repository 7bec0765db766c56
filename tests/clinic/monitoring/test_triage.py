"""The list of patients: own ones only, in order, page by page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.monitoring.triage import PatientPage, patient_list
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import CareTeam, Patient
from kinelab.errors import InputError, NotAllowedError

People = dict[Role, Actor]


@pytest.fixture
def many(database: Database, people: People) -> Database:
    """Thirty patients of the clinician with urgencies and days, one that is not."""
    by = people["clinician"].user_id
    with database.writing() as db:
        now = clock_of(db).now()
        for i in range(31):
            patient = Patient(
                code=f"P_{i:02d}", created_by=by, created_at=now, urgency=float(i % 10),
                last_visit_on=None if i == 7 else date(2026, 1, 1) + timedelta(days=i),
            )  # fmt: skip
            db.add(patient)
            db.flush()
            if i < 30:
                db.add(CareTeam(user_id=by, patient_id=patient.id, granted_by=by, granted_at=now))
    return database


def _list(database: Database, actor: Actor, **more: Any) -> PatientPage:
    with database.writing() as db:
        return patient_list(db, actor, **more)


def test_the_most_urgent_first_and_pages_do_not_overlap(many: Database, people: People) -> None:
    pages = [_list(many, people["clinician"], offset=offset, limit=8) for offset in (0, 8, 16, 24)]
    rows = [row for page in pages for row in page.rows]
    assert [page.total for page in pages] == [30] * 4
    assert len({row.id for row in rows}) == 30
    assert [row.urgency for row in rows] == sorted((row.urgency for row in rows), reverse=True)
    assert rows[0].code == "P_29"


def test_other_orders(many: Database, people: People) -> None:
    by_code = _list(many, people["clinician"], order="code")
    assert [row.code for row in by_code.rows] == [f"P_{i:02d}" for i in range(30)]
    by_visit = [row.last_visit_on for row in _list(many, people["clinician"], order="last_visit").rows]
    assert by_visit[-1] is None
    assert by_visit[0] == date(2026, 1, 30)


@pytest.mark.parametrize(("search", "found"), [("p_2", 10), ("_", 30), ("%", 0), ("30", 0), ("  ", 30)])
def test_search_takes_signs_as_they_are(many: Database, people: People, search: str, found: int) -> None:
    assert _list(many, people["clinician"], search=search).total == found


def test_who_sees_what(many: Database, people: People) -> None:
    assert _list(many, people["assistant"]).total == 0
    for role in ("researcher", "administrator"):
        with pytest.raises(NotAllowedError, match=role):
            _list(many, people[role])


def test_open_alerts_are_counted(ward: Any, people: People) -> None:
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    (line,) = _list(ward.database, people["clinician"]).rows
    assert (line.code, line.open_alerts, line.last_visit_on) == ("P-0001", 1, date(2026, 4, 27))
    assert line.reason.startswith("Walking speed: worse")


def test_a_place_that_changes_by_the_day_is_right_in_the_list(ward: Any, people: People) -> None:
    ward.walk([1.1])
    with ward.database.writing() as db:
        today = clock_of(db).now().date()
        db.execute(update(Patient).values(next_visit_on=today - timedelta(days=1), recheck_on=today))
    (line,) = _list(ward.database, people["clinician"]).rows
    assert line.reason.endswith("is overdue.")


def test_bounds_and_the_audit(many: Database, people: People) -> None:
    for wrong in ({"limit": 0}, {"limit": 201}, {"offset": -1}):
        with pytest.raises(InputError, match="expected 1 to 200 rows"):
            _list(many, people["clinician"], **wrong)
    _list(many, people["clinician"])
    with many.reading() as db:
        assert audit.verify(db).problem == ""
        assert audit.verify(db).n_rows == 1
