"""Patients with visits, results and signatures as the other rooms leave them in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Mdc95, MeasureRow, Patient, Result, Visit
from kinelab.core.quantities import quantity

FIRST_DAY = date(2026, 1, 5)
Values = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Ward:
    """A patient whose visits come four weeks apart; results have 20 strides, sd 5 % of the value."""

    database: Database
    patient_id: str
    by: str

    def walk(self, speeds_mps: Sequence[float], first: int = 0, state: str = "final") -> list[str]:
        """One visit for each walking speed, from visit number `first` on; the visits' ids."""
        with self.database.writing() as db:
            return [
                self.visit(db, first + i, {("speed_mps", "both"): speed}, state=state)
                for i, speed in enumerate(speeds_mps)
            ]

    def visit(
        self, db: Session, number: int, values: Values, *, state: str = "final",
        findings: Sequence[tuple[str, str]] = (),
    ) -> str:  # fmt: skip
        """A visit with one result; its id."""
        visit = Visit(
            patient_id=self.patient_id, visited_on=FIRST_DAY + timedelta(weeks=4 * number),
            created_by=self.by, created_at=clock_of(db).now(),
        )  # fmt: skip
        db.add(visit)
        db.flush()
        self.result(db, visit.id, values, state=state, findings=findings)
        return visit.id

    def result(
        self, db: Session, visit_id: str, values: Values, *, version: int = 1, state: str = "final",
        findings: Sequence[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        """A result of a visit with its measures, and the patient found anew, as the other rooms do."""
        rows = [{"level": level, "text": text, "evidence": ""} for level, text in findings]
        result = Result(
            visit_id=visit_id, patient_id=self.patient_id, version=version, state=state,
            report_sha256="0" * 64, findings={"rows": rows}, created_at=clock_of(db).now(),
        )  # fmt: skip
        db.add(result)
        db.flush()
        for (name, side), value in values.items():
            db.add(
                MeasureRow(
                    result_id=result.id, patient_id=self.patient_id, quantity=name, side=side, value=value,
                    unit=quantity(name).unit, n=20, sd=abs(value) * 0.05,
                )
            )  # fmt: skip
        db.flush()
        refresh_patient(db, self.patient_id)

    def patient(self) -> Patient:
        """The patient's row as it is now."""
        with self.database.reading() as db:
            return db.get_one(Patient, self.patient_id)


@pytest.fixture
def ward(database: Database, people: dict[Role, Actor], a_patient: Any) -> Ward:
    """A patient of the clinician; MDC95 of speed is 0.1 m/s, of step length 0.05 m."""
    with database.writing() as db:
        for name, value in (("speed_mps", 0.1), ("step_length_m", 0.05)):
            for side in ("left", "right", "both"):
                db.add(
                    Mdc95(quantity=name, side=side, unit=quantity(name).unit, value=value,
                          source="two days", set_at=clock_of(db).now())
                )  # fmt: skip
    return Ward(database, a_patient.id, people["clinician"].user_id)
