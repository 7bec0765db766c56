"""The clinic's own errors of measurement, from its study of reliability (`kinelab reliability`)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring.refresh import refresh_patient
from kinelab.clinic.permissions import require
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.tables import Mdc95, Patient
from kinelab.core.measures import MeasureSide
from kinelab.core.quantities import QUANTITIES
from kinelab.errors import InputError


def set_mdc95(db: Session, actor: Actor, mdc95: Mapping[tuple[str, MeasureSide], float], source: str) -> int:
    """Put these in place of all that were known, and judge every patient anew; the number of measures taken.

    mdc95: (quantity, side) -> smallest real change in the catalogue's unit (`pipeline.reliability_files`).
    Those of quantities that are not in the catalogue, and of 0, are left out. A clinic with more than
    thousands of patients does this at night: some 30 ms each.

    Raises:
        NotAllowedError: the role may not decide how far results are relied on.
        InputError: none is left.
    """
    require(actor, "rely")
    usable = {key: value for key, value in mdc95.items() if key[0] in QUANTITIES and value > 0}
    if not usable:
        raise InputError(f"{source}: holds no error of measurement of a quantity that kinelab knows")
    now = clock_of(db).now()
    db.execute(delete(Mdc95))
    for (quantity, side), value in usable.items():
        unit = QUANTITIES[quantity].unit
        db.add(Mdc95(quantity=quantity, side=side, unit=unit, value=value, source=source, set_at=now))
    db.flush()
    for patient_id in list(db.scalars(select(Patient.id))):
        refresh_patient(db, patient_id)
    audit.record(db, actor, "change", "mdc95", detail={"n": len(usable), "source": source})
    return len(usable)
