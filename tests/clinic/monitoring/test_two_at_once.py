"""Two people at one patient: nothing is lost, nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.monitoring import alerts
from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.store.tables import Alert, Result
from kinelab.errors import ConflictError, KinelabError


def _at_once(*acts: Callable[[], None]) -> list[KinelabError]:
    """Errors of acts that begin together."""
    begin, errors = threading.Barrier(len(acts)), list[KinelabError]()

    def run(act: Callable[[], None]) -> None:
        begin.wait()
        try:
            act()
        except KinelabError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_two_visits_signed_at_once_raise_one_alert(ward: Any) -> None:
    ward.walk([1.1, 1.12, 1.08])
    ward.walk([0.9, 0.91, 0.92, 0.9], first=3, state="preliminary")
    with ward.database.reading() as db:
        drafts = list(db.scalars(select(Result.id).where(Result.state == "preliminary")))

    def sign(result_id: str) -> Callable[[], None]:
        def act() -> None:
            with ward.database.writing() as db:
                db.get_one(Result, result_id).state = "final"
                db.flush()
                refresh_patient(db, ward.patient_id)

        return act

    assert _at_once(*map(sign, drafts)) == []
    with ward.database.reading() as db:
        (alert,) = db.scalars(select(Alert))
        assert alert.direction == "regression"
        assert audit.verify(db).problem == ""


def test_one_of_two_acknowledgements_is_told_that_the_other_came_first(
    ward: Any, people: dict[Role, Actor]
) -> None:
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    with ward.database.reading() as db:
        alert_id = db.scalars(select(Alert.id)).one()

    def acknowledge(note: str) -> Callable[[], None]:
        def act() -> None:
            with ward.database.writing() as db:
                alerts.acknowledge(db, people["clinician"], alert_id, note)

        return act

    errors = _at_once(acknowledge("one"), acknowledge("two"))
    assert [type(error) for error in errors] == [ConflictError]
    with ward.database.reading() as db:
        assert db.get_one(Alert, alert_id).acknowledged_note in ("one", "two")
