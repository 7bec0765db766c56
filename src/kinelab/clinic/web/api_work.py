"""The API's routes of recordings and of the work on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.requests import ClientDisconnect

from kinelab.clinic.fields import RowId, Strict
from kinelab.clinic.results import ResultFile
from kinelab.clinic.store.files import FileStore, TooBigError, said_bytes
from kinelab.clinic.uploads import service
from kinelab.clinic.visits import VisitOptions
from kinelab.clinic.web.api_results import file_answer
from kinelab.clinic.web.api_visits import VisitId
from kinelab.clinic.web.dependencies import Acting, Set, Store
from kinelab.clinic.web.errors import problems
from kinelab.clinic.work import asking, queue
from kinelab.errors import InputError

router = APIRouter(prefix="/api/v1", tags=["work"])
_ID = "7c9e6679742540de944be07fc1f90ae7"
_UPLOAD: JsonDict = {
    "id": "1b4e28ba2fa111d2883f0016d3cca427", "visit_id": _ID, "name": "walk.mp4", "kind": "video",
    "n_bytes": 1830412, "media_type": "video/mp4", "uploaded_by": "0f8fad5bd9cb469fa1658ec7d2ad51a1",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "uploaded_at": "2026-11-20T09:20:00Z",
}  # fmt: skip
_JOB: JsonDict = {
    "id": "9b2d6a4c1f3e4b7a8c5d0e1f2a3b4c5d", "kind": "analyse", "visit_id": _ID, "state": "running",
    "attempts": 1, "progress": 0.42, "message": "finding people", "created_at": "2026-11-20T09:21:00Z",
    "ended_at": None, "not_before": None, "put_off": 0,
}  # fmt: skip
UploadId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[_UPLOAD["id"]])]
JobId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[_JOB["id"]])]
_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_WRITTEN_AT_ONCE = 1 << 20


class UploadView(BaseModel):
    """A recording of a visit. `kind` is what its bytes are: video, c3d, trc, angles, sensors or mapping."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UPLOAD]})

    id: str
    visit_id: str
    name: str
    kind: str
    n_bytes: int
    media_type: str
    sha256: str
    uploaded_by: str
    uploaded_at: datetime


class NewUpload(UploadView):
    """A recording that was just handed in, and what was found on opening it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**_UPLOAD, "facts": {"n_frames": 300, "rate_hz": 50.0, "codec": "h264"}}]
        }
    )

    facts: dict[str, Any]


class JobView(BaseModel):
    """A piece of work. `progress` is the share of the step that `message` names.

    `not_before`: work that was put off, because another server is away, is tried again at that time.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_JOB]})

    id: str
    kind: str
    visit_id: str | None
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    attempts: int
    progress: float
    message: str
    created_at: datetime
    ended_at: datetime | None
    not_before: datetime | None
    put_off: int


class AnalysisAsked(Strict):
    """What to analyse and how. Without options those of the visit count, without uploads all that it has."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"options": {"height_m": 1.64, "pose": "gait20"}, "uploads": None}]}
    )

    options: VisitOptions | None = None
    uploads: Annotated[list[RowId], Field(min_length=1, max_length=64)] | None = None


@router.get("/visits/{visit_id}/uploads", summary="A visit's recordings", responses=problems(404))
def list_uploads(actor: Acting, store: Store, visit_id: VisitId) -> list[UploadView]:
    """In the order of their coming."""
    with store.writing() as db:
        return [UploadView(**row) for row in service.uploads_of(db, actor, visit_id)]


@router.post(
    "/visits/{visit_id}/uploads",
    status_code=201,
    summary="Hand in a recording",
    responses=problems(404, 507),
    openapi_extra=_BYTES,
)
async def add_upload(
    request: Request,
    actor: Acting,
    store: Store,
    settings: Set,
    visit_id: VisitId,
    name: Annotated[str, Query(min_length=1, max_length=400, examples=["walk.mp4"])],
) -> NewUpload:
    """The body is the file itself, byte by byte. The same bytes again are the same recording."""
    limits = settings.limits
    shown = await run_sync(service.begin, store, actor, visit_id, name)
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > limits.upload_bytes:
        raise TooBigError(f"the file is larger than {said_bytes(limits.upload_bytes)}, the most for one file")
    with FileStore(store.folder).receiving(limits.upload_bytes, limits.free_bytes) as incoming:
        waiting = bytearray()
        try:
            async for chunk in request.stream():
                waiting += chunk
                if len(waiting) >= _WRITTEN_AT_ONCE:
                    await run_sync(incoming.write, bytes(waiting))
                    waiting.clear()
        except ClientDisconnect:
            raise InputError("the upload was broken off; nothing of it was kept, send it again") from None
        await run_sync(incoming.write, bytes(waiting))
        return NewUpload(**await run_sync(service.finish, store, actor, visit_id, shown, incoming))


@router.get(
    "/uploads/{upload_id}/file",
    summary="A recording's bytes",
    response_class=FileResponse,
    responses={**problems(404, 416), 200: {"description": "the bytes", "content": {"*/*": {}}}},
)
def read_upload(actor: Acting, store: Store, upload_id: UploadId) -> FileResponse:
    """As they were handed in; parts of them by the header Range."""
    with store.writing() as db:
        upload, file = service.upload_of(db, actor, upload_id)
        path = FileStore(store.folder).path(upload.sha256, upload.name)
        found = ResultFile(upload.name, upload.sha256, path, file.media_type)
    return file_answer(found, inline=found.media_type.startswith("video/"))


@router.post(
    "/visits/{visit_id}/analyse",
    status_code=202,
    summary="Have a recording analysed",
    responses=problems(404, 409, 507),
)
def analyse(actor: Acting, store: Store, visit_id: VisitId, asked: AnalysisAsked) -> JobView:
    """Puts the work into the queue; asked twice with the same options, it is done once."""
    with store.writing() as db:
        job = asking.ask_analysis(db, actor, visit_id, asked.options, asked.uploads)
        return JobView(**queue.as_data(job))


@router.post(
    "/visits/{visit_id}/rebuild",
    status_code=202,
    summary="Have the report made anew",
    responses=problems(404, 409, 507),
)
def rebuild(actor: Acting, store: Store, visit_id: VisitId) -> JobView:
    """From all corrections so far: the next version of the visit's results."""
    with store.writing() as db:
        return JobView(**queue.as_data(asking.ask_rebuild(db, actor, visit_id)))


@router.get("/visits/{visit_id}/jobs", summary="A visit's work", responses=problems(404))
def list_jobs(actor: Acting, store: Store, visit_id: VisitId) -> list[JobView]:
    """The newest first."""
    with store.reading() as db:
        return [JobView(**row) for row in queue.jobs_of(db, actor, visit_id)]


@router.get("/jobs/{job_id}", summary="How far work is", responses=problems(404))
def read_job(actor: Acting, store: Store, job_id: JobId) -> JobView:
    """For asking once a second."""
    with store.reading() as db:
        return JobView(**queue.job_of(db, actor, job_id))


@router.delete("/jobs/{job_id}", summary="Call work off", responses=problems(404, 409))
def cancel_job(actor: Acting, store: Store, job_id: JobId) -> JobView:
    """What waits is not begun; what runs is stopped within seconds."""
    with store.writing() as db:
        return JobView(**queue.cancel(db, actor, job_id))
