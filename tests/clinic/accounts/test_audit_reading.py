from __future__ import annotations

import pytest

from kinelab.clinic import audit
from kinelab.clinic.accounts import audit_reading
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database
from kinelab.errors import NotAllowedError


@pytest.mark.parametrize("role", ["clinician", "assistant", "researcher"])
def test_only_administrators_read_it(database: Database, people: dict[Role, Actor], role: Role) -> None:
    with database.writing() as db:
        for act in (
            lambda: audit_reading.rows(db, people[role]),
            lambda: audit_reading.verdict(db, people[role]),
            lambda: audit_reading.names(db, people[role]),
            lambda: audit_reading.actions(db, people[role]),
            lambda: audit_reading.codes(db, people[role], set()),
            lambda: audit_reading.patient_id(db, people[role], "P-0001"),
        ):
            with pytest.raises(NotAllowedError):
                act()


def test_rows_come_newest_first_in_pages_and_filtered(
    database: Database, people: dict[Role, Actor], a_patient: object
) -> None:
    boss, clinician = people["administrator"], people["clinician"]
    patient_id: str = a_patient.id  # type: ignore[attr-defined]
    with database.writing() as db:
        for i in range(10):
            whose = patient_id if i % 2 else None
            audit.record(db, clinician, "read" if i < 5 else "change", "visit", str(i), patient_id=whose)
        assert [row.object_id for row in audit_reading.rows(db, boss, limit=3)] == ["9", "8", "7"]
        assert [row.object_id for row in audit_reading.rows(db, boss, before=4)] == ["2", "1", "0"]
        found = audit_reading.rows(db, boss, patient_id=patient_id, action="change")
        assert [row.object_id for row in found] == ["9", "7", "5"]
        assert {row.action for row in audit_reading.rows(db, boss, user_id=boss.user_id)} == {"read"}
        assert audit_reading.names(db, boss)[clinician.user_id] == "clinician_1"
        assert audit_reading.codes(db, boss, {patient_id}) == {patient_id: "P-0001"}
        assert audit_reading.patient_id(db, boss, " P-0001 ") == patient_id
        assert audit_reading.patient_id(db, boss, "P-9") is None
        assert audit_reading.actions(db, boss) == ["change", "read"]


def test_reading_it_is_in_it(database: Database, people: dict[Role, Actor]) -> None:
    boss = people["administrator"]
    with database.writing() as db:
        audit_reading.rows(db, boss)
        last = audit_reading.rows(db, boss)[0]
        assert (last.user_id, last.action, last.object_kind) == (boss.user_id, "read", "audit")
        assert audit_reading.verdict(db, boss).n_rows == 2
