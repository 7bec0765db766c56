"""The API's routes of results: versions, measures, files."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from kinelab.clinic import results
from kinelab.clinic.store.tables import Result
from kinelab.clinic.web.api_visits import VisitId
from kinelab.clinic.web.dependencies import Acting, Store
from kinelab.clinic.web.errors import problems
from kinelab.clinic.web.noted import NotedReads

router = APIRouter(prefix="/api/v1", tags=["results"])
_ID = "6ba7b8109dad41d180b400c04fd430c8"
_MEASURE: JsonDict = {
    "quantity": "speed_mps", "side": "both", "value": 1.02, "unit": "m/s", "n": 9, "sd": 0.05,
    "mdc95": 0.11, "machine_value": 1.01, "outside": False,
}  # fmt: skip
_EXAMPLE: JsonDict = {
    "id": _ID, "visit_id": "7c9e6679742540de944be07fc1f90ae7",
    "patient_id": "0f8fad5bd9cb469fa1658ec7d2ad51a1", "version": 2, "state": "final", "n_corrections": 2,
    "report_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-11-20T10:02:00Z", "findings": [{"level": "warning", "text": "walks slowly"}],
    "needs": [], "signatures": [
        {"user": "ada", "meaning": "final", "signed_at": "2026-11-20T10:30:00+00:00"}
    ],
}  # fmt: skip
ResultId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[_ID])]
# A report is a page of its own: it runs no script, sends no form and knows nothing of the clinic's login.
_PAGE_POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_SHOWN = ("text/html", "image/", "video/", "application/pdf", "application/json", "text/plain")


class SignatureView(BaseModel):
    """A reader's signature: "read" (a first reader) or "final"."""

    model_config = ConfigDict(from_attributes=True)

    user: str
    meaning: str
    signed_at: datetime


class ResultView(BaseModel):
    """A version of a visit's results. state: preliminary, final, amended, superseded."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    visit_id: str
    patient_id: str
    version: int
    state: str
    n_corrections: int
    report_sha256: str
    created_at: datetime
    findings: list[dict[str, Any]]
    needs: list[dict[str, Any]]
    signatures: list[SignatureView]


class MeasureView(BaseModel):
    """One measure. `machine_value` is what it was before people corrected it."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_MEASURE]})

    quantity: str
    side: str
    value: float
    unit: str
    n: int
    sd: float | None
    mdc95: float | None
    machine_value: float | None
    outside: bool | None


class WholeResult(ResultView):
    """A version with its measures."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_EXAMPLE, "measures": [_MEASURE]}]})

    measures: list[MeasureView]


class FileLine(BaseModel):
    """A file of a result."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "report.html", "sha256": "9f86d08188...", "n_bytes": 81234}]}
    )

    name: str
    sha256: str
    n_bytes: int


@router.get("/visits/{visit_id}/results", summary="A visit's results", responses=problems(404))
def list_results(actor: Acting, store: Store, visit_id: VisitId) -> list[ResultView]:
    """All versions, the newest first."""
    with store.writing() as db:
        found = results.list_results(db, actor, visit_id)
        signatures = results.signatures_of(db, [result.id for result in found])
        return [ResultView(**_facts(result, signatures)) for result in found]


@router.get("/results/{result_id}", summary="One result with its measures", responses=problems(404))
def read_result(actor: Acting, store: Store, result_id: ResultId) -> WholeResult:
    """The version, its measures, findings, what needs review, who signed."""
    with store.writing() as db:
        result, measures = results.read_result(db, actor, result_id)
        return WholeResult(
            **_facts(result, results.signatures_of(db, [result.id])),
            measures=[MeasureView.model_validate(row) for row in measures],
        )


@router.get("/results/{result_id}/files", summary="The files of a result", responses=problems(404))
def list_files(actor: Acting, store: Store, result_id: ResultId) -> list[FileLine]:
    """Names, hashes and sizes."""
    with store.writing() as db:
        rows = results.list_files(db, actor, result_id)
    return [FileLine(name=name, sha256=sha256, n_bytes=n_bytes) for name, sha256, n_bytes in rows]


@router.get(
    "/results/{result_id}/files/{name:path}",
    summary="A file of a result",
    response_class=FileResponse,
    responses={**problems(404, 416), 200: {"description": "the bytes", "content": {"*/*": {}}}},
)
def read_file(
    request: Request,
    actor: Acting,
    store: Store,
    result_id: ResultId,
    name: Annotated[str, Path(max_length=200, examples=["report.html", "figures/left_right.svg"])],
    range_: Annotated[str | None, Header(alias="Range", include_in_schema=False)] = None,
) -> FileResponse:
    """The file's bytes, or a part of them by the header Range, as players of videos ask for it."""
    reads: NotedReads = request.app.state.noted
    read = (actor.login_id, actor.user_id, result_id, name)
    again = range_ is not None and reads.has(*read)
    with store.reading() if again else store.writing() as db:
        found = results.open_file(db, actor, result_id, name, store.folder, noted=not again)
    reads.add(*read)
    return file_answer(found)


def file_answer(found: results.ResultFile, *, inline: bool = True) -> FileResponse:
    """The answer that hands out a file: as what it is, sandboxed, never guessed at by the browser."""
    shown = inline and found.media_type.startswith(_SHOWN)
    headers = {
        "ETag": f'"{found.sha256}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _PAGE_POLICY,
        "Cache-Control": "private, no-cache",
    }
    return FileResponse(
        found.path, headers=headers, media_type=found.media_type, filename=PurePosixPath(found.name).name,
        content_disposition_type="inline" if shown else "attachment",
    )  # fmt: skip


def _facts(result: Result, signatures: dict[str, list[results.SignedBy]]) -> dict[str, Any]:
    return {
        "id": result.id, "visit_id": result.visit_id, "patient_id": result.patient_id,
        "version": result.version, "state": result.state, "n_corrections": result.n_corrections,
        "report_sha256": result.report_sha256, "created_at": result.created_at,
        "findings": result.findings.get("rows", []), "needs": result.needs.get("rows", []),
        "signatures": [SignatureView.model_validate(one) for one in signatures[result.id]],
    }  # fmt: skip
