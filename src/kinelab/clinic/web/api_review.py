"""The API's routes of the review: corrections, their preview, signatures, reliance."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from kinelab.clinic.actor import Actor
from kinelab.clinic.fields import Strict, Text
from kinelab.clinic.permissions import may
from kinelab.clinic.review import actions, looking, signing, standing
from kinelab.clinic.review.previewing import ReviewedResult
from kinelab.clinic.review.previews import Previews, reviewed
from kinelab.clinic.store.database import Database
from kinelab.clinic.web.api_results import ResultId, SignatureView
from kinelab.clinic.web.api_visits import VisitId
from kinelab.clinic.web.dependencies import Acting, Store
from kinelab.clinic.web.errors import problems
from kinelab.clinic.web.noted import NotedReads
from kinelab.errors import FileFormatError
from kinelab.pipeline.corrections import Correction, Stored
from kinelab.pipeline.review_replay import ReviewKind

router = APIRouter(prefix="/api/v1", tags=["review"])
_MOST_CORRECTIONS = 2**31 - 1
After = Annotated[int, Field(ge=0, le=_MOST_CORRECTIONS)]


class NewCorrection(Strict):
    """A correction, and the number of the last one that the reader has seen (0 = none)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"after_number": 0, "correction": {"kind": "move_event", "event": "e3", "time_s": 1.25}}
            ]
        }
    )

    after_number: After
    correction: Correction


class NewSignature(Strict):
    """Who signs says who they are once more. meaning: "read" = looked at, "final" = released."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"password": "correct horse battery", "meaning": "final"}]}
    )

    password: Annotated[SecretStr, Field(max_length=1024)]
    meaning: Literal["read", "final"]


class NewLevel(Strict):
    """The level for one kind of recording, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "video", "level": 1, "reason": "31 whole reviews, none changed"}]
        }
    )

    kind: ReviewKind
    level: Annotated[int, Field(ge=0, le=2)]
    reason: Text


class May(BaseModel):
    """What the account may do here."""

    correct: bool
    sign: bool


class Corrections(BaseModel):
    """Corrections after a number; the visit's last number, the newest version and its state."""

    corrections: list[Stored]
    n_corrections: int
    version: int
    state: str


class ReviewView(BaseModel):
    """All that the reviewing page starts from.

    `review`: review.json of the machine's own result, to which every correction refers; its files (video,
    landmarks) are those of `machine_result_id`. `result_id`, `version`, `state`: the newest result, whose
    report has the first `built_corrections` corrections in it.
    """

    review: dict[str, Any]
    machine_result_id: str
    result_id: str
    version: int
    state: str
    n_corrections: int
    built_corrections: int
    corrections: list[Stored]
    may: May
    me: dict[str, str]
    signatures: list[SignatureView]
    reliance: int
    sampled: bool
    patient: dict[str, str]
    recorded: str


class Signed(BaseModel):
    """A signature, and what it made of the result."""

    model_config = ConfigDict(from_attributes=True)

    result_id: str
    version: int
    state: str
    meaning: str
    signed_at: datetime
    lowered_to: int | None


@router.get(
    "/visits/{visit_id}/review",
    summary="All that a review starts from",
    response_model=ReviewView,
    responses=problems(404),
)
def read_review(request: Request, actor: Acting, store: Store, visit_id: VisitId) -> Response:
    """The machine's result, the corrections so far, who signed, and what the account may do."""
    with store.writing() as db:
        found = looking.look(db, actor, visit_id, store.folder)
    previews: Previews = request.app.state.previews
    with suppress(FileFormatError):  # a file that is lost: the preview tells which
        previews.take_up(reviewed(found.sources.machine, store.folder))
    view = ReviewView(
        **found.as_data(),
        review={},
        may=May(correct=may(actor, "correct"), sign=may(actor, "sign")),
        me={"name": actor.name, "role": actor.role},
        signatures=[SignatureView.model_validate(one) for one in found.signatures],
    )
    # review.json is long: it goes out as it lies in the store, and the rest is written after it.
    rest = view.model_dump_json(exclude={"review"}).encode()
    whole = b"".join((b'{"review":', found.review.content, b",", rest[1:]))
    return Response(whole, media_type="application/json")


