"""All tables of the store under one name; importing it fills `Base.metadata`."""

from kinelab.clinic.store.account_tables import Attempts, CareTeam, Login, RecoveryCode, User
from kinelab.clinic.store.audit_tables import AuditHead, AuditRow
from kinelab.clinic.store.base import Base, new_id
from kinelab.clinic.store.patient_tables import Patient, StoredFile, Upload, Visit
from kinelab.clinic.store.review_tables import Alert, Correction, Export, Mdc95, Quiet, Reliance, Signature
from kinelab.clinic.store.work_tables import Job, MeasureRow, Result

__all__ = [
    "Alert",
    "Attempts",
    "AuditHead",
    "AuditRow",
    "Base",
    "CareTeam",
    "Correction",
    "Export",
    "Job",
    "Login",
    "Mdc95",
    "MeasureRow",
    "Patient",
    "Quiet",
    "RecoveryCode",
    "Reliance",
    "Result",
    "Signature",
    "StoredFile",
    "Upload",
    "User",
    "Visit",
    "new_id",
]
