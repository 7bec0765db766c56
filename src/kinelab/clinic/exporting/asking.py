"""To ask for an export. Nothing leaves unasked for, and nothing goes to a server that is not set."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.fields import Code, Strict, Text
from kinelab.clinic.permissions import require
from kinelab.clinic.results import require_result
from kinelab.clinic.settings import ExchangeServer, Settings
from kinelab.clinic.store.tables import Job, Patient
from kinelab.clinic.work.later import try_now
from kinelab.clinic.work.queue import enqueue, require_job
from kinelab.errors import ConflictError, InputError

ExportKind = Literal["fhir", "dicom", "video"]
SIGNED = ("final", "amended")
_TAKEN_BY = {"fhir": ("fhir",), "dicom": ("dicomweb", "orthanc"), "video": ()}
# An export that is done may be asked for again: the other side may have lost it.
_ANEW = "anew"


class ExportAsked(Strict):
    """An export of one result: as a file to fetch, or to a server of the clinic's settings.

    kind: fhir (a bundle), dicom (the report as PDF in DICOM), video (the recording with faces blurred).
    preliminary: also a result that nobody signed. with_pdf: the PDF itself inside the bundle.
    """

    kind: ExportKind
    server: Code | None = None
    preliminary: bool = False
    with_pdf: bool = False


class ResearchAsked(Strict):
    """Pseudonymised tables of all patients who agreed to research, from signed results.

    dates: of a visit nothing, the year, or the day moved by a number of days that is each person's own.
    suppress: leave out what makes a person stand out.
    """

    dates: Literal["none", "year", "shift"] = "year"
    suppress: bool = True
    licence: Text = ""


def ask_export(db: Session, actor: Actor, settings: Settings, result_id: str, asked: ExportAsked) -> Job:
    """Have a result exported; asked for again while it waits, it is the same work, tried at once.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such result, or the account is not in the patient's care team.
        ConflictError: the result is not signed, or a newer version has taken its place.
        InputError: no such server, or one that does not take this kind.
    """
    result = require_result(db, actor, "share", result_id)
    server = None if asked.server is None else settings.server(asked.server)
    _check_server(asked.kind, server)
    check_state(result.state, preliminary=asked.preliminary)
    what = {"result": result.id, **asked.model_dump()}
    key = f"export:{result.id}:{asked.kind}:{asked.server or 'file'}:{int(asked.with_pdf)}"
    job = enqueue(db, actor, "export", result.visit_id, what, key, standing=_ANEW)
    try_now(db, job)
    audit.record(
        db, actor, "ask_export", "result", result.id, patient_id=result.patient_id,
        detail={"kind": asked.kind, "server": asked.server or "", "job": job.id},
    )  # fmt: skip
    return job


def ask_again(db: Session, actor: Actor, settings: Settings, job_id: str) -> Job:
    """Have an export tried now that was put off, or once more one that failed or was called off.

    Raises:
        NotAllowedError: the role does not allow it.
        NotFoundError: no such job among those of the account's patients.
        ConflictError: no export, or one that is under way or done; further as `ask_export`.
        InputError: the server is not in the settings any more.
    """
    job = require_job(db, actor, job_id)
    if job.kind != "export" or job.state in ("running", "done"):
        raise ConflictError(
            f"this work ({job.kind}) is {job.state}; again is for exports that wait, failed, were called off"
        )
    if job.what["kind"] == "research":
        return ask_research(db, actor, ResearchAsked.model_validate(_asked(ResearchAsked, job)))
    asked = ExportAsked.model_validate(_asked(ExportAsked, job))
    return ask_export(db, actor, settings, job.what["result"], asked)


def ask_research(db: Session, actor: Actor, asked: ResearchAsked) -> Job:
    """Have the tables for research made; they are the asker's to fetch.

    Raises:
        NotAllowedError: the role does not allow it.
        ConflictError: no patient agreed to research.
    """
    require(actor, "export_research")
    if db.scalar(select(Patient.id).where(Patient.research_consent).limit(1)) is None:
        raise ConflictError("no patient has agreed to research yet")
    what = {"kind": "research", **asked.model_dump()}
    job = enqueue(db, actor, "export", None, what, f"research:{actor.user_id}", standing=_ANEW)
    audit.record(db, actor, "ask_export", "research", job.id, detail={"dates": asked.dates})
    return job


def check_state(state: str, *, preliminary: bool) -> None:
    """Raise `ConflictError` unless a result of this state may leave."""
    if state == "superseded":
        raise ConflictError("a newer version has taken this result's place; export that one")
    if state not in SIGNED and not preliminary:
        raise ConflictError("the result is not signed yet; sign it, or ask for a preliminary export")


def _asked(form: type[Strict], job: Job) -> dict[str, Any]:
    """What was asked for, out of what the job is to do."""
    return {name: job.what[name] for name in form.model_fields}


def _check_server(kind: ExportKind, server: ExchangeServer | None) -> None:
    if server is not None and server.kind not in _TAKEN_BY[kind]:
        raise InputError(f"the server {server.name!r} is one for {server.kind}; it does not take {kind}")
