"""The API's routes of exports: to the record system, to the archive, to a file, to research."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from kinelab.clinic.exporting import asking, keeping
from kinelab.clinic.permissions import require
from kinelab.clinic.store.tables import Export, Job
from kinelab.clinic.web.api_results import ResultId, file_answer
from kinelab.clinic.web.api_work import JobId
from kinelab.clinic.web.dependencies import Acting, Set, Store
from kinelab.clinic.web.errors import problems

router = APIRouter(prefix="/api/v1", tags=["exports"])
_ID = "16fd2706e8baf433b82eb8c7fada847d"
_EXAMPLE: JsonDict = {
    "id": _ID, "kind": "fhir", "server": "records", "remote_id": "DiagnosticReport/12/_history/1",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "made_at": "2026-11-20T10:40:00Z",
}  # fmt: skip
ExportId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[_ID])]


class ExportView(BaseModel):
    """An export. `server` is empty where it is only a file; `remote_id` is how the other side calls it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    kind: str
    server: str
    remote_id: str
    sha256: str
    made_at: datetime


class ExportJob(BaseModel):
    """The work that was asked for; GET /jobs/{id} tells how far it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": _ID, "kind": "export", "state": "queued"}]}
    )

    id: str
    kind: str
    state: str


class ServerView(BaseModel):
    """A server of the clinic's settings that takes reports."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "records", "kind": "fhir"}]})

    name: str
    kind: str


def _view(row: Export) -> ExportView:
    return ExportView(
        id=row.id, kind=row.kind, server=row.destination, remote_id=row.remote_id, sha256=row.sha256,
        made_at=row.made_at,
    )  # fmt: skip


def _job(job: Job) -> ExportJob:
    return ExportJob(id=job.id, kind=job.kind, state=job.state)


@router.get("/exchange-servers", summary="Where reports may be sent", responses=problems())
def list_servers(actor: Acting, settings: Set) -> list[ServerView]:
    """The servers that the administrator has set; nothing can be sent anywhere else."""
    require(actor, "share")
    return [ServerView(name=server.name, kind=server.kind) for server in settings.exchange]


@router.post(
    "/results/{result_id}/exports",
    status_code=202,
    summary="Export a result",
    responses=problems(404, 409, 507),
)
def ask_export(
    actor: Acting, store: Store, settings: Set, result_id: ResultId, asked: asking.ExportAsked
) -> ExportJob:
    """Have a signed result made into a file, or sent to a server; a worker does it."""
    with store.writing() as db:
        return _job(asking.ask_export(db, actor, settings, result_id, asked))


@router.post(
    "/jobs/{job_id}/again",
    status_code=202,
    summary="Try an export again",
    responses=problems(404, 409, 507),
)
def ask_again(actor: Acting, store: Store, settings: Set, job_id: JobId) -> ExportJob:
    """Now, if it waits for a server that is away; as new work, if it failed or was called off."""
    with store.writing() as db:
        return _job(asking.ask_again(db, actor, settings, job_id))


@router.get("/results/{result_id}/exports", summary="What left of a result", responses=problems(404))
def list_exports(actor: Acting, store: Store, result_id: ResultId) -> list[ExportView]:
    """All exports of this result, the newest first."""
    with store.writing() as db:
        return [_view(row) for row in keeping.exports_of(db, actor, result_id)]


@router.post(
    "/research-exports", status_code=202, summary="Tables for research", responses=problems(409, 507)
)
def ask_research(actor: Acting, store: Store, asked: asking.ResearchAsked) -> ExportJob:
    """Have pseudonymised tables made of all signed results of those who agreed to research."""
    with store.writing() as db:
        return _job(asking.ask_research(db, actor, asked))


@router.get("/research-exports", summary="Your tables for research", responses=problems())
def list_research(actor: Acting, store: Store) -> list[ExportView]:
    """Those that you asked for, the newest first."""
    with store.reading() as db:
        return [_view(row) for row in keeping.research_exports(db, actor)]


@router.get(
    "/exports/{export_id}/file",
    summary="The file of an export",
    response_class=FileResponse,
    responses={**problems(404), 200: {"description": "the bytes", "content": {"*/*": {}}}},
)
def read_export(actor: Acting, store: Store, export_id: ExportId) -> FileResponse:
    """The bundle, the DICOM file, the blurred video or the archive of tables, as a download."""
    with store.writing() as db:
        found = keeping.open_export(db, actor, export_id, store.folder)
    return file_answer(found, inline=False)
