"""Nothing is allowed that the table does not name, and no patient is seen from outside the team."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from kinelab.clinic.actor import ROLES, Actor, Role, worker_actor
from kinelab.clinic.permissions import (
    ALLOWED,
    PERMISSIONS,
    Permission,
    may,
    n_own_patients,
    own_patients,
    require,
    require_patient,
    require_visit,
)
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import CareTeam, Patient, Visit
from kinelab.errors import NotAllowedError, NotFoundError

if TYPE_CHECKING:
    from .conftest import Known


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_role_may_what_the_table_names_and_nothing_else(role: Role, permission: Permission) -> None:
    actor = Actor("0" * 32, "somebody", role)
    if permission in ALLOWED[role]:
        require(actor, permission)
    else:
        with pytest.raises(NotAllowedError, match=rf"the role '{role}' may not do this \({permission}\)"):
            require(actor, permission)
    assert may(actor, permission) == (permission in ALLOWED[role])


def test_only_clinicians_sign_and_nobody_but_administrators_has_accounts() -> None:
    assert [role for role in ROLES if "sign" in ALLOWED[role]] == ["clinician"]
    assert [role for role in ROLES if "accounts" in ALLOWED[role]] == ["administrator"]
    assert "see" not in ALLOWED["administrator"]
    assert "see" not in ALLOWED["researcher"]


def test_an_unknown_role_may_nothing() -> None:
    actor = Actor("0" * 32, "somebody", "director")  # type: ignore[arg-type]
    assert not any(may(actor, permission) for permission in PERMISSIONS)


def test_the_team_opens_a_patient_and_its_end_closes_it(
    database: Database, people: dict[Role, Actor], a_patient: Known
) -> None:
    clinician = people["clinician"]
    with database.writing() as db:
        assert require_patient(db, clinician, "see", a_patient.id).code == "P-0001"
        place = db.scalars(select(CareTeam).where(CareTeam.user_id == clinician.user_id)).one()
        place.ended_at = clock_of(db).now()
    with database.reading() as db, pytest.raises(NotFoundError, match="no such patient among yours"):
        require_patient(db, clinician, "see", a_patient.id)


def test_a_stranger_learns_nothing_not_even_that_a_patient_exists(
    database: Database, people: dict[Role, Actor], a_patient: Known
) -> None:
    stranger = Actor("f" * 32, "another clinician", "clinician")
    with database.reading() as db:
        with pytest.raises(NotFoundError) as there:
            require_patient(db, stranger, "see", a_patient.id)
        with pytest.raises(NotFoundError) as nowhere:
            require_patient(db, stranger, "see", "0" * 32)
        assert str(there.value) == str(nowhere.value)
        assert db.scalars(select(Patient).where(own_patients(stranger))).all() == []
        mine = db.scalars(select(Patient).where(own_patients(people["clinician"]))).all()
        assert [patient.id for patient in mine] == [a_patient.id]


def test_own_patients_are_counted_as_they_are_found(
    database: Database, people: dict[Role, Actor], a_patient: Known
) -> None:
    clinician = people["clinician"]
    stranger, worker = Actor("f" * 32, "another clinician", "clinician"), worker_actor("f" * 32, "worker 1")
    with database.writing() as db:
        assert [n_own_patients(db, actor) for actor in (clinician, stranger, worker)] == [1, 0, 1]
        place = db.scalars(select(CareTeam).where(CareTeam.user_id == clinician.user_id)).one()
        place.ended_at = clock_of(db).now()
        db.flush()
        assert [n_own_patients(db, actor) for actor in (clinician, stranger, worker)] == [0, 0, 1]


def test_an_administrator_opens_patients_to_others_without_seeing_them(
    database: Database, people: dict[Role, Actor], a_patient: Known
) -> None:
    with database.reading() as db:
        assert require_patient(db, people["administrator"], "team", a_patient.id).id == a_patient.id
        with pytest.raises(NotAllowedError):
            require_patient(db, people["administrator"], "see", a_patient.id)


def test_a_visit_is_its_patients(database: Database, people: dict[Role, Actor], a_patient: Known) -> None:
    with database.writing() as db:
        now = clock_of(db).now()
        visit = Visit(
            patient_id=a_patient.id,
            visited_on=now.date(),
            created_by=people["clinician"].user_id,
            created_at=now,
        )
        db.add(visit)
    with database.reading() as db:
        assert require_visit(db, people["assistant"], "correct", visit.id).id == visit.id
        with pytest.raises(NotAllowedError):
            require_visit(db, people["assistant"], "sign", visit.id)
        with pytest.raises(NotFoundError, match="no such visit"):
            require_visit(db, Actor("f" * 32, "x", "assistant"), "see", visit.id)
        assert require_visit(db, worker_actor("f" * 32, "worker 1"), "see", visit.id).id == visit.id
