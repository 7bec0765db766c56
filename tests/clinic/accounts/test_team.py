from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from kinelab.clinic.accounts import team
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.permissions import require_patient
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow, CareTeam, User
from kinelab.errors import ConflictError, InputError, NotAllowedError, NotFoundError

from .conftest import account


def test_a_team_opens_a_patient_and_its_end_closes_it_at_once(
    database: Database, people: dict[Role, Actor], a_patient: object
) -> None:
    patient_id, clinician = a_patient.id, people["clinician"]  # type: ignore[attr-defined]
    other = account(database, "dr.kim", "clinician")
    with database.writing() as db:
        with pytest.raises(NotFoundError):
            require_patient(db, other, "see", patient_id)
        team.grant(db, clinician, patient_id, other.user_id)
        assert require_patient(db, other, "see", patient_id).id == patient_id
        assert [each.name for each in team.team_of(db, other, patient_id)] == [
            "assistant_1",
            "clinician_1",
            "dr.kim",
        ]
        team.end(db, clinician, patient_id, other.user_id)
        with pytest.raises(NotFoundError):
            require_patient(db, other, "see", patient_id)
        rows = list(db.scalars(select(CareTeam).where(CareTeam.user_id == other.user_id)))
    assert len(rows) == 1  # that they were in it stays written
    assert rows[0].ended_at is not None


@pytest.mark.parametrize("role", ["assistant", "researcher"])
def test_other_roles_change_no_team(
    database: Database, people: dict[Role, Actor], a_patient: object, role: Role
) -> None:
    patient_id = a_patient.id  # type: ignore[attr-defined]
    with database.writing() as db:
        acts: tuple[Callable[[], object], ...] = (
            lambda: team.grant(db, people[role], patient_id, people[role].user_id),
            lambda: team.end(db, people[role], patient_id, people["clinician"].user_id),
            lambda: team.team_of(db, people[role], patient_id),
            lambda: team.colleagues(db, people[role]),
        )
        for act in acts:
            with pytest.raises(NotAllowedError):
                act()


def test_a_clinician_of_another_patient_does_not_take_in_anybody(
    database: Database, people: dict[Role, Actor], a_patient: object
) -> None:
    stranger = account(database, "dr.kim", "clinician")
    with database.writing() as db, pytest.raises(NotFoundError, match="no such patient among yours"):
        team.grant(db, stranger, a_patient.id, stranger.user_id)  # type: ignore[attr-defined]


def test_an_administrator_looks_after_teams_without_seeing_the_patient(
    database: Database, people: dict[Role, Actor], a_patient: object
) -> None:
    patient_id, boss = a_patient.id, people["administrator"]  # type: ignore[attr-defined]
    other = account(database, "dr.kim", "clinician")
    with database.writing() as db:
        team.grant(db, boss, patient_id, other.user_id)
        assert len(team.team_of(db, boss, patient_id)) == 3
        with pytest.raises(NotAllowedError):
            require_patient(db, boss, "see", patient_id)


def test_who_cannot_be_taken_in(database: Database, people: dict[Role, Actor], a_patient: object) -> None:
    patient_id, clinician = a_patient.id, people["clinician"]  # type: ignore[attr-defined]
    closed = account(database, "closed", "clinician")
    with database.writing() as db:
        db.get_one(User, closed.user_id).disabled_at = database.clock.now()
        db.flush()
        with pytest.raises(ConflictError, match="assistant_1 is in the team already"):
            team.grant(db, clinician, patient_id, people["assistant"].user_id)
        for role in ("researcher", "administrator"):
            with pytest.raises(InputError, match="sees no patients; a team takes: assistant, clinician"):
                team.grant(db, clinician, patient_id, people[role].user_id)  # type: ignore[index]
        for nobody in (closed.user_id, "0" * 32):
            with pytest.raises(NotFoundError, match="no such account"):
                team.grant(db, clinician, patient_id, nobody)
        assert [user.name for user in team.colleagues(db, clinician)] == ["assistant_1", "clinician_1"]


def test_the_last_clinician_stays(database: Database, people: dict[Role, Actor], a_patient: object) -> None:
    patient_id, clinician = a_patient.id, people["clinician"]  # type: ignore[attr-defined]
    with database.writing() as db:
        with pytest.raises(
            ConflictError, match="the patient's last clinician; take another one into the team first"
        ):
            team.end(db, clinician, patient_id, clinician.user_id)
        team.end(db, clinician, patient_id, people["assistant"].user_id)
        with pytest.raises(NotFoundError, match="no such account in the team"):
            team.end(db, clinician, patient_id, people["assistant"].user_id)
        acts = [row.action for row in db.scalars(select(AuditRow).where(AuditRow.patient_id == patient_id))]
    assert acts == ["end"]