@router.get("/visits/{visit_id}/corrections", summary="Corrections after a number", responses=problems(404))
def list_corrections(
    request: Request,
    actor: Acting,
    store: Store,
    visit_id: VisitId,
    after: Annotated[int, Query(ge=0, le=_MOST_CORRECTIONS)] = 0,
) -> Corrections:
    """What another reader did meanwhile; cheap enough to be asked every few seconds."""
    noted = request.app.state.noted
    known = noted.has(actor.login_id or actor.user_id, "corrections", visit_id)
    with store.reading() if known else store.writing() as db:
        visit, found = actions.history(db, actor, visit_id, after, noted=not known)
        version, state = looking.newest_state(db, visit_id)
    noted.add(actor.login_id or actor.user_id, "corrections", visit_id)
    return Corrections(
        corrections=list(found), n_corrections=visit.n_corrections, version=version, state=state
    )


@router.post(
    "/visits/{visit_id}/corrections",
    summary="Correct the result",
    status_code=status.HTTP_201_CREATED,
    responses=problems(404, 409, 507),
)
def add_correction(actor: Acting, store: Store, visit_id: VisitId, new: NewCorrection) -> Stored:
    """Append a correction. A 409 has in `since` what others corrected after `after_number`."""
    with store.writing() as db:
        return actions.append(db, actor, visit_id, new.correction, new.after_number, store.folder)


@router.get(
    "/visits/{visit_id}/preview",
    summary="What the corrections make of the result",
    response_model=dict[str, Any],
    responses=problems(404),
)
async def preview(request: Request, actor: Acting, store: Store, visit_id: VisitId) -> Response:
    """Events, strides, measures and needs after all corrections so far; nothing is stored."""
    asked = await run_in_threadpool(_for_preview, request.app.state.noted, actor, store, visit_id)
    previews: Previews = request.app.state.previews
    return Response(await previews.of(*asked), media_type="application/json")


def _for_preview(
    noted: NotedReads, actor: Actor, store: Database, visit_id: str
) -> tuple[ReviewedResult, tuple[Stored, ...]]:
    """The machine's result and the corrections; into the audit, unless it was noted a short while ago."""
    known = noted.has(actor.login_id or actor.user_id, "preview", visit_id)
    with store.reading() if known else store.writing() as db:
        sources = looking.sources_for_preview(db, actor, visit_id, noted=not known)
    noted.add(actor.login_id or actor.user_id, "preview", visit_id)
    return reviewed(sources.machine, store.folder), sources.corrections


@router.post(
    "/results/{result_id}/signatures",
    summary="Sign a result",
    status_code=status.HTTP_201_CREATED,
    responses=problems(404, 409, 507),
)
def sign(actor: Acting, store: Store, result_id: ResultId, new: NewSignature) -> Signed:
    """Sign as a reader, or release. A 422 has in `needs` what must be looked at before."""
    made = signing.sign(store, actor, result_id, new.password.get_secret_value(), new.meaning)
    return Signed.model_validate(made)


@router.get("/reliance", summary="How far the machine is relied on", responses=problems())
def read_reliance(actor: Acting, store: Store) -> list[dict[str, Any]]:
    """Each kind of recording: its level, why, the evidence since, and what that speaks for."""
    with store.reading() as db:
        return [
            {**one.as_data(), "past": standing.past(db, actor, one.kind)}
            for one in standing.standings(db, actor)
        ]


@router.post("/reliance", summary="Raise or lower it", responses=problems(409, 507))
def set_reliance(actor: Acting, store: Store, new: NewLevel) -> dict[str, Any]:
    """Down to any level; up by one, where the evidence speaks for it."""
    with store.writing() as db:
        return standing.decide(db, actor, new.kind, new.level, new.reason).as_data()
